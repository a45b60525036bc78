//! Each function's role: its own, with just the actions that it calls, on just the resources that it needs.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::functions::variables;
use crate::template::{Template, alternatives, list, strings, target};

/// Actions that know no resources, or whose resource (a phone number) has no name.
const ON_EVERYTHING: [&str; 3] = ["ses:GetAccount", "sns:GetSMSAttributes", "sns:Publish"];

/// What every function may do: write its log.
const LOG: [&str; 2] = ["logs:CreateLogStream", "logs:PutLogEvents"];
/// What working off a queue takes, and sending to queues whose names are checked at the start.
const CONSUME: [&str; 3] = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
const SEND: [&str; 2] = ["sqs:GetQueueAttributes", "sqs:SendMessage"];
const READ: [&str; 1] = ["dynamodb:GetItem"];
const WRITE: [&str; 2] = ["dynamodb:GetItem", "dynamodb:PutItem"];
const SWEEP: [&str; 4] = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"];
const MARK: [&str; 2] = ["dynamodb:GetItem", "dynamodb:UpdateItem"];
const COUNT: [&str; 3] = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"];

/// What each function calls, by its code.
const CALLS: [(&str, &[&[&str]]); 10] = [
    ("accept-order", &[&WRITE, &SEND]),
    ("fire-reminder", &[&SWEEP, &SEND]),
    ("manage-templates", &[&COUNT]),
    ("record-delivery", &[&COUNT, &CONSUME, &SEND, &["events:PutEvents"]]),
    // Lambda puts what it has failed at on a queue.
    ("record-opened", &[&MARK, &["sqs:SendMessage"]]),
    ("report-status", &[&READ]),
    ("resolve-recipients", &[&COUNT, &CONSUME, &SEND, &["secretsmanager:GetSecretValue"]]),
    ("schedule", &[&SWEEP, &SEND]),
    ("send-email", &[&COUNT, &CONSUME, &SEND, &["ses:GetAccount", "ses:SendEmail"]]),
    ("send-sms", &[&COUNT, &CONSUME, &SEND, &["sns:GetSMSAttributes", "sns:Publish"]]),
];

#[test]
fn a_role_has_the_actions_that_its_function_calls_and_no_other() {
    let template = Template::read();
    assert_eq!(template.functions().into_keys().collect::<Vec<_>>(), CALLS.map(|(name, _)| name));
    for (name, calls) in CALLS {
        let statements = statements(&template, name);
        let allowed = statements.iter().filter(|statement| statement["Effect"] == "Allow");
        let allowed: BTreeSet<_> = allowed.flat_map(|statement| strings(&statement["Action"])).collect();
        let called: BTreeSet<_> = calls.iter().copied().flatten().chain(&LOG).copied().collect();
        assert_eq!(allowed, called, "{name}");
    }
}

#[test]
fn no_two_functions_share_a_role() {
    let template = Template::read();
    let roles =
        template.functions().into_keys().map(|name| target(&template.function(name)["Role"]).unwrap());
    assert_eq!(roles.collect::<BTreeSet<_>>().len(), template.functions().len());
}

#[test]
fn no_role_has_a_wildcard() {
    let template = Template::read();
    for name in template.functions().into_keys() {
        assert!(role(&template, name)["ManagedPolicyArns"].is_null(), "{name}");
        for statement in statements(&template, name).into_iter().filter(|one| one["Effect"] == "Allow") {
            for action in strings(&statement["Action"]) {
                assert!(!action.contains('*'), "{name}: {action}");
                for resource in list(&statement["Resource"]).into_iter().flat_map(alternatives) {
                    let bounded = !written(resource).contains('*') || ON_EVERYTHING.contains(&action);
                    assert!(bounded, "{name}: {action} on {resource}");
                }
            }
        }
    }
}

#[test]
fn an_sms_goes_to_a_number_and_to_no_topic() {
    let template = Template::read();
    let statements = statements(&template, "send-sms");
    let denied = statements.iter().find(|one| one["Effect"] == "Deny").unwrap();
    assert_eq!(strings(&denied["Action"]), ["sns:Publish"]);
    assert_eq!(written(&denied["Resource"]), "arn:${AWS::Partition}:sns:*:*:*");
}

#[test]
fn a_function_may_use_what_its_variables_name_and_nothing_else() {
    let template = Template::read();
    for function in template.functions().into_keys() {
        let mut named: BTreeSet<_> = variables(&template, function)
            .iter()
            .filter(|(name, _)| {
                ["TABLE_NAME", "EVENT_BUS_NAME", "MASKINPORTEN_KEY_SECRET"].contains(&name.as_str())
                    || name.ends_with("_QUEUE_URL")
            })
            .filter_map(|(_, value)| target(value).map(str::to_owned))
            .collect();
        // Not named by a variable: its log, and where Lambda puts what it has failed at.
        named.extend(target(&template.function(function)["LoggingConfig"]["LogGroup"]).map(str::to_owned));
        let failed = &template.function(function)["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"];
        named.extend(target(failed).map(str::to_owned));
        let statements = statements(&template, function);
        let resources = statements.iter().flat_map(|statement| list(&statement["Resource"]));
        let permitted: BTreeSet<_> = resources.filter_map(target).map(str::to_owned).collect();
        assert_eq!(permitted, named, "{function}");
    }
}

#[test]
fn only_the_sweeps_read_the_due_index() {
    let template = Template::read();
    let queries = |name: &&str| {
        let statements = statements(&template, name);
        statements.iter().any(|one| strings(&one["Action"]).contains(&"dynamodb:Query"))
    };
    let sweeps: Vec<_> = template.functions().into_keys().filter(queries).collect();
    assert_eq!(sweeps, ["fire-reminder", "schedule"]);
}

fn role<'a>(template: &'a Template, function: &str) -> &'a Value {
    template.properties(target(&template.function(function)["Role"]).unwrap())
}

fn statements<'a>(template: &'a Template, function: &str) -> Vec<&'a Value> {
    let policies = role(template, function)["Policies"].as_array().unwrap().iter();
    policies.flat_map(|policy| list(&policy["PolicyDocument"]["Statement"])).collect()
}

/// A resource as it is written, a reference as nothing.
fn written(resource: &Value) -> &str {
    resource.as_str().or_else(|| resource["Fn::Sub"].as_str()).unwrap_or_default()
}
