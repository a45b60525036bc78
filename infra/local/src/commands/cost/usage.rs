//! What a workload has used of each thing that AWS bills.

use std::collections::BTreeMap;
use std::time::Duration;

use varsling_domain::channel::Channel;

use super::kept::Kept;
use super::memory::{Took, megabytes};
use super::prices::Prices;
use super::{logged, workloads};
use crate::AnyError;
use crate::commands::figures::as_float;
use crate::costs::Costs;
use crate::lock;
use crate::runtime::meter::Ran;
use crate::system::{Options, System};

/// What a workload has used; of one notice, once it is divided.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    pub write_units: f64,
    pub read_units: f64,
    /// Those of the table of evidence among them.
    pub evidence: EvidenceUnits,
    /// Of SQS: of the functions, of Lambda that polls, and of the bus that puts each report of SES on a queue.
    pub queue_requests: f64,
    pub invocations: f64,
    pub gigabyte_seconds: f64,
    /// On the bus; no status events, which a deployment publishes for the owners that it names.
    pub events: f64,
    pub api_requests: f64,
    pub bytes_logged: f64,
    pub kept: Kept,
}

/// Units of the table of evidence.
#[derive(Clone, Copy, Debug, Default)]
pub struct EvidenceUnits {
    pub written: f64,
    /// A request that reads in both tables counts here as a whole.
    pub read: f64,
}

/// What a workload has used, and what its functions' invocations took.
#[derive(Debug)]
pub struct Measured {
    /// Of one notice.
    pub usage: Usage,
    /// Of all of them, by function.
    pub took: BTreeMap<&'static str, Took>,
}

/// What there was at a moment.
struct Mark {
    kept: Kept,
    logged: u64,
    events: usize,
    emails: usize,
}

impl Usage {
    /// Plays a workload in a system of its own.
    pub async fn of(
        workload: workloads::Workload,
        count: usize,
        prices: &Prices,
    ) -> Result<Measured, AnyError> {
        let start = Some(workloads::MONDAY.parse()?);
        // As a deployment has it unless it is told otherwise.
        let variables = [("STATUS_EVENTS_TO", String::new())].into();
        let system = System::start(Options { speed: 0.0, start, variables, ..Options::default() }).await?;
        workloads::warm_up(&system).await?;
        system.costs().reset();
        system.simulator.runtime.meter.reset();
        let before = Mark::of(&system)?;
        workload.play(&system, count).await?;
        system.simulator.until_idle().await;
        let after = Mark::of(&system)?;
        let took = took(&system, prices);
        let usage = Self::between(&system, &took, &before, &after).for_each(count);
        system.stop().await;
        Ok(Measured { usage, took })
    }

    fn between(system: &System, took: &BTreeMap<&'static str, Took>, before: &Mark, after: &Mark) -> Self {
        let costs = system.costs();
        let of_table = costs.of(None, "dynamodb");
        let reports = as_float(after.emails - before.emails);
        Self {
            write_units: of_table.write_units,
            read_units: of_table.read_units,
            evidence: EvidenceUnits::of(costs),
            queue_requests: as_float(costs.of(None, "sqs").calls) + reports,
            invocations: as_float(took.values().map(|took| took.invocations).sum::<u64>()),
            gigabyte_seconds: took.iter().map(|(name, took)| took.gigabyte_seconds(megabytes(name))).sum(),
            events: as_float(after.events - before.events),
            api_requests: as_float(took.get("accept-order").map_or(0, |took| took.invocations)),
            bytes_logged: as_float(after.logged - before.logged),
            kept: after.kept.since(before.kept),
        }
    }

    fn for_each(self, count: usize) -> Self {
        let each = 1.0 / as_float(count);
        Self {
            write_units: self.write_units * each,
            read_units: self.read_units * each,
            evidence: EvidenceUnits {
                written: self.evidence.written * each,
                read: self.evidence.read * each,
            },
            queue_requests: self.queue_requests * each,
            invocations: self.invocations * each,
            gigabyte_seconds: self.gigabyte_seconds * each,
            events: self.events * each,
            api_requests: self.api_requests * each,
            bytes_logged: self.bytes_logged * each,
            kept: Kept { evidence: self.kept.evidence * each, other: self.kept.other * each },
        }
    }
}

impl EvidenceUnits {
    fn of(costs: &Costs) -> Self {
        let written = costs.of(None, "dynamodb.PutItem of evidence").write_units;
        let read = costs.of(None, "dynamodb.BatchGetItem of evidence").read_units;
        Self { written, read }
    }
}

impl Mark {
    fn of(system: &System) -> Result<Self, AnyError> {
        let simulator = &system.simulator;
        let entries = simulator.outbox.entries();
        Ok(Self {
            kept: Kept::of(&simulator.database, simulator.now())?,
            logged: logged::bytes() + system.simulator.metrics.lines() * METRIC_LINE,
            // What the inbox puts there is on its own bill.
            events: lock(&simulator.published).iter().filter(|event| event["source"] != "inbox").count(),
            emails: entries.iter().filter(|entry| entry.channel == Channel::Email).count(),
        })
    }
}

/// How many bytes a line of metrics has, as the embedded format has it: about that of an e-mail handed over.
const METRIC_LINE: u64 = 330;

/// What the functions' invocations took: their calls are answered one after the other.
fn took(system: &System, prices: &Prices) -> BTreeMap<&'static str, Took> {
    let ran = system.simulator.runtime.meter.list();
    ran.into_iter().map(|(function, ran)| (function, took_by(system, prices, function, &ran))).collect()
}

fn took_by(system: &System, prices: &Prices, function: &str, ran: &Ran) -> Took {
    let calls = prices.latencies().map(|(service, taken)| {
        taken.as_secs_f64() * as_float(system.costs().of(Some(function), service).calls)
    });
    let waited = ran.waited.to_std().unwrap_or(Duration::ZERO).as_secs_f64();
    Took {
        invocations: ran.invocations,
        computed: ran.worked.as_secs_f64(),
        waited: waited + calls.sum::<f64>(),
    }
}
