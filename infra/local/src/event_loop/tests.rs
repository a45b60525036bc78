//! The event loop with small functions of its own, on a clock that stands still unless moved.

use std::sync::Mutex;

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use varsling_function::clock::Clock;

use super::*;
use crate::aws::in_process::InProcess;
use crate::clock::whole_millisecond;
use crate::event_sources::named;
use crate::functions::clock::FunctionClock;
use crate::lock;
use crate::runtime::Caller;
use crate::runtime::environments::{Functions, Handler, Starter};
use crate::runtime::invoker::Answer;
use crate::simulator::stamp;
use crate::streams::Streams;
use crate::streams::tests::SOURCES;
use crate::system::{self, Options};

/// A system with functions of a test.
struct Bench {
    simulator: Arc<Simulator>,
    _tasks: JoinSet<()>,
}

impl Bench {
    async fn with(functions: impl FnOnce(&Arc<Simulator>) -> Functions) -> Self {
        let simulator = system::simulator(&Options { speed: 0.0, ..Options::default() }).unwrap();
        let streams = Streams::open(&SOURCES, None, simulator.now()).unwrap();
        simulator.runtime.change(|state| state.streams = streams);
        simulator.watch_changes();
        simulator.runtime.start(functions(&simulator)).await.unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(deliver(Arc::clone(&simulator)));
        Self { simulator, _tasks: tasks }
    }

    /// With a function that answers by a rule and keeps its events.
    async fn answering(function: &'static str, rule: fn(&Value) -> Answer) -> (Self, Arc<Mutex<Vec<Value>>>) {
        let seen = Arc::<Mutex<Vec<Value>>>::default();
        let kept = Arc::clone(&seen);
        let handler: Handler = Arc::new(move |request| {
            lock(&kept).push(request.event.clone());
            Box::pin(async move { rule(&request.event) })
        });
        let starter: Starter = Arc::new(move |_| Box::pin(std::future::ready(Ok(Arc::clone(&handler)))));
        (Self::with(|_| Functions::from([(function, starter)])).await, seen)
    }

    async fn advance(&self, step: TimeDelta) {
        advance(&self.simulator, self.simulator.now() + step).await;
    }

    fn fault(&self, fault: Value) {
        let fault = serde_json::from_value(fault).unwrap();
        self.simulator.faults.order(fault, self.simulator.now()).unwrap();
    }

    fn put(&self, key: &str) {
        let item = json!({"TableName": "varsling", "Item": {"pk": {"S": key}}}).to_string();
        let caller = Caller { function: "", activity: None };
        let reply = self.simulator.database.answer(&self.simulator, caller, "PutItem", item.as_bytes());
        assert_eq!(reply.status.as_u16(), 200);
    }

    fn waiting(&self, queue: &str) -> Value {
        self.simulator.runtime.look(|state| state.queues.counts(queue)["waiting"].clone())
    }

    fn stream_counts(&self) -> Value {
        self.simulator.runtime.look(|state| state.streams.counts().next().unwrap().1)
    }
}

/// Sends an e-mail for each message of a batch, seven in a second, by the wire format of SES.
fn paced(simulator: &Arc<Simulator>) -> Starter {
    let simulator = Arc::downgrade(simulator);
    Arc::new(move |activity| {
        let live = simulator.upgrade().unwrap();
        let clock = FunctionClock::new(Arc::clone(&live.clock), Arc::clone(&activity), TimeDelta::zero());
        let client = InProcess::new(simulator.clone(), "send-email", activity);
        let handler: Handler = Arc::new(move |request| {
            Box::pin(send_all(clock.clone(), client.clone(), request.event["Records"].clone()))
        });
        Box::pin(std::future::ready(Ok(handler)))
    })
}

async fn send_all(clock: FunctionClock, client: InProcess, records: Value) -> Answer {
    let start = clock.now();
    let count = i64::try_from(records.as_array().unwrap().len()).unwrap();
    join_all((0..count).map(|number| send_at(&clock, &client, start + seventh(number)))).await;
    Ok(json!(null))
}

/// The nth seventh part of a second.
fn seventh(number: i64) -> TimeDelta {
    TimeDelta::nanoseconds(number * 1_000_000_000 / 7)
}

async fn send_at(clock: &FunctionClock, client: &InProcess, at: DateTime<Utc>) {
    clock.wait_until(at).await;
    assert!(client.call(email()).await.unwrap().status().is_success());
}

