//! The functions: their folders, their environment, and what wakes them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Mutex;

use send_email::SendEmail;
use send_sms::SendSms;
use serde_json::{Value, json};
use varsling_function::context::FunctionContext;
use varsling_function::environment::{self, Environment};
use varsling_function::lambda::{self, Function, StartError};
use varsling_local::{DEPLOYED, Deployed};
use varsling_test_server::{Reply, TinyServer};

use crate::deployment::Deployment;
use crate::parameters::NUMBERS;
use crate::template::{self, Template, target};

/// What a function may read but does not need.
const OPTIONAL: [&str; 3] = ["EVIDENCE_DAYS", "LOG_LEVEL", "STACK_NAME"];

/// The words of `CAPABILITIES`, in their order, and the parameters that they come from.
const CAPABILITIES: [(&str, &str); 7] = [
    ("sms", "SmsSenderId"),
    ("persons", "KrrUrl"),
    ("organizations", "OrganizationsUrl"),
    ("personal", "PersonalUrl"),
    ("decisions", "DecisionsUrl"),
    ("external", "ExternalUrl"),
    ("names", "NamesUrl"),
];

macro_rules! for_each_function {
    ($run:ident, $with:expr) => {{
        $run::<accept_order::AcceptOrder>("accept-order", $with).await;
        $run::<cancel_order::CancelOrder>("cancel-order", $with).await;
        $run::<deliver_webhooks::DeliverWebhooks>("deliver-webhooks", $with).await;
        $run::<fire_reminder::FireReminder>("fire-reminder", $with).await;
        $run::<manage_templates::ManageTemplates>("manage-templates", $with).await;
        $run::<publish_changes::PublishChanges>("publish-changes", $with).await;
        $run::<reconcile::Reconcile>("reconcile", $with).await;
        $run::<record_delivery::RecordDelivery>("record-delivery", $with).await;
        $run::<record_opened::RecordOpened>("record-opened", $with).await;
        $run::<report_recipients::ReportRecipients>("report-recipients", $with).await;
        $run::<report_status::ReportStatus>("report-status", $with).await;
        $run::<resolve_recipients::ResolveRecipients>("resolve-recipients", $with).await;
        $run::<route_request::RouteRequest>("route-request", $with).await;
        $run::<schedule::Schedule>("schedule", $with).await;
        $run::<SendEmail>("send-email", $with).await;
        $run::<SendEmail>("send-email-urgent", $with).await;
        $run::<send_instant::SendInstant>("send-instant", $with).await;
        $run::<SendSms>("send-sms", $with).await;
        $run::<SendSms>("send-sms-urgent", $with).await;
        $run::<sweep_shard::SweepShard>("sweep-shard", $with).await;
    }};
}

/// A function that is deployed, with its binary.
type Tried = BTreeMap<String, String>;

#[test]
fn every_folder_is_a_function_and_the_reverse() {
    let template = Template::read();
    let binaries = template.functions().into_keys().map(|name| template.binary(name).to_owned());
    assert_eq!(folders(), binaries.collect());
}

#[tokio::test]
async fn every_function_that_is_deployed_is_tried_here() {
    let tried = Mutex::default();
    for_each_function!(note, &tried);
    let template = Template::read();
    let deployed = template.functions().into_keys();
    let deployed: Tried = deployed.map(|name| (name.to_owned(), template.binary(name).to_owned())).collect();
    assert_eq!(tried.into_inner().unwrap(), deployed);
}

async fn note<F: Function>(function: &str, tried: &Mutex<Tried>) {
    tried.lock().unwrap().insert(function.to_owned(), F::NAME.to_owned());
}

/// Urgent notices are sent by the same binary.
#[test]
fn only_what_sends_is_deployed_twice() {
    let template = Template::read();
    for name in template.functions().into_keys() {
        let binary = name.strip_suffix("-urgent").unwrap_or(name);
        assert_eq!(template.binary(name), binary, "{name}");
        assert_eq!(
            name != binary,
            variables(&template, name).get("PRIORITY_CLASS") == Some(&json!("Urgent")),
            "{name}"
        );
    }
}

