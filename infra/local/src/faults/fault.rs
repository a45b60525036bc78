//! A fault as it is ordered, and which faults there can be.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Call;
use crate::functions::NAMES;

/// What becomes of a call, or of something that the system does by itself.
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
    /// Not of a call: the queue delivers its next message twice, as standard queues may, the stream its next
    /// batch, or the schedule its next tick.
    Twice,
    /// It and all others are refused as too many, for so many seconds from when it is ordered.
    Throttle,
    /// Not of a call: the queue hands out its next batch in reverse order, as standard queues may.
    Reverse,
}

/// What faults a target can have.
struct Target {
    name: &'static str,
    effects: &'static [Effect],
}

const OF_CALLS: &[Effect] = &[Effect::Fail, Effect::Kill, Effect::KillAfter, Effect::Delay];

const OF_PROVIDERS: &[Effect] =
    &[Effect::Fail, Effect::Kill, Effect::KillAfter, Effect::Delay, Effect::Throttle];

const fn called(name: &'static str) -> Target {
    Target { name, effects: OF_CALLS }
}

/// A register, an AWS service, or, where it is none, a queue or the stream that delivers, the schedule, or an operator
/// that reports on an SMS.
const TARGETS: [Target; 19] = [
    called("krr"),
    called("organizations"),
    called("names"),
    called("personal"),
    called("decisions"),
    called("external"),
    called("maskinporten"),
    called("condition"),
    called("dynamodb"),
    called("sqs"),
    Target { name: "ses", effects: OF_PROVIDERS },
    Target { name: "sns", effects: OF_PROVIDERS },
    called("events"),
    called("secrets"),
    called("lambda"),
    Target { name: super::QUEUE, effects: &[Effect::Twice, Effect::Reverse] },
    Target { name: super::STREAM, effects: &[Effect::Fail, Effect::Twice] },
    Target { name: super::TICK, effects: &[Effect::Fail, Effect::Twice] },
    Target { name: super::SMS_REPORT, effects: &[Effect::Fail] },
];

/// A fault as it is ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What it is lifted by; the system numbers them.
    #[serde(skip_deserializing)]
    pub id: u64,
    #[serde(alias = "register", alias = "service")]
    pub target: String,
    /// What is called; of a queue or a source on the stream its name, of a tick the function.
    pub operation: Option<String>,
    pub function: Option<String>,
    #[serde(default)]
    pub effect: Effect,
    pub status: Option<u16>,
    /// What an AWS service says that it is, and in which words, where one status stands for several errors.
    pub code: Option<String>,
    pub message: Option<String>,
    pub seconds: Option<u32>,
    #[serde(default = "once")]
    pub times: u32,
    /// Until when it lasts, if it does not happen so many times.
    #[serde(skip)]
    pub until: Option<DateTime<Utc>>,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// The same as it is from when it is ordered; or what is wrong with it.
    pub fn ordered(self, now: DateTime<Utc>) -> Result<Self, String> {
        let fault = self.checked()?;
        let lasts = fault.seconds.filter(|_| fault.effect == Effect::Throttle);
        Ok(Self { until: lasts.map(|seconds| now + TimeDelta::seconds(seconds.into())), ..fault })
    }

    /// Whether it is over, because it lasts for some time.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    fn checked(self) -> Result<Self, String> {
        self.check_target()?;
        if let Some(name) = self.function.as_deref().filter(|name| !NAMES.contains(name)) {
            return Err(format!("there is no function {name}; there are {}", NAMES.join(", ")));
        }
        let complaint = match &self {
            Self { effect: Effect::Kill | Effect::KillAfter, function: None, .. } => {
                "name the function whose invocation is to die"
            }
            Self { effect: Effect::Delay, seconds: None, .. } => "say how many seconds late the answer comes",
            Self { effect: Effect::Throttle, seconds: None, .. } => "say for how many seconds",
            Self { status: Some(..400 | 600..), .. } => "the status must be from 400 to 599",
            Self { times: 0, .. } => "times must be at least 1",
            _ => return Ok(self),
        };
        Err(complaint.into())
    }

    fn check_target(&self) -> Result<(), String> {
        let target = TARGETS.iter().find(|target| target.name == self.target);
        let target =
            target.ok_or_else(|| format!("there is no {}; there are {}", self.target, target_names()))?;
        if target.effects.contains(&self.effect) {
            return Ok(());
        }
        let effects = serde_json::to_string(target.effects).unwrap_or_default();
        Err(format!("the effect of a fault of {} is one of {effects}", target.name))
    }

    /// Whether a call meets it.
    pub fn concerns(&self, call: &Call<'_>) -> bool {
        self.target == call.target
            && is_or_any(self.operation.as_deref(), call.operation)
            && is_or_any(self.function.as_deref(), call.caller.function)
    }
}

fn target_names() -> String {
    TARGETS.each_ref().map(|target| target.name).join(", ")
}

fn is_or_any(wanted: Option<&str>, is: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == is)
}
