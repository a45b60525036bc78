//! Faults that can be ordered: calls that are refused or answered late, invocations that die in a call,
//! and queues that deliver twice or in reverse.

mod carry_out;
mod chaos;
mod fault;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};

use crate::aws::service::Operation;
use crate::lock;
use crate::queues::Order;
use crate::runtime::{Caller, activity};

pub use carry_out::carry_out;
pub use chaos::Chaos;
pub use fault::{Effect, Fault};

const SMS_REPORT: &str = "sms-report";
const QUEUE: &str = "queue";
const STREAM: &str = "stream";
const TICK: &str = "tick";

/// What a refused call is answered with.
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// Which error it is said to be.
    pub code: Option<String>,
    /// In which words.
    pub message: Option<String>,
}

/// A call that a function makes.
pub struct Call<'a> {
    /// What is called.
    pub target: &'a str,
    /// Which operation of it.
    pub operation: &'a str,
    /// Who calls.
    pub caller: Caller<'a>,
    /// Keeps the caller from seeming to wait for time alone, where its own client does not.
    pub under_way: Option<activity::Call>,
}

impl<'a> Call<'a> {
    /// A call of an AWS service.
    pub fn of(operation: Operation<'a>, caller: Caller<'a>) -> Self {
        Self { target: operation.service.name(), operation: operation.name, caller, under_way: None }
    }

    /// What the system does by itself.
    fn by_itself(target: &'a str, operation: &'a str) -> Self {
        Self { target, operation, caller: Caller { function: "", activity: None }, under_way: None }
    }
}

/// The faults that are still to happen: those that were ordered, and those that come by themselves.
#[derive(Default)]
pub struct Faults {
    ordered: Mutex<Vec<Fault>>,
    /// How many were ever ordered.
    count: AtomicU64,
    chaos: Option<Chaos>,
}

impl Faults {
    /// Orders one.
    pub fn order(&self, fault: Fault, now: DateTime<Utc>) -> Result<(), String> {
        let id = self.count.fetch_add(1, Ordering::Relaxed);
        lock(&self.ordered).push(Fault { id, ..fault.ordered(now)? });
        Ok(())
    }

    /// Those that come by themselves, by a seed, where there is one.
    pub fn by_themselves(seed: Option<u64>) -> Self {
        Self { chaos: seed.map(Chaos::new), ..Self::default() }
    }

    /// What has gone wrong by itself, and how often.
    pub fn happened(&self) -> BTreeMap<String, usize> {
        self.chaos.as_ref().map(Chaos::happened).unwrap_or_default()
    }

    /// A checksum of everything that could go wrong by itself, in its order.
    pub fn course(&self) -> u64 {
        self.chaos.as_ref().map_or(0, Chaos::course)
    }

    /// How far the clock of an environment is ahead.
    pub fn clock_offset(&self, environment: u64) -> TimeDelta {
        self.chaos.as_ref().map_or(TimeDelta::zero(), |chaos| chaos.clock_offset(environment))
    }

    /// Whether an environment is of the release before, and writes as that did.
    pub fn writes_as_before(&self, caller: Caller<'_>) -> bool {
        let number = caller.activity.map(|activity| activity.number);
        self.chaos.as_ref().zip(number).is_some_and(|(chaos, number)| chaos.is_of_release_before(number))
    }

    /// Whether the index answers as it was when it was last looked at.
    pub fn is_stale(&self, caller: Caller<'_>) -> bool {
        self.chaos.as_ref().is_some_and(|chaos| chaos.is_stale(caller))
    }

    /// Those still to happen that were ordered.
    pub fn list(&self, now: DateTime<Utc>) -> Vec<Fault> {
        let mut faults = lock(&self.ordered);
        faults.retain(|fault| !fault.is_over(now));
        faults.clone()
    }

