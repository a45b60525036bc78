//! `docs/state-machine.md`, written from the transitions themselves: every pair of state and event is tried, and what
//! follows is written down. The test fails when the page says anything else. `WRITE_DOCS=1` writes it anew.

mod deliveries;
mod shipments;
mod table;

use std::fmt::Write;
use std::path::Path;

use table::{Row, Table};

const HEAD: &str = "\
# The state machine

A chain is one item of the table: the notification of an order and its reminders (shipments), each with its deliveries.
It changes in one place, `apply` in [`shared/domain/src/chain`](../shared/domain/src/chain/mod.rs), which takes the chain,
an event and the time, and says what the chain is then. This page is written from that code by a test that tries every
pair of state and event (`WRITE_DOCS=1 cargo test -p varsling-domain page`); nobody writes it by hand.

- *In time* means that the moment has come for which the state waits, and that the lifetime is not over.
- *Another claim*: the event is about a message or a call that another one has followed since.
- A state that says that a message is on a queue (`Resolving`, `Queued`) is followed by that message.
- A pair that changes nothing says why.
";

fn page() -> String {
    let (shipments, deliveries) = (shipments::table(), deliveries::table());
    let mut page = HEAD.to_owned();
    section(&mut page, "Shipments", &shipments);
    section(&mut page, "Deliveries", &deliveries);
    page
}

fn section(page: &mut String, title: &str, table: &Table) {
    writeln!(page, "\n## {title}\n\n```mermaid\nstateDiagram-v2").unwrap();
    for edge in table.edges() {
        writeln!(page, "    {edge}").unwrap();
    }
    writeln!(page, "```\n\n| State | Event | When | What follows |\n|---|---|---|---|").unwrap();
    for Row { state, event, when, then } in &table.rows {
        writeln!(page, "| {state} | {event} | {when} | {then} |").unwrap();
    }
}

#[test]
fn the_page_is_what_the_machine_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/state-machine.md");
    let page = page();
    if std::env::var_os("WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, page, "docs/state-machine.md is stale: WRITE_DOCS=1 writes it anew");
}

#[test]
fn every_pair_is_there() {
    for (table, states, events) in [(shipments::table(), 10, 17), (deliveries::table(), 9, 17)] {
        let pairs: std::collections::BTreeSet<_> =
            table.rows.iter().map(|row| (&row.state, &row.event)).collect();
        assert!(pairs.len() >= states * events, "{} pairs", pairs.len());
    }
}
