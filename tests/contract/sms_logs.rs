//! SNS's delivery logs name numbers: they are encrypted, soon gone, and read by record-delivery alone.

use std::collections::BTreeSet;

use serde_json::json;

use crate::deployment::Deployment;
use crate::template::{Template, target};

const GROUPS: [(&str, &str); 2] = [
    ("SmsSuccessLogs", "sns/${AWS::Region}/${AWS::AccountId}/DirectPublishToPhoneNumber"),
    ("SmsFailureLogs", "sns/${AWS::Region}/${AWS::AccountId}/DirectPublishToPhoneNumber/Failure"),
];
/// What makes the groups, and what reads them: a filter and a permission for each.
const MADE: [&str; 4] = ["SmsSuccessLogs", "SmsFailureLogs", "SmsLogKey", "SmsDeliveryRole"];
const READ: [&str; 4] =
    ["SmsSuccessReports", "SmsSuccessPermission", "SmsFailureReports", "SmsFailurePermission"];

#[test]
fn delivery_logs_are_encrypted_and_kept_for_a_day() {
    let template = Template::read();
    for (id, name) in GROUPS {
        let group = template.properties(id);
        assert_eq!(group["LogGroupName"]["Fn::Sub"], name);
        assert_eq!(group["RetentionInDays"], 1, "{id}");
        assert_eq!(target(&group["KmsKeyId"]), Some("SmsLogKey"), "{id}");
    }
}

#[test]
fn delivery_logs_go_to_record_delivery() {
    let template = Template::read();
    let function = template.functions()["record-delivery"];
    let filters = template.resources("AWS::Logs::SubscriptionFilter");
    let read = filters.values().filter_map(|filter| target(&filter["LogGroupName"]));
    assert_eq!(read.collect::<BTreeSet<_>>(), GROUPS.map(|(id, _)| id).into());
    assert!(filters.values().all(|filter| target(&filter["DestinationArn"]) == Some(function)));
    let permissions = template.resources("AWS::Lambda::Permission").into_values();
    let permitted = permissions.filter(|permission| permission["Principal"] == "logs.amazonaws.com");
    let sources = permitted.filter_map(|permission| target(&permission["SourceArn"]));
    assert_eq!(sources.collect::<BTreeSet<_>>(), GROUPS.map(|(id, _)| id).into());
}

#[test]
fn only_the_first_stack_of_an_account_makes_the_logs() {
    let template = Template::read();
    let sending = Deployment::smallest(&template).with("SmsSenderId", "Varsling");
    for (deployment, made, read) in [
        (sending.clone().with("SmsDeliveryLogs", "Create"), true, true),
        (sending.with("SmsDeliveryLogs", "Existing"), false, true),
        // Without SMS there is nothing to log.
        (Deployment::smallest(&template), false, false),
    ] {
        assert!(MADE.iter().all(|id| exists(&deployment, id) == made));
        assert!(READ.iter().all(|id| exists(&deployment, id) == read));
    }
}

/// Whether a deployment has a conditional resource.
fn exists(deployment: &Deployment, id: &str) -> bool {
    deployment.holds(deployment.template.at(&["Resources", id, "Condition"]).as_str().unwrap())
}

#[test]
fn a_second_stack_reads_the_logs_by_their_names() {
    let template = Template::read();
    let second = Deployment::full(&template).with("SmsDeliveryLogs", "Existing");
    for ((_, name), [filter, permission]) in GROUPS.iter().zip(READ.as_chunks().0) {
        assert_eq!(
            second.text(&template.properties(filter)["LogGroupName"]),
            second.text(&json!({"Fn::Sub": name}))
        );
        let source = second.text(&template.properties(permission)["SourceArn"]);
        let name = second.text(&json!({"Fn::Sub": name}));
        assert!(source.ends_with(&format!(":log-group:{name}:*")), "{source}");
    }
}

#[test]
fn no_dead_letter_can_hold_a_number() {
    let template = Template::read();
    let config = &template.function("record-delivery")["EventInvokeConfig"];
    assert!(config["DestinationConfig"].is_null());
    assert!(template.properties("SesEventsRule")["Targets"][0]["DeadLetterConfig"].is_null());
}

/// Another stack may read the groups, and SNS goes on writing by the role.
#[test]
fn delivery_logs_outlive_the_stack_that_made_them() {
    let template = Template::read();
    for id in MADE {
        assert_eq!(template.at(&["Resources", id, "DeletionPolicy"]), "Retain", "{id}");
        assert_eq!(template.at(&["Resources", id, "UpdateReplacePolicy"]), "Retain", "{id}");
    }
}
