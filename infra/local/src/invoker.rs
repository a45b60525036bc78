//! How invocations run: each a task of its own that can be killed, as machines are.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::Abortable;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::runtime::{Begun, Runtime, State};

/// What an invocation ends with: the function's answer, or what went wrong.
pub type Answer = Result<Value, String>;

impl Runtime {
    /// Begins an invocation at once.
    pub fn invoke(self: &Arc<Self>, function: &'static str, event: Value) -> JoinHandle<Answer> {
        self.run(self.change(|state| state.begin(function)), event, |_, _| ())
    }

    /// Runs an invocation that has begun, to its end even if nobody waits for the answer any longer, as in
    /// Lambda. What is to be done at its end is done in the same moment.
    pub fn run(
        self: &Arc<Self>,
        Begun { id, function, abort }: Begun,
        event: Value,
        at_its_end: impl FnOnce(&mut State, &Answer) + Send + 'static,
    ) -> JoinHandle<Answer> {
        let running = self.functions.get().and_then(|functions| Some(functions.get(function)?(event)));
        let runtime = Arc::clone(self);
        tokio::spawn(async move {
            let answer = match running {
                None => Err(format!("there is no function {function}")),
                Some(running) => {
                    match Abortable::new(AssertUnwindSafe(running).catch_unwind(), abort).await {
                        Ok(Ok(answer)) => answer,
                        Ok(Err(_)) => Err("it panicked".into()),
                        Err(_) => Err("it was killed".into()),
                    }
                }
            };
            runtime.change(|state| {
                at_its_end(state, &answer);
                state.end(id);
            });
            answer
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::{Handler, tests::functions};
    use chrono::Utc;
    use serde_json::json;

    fn runtime(handler: Handler) -> Arc<Runtime> {
        let runtime = Arc::<Runtime>::default();
        assert!(runtime.functions.set(functions("send-email", handler)).is_ok());
        runtime
    }

    #[tokio::test]
    async fn a_panic_and_an_error_are_failures() {
        let runtime = runtime(Arc::new(|event| {
            Box::pin(async move { if event == json!(1) { panic!("oh") } else { Err("no".into()) } })
        }));
        assert_eq!(runtime.invoke("send-email", json!(1)).await.unwrap(), Err("it panicked".into()));
        assert_eq!(runtime.invoke("send-email", json!(2)).await.unwrap(), Err("no".into()));
        assert_eq!(runtime.invoke("x", json!(2)).await.unwrap(), Err("there is no function x".into()));
        assert!(runtime.look(|state| state.is_idle(Utc::now())));
    }

    #[tokio::test]
    async fn a_killed_invocation_ends() {
        let runtime = runtime(Arc::new(|_| Box::pin(std::future::pending())));
        let killed = runtime.invoke("send-email", json!(null));
        runtime.look(|state| state.kill(Some("send-sms")));
        assert!(!runtime.look(|state| state.is_idle(Utc::now())));
        runtime.look(|state| state.kill(Some("send-email")));
        assert_eq!(killed.await.unwrap(), Err("it was killed".into()));
        assert!(runtime.look(|state| state.is_idle(Utc::now())));
    }

    #[tokio::test]
    async fn nobody_need_wait_for_an_end_and_what_it_brings() {
        let runtime = runtime(Arc::new(|_| Box::pin(async { Ok(json!(1)) })));
        let (sent, received) = tokio::sync::oneshot::channel();
        let begun = runtime.change(|state| state.begin("send-email"));
        drop(runtime.run(begun, json!(null), move |_, answer| sent.send(answer.clone()).unwrap()));
        assert_eq!(received.await.unwrap(), Ok(json!(1)));
    }
}
