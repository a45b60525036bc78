//! A future whose polls and wakes its activity knows of.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use futures::future::BoxFuture;

use super::activity::Activity;

/// An invocation's future, tracked.
pub struct Tracked<T> {
    work: BoxFuture<'static, T>,
    activity: Arc<Activity>,
    /// The number of this work of the activity.
    number: u64,
    /// The waker that was handed in last, and the one that was made of it.
    waker: Option<(Waker, Waker)>,
}

struct Woken {
    activity: Arc<Activity>,
    number: u64,
    waker: Waker,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.activity.wake_work(self.number);
        self.waker.wake_by_ref();
    }
}

impl<T> Tracked<T> {
    /// Tracks a future by an activity.
    pub fn new(activity: Arc<Activity>, work: BoxFuture<'static, T>) -> Self {
        // Until it is polled for the first time, it is about to do something.
        let number = activity.begin_work();
        Self { work, activity, number, waker: None }
    }

    fn waker(&mut self, given: &Waker) -> Waker {
        if let Some((last, made)) = &self.waker
            && last.will_wake(given)
        {
            return made.clone();
        }
        let (activity, number) = (Arc::clone(&self.activity), self.number);
        let woken = Woken { activity, number, waker: given.clone() };
        let made = Waker::from(Arc::new(woken));
        self.waker = Some((given.clone(), made.clone()));
        made
    }
}

impl<T> Future for Tracked<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let waker = self.waker(context.waker());
        self.activity.begin_poll();
        let polled = self.work.as_mut().poll(&mut Context::from_waker(&waker));
        // An end is told by the caller, in the same moment as what follows from it.
        if polled.is_pending() {
            self.activity.end_poll();
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::super::activity::Purpose;
    use super::*;
    use chrono::Utc;
    use futures::FutureExt;

    #[test]
    fn an_invocation_is_busy_from_being_woken_until_its_poll_has_returned() {
        let activity = Arc::<Activity>::default();
        let _pause = activity.wait(Utc::now(), Purpose::Pause);
        let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
        let mut tracked = Tracked::new(Arc::clone(&activity), receiver.boxed());
        assert_eq!(activity.waits_until(), None);
        let mut context = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut tracked).poll(&mut context).is_pending());
        assert!(activity.waits_until().is_some());
        sender.send(()).unwrap();
        assert_eq!(activity.waits_until(), None);
        assert!(Pin::new(&mut tracked).poll(&mut context).is_ready());
    }

    /// Work that ends at once, and leaves its waker behind.
    fn leaving(left: Arc<std::sync::Mutex<Option<Waker>>>) -> impl Future<Output = ()> + Send {
        std::future::poll_fn(move |context| {
            *crate::lock(&left) = Some(context.waker().clone());
            Poll::Ready(())
        })
    }

    #[test]
    fn a_waker_of_work_that_has_ended_says_nothing_of_the_work_after_it() {
        let (activity, left) = (Arc::<Activity>::default(), Arc::default());
        let mut context = Context::from_waker(Waker::noop());
        let mut first = Tracked::new(Arc::clone(&activity), leaving(Arc::clone(&left)).boxed());
        assert!(Pin::new(&mut first).poll(&mut context).is_ready());
        drop(first);
        let _pause = activity.wait(Utc::now(), Purpose::Pause);
        let mut second = Tracked::new(Arc::clone(&activity), futures::future::pending::<()>().boxed());
        assert!(Pin::new(&mut second).poll(&mut context).is_pending());
        let late = crate::lock(&left).take().unwrap();
        late.wake();
        assert!(activity.waits_until().is_some());
    }
}