    /// The fault by which a provider takes nothing for some time, if a call meets one.
    fn throttling(&self, call: &Call<'_>, now: DateTime<Utc>) -> Option<Fault> {
        let mut faults = self.list(now).into_iter();
        faults.find(|fault| fault.effect == Effect::Throttle && fault.concerns(call))
    }

    /// None any more.
    pub fn lift_all(&self) {
        lock(&self.ordered).clear();
    }

    /// This one no more, if it is still to happen.
    pub fn lift(&self, id: u64) {
        lock(&self.ordered).retain(|fault| fault.id != id);
    }

    /// Whether a queue delivers its next message twice.
    pub fn doubles(&self, queue: &str) -> bool {
        self.is_met_by_queue(Effect::Twice, queue)
    }

    /// In which order a queue hands out its next batch.
    pub fn order_of(&self, queue: &str) -> Order {
        if self.is_met_by_queue(Effect::Reverse, queue) { Order::Reverse } else { Order::Usual }
    }

    /// What becomes of the next batch of a source on the stream, if it is not to end as usual.
    pub fn of_stream(&self, source: &str) -> Option<Effect> {
        self.meet(&Call::by_itself(STREAM, source)).map(|fault| fault.effect)
    }

    /// What becomes of the next tick of a function, if it does not come as usual.
    pub fn of_tick(&self, function: &str) -> Option<Effect> {
        self.meet(&Call::by_itself(TICK, function)).map(|fault| fault.effect)
    }

    /// Whether a fault of a tick is still to happen.
    pub fn concern_ticks(&self) -> bool {
        lock(&self.ordered).iter().any(|fault| fault.target == TICK)
    }

    /// Why the next SMS is reported as not delivered, if it is to be.
    pub fn sms_report(&self) -> Option<String> {
        let fault = self.meet(&Call::by_itself(SMS_REPORT, ""))?;
        Some(fault.message.unwrap_or_else(|| "Unknown error attempting to reach phone".into()))
    }

    /// The fault that this call meets, which thereby has happened once. What an execution environment calls as it
    /// starts meets none: when one starts is nothing that a test could count on.
    fn meet(&self, call: &Call<'_>) -> Option<Fault> {
        if call.caller.activity.is_some_and(|activity| activity.is_starting()) {
            return None;
        }
        let ordered = self.meet_where(|fault| fault.effect != Effect::Throttle && fault.concerns(call));
        ordered.or_else(|| self.chaos.as_ref()?.of(call))
    }

    /// Whether what a queue does by itself goes wrong in this way.
    fn is_met_by_queue(&self, effect: Effect, queue: &str) -> bool {
        let call = Call::by_itself(QUEUE, queue);
        let ordered = self.meet_where(|fault| fault.effect == effect && fault.concerns(&call));
        ordered.is_some() || self.chaos.as_ref().is_some_and(|chaos| chaos.of_queue(&call, effect))
    }