fn folders() -> BTreeSet<String> {
    let entries = fs::read_dir(template::path("functions")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    // The settings of cargo stand beside the functions.
    names.filter(|name| !name.starts_with('.')).collect()
}

#[test]
fn every_function_is_built_by_cargo_for_the_same_runtime() {
    let template = Template::read();
    for (name, id) in template.functions() {
        assert_eq!(template.at(&["Resources", id, "Metadata", "BuildMethod"]), "rust-cargolambda", "{name}");
        assert_eq!(template.setting(name, "Runtime"), "provided.al2023", "{name}");
        // The SAM CLI runs cargo there: at the workspace's root it would find the local system's package alone.
        let folder = format!("../functions/{}", template.binary(name));
        assert_eq!(template.function(name)["CodeUri"], folder, "{name}");
        assert_eq!(template.setting(name, "Architectures"), &json!([{"Ref": "Architecture"}]), "{name}");
    }
}

#[tokio::test]
async fn every_variable_that_is_read_is_set_and_no_other() {
    for_each_function!(compare_variables, &Template::read());
}

async fn compare_variables<F: Function>(function: &str, template: &Template) {
    let set = variables(template, function);
    let required: BTreeSet<_> = F::VARIABLES.iter().copied().flatten().copied().collect();
    let set = set.keys().map(String::as_str);
    let set: BTreeSet<_> = set.filter(|name| required.contains(name) || !OPTIONAL.contains(name)).collect();
    assert_eq!(set, required, "{function}");
}

#[tokio::test]
async fn every_function_starts_with_the_least_that_it_is_given() {
    let template = Template::read();
    for_each_function!(start, &Deployment::smallest(&template));
}

#[tokio::test]
async fn every_function_starts_with_all_that_it_can_be_given() {
    let template = Template::read();
    for_each_function!(start, &Deployment::full(&template));
}

#[tokio::test]
async fn every_function_starts_with_the_least_and_the_most_of_every_number() {
    let template = Template::read();
    let least = NUMBERS.map(|(name, least, _)| (name, least));
    let most = NUMBERS.map(|(name, _, most)| (name, most));
    for numbers in [least, most] {
        let smallest = Deployment::smallest(&template);
        let deployment = numbers.into_iter().fold(smallest, |all, (name, value)| all.with(name, value));
        assert_eq!(deployment.refusals(), [""; 0]);
        for_each_function!(start, &deployment);
    }
}

async fn start<F: Function>(function: &str, deployment: &Deployment<'_>) {
    let started = try_start::<F>(function, deployment).await;
    assert!(started.is_ok(), "{function}: {}", started.err().unwrap());
}

async fn try_start<F: Function>(function: &str, deployment: &Deployment<'_>) -> Result<F, StartError> {
    start_with::<F>(function, deployment, &Secrets { ids: &"k".repeat(32), headers: "{}" }).await
}

/// What Secrets Manager holds.
struct Secrets<'a> {
    ids: &'a str,
    headers: &'a str,
}

impl Secrets<'_> {
    /// Secrets Manager, holding these.
    async fn serve(&self) -> TinyServer {
        let [ids, headers] = [self.ids, self.headers].map(|text| json!({"SecretString": text}));
        TinyServer::answering(move |request| {
            Reply::json(if request.body.contains(HEADERS) { &headers } else { &ids })
        })
        .await
    }
}

/// What the secret with headers for registers is called.
const HEADERS: &str = "headers-for-registers";

async fn start_with<F: Function>(
    function: &str,
    deployment: &Deployment<'_>,
    secrets: &Secrets<'_>,
) -> Result<F, StartError> {
    let server = secrets.serve().await;
    let variables = variables(deployment.template, function).into_iter();
    let mut values: BTreeMap<_, _> = variables.map(|(name, value)| (name, deployment.text(&value))).collect();
    // Set by Lambda itself; the endpoint keeps the test from looking for credentials.
    values.insert("AWS_REGION".into(), "eu-north-1".into());
    values.insert("AWS_ENDPOINT_URL".into(), server.url());
    values.entry("REGISTER_HEADERS_SECRET".into()).and_modify(|name| HEADERS.clone_into(name));
    lambda::start::<F>(&FunctionContext::of(Environment::of(values))).await
}

