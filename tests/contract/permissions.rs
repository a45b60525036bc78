//! Each function's role: its own, with just the actions that it calls, on just the resources that it needs.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use varsling_local::{DEPLOYED, Deployed};

use crate::functions::variables;
use crate::queues::named;
use crate::template::{Template, alternatives, list, strings, target};

/// Actions that know no resources, or whose resource (a phone number) has no name.
const ON_EVERYTHING: [&str; 5] = [
    "ses:GetAccount",
    "sns:GetSMSAttributes",
    "sns:Publish",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
];

/// Actions that name items by their keys.
const KEYED: [&str; 5] = [
    "dynamodb:BatchGetItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
];

/// What every function may do: write its log.
const LOG: &[&str] = &["logs:CreateLogStream", "logs:PutLogEvents"];
/// And its traces, where the deployment has them.
const TRACES: &[&str] = &["xray:PutTelemetryRecords", "xray:PutTraceSegments"];
/// The table of evidence, by its logical id.
const EVIDENCE: &str = "EvidenceTable";
const CHANNELS: &[&str] = &["email", "email-urgent", "sms", "sms-urgent"];

#[test]
fn a_role_has_the_actions_that_its_function_calls_and_no_other() {
    let template = Template::read();
    assert_eq!(template.functions().into_keys().collect::<Vec<_>>(), DEPLOYED.map(|deployed| deployed.name));
    for Deployed { name: function, actions, .. } in DEPLOYED {
        let statements = allowed(&template, function);
        let allowed: BTreeSet<_> = statements.iter().flat_map(|one| strings(&one["Action"])).collect();
        let called: BTreeSet<_> = actions.iter().copied().chain([LOG, TRACES]).flatten().copied().collect();
        assert_eq!(allowed, called, "{function}");
    }
}

#[test]
fn a_function_sends_to_the_queues_that_it_fills_and_no_other() {
    let template = Template::read();
    for Deployed { name: function, sends_to, .. } in DEPLOYED {
        let filled: BTreeSet<_> = sends_to.iter().map(|queue| named(&template, queue)).collect();
        assert_eq!(resources(&template, function, "sqs:SendMessage"), filled, "{function}");
    }
}

/// A lease follows the length of the queues that it is for.
#[test]
fn a_function_that_queues_deliveries_may_read_the_lengths_of_the_queues() {
    let template = Template::read();
    let channels: BTreeSet<_> = CHANNELS.iter().map(|queue| named(&template, queue)).collect();
    for Deployed { name: function, .. } in DEPLOYED.iter().filter(|one| one.sends_to.len() > CHANNELS.len()) {
        assert!(
            resources(&template, function, "sqs:GetQueueAttributes").is_superset(&channels),
            "{function}"
        );
    }
    for function in ["send-email", "send-email-urgent", "send-sms", "send-sms-urgent"] {
        // Both of its channel, and the one for reports: whichever answers opens the connection.
        assert_eq!(resources(&template, function, "sqs:GetQueueAttributes").len(), 3, "{function}");
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
        for statement in allowed(&template, name) {
            for action in strings(&statement["Action"]) {
                assert!(!action.contains('*'), "{name}: {action}");
                for resource in list(&statement["Resource"]).into_iter().flat_map(alternatives) {
                    let written = written(resource);
                    // Whatever SES calls the tenants of this deployment.
                    let resource_name = written.replace("tenant/${SesTenantPrefix}*", "");
                    let bounded = !resource_name.contains('*') || ON_EVERYTHING.contains(&action);
                    assert!(bounded, "{name}: {action} on {resource}");
                }
            }
        }
    }
}

/// A scan and a query name no items by their keys, and have no such condition to meet.
#[test]
fn a_function_names_items_of_its_own_kinds_and_no_others() {
    let template = Template::read();
    for Deployed { name: function, kinds, .. } in DEPLOYED {
        let mut permitted = BTreeSet::new();
        for statement in allowed(&template, function) {
            let actions = strings(&statement["Action"]);
            if target(&statement["Resource"]) == Some(EVIDENCE) {
                continue;
            }
            if !actions.iter().any(|action| KEYED.contains(action)) {
                continue;
            }
            let keys = &statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
            if keys.is_null() {
                assert_eq!(actions, ["dynamodb:UpdateItem"], "{function}");
                permitted.insert("*");
            }
            assert_ne!(keys, &json!([]), "{function} may name nothing");
            permitted.extend(strings(keys).into_iter().map(|key| key.trim_end_matches("#*")));
        }
        assert_eq!(permitted, kinds.iter().copied().collect(), "{function}");
    }
}

/// All items of that table are evidence, so that no condition on keys is needed there.
#[test]
fn a_function_does_with_evidence_what_it_must_and_none_deletes_it() {
    let template = Template::read();
    for Deployed { name: function, evidence, .. } in DEPLOYED {
        let statements = allowed(&template, function).into_iter();
        let concerned = statements.filter(|statement| target(&statement["Resource"]) == Some(EVIDENCE));
        let permitted: Vec<_> = concerned.flat_map(|statement| strings(&statement["Action"])).collect();
        assert_eq!(permitted, evidence, "{function}");
        assert!(!permitted.contains(&"dynamodb:DeleteItem"), "{function}");
    }
}

