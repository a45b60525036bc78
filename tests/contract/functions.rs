//! The functions: their folders, their environment, and what wakes them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};
use varsling_platform::chance::SystemChance;
use varsling_platform::clock::SystemClock;
use varsling_platform::environment::Environment;
use varsling_platform::lambda::{self, Function};
use varsling_platform::surroundings::Surroundings;

use crate::samconfig;
use crate::template::{self, Template, target};

/// What a function may read but does not need.
const OPTIONAL: [&str; 2] = ["EVIDENCE_DAYS", "LOG_LEVEL"];

macro_rules! for_each_function {
    ($run:ident, $template:expr) => {{
        $run::<accept_order::AcceptOrder>($template).await;
        $run::<fire_reminder::FireReminder>($template).await;
        $run::<record_delivery::RecordDelivery>($template).await;
        $run::<record_opened::RecordOpened>($template).await;
        $run::<manage_templates::ManageTemplates>($template).await;
        $run::<report_status::ReportStatus>($template).await;
        $run::<resolve_recipients::ResolveRecipients>($template).await;
        $run::<schedule::Schedule>($template).await;
        $run::<send_email::SendEmail>($template).await;
        $run::<send_sms::SendSms>($template).await;
    }};
}

#[test]
fn every_folder_is_a_function_and_the_reverse() {
    let template = Template::read();
    let entries = fs::read_dir(template::path("functions")).unwrap();
    let folders: BTreeSet<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let binaries = template.functions().into_keys().map(str::to_owned).collect();
    assert_eq!(folders, binaries);
}

#[test]
fn every_function_is_built_by_cargo_for_the_same_runtime() {
    let template = Template::read();
    for (name, id) in template.functions() {
        assert_eq!(template.at(&["Resources", id, "Metadata", "BuildMethod"]), "rust-cargolambda", "{name}");
        assert_eq!(template.setting(name, "Runtime"), "provided.al2023", "{name}");
        // The SAM CLI runs cargo there: at the workspace's root it would find the local system's package alone.
        assert_eq!(template.function(name)["CodeUri"], format!("../functions/{name}"), "{name}");
        assert_eq!(template.setting(name, "Architectures"), &json!([{"Ref": "Architecture"}]), "{name}");
    }
}

#[tokio::test]
async fn every_variable_that_is_read_is_set_and_no_other() {
    for_each_function!(compare_variables, &Template::read());
}

async fn compare_variables<F: Function>(template: &Template) {
    let set = variables(template, F::NAME);
    let set: BTreeSet<_> = set.keys().map(String::as_str).filter(|name| !OPTIONAL.contains(name)).collect();
    assert_eq!(set, F::VARIABLES.iter().copied().collect(), "{}", F::NAME);
}

#[tokio::test]
async fn every_function_starts_with_what_it_is_given() {
    for_each_function!(start, &Template::read());
}

async fn start<F: Function>(template: &Template) {
    let mut values: BTreeMap<_, _> = variables(template, F::NAME)
        .into_iter()
        .map(|(name, value)| (name, resolved(template, &value)))
        .collect();
    // Set by Lambda itself; the endpoint keeps the test from looking for credentials.
    values.insert("AWS_REGION".into(), "eu-north-1".into());
    values.insert("AWS_ENDPOINT_URL".into(), "http://127.0.0.1:1".into());
    let surroundings = Surroundings {
        environment: Environment::of(values),
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemChance),
    };
    let started = lambda::start::<F>(&surroundings).await;
    assert!(started.is_ok(), "{}: {}", F::NAME, started.err().unwrap());
}

#[test]
fn a_deployment_asks_public_condition_endpoints_only() {
    let template = Template::read();
    for name in ["accept-order", "resolve-recipients"] {
        assert_eq!(variables(&template, name)["CONDITION_ENDPOINTS"], "public", "{name}");
    }
}

#[test]
fn both_sweeps_run_every_minute_unless_they_are_switched_off() {
    let template = Template::read();
    let ticks = template.events("ScheduleV2");
    assert_eq!(ticks.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["fire-reminder", "schedule"]);
    for (name, tick) in ticks {
        assert_eq!(tick["ScheduleExpression"], "rate(1 minute)", "{name}");
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

/// A function's variables: those of all functions and its own.
pub fn variables(template: &Template, function: &str) -> BTreeMap<String, Value> {
    let everybodys = template.at(&["Globals", "Function", "Environment", "Variables"]);
    let own = &template.function(function)["Environment"]["Variables"];
    let both = [everybodys, own].into_iter().filter_map(Value::as_object).flatten();
    both.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What a deployment with the parameters of `samconfig.toml` sets a variable to; what only exists once it
/// is deployed is a placeholder.
fn resolved(template: &Template, value: &Value) -> String {
    // The conditions of variables ask whether a parameter says anything.
    if let Some([_, given, otherwise]) = value["Fn::If"].as_array().map(Vec::as_slice) {
        let given = resolved(template, given);
        return if given.is_empty() { resolved(template, otherwise) } else { given };
    }
    let parameter = target(value).and_then(|name| {
        let default = match template.at(&["Parameters", name, "Default"]) {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        samconfig::parameters().remove(name).or(default)
    });
    let written = value["Fn::Sub"].as_str().map(|text| text.replace("${AWS::AccountId}", "000000000000"));
    parameter
        .or(written)
        .or_else(|| value.as_str().map(str::to_owned))
        .unwrap_or_else(|| "placeholder".repeat(6))
}
