//! How much memory each function has, and what its invocations take and cost with more and with less: a part of a
//! processor comes with the memory, and is billed by it, whether the function computes or waits.

use std::collections::BTreeMap;

use super::head;
use super::prices::Prices;
use crate::commands::figures::as_float;

/// At which memory Lambda gives a function a whole processor (AWS Lambda Developer Guide, "Configure Lambda function memory").
const MEGABYTES_OF_A_PROCESSOR: f64 = 1769.0;
/// The memory of a function for which somebody waits, in megabytes.
const USUAL: f64 = 256.0;
/// That of a function for which nobody waits: the least there is.
const LEAST: f64 = 128.0;
/// The functions for which nobody waits.
const NOBODY_WAITS: [&str; 10] = [
    "deliver-webhooks",
    "fire-reminder",
    "publish-changes",
    "reconcile",
    "record-delivery",
    "record-opened",
    "schedule",
    "send-email",
    "send-sms",
    "sweep-shard",
];
/// With which memory the table is made, in megabytes.
const TRIED: [f64; 4] = [128.0, 256.0, 512.0, 1024.0];

/// The memory of a function in the template, in megabytes.
pub fn megabytes(function: &str) -> f64 {
    if NOBODY_WAITS.contains(&function) { LEAST } else { USUAL }
}

/// What the invocations of a function took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// How many there were.
    pub invocations: u64,
    /// For how many seconds of a whole processor they computed.
    pub computed: f64,
    /// For how many seconds they waited for answers.
    pub waited: f64,
}

impl Took {
    /// For how many seconds they are billed with so much memory.
    pub fn billed(self, megabytes: f64) -> f64 {
        self.computed * MEGABYTES_OF_A_PROCESSOR / megabytes + self.waited
    }

    /// The gigabyte-seconds of that.
    pub fn gigabyte_seconds(self, megabytes: f64) -> f64 {
        self.billed(megabytes) * megabytes / 1024.0
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            invocations: self.invocations + other.invocations,
            computed: self.computed + other.computed,
            waited: self.waited + other.waited,
        }
    }
}

/// The table: for each function what an invocation takes, and what a million of them cost, by memory.
pub fn table(all: &BTreeMap<&'static str, Took>, prices: &Prices) -> String {
    let tried = TRIED.map(|memory| format!("{memory:.0} MB: ms, $"));
    let columns =
        ["has, MB", "computes, ms", "waits, ms"].into_iter().chain(tried.iter().map(String::as_str));
    let rows = all.iter().map(|(function, took)| row(function, *took, prices));
    [head(&columns.collect::<Vec<_>>())].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
}

fn row(function: &str, took: Took, prices: &Prices) -> String {
    let invocations = as_float(took.invocations.max(1));
    let cells = TRIED.map(|memory| {
        let milliseconds = 1e3 * took.billed(memory) / invocations;
        let dollars = 1e6 * took.gigabyte_seconds(memory) * prices.dollars.gigabyte_second / invocations;
        format!("{milliseconds:.0}, {dollars:.2}")
    });
    let (has, [computed, waited]) =
        (megabytes(function), [took.computed, took.waited].map(|seconds| 1e3 * seconds / invocations));
    format!("| `{function}` | {has:.0} | {computed:.1} | {waited:.0} | {} |", cells.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn more_memory_is_faster_and_where_a_function_waits_it_costs_more() {
        let took = Took { invocations: 1, computed: 0.004, waited: 0.05 };
        assert!(took.billed(1769.0) < took.billed(128.0));
        assert!((took.billed(1769.0) - 0.054).abs() < 1e-9);
        assert!(took.gigabyte_seconds(128.0) < took.gigabyte_seconds(256.0));
    }

    /// The memory that a part of the template says first.
    fn memory(text: &str) -> Option<f64> {
        let line = text.lines().find_map(|line| line.trim().strip_prefix("MemorySize: "));
        line.map(|size| size.parse().unwrap())
    }

    /// The functions of the template with their memory, by the names that the stack's name comes before.
    fn of_template() -> BTreeMap<String, f64> {
        let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml");
        let template = std::fs::read_to_string(template).unwrap();
        let (globals, resources) = template.split_once("\nResources:").unwrap();
        let usual = memory(globals).unwrap();
        let functions = resources.split("FunctionName: !Sub ${AWS::StackName}-").skip(1).map(|block| {
            let (name, rest) = block.split_once('\n').unwrap();
            let own = rest.split("Environment:").next().unwrap().split("Role:").next().unwrap();
            (name.to_owned(), memory(own).unwrap_or(usual))
        });
        functions.collect()
    }

    #[test]
    fn every_function_has_the_memory_that_is_billed() {
        let deployed = of_template();
        assert!(deployed.len() > NOBODY_WAITS.len());
        for (function, memory) in deployed {
            assert!((memory - megabytes(&function)).abs() < f64::EPSILON, "{function}: {memory}");
        }
    }
}