    fn meet_where(&self, concerns: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut faults = lock(&self.ordered);
        let index = faults.iter().position(concerns)?;
        faults[index].times -= 1;
        let met = faults[index].clone();
        faults.retain(|fault| fault.times > 0);
        Some(met)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::Arc;

    fn order(faults: &Faults, fault: serde_json::Value) -> Result<(), String> {
        let fault = serde_json::from_value(fault).map_err(|error| error.to_string())?;
        faults.order(fault, now())
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(0, 0).unwrap()
    }

    fn call(function: &'static str) -> Call<'static> {
        Call { caller: Caller { function, activity: None }, ..Call::by_itself("sqs", "SendMessage") }
    }

    fn register(target: &str) -> Call<'_> {
        Call::by_itself(target, "")
    }

    #[test]
    fn a_fault_happens_as_often_as_it_was_ordered() {
        let faults = Faults::default();
        order(&faults, json!({"register": "krr", "status": 500, "times": 2})).unwrap();
        assert!(faults.meet(&register("names")).is_none());
        assert_eq!(faults.meet(&register("krr")).unwrap().status, Some(500));
        assert!(faults.meet(&register("krr")).is_some());
        assert!(faults.meet(&register("krr")).is_none());
    }

    #[test]
    fn an_environment_that_starts_meets_no_faults() {
        let faults = Faults::default();
        order(&faults, json!({"service": "sqs"})).unwrap();
        let activity = Arc::<activity::Activity>::default();
        let caller = Caller { function: "send-email", activity: Some(&activity) };
        assert!(faults.meet(&Call { caller, ..call("") }).is_none());
        activity.serve();
        assert!(faults.meet(&Call { caller, ..call("") }).is_some());
    }

    #[test]
    fn a_provider_that_throttles_does_so_for_some_time() {
        let faults = Faults::default();
        order(&faults, json!({"target": "ses", "effect": "throttle", "seconds": 3600})).unwrap();
        let (send, hour) = (Call::by_itself("ses", "SendEmail"), TimeDelta::hours(1));
        for minutes in [0, 30, 59] {
            assert!(faults.throttling(&send, now() + TimeDelta::minutes(minutes)).is_some());
        }
        assert!(faults.throttling(&Call::by_itself("sns", "Publish"), now()).is_none());
        assert!(faults.throttling(&send, now() + hour).is_none());
        assert!(faults.list(now() + hour).is_empty());
    }

    #[test]
    fn one_that_is_lifted_happens_no_more_and_the_others_do() {
        let faults = Faults::default();
        for target in ["krr", "names", "krr"] {
            order(&faults, json!({"register": target})).unwrap();
        }
        let first = faults.list(now())[0].id;
        faults.lift(first);
        faults.lift(first);
        let left: Vec<_> = faults.list(now()).into_iter().map(|fault| fault.target).collect();
        assert_eq!(left, ["names", "krr"]);
    }

    #[test]
    fn only_the_named_function_and_operation_meet_a_fault() {
        let faults = Faults::default();
        let fault = json!({"service": "sqs", "operation": "SendMessage", "function": "accept-order", "effect": "kill-after"});
        order(&faults, fault).unwrap();
        assert!(faults.meet(&call("send-email")).is_none());
        assert!(faults.meet(&Call { operation: "SendMessageBatch", ..call("accept-order") }).is_none());
        assert_eq!(faults.meet(&call("accept-order")).unwrap().effect, Effect::KillAfter);
    }

    #[test]
    fn what_is_not_known_is_refused_with_what_is() {
        let faults = Faults::default();
        for (fault, says) in [
            (json!({"register": "brreg"}), "krr"),
            (json!({"service": "sqs", "register": "krr"}), "duplicate"),
            (json!({"status": 503}), "missing"),
            (json!({"service": "sqs", "latency": 1}), "expected one of"),
            (json!({"service": "sqs", "effect": "kill"}), "name the function"),
            (json!({"service": "sqs", "effect": "explode"}), "delay"),
            (json!({"service": "sqs", "effect": "delay"}), "seconds"),
            (json!({"service": "ses", "effect": "throttle"}), "seconds"),
            (json!({"service": "sqs", "effect": "throttle", "seconds": 1}), "kill-after"),
            (json!({"service": "tick", "effect": "kill", "function": "schedule"}), "twice"),
            (json!({"service": "stream", "effect": "reverse"}), "twice"),
            (json!({"service": "sqs", "effect": "twice"}), "kill-after"),
            (json!({"service": "queue", "operation": "email"}), "reverse"),
            (json!({"service": "sqs", "function": "x"}), "send-email"),
            (json!({"service": "sqs", "status": 200}), "400"),
            (json!({"service": "sqs", "times": 0}), "at least 1"),
        ] {
            let complaint = order(&faults, fault.clone()).unwrap_err();
            assert!(complaint.contains(says), "{fault}: {complaint}");
        }
        assert!(faults.list(now()).is_empty());
    }
}
