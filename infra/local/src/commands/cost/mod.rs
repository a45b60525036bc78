//! The bill: what a notice of each kind uses of each thing that AWS bills, and what a million of them cost by the price
//! list. The providers' own fees, and what a deployment costs that sends nothing, are apart.

mod kept;
mod logged;
mod memory;
mod prices;
mod usage;
mod workloads;

pub use logged::count_log_lines;

use std::collections::BTreeMap;

use self::memory::Took;
use self::prices::Prices;
use self::usage::Usage;
use crate::AnyError;

/// The head of what is used.
const UNITS: [&str; 8] = [
    "write units",
    "read units",
    "SQS requests",
    "invocations",
    "GB-s",
    "events",
    "API requests",
    "bytes logged",
];
/// The head of what it costs.
const DOLLARS: [&str; 9] =
    ["table", "kept", "evidence", "SQS", "Lambda", "events", "API", "logs", "**all but evidence**"];
/// A gigabyte, as AWS counts it.
const GIGABYTE: f64 = 1024.0 * 1024.0 * 1024.0;

/// Measures and prints.
pub async fn run(notices: usize) -> Result<(), AnyError> {
    let prices = Prices::read()?;
    let (mut all, mut took) = (vec![], BTreeMap::<_, Took>::new());
    for workload in workloads::ALL {
        let measured = Usage::of(workload, workload.count(notices), &prices).await?;
        all.push((workload.name(), measured.usage));
        for (function, more) in measured.took {
            let sum = took.entry(function).or_default();
            *sum = sum.plus(more);
        }
    }
    println!("For each:\n\n{}", head(&UNITS));
    for (name, usage) in &all {
        println!("{}", row(name, &units(usage), 3));
    }
    println!("\nDollars for a million. {}. {}.\n", prices.region, prices.as_of);
    println!("{}", head(&DOLLARS));
    for (name, usage) in &all {
        println!("{}", row(name, &dollars(usage, &prices), 2));
    }
    println!("\nAn invocation by memory, and a million of them:\n\n{}", memory::table(&took, &prices));
    if cfg!(debug_assertions) {
        println!("\nThis is a debug build: its GB-s and what Lambda costs are too high.");
    }
    Ok(())
}

fn units(usage: &Usage) -> [f64; UNITS.len()] {
    [
        usage.write_units,
        usage.read_units,
        usage.queue_requests,
        usage.invocations,
        usage.gigabyte_seconds,
        usage.events,
        usage.api_requests,
        usage.bytes_logged,
    ]
}

fn dollars(usage: &Usage, prices: &Prices) -> [f64; DOLLARS.len()] {
    let of = &prices.dollars;
    let month = (of.gigabyte_month_of_table + of.gigabyte_month_of_backup) / GIGABYTE;
    let evidence = usage.evidence;
    let written = (usage.write_units - evidence.written) * of.million_write_units
        + evidence.written * of.million_write_units_of_evidence;
    let read = (usage.read_units - evidence.read) * of.million_read_units
        + evidence.read * of.million_read_units_of_evidence;
    let parts = [
        written + read,
        1e6 * usage.kept.other * month,
        1e6 * usage.kept.evidence * of.gigabyte_month_of_evidence / GIGABYTE,
        usage.queue_requests * of.million_queue_requests,
        usage.invocations * of.million_invocations + 1e6 * usage.gigabyte_seconds * of.gigabyte_second,
        usage.events * of.million_events,
        usage.api_requests * of.million_api_requests,
        1e6 * usage.bytes_logged * of.gigabyte_logged / GIGABYTE,
    ];
    let [table, kept, evidence, queues, lambda, events, api, logs] = parts;
    let all = table + kept + queues + lambda + events + api + logs;
    [table, kept, evidence, queues, lambda, events, api, logs, all]
}

fn head(columns: &[&str]) -> String {
    format!("| | {} |\n|---{}|", columns.join(" | "), "|--:".repeat(columns.len()))
}

fn row(name: &str, values: &[f64], digits: usize) -> String {
    let values: Vec<_> = values.iter().map(|value| format!("{value:.digits$}")).collect();
    format!("| {name} | {} |", values.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::usage::Measured;
    use super::workloads::Workload;
    use super::*;

    /// What an order of each kind uses, alone in a system that is warm: write units, read units, requests of SQS.
    const OF_ONE: [(Workload, usize, [f64; 3]); 7] = [
        (Workload::EmailAlone, 1, [9.0, 7.0, 7.0]),
        (Workload::ReminderStopped, 1, [18.0, 64.0, 11.0]),
        (Workload::ReminderFired, 1, [24.0, 81.5, 21.0]),
        (Workload::SmsAlone, 1, [10.0, 8.0, 4.0]),
        (Workload::Organization, 1, [74.0, 18.0, 23.0]),
        (Workload::List, 2_000, [7.14, 3.98, 1.6]),
        (Workload::Backlog, 1, [15.0, 66.0, 11.0]),
    ];

    #[tokio::test]
    async fn an_order_of_each_kind_uses_what_it_is_to_use() {
        let prices = Prices::read().unwrap();
        let mut others = vec![];
        for (workload, count, expected) in OF_ONE {
            let Measured { usage, .. } = Usage::of(workload, count, &prices).await.unwrap();
            let used = [usage.write_units, usage.read_units, usage.queue_requests];
            if used.iter().zip(expected).any(|(used, expected)| (used - expected).abs() > 0.1 * expected) {
                others.push(format!("{workload:?} uses {used:.2?} and not {expected:?}"));
            }
        }
        assert!(others.is_empty(), "{others:#?}");
    }

    #[test]
    fn dollars_follow_from_units_and_the_list() {
        let prices = Prices::read().unwrap();
        let usage = Usage { write_units: 10.0, api_requests: 1.0, ..Usage::default() };
        let [table, .., all] = dollars(&usage, &prices);
        assert!((table - 6.25).abs() < 0.001 && (all - 7.25).abs() < 0.001, "{table} of {all}");
    }
}
