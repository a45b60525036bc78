//! The outputs: what an operator needs, and what is still to do.

use std::collections::BTreeSet;

use crate::deployment::Deployment;
use crate::template::{Template, target};

/// Kinds of resources of which an operator needs each.
const NEEDED: [&str; 7] = [
    "AWS::DynamoDB::Table",
    "AWS::Events::EventBus",
    "AWS::SES::ConfigurationSet",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
    "AWS::Serverless::HttpApi",
];

#[test]
fn everything_that_an_operator_needs_is_an_output() {
    let template = Template::read();
    let outputs = template.at(&["Outputs"]).as_object().unwrap();
    let api = ["Api"]
        .into_iter()
        .filter(|api| outputs["ApiUrl"]["Value"].to_string().contains(&format!("${{{api}}}")));
    let told: BTreeSet<_> =
        outputs.values().filter_map(|output| target(&output["Value"])).chain(api).collect();
    for (kind, id) in
        NEEDED.iter().flat_map(|kind| template.resources(kind).into_keys().map(move |id| (kind, id)))
    {
        assert!(told.contains(id), "no output tells {id}, a {kind}");
    }
}

#[test]
fn every_log_is_an_output() {
    let template = Template::read();
    let logs = template.resources("AWS::Logs::LogGroup").into_keys();
    let always: BTreeSet<_> =
        logs.filter(|id| template.at(&["Resources", id, "Condition"]).is_null()).collect();
    let told = template.at(&["Outputs", "LogGroups", "Value", "Fn::Join"])[1].as_array().unwrap();
    assert_eq!(told.iter().filter_map(target).collect::<BTreeSet<_>>(), always);
}

#[test]
fn the_output_names_what_is_still_to_do_and_nothing_else() {
    let template = Template::read();
    let to_do = template.at(&["Outputs", "ToDo", "Value"]);
    let smallest = Deployment::smallest(&template).text(to_do);
    assert_eq!(
        smallest.trim(),
        "Alarms: nobody is told. Give AlarmEmail, or subscribe somebody to ${Alarms}."
    );
    let full = Deployment::full(&template).with("SmsDeliveryLogs", "Create").text(to_do);
    for words in [
        "confirm the subscription in the e-mail to drift@example.no",
        "aws sns set-sms-attributes --attributes DeliveryStatusIAMRole=${SmsDeliveryRole.Arn}",
        "aws sns set-sms-attributes --attributes MonthlySpendLimit=1000",
        "into ${MaskinportenKey}",
    ] {
        assert!(full.contains(words), "{words}: {full}");
    }
    // The stack that made the logs has done it.
    let second = Deployment::full(&template).with("SmsDeliveryLogs", "Existing").text(to_do);
    assert!(!second.contains("DeliveryStatusIAMRole"), "{second}");
}
