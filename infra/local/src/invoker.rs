//! Invocations: each a task of its own that can be killed or left hanging, as machines are.

use std::sync::{Arc, OnceLock};

use futures::future::BoxFuture;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};
use uuid::Uuid;

use crate::functions::Functions;
use crate::queues::Batch;
use crate::work::Work;

/// Invokes functions.
pub struct Invoker {
    work: Arc<Work>,
    functions: OnceLock<Functions>,
    lifted: watch::Sender<()>,
}

/// An invocation under way.
pub struct Invocation {
    function: &'static str,
    task: Option<AbortHandle>,
    batch: Option<Batch>,
    hangs: bool,
    /// Dropped when it ends or hangs, which is what whoever has subscribed waits for.
    end: watch::Sender<()>,
}

impl Invocation {
    /// Whether it waits for the faults to be lifted.
    pub fn hangs(&self) -> bool {
        self.hangs
    }

    fn is_of(&self, function: &str) -> bool {
        self.function == function && !self.hangs
    }
}

/// Takes an invocation off the list however it ends.
struct Leave(Uuid, Arc<Work>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.1.change(|state| state.invocations.remove(&self.0));
    }
}

impl Invoker {
    pub fn new(work: &Arc<Work>) -> Self {
        Self { work: Arc::clone(work), functions: OnceLock::new(), lifted: watch::Sender::new(()) }
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
        let task = handler.map(|handler| self.begin(function, handler(event), batch));
        async move {
            match task.ok_or_else(|| format!("there is no function {function}"))?.await {
                Ok(answer) => answer,
                Err(error) if error.is_panic() => Err("it panicked".into()),
                Err(_) => Err("it was killed".into()),
            }
        }
    }

    fn begin(
        &self,
        function: &'static str,
        answer: BoxFuture<'static, Result<Value, String>>,
        batch: Option<Batch>,
    ) -> JoinHandle<Result<Value, String>> {
        let id = Uuid::new_v4();
        let leave = Leave(id, Arc::clone(&self.work));
        let end = watch::Sender::new(());
        let invocation = Invocation { function, task: None, batch, hangs: false, end };
        // Before it runs, for it may end at once.
        self.work.change(|state| state.invocations.insert(id, invocation));
        let task = tokio::spawn(async move {
            let _leave = leave;
            answer.await
        });
        self.work.change(|state| {
            if let Some(invocation) = state.invocations.get_mut(&id) {
                invocation.task = Some(task.abort_handle());
            }
        });
        task
    }

    /// Does something once those invocations of a function that run now have ended (or hang): what a
    /// provider reports comes after its answer.
    pub fn afterwards(&self, function: &str, action: impl FnOnce() + Send + 'static) {
        let busy = self.work.busy();
        let ends: Vec<_> = self.work.look(|state| {
            let running = state.invocations.values().filter(|invocation| invocation.is_of(function));
            running.map(|invocation| invocation.end.subscribe()).collect()
        });
        tokio::spawn(async move {
            for mut end in ends {
                // Nothing is ever sent: the error that its sender is gone is the end.
                let _ = end.changed().await;
            }
            action();
            drop(busy);
        });
    }

    /// Stops the invocations of a function (or all). Where one waits for a call, it gets no further.
    pub fn kill(&self, function: Option<&str>) {
        let dying: Vec<_> = self.work.look(|state| {
            let dies = |i: &&Invocation| function.is_none_or(|function| i.is_of(function));
            state.invocations.values().filter(dies).filter_map(|i| i.task.clone()).collect()
        });
        dying.iter().for_each(AbortHandle::abort);
    }

    /// The invocations of a function hang: their messages go back to the queue when their timeout ends,
    /// and nobody waits for them. Resolves when faults are lifted; the call that waits for this is what
    /// they hang in.
    pub async fn hang(&self, function: &str) {
        let mut lifted = self.lifted.subscribe();
        self.work.change(|state| {
            for invocation in state.invocations.values_mut().filter(|i| i.is_of(function)) {
                invocation.hangs = true;
                invocation.end = watch::Sender::new(());
                if let Some(batch) = invocation.batch.take() {
                    state.queues.give_back(&batch);
                }
            }
        });
        // An error would mean that the system is gone.
        let _ = lifted.changed().await;
    }

    /// Lets every hanging invocation go on.
    pub fn lift(&self) {
        let go_on = |invocation: &mut Invocation| invocation.hangs = false;
        self.work.change(|state| state.invocations.values_mut().for_each(go_on));
        self.lifted.send_replace(());
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
    async fn a_killed_invocation_ends_and_a_hanging_one_is_quiet_until_faults_are_lifted() {
        let go_on = Arc::new(Notify::new());
        let wait = Arc::clone(&go_on);
        let (invoker, work) = invoker(Arc::new(move |_| {
            let wait = Arc::clone(&wait);
            Box::pin(async move {
                wait.notified().await;
                Ok(json!("done"))
            })
        }));
        let killed = tokio::spawn(invoker.invoke("send-email", json!(null), None));
        until(&work, false).await;
        invoker.kill(Some("send-email"));
        assert_eq!(killed.await.unwrap(), Err("it was killed".into()));

        let hanging = tokio::spawn(invoker.invoke("send-email", json!(null), None));
        until(&work, false).await;
        let call = tokio::spawn({
            let invoker = Arc::clone(&invoker);
            async move { invoker.hang("send-email").await }
        });
        until(&work, true).await;
        assert!(!call.is_finished());
        invoker.lift();
        call.await.unwrap();
        until(&work, false).await;
        go_on.notify_one();
        assert_eq!(hanging.await.unwrap().unwrap(), json!("done"));
        until(&work, true).await;
    }

    #[tokio::test]
    async fn what_comes_afterwards_waits_for_the_end() {
        let (invoker, work) = invoker(Arc::new(|_| Box::pin(std::future::pending())));
        let (sent, mut received) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(invoker.invoke("send-email", json!(null), None));
        until(&work, false).await;
        invoker.afterwards("send-email", move || sent.send(()).unwrap());
        assert!(received.try_recv().is_err());
        invoker.kill(Some("send-email"));
        assert!(received.await.is_ok());
        assert!(task.await.unwrap().is_err());
    }
}
