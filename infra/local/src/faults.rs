//! Faults that can be ordered: calls that are refused or answered late, invocations that die in a call,
//! and queues that deliver twice.

use std::sync::Mutex;

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::functions::NAMES;
use crate::lock;
use crate::simulator::Simulator;

/// Whom a call goes to: a register, an AWS service, or, where it is none, a queue that delivers or an operator that
/// reports on an SMS.
const TARGETS: &str = "krr, organizations, names, personal, decisions, external, maskinporten, condition, \
                       sqs, ses, sns, events, secrets, queue, sms-report";
const SMS_REPORT: &str = "sms-report";
const QUEUE: &str = "queue";

/// What becomes of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It is refused.
    #[default]
    Fail,
    /// It does not arrive, and the invocation that makes it dies.
    Kill,
    /// It is carried out, and the invocation dies before the answer.
    KillAfter,
    /// It is carried out, and the answer comes so many seconds late.
    Delay,
    /// Not of a call: the queue delivers its next message twice, as standard queues may.
    Twice,
}

/// A fault as it is ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    #[serde(alias = "register", alias = "service")]
    target: String,
    /// What is called; of a queue its name.
    operation: Option<String>,
    function: Option<String>,
    #[serde(default)]
    effect: Effect,
    status: Option<u16>,
    /// What an AWS service says that it is, and in which words, where one status stands for several errors.
    code: Option<String>,
    message: Option<String>,
    seconds: Option<u32>,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// What is wrong with it, if anything.
    fn checked(self) -> Result<Self, String> {
        let named = |function: &String| NAMES.contains(&function.as_str());
        let complaint = match &self {
            Self { target, .. } if !TARGETS.split(", ").any(|known| known == target) => {
                return Err(format!("there is no {target}; there are {TARGETS}"));
            }
            Self { function: Some(name), .. } if !named(name) => {
                return Err(format!("there is no function {name}; there are {}", NAMES.join(", ")));
            }
            Self { target, effect, .. } if (target == QUEUE) != (*effect == Effect::Twice) => {
                "a queue delivers twice, and nothing else does"
            }
            Self { effect: Effect::Kill | Effect::KillAfter, function: None, .. } => {
                "name the function whose invocation is to die"
            }
            Self { effect: Effect::Delay, seconds: None, .. } => "say how many seconds late the answer comes",
            Self { status: Some(..400 | 600..), .. } => "the status must be from 400 to 599",
            Self { times: 0, .. } => "times must be at least 1",
            _ => return Ok(self),
        };
        Err(complaint.into())
    }

    fn concerns(&self, call: &Call<'_>) -> bool {
        let named = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        self.target == call.target
            && named(&self.operation, call.operation)
            && named(&self.function, call.function)
    }
}

/// What a refused call is answered with.
pub struct Refusal {
    pub status: StatusCode,
    pub code: Option<String>,
    pub message: Option<String>,
}

/// A call that a function makes.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    pub target: &'a str,
    pub operation: &'a str,
    pub function: &'a str,
}

/// The faults that are still to happen.
#[derive(Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Orders one.
    pub fn order(&self, fault: Fault) -> Result<(), String> {
        lock(&self.0).push(fault.checked()?);
        Ok(())
    }

    /// Those still to happen.
    pub fn list(&self) -> Vec<Fault> {
        lock(&self.0).clone()
    }

    /// None any more.
    pub fn lift(&self) {
        lock(&self.0).clear();
    }

    /// Whether a queue delivers its next message twice.
    pub fn doubles(&self, queue: &str) -> bool {
        self.meet(&Call { target: QUEUE, operation: queue, function: "" }).is_some()
    }

    /// Why the next SMS is reported as not delivered, if it is to be.
    pub fn sms_report(&self) -> Option<String> {
        let fault = self.meet(&Call { target: SMS_REPORT, operation: "", function: "" })?;
        Some(fault.message.unwrap_or_else(|| "Unknown error attempting to reach phone".into()))
    }

    /// The fault that this call meets, which thereby has happened once.
    fn meet(&self, call: &Call<'_>) -> Option<Fault> {
        let mut faults = lock(&self.0);
        let index = faults.iter().position(|fault| fault.concerns(call))?;
        faults[index].times -= 1;
        let met = faults[index].clone();
        faults.retain(|fault| fault.times > 0);
        Some(met)
    }
}

/// Carries out a call, unless a fault says otherwise.
pub async fn carry_out<T>(
    simulator: &Simulator,
    call: Call<'_>,
    refuse: impl FnOnce(Refusal) -> T,
    answer: impl Future<Output = T>,
) -> T {
    let Some(fault) = simulator.faults.meet(&call) else {
        return answer.await;
    };
    tracing::info!(?call, effect = ?fault.effect, "fault");
    let kill = || simulator.runtime.look(|state| state.kill(fault.function.as_deref()));
    let status = fault.status.and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    if fault.effect == Effect::Kill {
        kill();
    }
    if let Effect::Fail | Effect::Kill = fault.effect {
        return refuse(Refusal { status, code: fault.code, message: fault.message });
    }
    let answered = answer.await;
    if fault.effect == Effect::KillAfter {
        kill();
    }
    if fault.effect == Effect::Delay {
        let until = simulator.now() + TimeDelta::seconds(fault.seconds.unwrap_or_default().into());
        simulator.runtime.change(|state| state.wait(call.function, until));
        simulator.clock.reach(Some(until)).await;
    }
    answered
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn order(faults: &Faults, fault: serde_json::Value) -> Result<(), String> {
        let fault = serde_json::from_value(fault).map_err(|error| error.to_string())?;
        faults.order(fault)
    }

    fn call(function: &'static str) -> Call<'static> {
        Call { target: "sqs", operation: "SendMessage", function }
    }

    fn register(target: &str) -> Call<'_> {
        Call { target, operation: "", function: "resolve-recipients" }
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
    fn only_the_named_function_and_operation_are_hit() {
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
            (json!({"service": "sqs", "effect": "twice"}), "a queue"),
            (json!({"service": "queue", "operation": "email"}), "twice"),
            (json!({"service": "sqs", "function": "x"}), "send-email"),
            (json!({"service": "sqs", "status": 200}), "400"),
            (json!({"service": "sqs", "times": 0}), "at least 1"),
        ] {
            let complaint = order(&faults, fault.clone()).unwrap_err();
            assert!(complaint.contains(says), "{fault}: {complaint}");
        }
        assert!(faults.list().is_empty());
    }
}
