//! How invocations run: each a task of its own, in an execution environment, until its deadline.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{Abortable, Aborted, Either, select};
use serde_json::Value;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use uuid::Uuid;
use varsling_function::clock::Clock;

use super::activity::Activity;
use super::environments::{Environment, Functions, Request, Starter};
use super::meter::Began;
use super::tracked::Tracked;
use super::{Begun, Runtime, State};

/// How long an invocation waits for others to have started, in real time.
const LONGEST_WAIT: Duration = Duration::from_millis(200);

/// What an invocation ends with: the function's answer, or what went wrong.
pub type Answer = Result<Value, String>;

/// How an invocation has ended, with its environment unless that died.
struct Ended {
    answer: Answer,
    environment: Option<Environment>,
}

impl Ended {
    fn dead(why: impl Into<String>) -> Self {
        Self { answer: Err(why.into()), environment: None }
    }
}

impl Runtime {
    /// Starts one environment of every function, so that what a function cannot start with shows at once.
    pub async fn start(self: &Arc<Self>, functions: Functions) -> Result<(), String> {
        for (function, starter) in &functions {
            let activity = self.change(|state| state.new_activity(self));
            let environment = environment(starter, activity).await;
            let environment = environment.map_err(|error| format!("{function} does not start: {error}"))?;
            self.change(|state| state.add_environment(function, environment, self.clock.now()));
        }
        self.functions.set(functions).map_err(|_| "the functions were started before".to_owned())
    }

    /// Begins an invocation at once.
    pub fn invoke(self: &Arc<Self>, function: &'static str, event: Value) -> JoinHandle<Answer> {
        let begun = self.change(|state| state.begin(self, function, None));
        self.run(begun, event, |_, _| ())
    }

    /// Runs an invocation that has begun, to its end even if nobody waits for the answer any longer, as in
    /// Lambda. What is to be done at its end is done in the same moment.
    pub fn run(
        self: &Arc<Self>,
        begun: Begun,
        event: Value,
        at_its_end: impl FnOnce(&mut State, &Answer) + Send + 'static,
    ) -> JoinHandle<Answer> {
        let runtime = Arc::clone(self);
        tokio::spawn(async move {
            let id = begun.id;
            let Ended { answer, environment } = runtime.until_its_end(begun, event).await;
            runtime.change(|state| {
                at_its_end(state, &answer);
                state.end(id, environment, runtime.clock.now());
            });
            answer
        })
    }

    async fn until_its_end(&self, begun: Begun, event: Value) -> Ended {
        let Begun { id, function, abort, deadline, activity, environment } = begun;
        let Some(starter) = self.functions.get().and_then(|functions| functions.get(function)) else {
            return Ended::dead(format!("there is no function {function}"));
        };
        let request = Request { id, event, deadline };
        let place = match environment {
            Some(environment) => Place { activity, environment: Some(environment), start: None },
            None => self.place(id, function, activity).await,
        };
        let activity = Arc::clone(&place.activity);
        let since = Began::at(self.clock.now());
        let work = work(Arc::clone(starter), place, request);
        let work = Abortable::new(Tracked::new(Arc::clone(&activity), work.boxed()), abort);
        let limit = pin!(self.clock.sleep_until(Some(deadline)));
        let first = select(work, limit).await;
        self.meter.ended(function, &since, self.clock.now());
        match first {
            // It may have come to its end while it was being killed.
            Either::Left((Ok(ended), _)) if !activity.is_dead() => ended,
            Either::Left((Ok(_) | Err(Aborted), _)) => Ended::dead("it was killed"),
            Either::Right(_) => Ended::dead("it timed out"),
        }
    }
}

/// Where an invocation runs.
struct Place {
    activity: Arc<Activity>,
    /// None if one has yet to start.
    environment: Option<Environment>,
    /// Held until it has started.
    start: Option<OwnedSemaphorePermit>,
}

impl Runtime {
    /// Where an invocation runs that found no idle environment: in one that has become idle by the time at which it may
    /// start one.
    async fn place(&self, id: Uuid, function: &'static str, activity: Arc<Activity>) -> Place {
        // Environments that wait for something as they start must not keep others from it for ever.
        let start = timeout(LONGEST_WAIT, Arc::clone(&self.starts).acquire_owned()).await;
        let start = start.ok().and_then(Result::ok);
        match self.change(|state| state.take_instead(id, function, self.clock.now())) {
            Some(environment) => Place {
                activity: Arc::clone(&environment.activity),
                environment: Some(environment),
                start: None,
            },
            None => Place { activity, environment: None, start },
        }
    }
}

/// Serves a request, in a new environment if there is none.
async fn work(starter: Starter, place: Place, request: Request) -> Ended {
    let Place { activity, environment: idle, start } = place;
    let environment = match idle {
        Some(environment) => Ok(environment),
        None => environment(&starter, activity).await,
    };
    drop(start);
    match environment {
        Ok(environment) => serve(environment, request).await,
        Err(error) => Ended::dead(error),
    }
}

