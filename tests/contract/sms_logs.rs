//! SNS's delivery logs name numbers: they are encrypted, soon gone, and read by record-delivery alone.

use std::collections::BTreeSet;

use crate::template::{Template, target};

const GROUPS: [(&str, &str); 2] = [
    ("SmsSuccessLogs", "sns/${AWS::Region}/${AWS::AccountId}/DirectPublishToPhoneNumber"),
    ("SmsFailureLogs", "sns/${AWS::Region}/${AWS::AccountId}/DirectPublishToPhoneNumber/Failure"),
];

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
fn no_dead_letter_can_hold_a_number() {
    let template = Template::read();
    let config = &template.function("record-delivery")["EventInvokeConfig"];
    assert!(config["DestinationConfig"].is_null());
    assert!(template.properties("SesEventsRule")["Targets"][0]["DeadLetterConfig"].is_null());
}
