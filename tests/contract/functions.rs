//! The functions: their folders, their environment, and what wakes them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Mutex;

use serde_json::{Value, json};
use varsling_platform::environment::{self, Environment};
use varsling_platform::lambda::{self, Function};
use varsling_platform::surroundings::Surroundings;

use crate::deployment::Deployment;
use crate::parameters::NUMBERS;
use crate::template::{self, Template, target};

/// What a function may read but does not need.
const OPTIONAL: [&str; 2] = ["EVIDENCE_DAYS", "LOG_LEVEL"];

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
        $run::<accept_order::AcceptOrder>($with).await;
        $run::<fire_reminder::FireReminder>($with).await;
        $run::<record_delivery::RecordDelivery>($with).await;
        $run::<record_opened::RecordOpened>($with).await;
        $run::<manage_templates::ManageTemplates>($with).await;
        $run::<report_status::ReportStatus>($with).await;
        $run::<resolve_recipients::ResolveRecipients>($with).await;
        $run::<schedule::Schedule>($with).await;
        $run::<send_email::SendEmail>($with).await;
        $run::<send_sms::SendSms>($with).await;
    }};
}

#[test]
fn every_folder_is_a_function_and_the_reverse() {
    let template = Template::read();
    let binaries: BTreeSet<String> = template.functions().into_keys().map(str::to_owned).collect();
    assert_eq!(folders(), binaries);
}

#[tokio::test]
async fn every_folder_is_tried_here() {
    let tried = Mutex::default();
    for_each_function!(note, &tried);
    assert_eq!(folders(), tried.into_inner().unwrap());
}

async fn note<F: Function>(tried: &Mutex<BTreeSet<String>>) {
    tried.lock().unwrap().insert(F::NAME.to_owned());
}

fn folders() -> BTreeSet<String> {
    let entries = fs::read_dir(template::path("functions")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
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
async fn every_function_starts_with_the_least_that_it_is_given() {
    let template = Template::read();
    for_each_function!(start, (&template, &Deployment::smallest(&template)));
}

#[tokio::test]
async fn every_function_starts_with_all_that_it_can_be_given() {
    let template = Template::read();
    for_each_function!(start, (&template, &Deployment::full(&template)));
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
        for_each_function!(start, (&template, &deployment));
    }
}

async fn start<F: Function>((template, deployment): (&Template, &Deployment<'_>)) {
    let mut values: BTreeMap<_, _> = variables(template, F::NAME)
        .into_iter()
        .map(|(name, value)| (name, deployment.text(&value)))
        .collect();
    // Set by Lambda itself; the endpoint keeps the test from looking for credentials.
    values.insert("AWS_REGION".into(), "eu-north-1".into());
    values.insert("AWS_ENDPOINT_URL".into(), "http://127.0.0.1:1".into());
    let surroundings = Surroundings::of(Environment::of(values));
    let started = lambda::start::<F>(&surroundings).await;
    assert!(started.is_ok(), "{}: {}", F::NAME, started.err().unwrap());
}

#[test]
fn a_function_knows_what_the_deployment_has() {
    let template = Template::read();
    for function in ["accept-order", "resolve-recipients"] {
        let value = &variables(&template, function)["CAPABILITIES"];
        let words = |deployment: &Deployment| {
            deployment.text(value).split_whitespace().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(words(&Deployment::smallest(&template)), [""; 0], "{function}");
        assert_eq!(words(&Deployment::full(&template)), CAPABILITIES.map(|(word, _)| word), "{function}");
        for (word, parameter) in CAPABILITIES {
            let deployment = Deployment::smallest(&template).with(parameter, "https://example.no");
            assert_eq!(words(&deployment), [word], "{function}");
        }
    }
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

/// A function that cannot read a variable names the parameter that the operator has to mend.
#[test]
fn a_variable_is_named_as_the_parameter_that_sets_it() {
    let template = Template::read();
    let parameters = template.at(&["Parameters"]).as_object().unwrap();
    for function in template.functions().into_keys() {
        for (name, value) in variables(&template, function) {
            let parameter = target(&value).filter(|target| parameters.contains_key(*target));
            assert!(parameter.is_none_or(|set_by| set_by == environment::parameter(&name)), "{name}");
        }
    }
    assert!(parameters.contains_key(&environment::parameter("ID_SECRET")));
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
    for (function, seconds) in varsling_local::TIMEOUTS {
        assert_eq!(template.setting(function, "Timeout"), seconds, "{function}");
    }
    assert_eq!(template.functions().len(), varsling_local::TIMEOUTS.len());
}