async fn environment(starter: &Starter, activity: Arc<Activity>) -> Result<Environment, String> {
    let handler = starter(Arc::clone(&activity)).await?;
    Ok(Environment { handler, activity, served: 0 })
}

/// The runtime of a function catches a panic, so that its environment survives.
async fn serve(mut environment: Environment, request: Request) -> Ended {
    environment.served += 1;
    environment.activity.serve();
    let served = AssertUnwindSafe((environment.handler)(request)).catch_unwind().await;
    let answer = served.unwrap_or_else(|_| Err("it panicked".into()));
    Ended { answer, environment: Some(environment) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::LocalClock;
    use crate::functions::deployed::timeout;
    use crate::runtime::Caller;
    use crate::runtime::activity::Purpose;
    use crate::runtime::environments::Handler;
    use chrono::{TimeDelta, Utc};
    use serde_json::json;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A runtime with one function, of which each instance is made anew.
    async fn runtime(instance: fn() -> Handler) -> Arc<Runtime> {
        let runtime = Runtime::new(Arc::new(LocalClock::still()));
        let starter: Starter = Arc::new(move |_| Box::pin(async move { Ok(instance()) }));
        runtime.start(Functions::from([("send-email", starter)])).await.unwrap();
        runtime
    }

    /// Answers with how often the instance has been called.
    fn counting() -> Handler {
        let count = Arc::new(AtomicUsize::new(0));
        Arc::new(move |_| {
            let count = Arc::clone(&count);
            Box::pin(async move {
                tokio::task::yield_now().await;
                Ok(json!(count.fetch_add(1, Ordering::SeqCst) + 1))
            })
        })
    }

    fn failing() -> Handler {
        Arc::new(|request| {
            Box::pin(async move { if request.event == json!(1) { panic!("oh") } else { Err("no".into()) } })
        })
    }

    fn hanging() -> Handler {
        Arc::new(|_| Box::pin(std::future::pending()))
    }

    #[tokio::test]
    async fn a_panic_and_an_error_are_failures() {
        let runtime = runtime(failing).await;
        assert_eq!(runtime.invoke("send-email", json!(1)).await.unwrap(), Err("it panicked".into()));
        assert_eq!(runtime.invoke("send-email", json!(2)).await.unwrap(), Err("no".into()));
        assert_eq!(runtime.invoke("x", json!(2)).await.unwrap(), Err("there is no function x".into()));
        assert!(runtime.look(|state| state.is_idle(Utc::now())));
    }

    #[tokio::test]
    async fn an_environment_serves_one_invocation_at_a_time_and_then_the_next() {
        let runtime = runtime(counting).await;
        let both = [runtime.invoke("send-email", json!(0)), runtime.invoke("send-email", json!(0))];
        for answer in both {
            assert_eq!(answer.await.unwrap(), Ok(json!(1)), "each in an environment of its own");
        }
        assert_eq!(runtime.invoke("send-email", json!(0)).await.unwrap(), Ok(json!(2)));
    }

    #[tokio::test]
    async fn a_killed_invocation_ends() {
        let runtime = runtime(hanging).await;
        let killed = runtime.invoke("send-email", json!(null));
        runtime.look(|state| state.kill(Caller { function: "send-sms", activity: None }));
        assert!(!runtime.look(|state| state.is_idle(Utc::now())));
        runtime.look(|state| state.kill(Caller { function: "send-email", activity: None }));
        assert_eq!(killed.await.unwrap(), Err("it was killed".into()));
        assert!(runtime.look(|state| state.is_idle(Utc::now())));
    }

    #[tokio::test]
    async fn an_invocation_is_aborted_at_its_deadline_in_simulated_time() {
        let runtime = runtime(hanging).await;
        let begun = runtime.change(|state| state.begin(&runtime, "send-email", None));
        let (activity, deadline) = (Arc::clone(&begun.activity), begun.deadline);
        assert_eq!(deadline - runtime.clock.now(), timeout("send-email"));
        let running = runtime.run(begun, json!(null), |_, _| ());
        let _pause = activity.wait(deadline + TimeDelta::hours(1), Purpose::Pause);
        runtime.clock.set(deadline - TimeDelta::milliseconds(1));
        tokio::task::yield_now().await;
        assert!(!running.is_finished());
        runtime.clock.set(deadline);
        assert_eq!(running.await.unwrap(), Err("it timed out".into()));
    }

    #[tokio::test]
    async fn an_invocation_runs_to_its_end_although_its_answer_is_not_awaited() {
        let runtime = runtime(counting).await;
        let (sent, received) = tokio::sync::oneshot::channel();
        let begun = runtime.change(|state| state.begin(&runtime, "send-email", None));
        drop(runtime.run(begun, json!(null), move |_, answer| sent.send(answer.clone()).unwrap()));
        assert_eq!(received.await.unwrap(), Ok(json!(1)));
    }
}
