//! The functions as JSON in, JSON out, started from an environment of their own.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value;
use varsling_platform::chance::Chance;
use varsling_platform::clock::Clock;
use varsling_platform::environment::Environment;
use varsling_platform::lambda::{self, Function};
use varsling_platform::surroundings::Surroundings;

use crate::database::TABLE;
use crate::queues::QUEUES;
use crate::registers::maskinporten;
use crate::system::StartError;

/// What an invocation calls.
pub type Handler = Arc<dyn Fn(Value) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;
/// Every function by its name.
pub type Functions = HashMap<&'static str, Handler>;

/// The account that everything local belongs to.
pub const ACCOUNT: &str = "000000000000";
/// The region that everything local is in.
pub const REGION: &str = "eu-north-1";

/// Where the functions find what they call.
pub struct Places {
    /// The stand-ins for AWS and the registers.
    pub aws: String,
    /// The database.
    pub dynamodb: String,
    /// The house rule of the sending window.
    pub window: &'static str,
}

macro_rules! functions {
    ($($function:ty),* $(,)?) => {
        /// Every function's name.
        pub const NAMES: [&str; 10] = [$(<$function>::NAME),*];

        /// Starts every function and warms its connections.
        pub async fn start(places: &Places, clock: Arc<dyn Clock>) -> Result<Functions, StartError> {
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

/// No chance at all, so that what happens twice happens the same way twice.
struct Even;

impl Chance for Even {
    fn fraction(&self) -> f64 {
        0.5
    }
}

async fn add<F: Function>(
    functions: &mut Functions,
    places: &Places,
    clock: &Arc<dyn Clock>,
) -> Result<(), StartError> {
    let environment = Environment::of(environment(places, F::NAME));
    let surroundings = Surroundings { environment, clock: Arc::clone(clock), chance: Arc::new(Even) };
    let started = lambda::start::<F>(&surroundings).await;
    let function = Arc::new(started.map_err(|error| StartError::Function(F::NAME, error))?);
    function.warm().await;
    functions.insert(F::NAME, Arc::new(move |event| Box::pin(handle(Arc::clone(&function), event))));
    Ok(())
}

async fn handle<F: Function>(function: Arc<F>, event: Value) -> Result<Value, String> {
    let event =
        serde_json::from_value(event).map_err(|error| format!("the event cannot be read: {error}"))?;
    let answer = function.handler(event).await.map_err(|error| error.to_string())?;
    serde_json::to_value(answer).map_err(|error| format!("the answer cannot be written: {error}"))
}

/// A function's environment. Each has an AWS endpoint of its own, so that faults know who calls.
fn environment(places: &Places, function: &str) -> BTreeMap<String, String> {
    let Places { aws, dynamodb, window } = places;
    let mut variables = BTreeMap::from([
        ("AWS_ENDPOINT_URL".into(), format!("{aws}/{function}")),
        ("AWS_ENDPOINT_URL_DYNAMODB".into(), dynamodb.clone()),
        ("CONDITION_HTTP_PROXY".into(), aws.clone()),
        ("DECISIONS_URL".into(), format!("{aws}/registers/decisions/authorize")),
        ("EXTERNAL_URL".into(), format!("{aws}/registers/external/users/contactpoint/lookupsi")),
        ("KRR_URL".into(), format!("{aws}/registers/krr/rest/v2/personer")),
        ("MASKINPORTEN_TOKEN_URL".into(), format!("{aws}/registers/maskinporten/token")),
        ("NAMES_URL".into(), format!("{aws}/registers/names/parties/nameslookup")),
        (
            "ORGANIZATIONS_URL".into(),
            format!("{aws}/registers/organizations/organizations/notificationaddresses/lookup"),
        ),
        ("PERSONAL_URL".into(), format!("{aws}/registers/personal/units/contactpoint/lookup")),
        ("OPENED_PUBLISHERS".into(), format!("{ACCOUNT}=*")),
        ("TOKEN_ISSUERS".into(), format!("{}={aws}/issuer/jwks", crate::issuer::ISSUER)),
    ]);
    for queue in QUEUES.iter().filter(|queue| !queue.direct) {
        let name = format!("{}_QUEUE_URL", queue.name.to_uppercase());
        variables.insert(name, format!("{aws}/{ACCOUNT}/{}", queue.name));
    }
    let fixed = [
        ("AWS_REGION", REGION),
        ("CONDITION_ENDPOINTS", "any"),
        ("CONFIGURATION_SET", "varsling"),
        ("DECISIONS_SCOPE", ""),
        ("EMAIL_RATE", "14"),
        ("EMAIL_SENDER", "varsling@example.no"),
        ("EVENT_BUS_NAME", "varsling"),
        // Stays the same between runs, or the ids of stored orders would no longer be found.
        ("ID_SECRET", "the local system keeps no secrets from anybody"),
        ("KRR_SCOPE", maskinporten::KRR_SCOPE),
        ("LINKS", "Allowed"),
        ("MASKINPORTEN_CLIENT_ID", maskinporten::CLIENT),
        ("MASKINPORTEN_ISSUER", crate::issuer::ISSUER),
        ("MASKINPORTEN_KEY_SECRET", crate::aws::secrets::KEY),
        ("NAMES_SCOPE", ""),
        ("PROFILE_SCOPE", ""),
        ("RETENTION_DAYS", "30"),
        ("SENDING_HOURS", ""),
        ("SENDING_WINDOW", window),
        ("SMS_RATE", "20"),
        ("SMS_SENDER_ID", "Varsling"),
        ("STATUS_EVENTS_TO", "*"),
        ("TABLE_NAME", TABLE),
        ("TOKEN_AUDIENCE", ""),
    ];
    variables.extend(fixed.map(|(name, value)| (name.into(), value.into())));
    variables
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

        async fn handler(&self, event: u32) -> Result<u32, lambda_runtime::Error> {
            event.checked_add(1).ok_or_else(|| "too much".into())
        }
    }

    #[tokio::test]
    async fn a_function_is_json_in_and_json_out() {
        let mut functions = Functions::new();
        let places =
            Places { aws: "http://127.0.0.1:1".into(), dynamodb: String::new(), window: "WorkingDays" };
        let clock: Arc<dyn Clock> = Arc::new(varsling_platform::clock::SystemClock);
        add::<Echo>(&mut functions, &places, &clock).await.unwrap();
        let echo = &functions["echo"];
        assert_eq!(echo(serde_json::json!(1)).await, Ok(serde_json::json!(2)));
        assert_eq!(echo(serde_json::json!(u32::MAX)).await, Err("too much".into()));
        assert!(echo(serde_json::json!("x")).await.unwrap_err().starts_with("the event cannot be read"));
    }
}
