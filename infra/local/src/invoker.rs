//! Invocations: each a task of its own that can be killed or frozen, as machines are.

use std::collections::{BTreeMap, HashMap};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Poll, Waker};

use serde_json::Value;
use tokio::task::AbortHandle;

use crate::functions::Functions;
use crate::lock;
use crate::queues::Batch;
use crate::work::{Busy, Work};

/// Invokes functions and knows what runs.
pub struct Invoker {
    work: Arc<Work>,
    functions: OnceLock<Functions>,
    running: Arc<Mutex<BTreeMap<uuid::Uuid, Invocation>>>,
}

/// An invocation under way. It does the rest, and then no longer counts, when it is dropped.
struct Invocation {
    function: &'static str,
    task: Option<AbortHandle>,
    /// Held while it is polled: what stops it waits for that, or it might get as far as it can on
    /// another thread.
    polling: Arc<Mutex<()>>,
    batch: Option<Batch>,
    frozen: bool,
    waker: Option<Waker>,
    afterwards: Vec<Arc<Afterwards>>,
    busy: Option<Busy>,
}

/// Done when the last invocation that holds it has ended.
struct Afterwards {
    action: Option<Box<dyn FnOnce() + Send + Sync>>,
    _busy: Busy,
}

impl Drop for Afterwards {
    fn drop(&mut self) {
        self.action.take().into_iter().for_each(|action| action());
    }
}

/// Takes an invocation off the list however it ends.
struct Leave(uuid::Uuid, Arc<Mutex<BTreeMap<uuid::Uuid, Invocation>>>);

impl Drop for Leave {
    fn drop(&mut self) {
        // What is to be done afterwards is done outside the lock.
        let left = lock(&self.1).remove(&self.0);
        drop(left);
    }
}

impl Invoker {
    pub fn new(work: &Arc<Work>) -> Self {
        Self { work: Arc::clone(work), functions: OnceLock::new(), running: Arc::default() }
    }

    /// Says which functions there are, once they have started.
    pub fn install(&self, functions: Functions) {
        // Set once by whoever starts the system; a second set would change nothing.
        let _ = self.functions.set(functions);
    }

    /// Begins an invocation at once, with the batch it works on where it came from a queue. It runs to
    /// its end even if nobody waits for the answer any longer, as in Lambda.
    pub fn invoke(
        &self,
        function: &'static str,
        event: Value,
        batch: Option<Batch>,
    ) -> impl Future<Output = Result<Value, String>> + Send + use<> {
        let handler = self.functions.get().and_then(|functions| functions.get(function));
        let task = handler.map(|handler| {
            let (id, running) = (uuid::Uuid::new_v4(), Arc::clone(&self.running));
            let (leave, mut answer) = (Leave(id, Arc::clone(&running)), handler(event));
            let (busy, polling) = (Some(self.work.busy()), Arc::<Mutex<()>>::default());
            let entered = Invocation {
                function,
                task: None,
                polling: Arc::clone(&polling),
                batch,
                frozen: false,
                waker: None,
                afterwards: vec![],
                busy,
            };
            lock(&self.running).insert(id, entered);
            let task = tokio::spawn(async move {
                let _leave = leave;
                poll_fn(move |context| {
                    let _polling = lock(&polling);
                    if let Some(invocation) = lock(&running).get_mut(&id).filter(|i| i.frozen) {
                        invocation.waker = Some(context.waker().clone());
                        return Poll::Pending;
                    }
                    answer.as_mut().poll(context)
                })
                .await
            });
            // It may have ended already.
            if let Some(entered) = lock(&self.running).get_mut(&id) {
                entered.task = Some(task.abort_handle());
            }
            task
        });
        async move {
            match task.ok_or_else(|| format!("there is no function {function}"))?.await {
                Ok(answer) => answer,
                Err(error) if error.is_panic() => Err("it panicked".into()),
                Err(_) => Err("it was killed".into()),
            }
        }
    }

    /// Does something once those invocations of a function that run now have ended: what a provider
    /// reports comes after its answer.
    pub fn afterwards(&self, function: &str, action: impl FnOnce() + Send + Sync + 'static) {
        let afterwards = Arc::new(Afterwards { action: Some(Box::new(action)), _busy: self.work.busy() });
        for invocation in lock(&self.running).values_mut().filter(|i| i.function == function && !i.frozen) {
            invocation.afterwards.push(Arc::clone(&afterwards));
        }
    }