#[test]
fn an_sms_goes_to_a_number_and_to_no_topic() {
    let template = Template::read();
    for function in ["send-sms", "send-sms-urgent"] {
        let statements = statements(&template, function);
        let denied = statements.iter().find(|one| one["Effect"] == "Deny").unwrap();
        assert_eq!(strings(&denied["Action"]), ["sns:Publish"], "{function}");
        assert_eq!(written(&denied["Resource"]), "arn:${AWS::Partition}:sns:*:*:*", "{function}");
    }
}

#[test]
fn a_function_may_use_what_its_variables_name_and_nothing_else() {
    let template = Template::read();
    for function in template.functions().into_keys() {
        let mut named: BTreeSet<_> = variables(&template, function)
            .iter()
            .filter(|(name, _)| {
                ["TABLE_NAME", "EVIDENCE_TABLE_NAME", "EVENT_BUS_NAME", "ID_SECRET_ARN"]
                    .contains(&name.as_str())
                    || name.ends_with("_SECRET")
                    || name.ends_with("_QUEUE_URL")
            })
            .filter_map(|(_, value)| target(value).map(str::to_owned))
            .collect();
        // Not named by a variable: its log, the functions that it calls, and where Lambda puts what it has failed at.
        named.extend(target(&template.function(function)["LoggingConfig"]["LogGroup"]).map(str::to_owned));
        named.extend(resources(&template, function, "lambda:InvokeFunction").into_iter().map(str::to_owned));
        // And the queue that wakes it, where it sends nothing there itself.
        let sources = template.events("SQS").into_iter().filter(|(name, _)| *name == function);
        named.extend(sources.filter_map(|(_, source)| target(&source["Queue"]).map(str::to_owned)));
        let configured = [&template.function(function)["EventInvokeConfig"]].into_iter();
        let streams = template.events("DynamoDB").into_iter().filter(|(name, _)| *name == function);
        for configured in configured.chain(streams.map(|(_, source)| source)) {
            let failed = &configured["DestinationConfig"]["OnFailure"]["Destination"];
            named.extend(target(failed).map(str::to_owned));
        }
        let statements = statements(&template, function);
        let resources = statements.iter().flat_map(|statement| list(&statement["Resource"]));
        let permitted: BTreeSet<_> = resources.filter_map(target).map(str::to_owned).collect();
        assert_eq!(permitted, named, "{function}");
    }
}

#[test]
fn the_index_and_the_stream_are_read_by_those_that_need_them() {
    let template = Template::read();
    let callers_of_query = callers(&template, "dynamodb:Query");
    let expected = [
        "fire-reminder",
        "manage-templates",
        "report-recipients",
        "report-status",
        "schedule",
        "sweep-shard",
    ];
    assert_eq!(callers_of_query, expected);
    for function in callers(&template, "dynamodb:Query") {
        let read = written_resources(&template, function, "dynamodb:Query");
        assert!(read.iter().all(|resource| written(resource).ends_with("/index/due")), "{function}");
    }
    assert_eq!(callers(&template, "dynamodb:GetRecords"), ["publish-changes"]);
    let stream = [json!({"Fn::GetAtt": ["Table", "StreamArn"]}), json!({"Ref": "ExistingTableStreamArn"})];
    let read = written_resources(&template, "publish-changes", "dynamodb:GetRecords");
    assert_eq!(read[..2], stream.iter().collect::<Vec<_>>());
    assert_eq!(read[2..], [&json!({"Ref": "AWS::NoValue"})]);
}

fn role<'a>(template: &'a Template, function: &str) -> &'a Value {
    template.properties(target(&template.function(function)["Role"]).unwrap())
}

fn statements<'a>(template: &'a Template, function: &str) -> Vec<&'a Value> {
    let policies = role(template, function)["Policies"].as_array().unwrap().iter();
    let written = policies.flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]));
    written.flat_map(alternatives).filter(|statement| statement["Effect"].is_string()).collect()
}

fn allowed<'a>(template: &'a Template, function: &str) -> Vec<&'a Value> {
    let mut statements = statements(template, function);
    statements.retain(|statement| statement["Effect"] == "Allow");
    statements
}

/// The functions that may do something.
fn callers<'a>(template: &'a Template, action: &str) -> Vec<&'a str> {
    let functions = template.functions().into_keys();
    functions.filter(|name| !written_resources(template, name, action).is_empty()).collect()
}

/// On what a function may do something, every alternative of it.
fn written_resources<'a>(template: &'a Template, function: &str, action: &str) -> Vec<&'a Value> {
    let statements = allowed(template, function).into_iter();
    let permitting = statements.filter(|statement| strings(&statement["Action"]).contains(&action));
    permitting.flat_map(|statement| list(&statement["Resource"])).flat_map(alternatives).collect()
}

/// The logical ids of what a function may do something on.
pub fn resources<'a>(template: &'a Template, function: &str, action: &str) -> BTreeSet<&'a str> {
    written_resources(template, function, action).into_iter().filter_map(target).collect()
}

/// A resource as it is written, a reference as nothing.
fn written(resource: &Value) -> &str {
    resource.as_str().or_else(|| resource["Fn::Sub"].as_str()).unwrap_or_default()
}
