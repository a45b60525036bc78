//! The functions as JSON in, JSON out, started from an environment of their own.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value;
use varsling_platform::clock::Clock;
use varsling_platform::environment::Environment;
use varsling_platform::lambda::{self, Function};
use varsling_platform::surroundings::Surroundings;

use crate::AnyError;
use crate::event_sources::QUEUES;

/// What an invocation calls.
pub type Handler = Arc<dyn Fn(Value) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;
/// Every function by its name.
pub type Functions = HashMap<&'static str, Handler>;

/// The account that everything local belongs to.
pub const ACCOUNT: &str = "000000000000";
/// What all functions' environments are made from.
const ENVIRONMENT: &str = include_str!("../environment");
/// The region that everything local is in.
pub const REGION: &str = "eu-north-1";

/// What stands for what in the environment.
type Places<'a> = [(&'static str, &'a str)];

macro_rules! functions {
    ($($function:ty),* $(,)?) => {
        /// Every function's name.
        pub const NAMES: [&str; 10] = [$(<$function>::NAME),*];

        /// Starts every function and warms its connections.
        pub async fn start(places: &Places<'_>, clock: Arc<dyn Clock>) -> Result<Functions, AnyError> {
            let mut functions = Functions::new();
            $(add::<$function>(&mut functions, places, &clock).await?;)*
            Ok(functions)
        }
    };
}

functions![
    accept_order::AcceptOrder,
    fire_reminder::FireReminder,
    manage_templates::ManageTemplates,
    record_delivery::RecordDelivery,
    record_opened::RecordOpened,
    report_status::ReportStatus,
    resolve_recipients::ResolveRecipients,
    schedule::Schedule,
    send_email::SendEmail,
    send_sms::SendSms,
];

async fn add<F: Function>(
    functions: &mut Functions,
    places: &Places<'_>,
    clock: &Arc<dyn Clock>,
) -> Result<(), AnyError> {
    let environment = Environment::of(environment(places, F::NAME));
    // No chance at all, so that what happens twice happens the same way twice.
    let surroundings = Surroundings { environment, clock: Arc::clone(clock), chance: Arc::new(|| 0.5) };
    let started = lambda::start::<F>(&surroundings).await;
    let function = Arc::new(started.map_err(|error| format!("{} does not start: {error}", F::NAME))?);
    lambda::warm(&*function).await;
    functions.insert(F::NAME, Arc::new(move |event| Box::pin(handle(Arc::clone(&function), event))));
    Ok(())
}

async fn handle<F: Function>(function: Arc<F>, event: Value) -> Result<Value, String> {
    let event =
        serde_json::from_value(event).map_err(|error| format!("the event cannot be read: {error}"))?;
    let answer = function.handler(event).await.map_err(|error| error.to_string())?;
    serde_json::to_value(answer).map_err(|error| format!("the answer cannot be written: {error}"))
}

/// A function's environment: lines of `NAME=value`, and where the queues are.
fn environment(places: &Places<'_>, function: &str) -> BTreeMap<String, String> {
    let queues = QUEUES.iter().filter(|source| source.is_queue()).map(|source| source.name);
    let queues = queues.map(|name| format!("{}_QUEUE_URL={{aws}}/{ACCOUNT}/{name}\n", name.to_uppercase()));
    let text = format!("{ENVIRONMENT}{}", queues.collect::<String>()).replace("{function}", function);
    let text = places.iter().fold(text, |text, (name, value)| text.replace(name, value));
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn functions(name: &'static str, handler: Handler) -> Functions {
        HashMap::from([(name, handler)])
    }

    struct Echo;

    impl Function for Echo {
        const NAME: &'static str = "echo";
        const VARIABLES: &'static [&'static str] = &["TABLE_NAME"];
        type Event = u32;
        type Answer = u32;

        async fn start(_: &Surroundings) -> Result<Self, lambda::StartError> {
            Ok(Self)
        }

        async fn handler(&self, event: u32) -> Result<u32, lambda::HandlerError> {
            Ok(u32::from(u8::try_from(event)?) + 1)
        }
    }

    #[tokio::test]
    async fn a_function_is_json_in_and_json_out() {
        let mut functions = Functions::new();
        let places = [("{aws}", "http://127.0.0.1:1")];
        let clock: Arc<dyn Clock> = Arc::new(varsling_platform::clock::SystemClock);
        add::<Echo>(&mut functions, &places, &clock).await.unwrap();
        let echo = &functions["echo"];
        assert_eq!(echo(serde_json::json!(1)).await, Ok(serde_json::json!(2)));
        assert_eq!(
            echo(serde_json::json!(u32::MAX)).await,
            Err("out of range integral type conversion attempted".into())
        );
        assert!(echo(serde_json::json!("x")).await.unwrap_err().starts_with("the event cannot be read"));
    }
}