#[tokio::test]
async fn a_function_whose_secret_is_wrong_says_which_and_does_not_start() {
    let template = Template::read();
    let deployment = Deployment::full(&template);
    let ids = &"k".repeat(32);
    for (secrets, output, why) in [
        (Secrets { ids: "short", headers: "{}" }, "IdSecretArn", "32 bytes"),
        (Secrets { ids, headers: r#"{"nams": {}}"# }, "RegisterHeadersArn", "a register that there is not"),
        (Secrets { ids, headers: "" }, "RegisterHeadersArn", "not an object"),
    ] {
        let started =
            start_with::<resolve_recipients::ResolveRecipients>("resolve-recipients", &deployment, &secrets);
        let error = started.await.err().unwrap().to_string();
        assert!(error.contains(output) && error.contains(why), "{error}");
        assert!(!error.contains("short"), "{error}");
    }
}

/// The rate of a new account: batches that take longer than three seconds are worth a warning, and no more.
#[tokio::test]
async fn the_lowest_rate_starts_with_the_usual_batches() {
    let template = Template::read();
    let slow = Deployment::smallest(&template).with("EmailRate", "1").with("SmsRate", "1");
    for function in ["send-email", "send-email-urgent"] {
        start::<SendEmail>(function, &slow).await;
    }
    for function in ["send-sms", "send-sms-urgent"] {
        start::<SendSms>(function, &slow).await;
    }
}

#[test]
fn a_function_knows_what_the_deployment_has() {
    let template = Template::read();
    for function in ["accept-order", "resolve-recipients"] {
        let value = &variables(&template, function)["CAPABILITIES"];
        assert_eq!(words(value, &Deployment::smallest(&template)), [""; 0], "{function}");
        assert_eq!(
            words(value, &Deployment::full(&template)),
            CAPABILITIES.map(|(word, _)| word),
            "{function}"
        );
        for (word, parameter) in CAPABILITIES {
            let deployment = Deployment::smallest(&template).with(parameter, "https://example.no");
            assert_eq!(words(value, &deployment), [word], "{function}");
        }
    }
}

/// The words that a value comes to.
fn words(value: &Value, deployment: &Deployment) -> Vec<String> {
    deployment.text(value).split_whitespace().map(str::to_owned).collect()
}

#[test]
fn a_deployment_calls_public_condition_endpoints_only() {
    let template = Template::read();
    for name in ["accept-order", "resolve-recipients"] {
        assert_eq!(variables(&template, name)["CONDITION_ENDPOINTS"], "public", "{name}");
    }
}

#[test]
fn the_schedules_run_unless_they_are_switched_off() {
    let template = Template::read();
    let ticks = template.events("ScheduleV2");
    let (minute, six_days) = ("rate(1 minute)", "rate(6 days)");
    let expected = [("fire-reminder", minute), ("reconcile", six_days), ("schedule", minute)];
    let rates = ticks.iter().map(|(name, tick)| (*name, tick["ScheduleExpression"].as_str().unwrap()));
    assert_eq!(rates.collect::<Vec<_>>(), expected);
    for (name, tick) in ticks {
        assert_eq!(target(&tick["State"]), Some("SweepState"), "{name}");
    }
}

#[test]
fn every_function_has_a_log_that_ends_and_an_alarm() {
    let template = Template::read();
    for (name, id) in template.functions() {
        let log = target(&template.function(name)["LoggingConfig"]["LogGroup"]).unwrap();
        assert!(!template.properties(log)["RetentionInDays"].is_null(), "{log}");
        let watched = json!([{"Name": "FunctionName", "Value": {"Ref": id}}]);
        let alarms = template.resources("AWS::CloudWatch::Alarm");
        let metrics = alarms.values().filter_map(|alarm| alarm["Metrics"].as_array()).flatten();
        let own =
            metrics.map(|metric| &metric["MetricStat"]["Metric"]).filter(|m| m["Dimensions"] == watched);
        let names: BTreeSet<_> = own.filter_map(|metric| metric["MetricName"].as_str()).collect();
        assert_eq!(names, BTreeSet::from(["Errors", "Throttles"]), "{name}");
    }
}

/// What each channel has a parameter of its own for, named after the channel and the class.
const OF_A_CHANNEL: [&str; 2] = ["BATCH_SIZE", "WORKERS"];

/// A function that cannot read a variable names the parameter that the operator has to mend, or the end of its name.
#[test]
fn a_variable_is_named_as_the_parameter_that_sets_it() {
    let template = Template::read();
    let parameters = template.at(&["Parameters"]).as_object().unwrap();
    for function in template.functions().into_keys() {
        for (name, value) in variables(&template, function) {
            let parameter = target(&value).filter(|target| parameters.contains_key(*target));
            let Some(set_by) = parameter else { continue };
            let named = environment::parameter(&name);
            let is_of_a_channel = OF_A_CHANNEL.contains(&name.as_str());
            assert!(set_by == named || is_of_a_channel && set_by.ends_with(&named), "{name}: {set_by}");
        }
    }
    for secret in ["ID_SECRET_ARN", "MASKINPORTEN_KEY_SECRET", "REGISTER_HEADERS_SECRET"] {
        let output = environment::parameter(secret);
        assert!(template.at(&["Outputs", &output]).is_object(), "{output}");
    }
}

/// A function's variables: those of all functions and its own.
pub fn variables(template: &Template, function: &str) -> BTreeMap<String, Value> {
    let everybodys = template.at(&["Globals", "Function", "Environment", "Variables"]);
    let own = &template.function(function)["Environment"]["Variables"];
    let both = [everybodys, own].into_iter().filter_map(Value::as_object).flatten();
    both.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[test]
fn every_function_has_the_time_limit_of_the_local_system() {
    let template = Template::read();
    for Deployed { name: function, timeout: seconds, .. } in DEPLOYED {
        assert_eq!(template.setting(function, "Timeout"), seconds, "{function}");
    }
    assert_eq!(template.functions().len(), DEPLOYED.len());
}