fn email() -> HttpRequest {
    let content = json!({"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}});
    let body = json!({"Destination": {"ToAddresses": ["a@example.no"]}, "Content": content});
    let mut request = HttpRequest::new(SdkBody::from(body.to_string()));
    request.set_uri("http://127.0.0.1:1/send-email/v2/email/outbound-emails").unwrap();
    request
}

#[tokio::test]
async fn workers_that_pace_themselves_end_exactly_when_their_waits_do() {
    let bench = Bench::with(|simulator| Functions::from([("send-email", paced(simulator))])).await;
    let start = bench.simulator.now();
    for _ in 0..20 {
        let message = bench.simulator.message(named("email").unwrap(), "{}".into());
        bench.simulator.send(message);
    }
    bench.simulator.until_idle().await;
    assert_eq!(bench.simulator.now(), start, "nobody moved it");
    // The last wait of each ends nine sevenths of a second after the start, in whole milliseconds.
    bench.advance(TimeDelta::milliseconds(1_285)).await;
    assert_eq!(bench.waiting("email"), 20);
    bench.advance(TimeDelta::milliseconds(1)).await;
    assert_eq!(bench.waiting("email"), 0);
    let sent: Vec<_> = bench.simulator.outbox.entries().into_iter().map(|entry| entry.at).collect();
    let due = (0..10).flat_map(|number| {
        let at = stamp(whole_millisecond(start + seventh(number)));
        [at.clone(), at]
    });
    assert_eq!(sent, due.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_change_of_the_table_reaches_the_function_before_the_system_is_idle() {
    let (bench, seen) = Bench::answering("record-delivery", |_| Ok(json!(null))).await;
    bench.put("a");
    bench.simulator.until_idle().await;
    let events = lock(&seen).clone();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["Records"][0]["dynamodb"]["Keys"]["pk"]["S"], "a");
    assert_eq!(bench.stream_counts(), json!({"waiting": 0, "dead": 0}));
}

#[tokio::test]
async fn a_batch_of_the_stream_that_fails_is_tried_again_and_then_given_up() {
    let (bench, seen) = Bench::answering("record-delivery", |_| Err("no".into())).await;
    bench.put("a");
    bench.simulator.until_idle().await;
    assert_eq!((lock(&seen).len(), bench.stream_counts()), (1, json!({"waiting": 1, "dead": 0})));
    bench.advance(TimeDelta::seconds(1)).await;
    assert_eq!((lock(&seen).len(), bench.stream_counts()), (2, json!({"waiting": 0, "dead": 1})));
}

#[tokio::test]
async fn the_stream_may_redeliver_a_batch_and_fail_to_invoke_the_function() {
    let (bench, seen) = Bench::answering("record-delivery", |_| Ok(json!(null))).await;
    bench.fault(json!({"target": "stream", "operation": "all", "effect": "twice"}));
    bench.put("a");
    bench.simulator.until_idle().await;
    assert_eq!(lock(&seen).len(), 2);
    bench.fault(json!({"target": "stream", "operation": "all", "effect": "fail"}));
    bench.put("b");
    bench.simulator.until_idle().await;
    assert_eq!(lock(&seen).len(), 2, "not reached");
    bench.advance(TimeDelta::seconds(1)).await;
    assert_eq!((lock(&seen).len(), bench.stream_counts()), (3, json!({"waiting": 0, "dead": 0})));
}

/// How often the function is invoked in some minutes.
async fn ticks(bench: &Bench, seen: &Mutex<Vec<Value>>, minutes: i64) -> usize {
    bench.advance(TimeDelta::minutes(minutes)).await;
    std::mem::take(&mut *lock(seen)).len()
}

#[tokio::test]
async fn a_tick_may_be_missed_or_come_twice_and_idle_minutes_are_skipped() {
    let (bench, seen) = Bench::answering("schedule", |_| Ok(json!(null))).await;
    assert_eq!(ticks(&bench, &seen, 5).await, 0, "there is nothing to sweep");
    bench.fault(json!({"target": "tick", "operation": "schedule", "effect": "twice", "times": 2}));
    assert_eq!(ticks(&bench, &seen, 5).await, 4);
    bench.fault(json!({"target": "tick", "operation": "schedule", "effect": "fail", "times": 2}));
    assert_eq!(ticks(&bench, &seen, 5).await, 0);
    assert!(bench.simulator.faults.list(bench.simulator.now()).is_empty());
}
