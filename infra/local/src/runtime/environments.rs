//! The execution environments of the functions: started when none is idle, the one used last used first, and
//! recycled after a number of invocations or some time without one. Between invocations nothing of them runs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use serde_json::Value;
use uuid::Uuid;

use super::activity::Activity;
use super::invoker::Answer;

/// How many invocations an environment serves.
pub const MOST_INVOCATIONS: u32 = 1_000;
/// How long an idle environment is kept.
pub const LONGEST_IDLE: TimeDelta = TimeDelta::minutes(10);

/// What an invocation is called with.
#[derive(Clone, Debug)]
pub struct Request {
    /// The request's id.
    pub id: Uuid,
    /// The function's event.
    pub event: Value,
    /// When the invocation is aborted.
    pub deadline: DateTime<Utc>,
}

/// One instance of a function.
pub type Handler = Arc<dyn Fn(Request) -> BoxFuture<'static, Answer> + Send + Sync>;
/// Starts an instance of a function that tells the activity what it does.
pub type Starter = Arc<dyn Fn(Arc<Activity>) -> BoxFuture<'static, Result<Handler, String>> + Send + Sync>;
/// Every function by its name, in the order in which they start.
pub type Functions = BTreeMap<&'static str, Starter>;

/// An execution environment with the instance in it.
pub struct Environment {
    /// The instance.
    pub handler: Handler,
    /// What it does.
    pub activity: Arc<Activity>,
    /// How many invocations it has served.
    pub served: u32,
}

struct Idle {
    environment: Environment,
    since: DateTime<Utc>,
}

/// The idle environments of all functions.
#[derive(Default)]
pub struct Environments(HashMap<&'static str, Vec<Idle>>);

impl Environments {
    /// Takes the environment of a function that was used last, if one is idle.
    pub fn take(&mut self, function: &str, now: DateTime<Utc>) -> Option<Environment> {
        let idle = self.0.get_mut(function)?;
        idle.retain(|idle| now - idle.since < LONGEST_IDLE);
        idle.pop().map(|idle| idle.environment)
    }

    /// Puts an environment back, unless it has served its time.
    pub fn put(&mut self, function: &'static str, environment: Environment, now: DateTime<Utc>) {
        if environment.served < MOST_INVOCATIONS {
            self.0.entry(function).or_default().push(Idle { environment, since: now });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(served: u32) -> Environment {
        let handler: Handler = Arc::new(|request| Box::pin(async move { Ok(request.event) }));
        Environment { handler, activity: Arc::default(), served }
    }

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minutes * 60, 0).unwrap()
    }

    #[test]
    fn the_environment_used_last_is_used_first() {
        let mut environments = Environments::default();
        environments.put("send-email", environment(1), at(0));
        environments.put("send-email", environment(2), at(1));
        assert!(environments.take("send-sms", at(1)).is_none());
        assert_eq!(environments.take("send-email", at(1)).unwrap().served, 2);
        assert_eq!(environments.take("send-email", at(1)).unwrap().served, 1);
        assert!(environments.take("send-email", at(1)).is_none());
    }

    #[test]
    fn an_environment_is_recycled_after_some_invocations_or_some_time() {
        let mut environments = Environments::default();
        environments.put("send-email", environment(MOST_INVOCATIONS), at(0));
        assert!(environments.take("send-email", at(0)).is_none());
        environments.put("send-email", environment(1), at(0));
        environments.put("send-email", environment(2), at(1));
        assert_eq!(environments.take("send-email", at(10)).unwrap().served, 2);
        assert!(environments.take("send-email", at(10)).is_none());
    }
}
