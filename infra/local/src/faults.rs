//! Faults that can be ordered: calls that are refused, and invocations that die or hang in a call.

use std::sync::Mutex;

use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::functions::NAMES;
use crate::lock;
use crate::queues::{self, Spec};
use crate::world::World;

/// Whom a call goes to: a register or an AWS service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    Krr,
    Organizations,
    Names,
    Personal,
    Decisions,
    External,
    Maskinporten,
    Condition,
    Sqs,
    Ses,
    Sns,
    Events,
    Secrets,
}

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
    /// It is carried out, and the invocation hangs until all faults are lifted and the answer comes.
    Freeze,
    /// Not of a call: the queue delivers its next message twice, as standard queues may.
    Twice,
}

/// A fault as it is ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    #[serde(alias = "register", alias = "service")]
    target: Target,
    operation: Option<String>,
    queue: Option<String>,
    function: Option<String>,
    #[serde(default)]
    effect: Effect,
    #[serde(default = "unavailable")]
    status: u16,
    #[serde(default = "once")]
    times: u32,
}

fn unavailable() -> u16 {
    503
}

fn once() -> u32 {
    1
}

impl Fault {
    /// What is wrong with it, if anything.
    fn complaint(&self) -> Option<String> {
        let unknown = |function: &&String| !NAMES.contains(&function.as_str());
        if let Some(function) = self.function.as_ref().filter(unknown) {
            return Some(format!("there is no function {function}; there are {}", NAMES.join(", ")));
        }
        let complaint = match self {
            Self { effect: Effect::Twice, .. } if self.twice().is_none() => {
                "name the queue that delivers twice"
            }
            Self { function: None, effect: Effect::Kill | Effect::KillAfter | Effect::Freeze, .. } => {
                "name the function whose invocation is to die or hang"
            }
            Self { status: ..400 | 600.., .. } => "the status must be from 400 to 599",
            Self { times: 0, .. } => "times must be at least 1",
            _ => return None,
        };
        Some(complaint.into())
    }

    /// The queue that is to deliver twice, and how many messages.
    pub fn twice(&self) -> Option<(&'static Spec, usize)> {
        let queue = self.queue.as_deref().filter(|_| self.effect == Effect::Twice)?;
        Some((queues::spec(queue)?, usize::try_from(self.times).ok()?))
    }

    fn concerns(&self, call: &Call<'_>) -> bool {
        let named = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        self.target == call.target
            && named(&self.operation, call.operation)
            && named(&self.function, call.function)
    }
}

/// A call that a function makes.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    pub target: Target,
    pub operation: &'a str,
    pub function: &'a str,
}

impl Call<'_> {
    /// A call of a register; nobody else makes any.
    pub fn of_register(target: Target) -> Self {
        Call { target, operation: "", function: "resolve-recipients" }
    }
}

/// The faults that are still to happen.
#[derive(Default)]
pub struct Faults(Mutex<Vec<Fault>>);

impl Faults {
    /// Orders one.
    pub fn order(&self, fault: Fault) -> Result<(), String> {
        if let Some(complaint) = fault.complaint() {
            return Err(complaint);
        }
        if fault.effect != Effect::Twice {
            lock(&self.0).push(fault);
        }
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
pub async fn carry_out(
    world: &World,
    call: Call<'_>,
    refuse: impl FnOnce(StatusCode) -> Response,
    answer: impl Future<Output = Response>,
) -> Response {
    let Some(fault) = world.faults.meet(&call) else {
        return answer.await;
    };
    tracing::info!(?call, effect = ?fault.effect, "fault");
    let function = fault.function.unwrap_or_default();
    let status = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    match fault.effect {
        Effect::Fail => refuse(status),
        Effect::Kill => {
            world.invoker.kill(Some(&function));
            refuse(status)
        }
        Effect::KillAfter => {
            let answered = answer.await;
            world.invoker.kill(Some(&function));
            answered
        }
        Effect::Freeze => {
            let answered = answer.await;
            world.invoker.hang(&function).await;
            answered
        }
        Effect::Twice => answer.await,
    }
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
        Call { target: Target::Sqs, operation: "SendMessage", function }
    }

    #[test]
    fn a_fault_happens_as_often_as_it_was_ordered() {
        let faults = Faults::default();
        order(&faults, json!({"register": "krr", "status": 500, "times": 2})).unwrap();
        assert!(faults.meet(&Call::of_register(Target::Names)).is_none());
        assert_eq!(faults.meet(&Call::of_register(Target::Krr)).unwrap().status, 500);
        assert!(faults.meet(&Call::of_register(Target::Krr)).is_some());
        assert!(faults.meet(&Call::of_register(Target::Krr)).is_none());
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
            (json!({"service": "sqs", "effect": "explode"}), "freeze"),
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