    /// Stops the invocations of a function (or all) where they stand, as if their machines had died.
    pub fn kill(&self, function: Option<&str>) {
        let dies = |i: &&Invocation| function.is_none_or(|function| i.function == function && !i.frozen);
        let stopped = |i: &Invocation| (i.task.clone(), Arc::clone(&i.polling));
        let dying: Vec<_> = lock(&self.running).values().filter(dies).map(stopped).collect();
        for (task, polling) in dying {
            task.inspect(AbortHandle::abort);
            drop(lock(&polling));
        }
    }

    /// Lets the invocations of a function hang until they are thawed.
    pub fn freeze(&self, function: &str) {
        let (mut released, mut hanging) = (Vec::new(), Vec::new());
        for invocation in lock(&self.running).values_mut().filter(|i| i.function == function) {
            invocation.frozen = true;
            if let Some(batch) = invocation.batch.take() {
                self.work.change(|state| state.queues.give_back(&batch));
            }
            released.append(&mut invocation.afterwards);
            hanging.push(Arc::clone(&invocation.polling));
            invocation.busy = None;
        }
        // Outside the lock, as what was to be done afterwards is done now.
        drop(released);
        for polling in hanging {
            drop(lock(&polling));
        }
    }

    /// Lets every frozen invocation go on.
    pub fn thaw(&self) {
        for invocation in lock(&self.running).values_mut().filter(|i| i.frozen) {
            invocation.frozen = false;
            invocation.busy = Some(self.work.busy());
            invocation.waker.take().into_iter().for_each(Waker::wake);
        }
    }

    /// How many invocations hang, by function.
    pub fn frozen(&self) -> HashMap<&'static str, usize> {
        let mut frozen = HashMap::new();
        for invocation in lock(&self.running).values().filter(|i| i.frozen) {
            *frozen.entry(invocation.function).or_default() += 1;
        }
        frozen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::{Handler, tests::functions};
    use chrono::Utc;
    use serde_json::json;
    use tokio::sync::Notify;

    fn invoker(handler: Handler) -> (Arc<Invoker>, Arc<Work>) {
        let work = Work::new();
        let invoker = Invoker::new(&work);
        invoker.install(functions("send-email", handler));
        (Arc::new(invoker), work)
    }

    async fn until(work: &Work, quiet: bool) {
        let mut changes = work.changes();
        while work.look(|state| state.quiet(Utc::now())) != quiet {
            changes.changed().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_panic_and_an_error_are_failures() {
        let (invoker, _) = invoker(Arc::new(|event| {
            Box::pin(async move { if event == json!(1) { panic!("oh") } else { Err("no".into()) } })
        }));
        assert_eq!(invoker.invoke("send-email", json!(1), None).await, Err("it panicked".into()));
        assert_eq!(invoker.invoke("send-email", json!(2), None).await, Err("no".into()));
        assert_eq!(invoker.invoke("x", json!(2), None).await, Err("there is no function x".into()));
    }

    #[tokio::test]
    async fn a_killed_invocation_ends_and_a_frozen_one_is_quiet_until_thawed() {
        let go_on = Arc::new(Notify::new());
        let wait = Arc::clone(&go_on);
        let (invoker, work) = invoker(Arc::new(move |_| {
            let wait = Arc::clone(&wait);
            Box::pin(async move {
                wait.notified().await;
                Ok(json!("done"))
            })
        }));
        let invoke = || {
            let invoker = Arc::clone(&invoker);
            tokio::spawn(async move { invoker.invoke("send-email", json!(null), None).await })
        };
        let killed = invoke();
        until(&work, false).await;
        invoker.kill(Some("send-email"));
        assert_eq!(killed.await.unwrap(), Err("it was killed".into()));

        let frozen = invoke();
        until(&work, false).await;
        invoker.freeze("send-email");
        until(&work, true).await;
        go_on.notify_one();
        assert_eq!(invoker.frozen()["send-email"], 1);
        assert!(!frozen.is_finished());
        invoker.thaw();
        assert_eq!(frozen.await.unwrap().unwrap(), json!("done"));
        until(&work, true).await;
    }

    #[tokio::test]
    async fn what_comes_afterwards_waits_for_the_end() {
        let (invoker, work) = invoker(Arc::new(|_| Box::pin(std::future::pending())));
        let (sent, mut received) = tokio::sync::oneshot::channel();
        let waiting = Arc::clone(&invoker);
        let task = tokio::spawn(async move { waiting.invoke("send-email", json!(null), None).await });
        until(&work, false).await;
        invoker.afterwards("send-email", move || sent.send(()).unwrap());
        assert!(received.try_recv().is_err());
        invoker.kill(Some("send-email"));
        assert!(received.await.is_ok());
        assert!(task.await.unwrap().is_err());
    }
}
