//! The functions as JSON in, JSON out: how an instance of each is started in an execution environment.

pub mod clock;
pub mod deployed;
mod variables;

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use aws_smithy_async::rt::sleep::SharedAsyncSleep;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use futures::future::{BoxFuture, FutureExt};
use tracing::Instrument;
use varsling_function::aws::Transport;
use varsling_function::context::FunctionContext;
use varsling_function::decisions;
use varsling_function::environment::Environment;
use varsling_function::lambda::{self, Deadline, Function};

use crate::aws::in_process::InProcess;
use crate::runtime::activity::Activity;
use crate::runtime::environments::{Functions, Handler, Request, Starter};
use crate::runtime::invoker::Answer;
use crate::simulator::Simulator;
use clock::FunctionClock;

pub use variables::Places;

/// The account that everything local belongs to.
pub const ACCOUNT: &str = "000000000000";
/// What the names of the functions begin with.
pub const STACK: &str = "local";
/// The region that everything local is in.
pub const REGION: &str = "eu-north-1";

macro_rules! functions {
    ($($name:literal: $function:ty),* $(,)?) => {
        /// Every deployed function's name. A binary that is deployed twice has two.
        pub const NAMES: [&str; deployed::COUNT] = [$($name),*];

        /// How to start an instance of each function.
        pub fn starters(simulator: &Arc<Simulator>, places: &Places) -> Functions {
            Functions::from([$(($name, starter::<$function>($name, simulator, places))),*])
        }
    };
}

functions![
    "accept-order": accept_order::AcceptOrder,
    "cancel-order": cancel_order::CancelOrder,
    "deliver-webhooks": deliver_webhooks::DeliverWebhooks,
    "fire-reminder": fire_reminder::FireReminder,
    "manage-templates": manage_templates::ManageTemplates,
    "publish-changes": publish_changes::PublishChanges,
    "reconcile": reconcile::Reconcile,
    "record-delivery": record_delivery::RecordDelivery,
    "record-opened": record_opened::RecordOpened,
    "report-recipients": report_recipients::ReportRecipients,
    "report-status": report_status::ReportStatus,
    "resolve-recipients": resolve_recipients::ResolveRecipients,
    "route-request": route_request::RouteRequest,
    "schedule": schedule::Schedule,
    "send-email": send_email::SendEmail,
    "send-email-urgent": send_email::SendEmail,
    "send-instant": send_instant::SendInstant,
    "send-sms": send_sms::SendSms,
    "send-sms-urgent": send_sms::SendSms,
    "sweep-shard": sweep_shard::SweepShard,
];

/// What all instances of a function are started with.
struct Parts {
    name: &'static str,
    /// The simulator holds the functions, so that they must not hold it.
    simulator: Weak<Simulator>,
    places: Places,
}

fn starter<F: Function>(name: &'static str, simulator: &Arc<Simulator>, places: &Places) -> Starter {
    let places = places.clone().into_iter().chain([("{function}", name.to_owned())]).collect();
    let parts = Arc::new(Parts { name, simulator: Arc::downgrade(simulator), places });
    Arc::new(move |activity| Box::pin(start::<F>(Arc::clone(&parts), activity)))
}

/// How an instance starts, of these environment variables, that runs in a process of its own.
pub type StartElsewhere =
    Arc<dyn Fn(BTreeMap<String, String>) -> BoxFuture<'static, Result<Handler, String>> + Send + Sync>;

/// A function whose instances run elsewhere.
pub struct Elsewhere {
    /// Its name.
    pub function: &'static str,
    /// How they start.
    pub start: StartElsewhere,
}

impl Elsewhere {
    /// How to start an instance.
    pub fn starter(self, places: &Places) -> Starter {
        let places = places.clone();
        Arc::new(move |activity| {
            let mut places = places.clone();
            places.insert("{function}", self.function.to_owned());
            places.insert("{environment}", activity.number.to_string());
            (self.start)(variables::variables(self.function, &places))
        })
    }
}

async fn start<F: Function>(parts: Arc<Parts>, activity: Arc<Activity>) -> Result<Handler, String> {
    let name = parts.name;
    let context = parts.context(name, activity)?;
    let started = lambda::start::<F>(&context).await.map_err(|error| error.to_string())?;
    let function = Arc::new(started);
    lambda::warm(&*function).await;
    let metrics = context.metrics;
    Ok(Arc::new(move |request| {
        let metrics = metrics.clone();
        Box::pin(handle(name, Arc::clone(&function), request).inspect(move |_| metrics.flush()))
    }))
}

impl Parts {
    fn context(&self, function: &'static str, activity: Arc<Activity>) -> Result<FunctionContext, String> {
        let simulator = self.simulator.upgrade().ok_or("the system is gone")?;
        let mut places = self.places.clone();
        places.insert("{environment}", activity.number.to_string());
        let offset = simulator.faults.clock_offset(activity.number);
        let clock = FunctionClock::new(Arc::clone(&simulator.clock), Arc::clone(&activity), offset);
        let in_process = InProcess::new(Weak::clone(&self.simulator), function, activity);
        let transport = Transport {
            http: SharedHttpClient::new(in_process),
            sleep: SharedAsyncSleep::new(clock.clone()),
        };
        Ok(FunctionContext {
            environment: Environment::of(variables::variables(function, &places)),
            clock: Arc::new(clock),
            // No jitter at all, so that what happens twice happens the same way twice.
            jitter: Arc::new(|| 0.5),
            metrics: simulator.metrics.of_environment(),
            transport: Some(transport),
        })
    }
}

async fn handle<F: Function>(name: &'static str, function: Arc<F>, request: Request) -> Answer {
    let span = tracing::info_span!("invocation", function = name, request_id = %request.id);
    let event = serde_json::from_value(request.event);
    let event = event.map_err(|error| format!("the event cannot be read: {error}"))?;
    let invocation = decisions::logged(function.handler(event, Deadline::at(request.deadline)));
    let answer = invocation.instrument(span).await.map_err(|error| error.to_string())?;
    serde_json::to_value(answer).map_err(|error| format!("the answer cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;
    use serde_json::{Value, json};
    use uuid::Uuid;
    use varsling_function::environment::Variables;

    struct Echo;

    impl Function for Echo {
        const NAME: &'static str = "echo";
        const VARIABLES: Variables = &[&["TABLE_NAME"]];
        type Event = u32;
        type Answer = u32;

        async fn start(_: &FunctionContext) -> Result<Self, lambda::StartError> {
            Ok(Self)
        }

        async fn handler(&self, event: u32, _: Deadline) -> Result<u32, lambda::HandlerError> {
            Ok(u32::from(u8::try_from(event)?) + 1)
        }
    }

    async fn answer(event: Value) -> Answer {
        let request = Request { id: Uuid::new_v4(), event, deadline: Utc::now() };
        handle("echo", Arc::new(Echo), request).await
    }

    #[tokio::test]
    async fn a_function_is_json_in_and_json_out() {
        assert_eq!(answer(json!(1)).await, Ok(json!(2)));
        let too_large = Err("out of range integral type conversion attempted".into());
        assert_eq!(answer(json!(u32::MAX)).await, too_large);
        assert!(answer(json!("x")).await.unwrap_err().starts_with("the event cannot be read"));
    }

    #[test]
    fn every_function_that_is_deployed_can_be_started() {
        assert_eq!(deployed::DEPLOYED.map(|deployed| deployed.name), NAMES);
    }
}
