//! The queues against the local system's, their consumers and their dead letters.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use varsling_local::{Kind, QUEUES};

use crate::template::{Template, target};

/// Where dead letters stay as long as SQS keeps anything: 14 days.
const LONGEST_RETENTION: u64 = 14 * 24 * 60 * 60;

/// How long Lambda keeps an event where nothing else is said: six hours.
const LONGEST_EVENT_AGE: i64 = 6 * 60 * 60;

#[test]
fn every_queue_is_worked_off_as_in_the_local_system() {
    let template = Template::read();
    let consumers = template.events("SQS");
    for queue in QUEUES.iter().filter(|queue| queue.is_queue()) {
        let id = named(&template, queue.name);
        let (function, event) =
            consumers.iter().find(|(_, event)| target(&event["Queue"]) == Some(id)).unwrap();
        assert_eq!(*function, queue.function, "{id}");
        assert_eq!(event["BatchSize"], queue.batch, "{id}");
        assert_eq!(event["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]), "{id}");
        let properties = template.properties(id);
        assert_eq!(properties["RedrivePolicy"]["maxReceiveCount"], queue.receives, "{id}");
        let timeout = template.setting(function, "Timeout").as_u64().unwrap();
        assert_eq!(properties["VisibilityTimeout"], queue.visibility, "{id}");
        // Where the template says nothing, SQS keeps a message for four days.
        if let Some(retention) = properties["MessageRetentionPeriod"].as_i64() {
            assert_eq!(retention, queue.retention, "{id}");
        }
        assert!(properties["VisibilityTimeout"].as_u64().unwrap() >= 6 * timeout, "{id}");
    }
    assert_eq!(consumers.len(), QUEUES.iter().filter(|queue| queue.is_queue()).count());
}

#[test]
fn every_queue_has_dead_letters_that_are_kept_and_watched() {
    let template = Template::read();
    for queue in QUEUES.iter().filter(|queue| queue.is_queue()) {
        let dead = target(
            &template.properties(named(&template, queue.name))["RedrivePolicy"]["deadLetterTargetArn"],
        );
        let dead = dead.unwrap();
        assert_eq!(dead, named(&template, queue.dead_letters));
        let source = &template.properties(dead)["RedriveAllowPolicy"]["sourceQueueArns"][0]["Fn::Sub"];
        assert!(
            source.as_str().unwrap().ends_with(&format!(":${{AWS::StackName}}-{}", queue.name)),
            "{source}"
        );
    }
    for (id, properties) in template.resources("AWS::SQS::Queue") {
        assert_eq!(properties["SqsManagedSseEnabled"], true, "{id}");
        if !properties["RedrivePolicy"].is_object() {
            assert_eq!(properties["MessageRetentionPeriod"], LONGEST_RETENTION, "{id}");
            assert!(watched(&template, id), "{id} has no alarm");
        }
    }
}

#[test]
fn there_are_no_other_queues() {
    let template = Template::read();
    let mut expected = BTreeSet::from(["opened-dead".to_owned()]);
    for queue in QUEUES.iter().filter(|queue| queue.is_queue()) {
        expected.extend([queue.name.to_owned(), format!("{}-dead", queue.name)]);
    }
    let queues = template.resources("AWS::SQS::Queue").into_values();
    assert_eq!(queues.map(|properties| name(properties).to_owned()).collect::<BTreeSet<_>>(), expected);
}

#[test]
fn asynchronous_invocations_are_tried_as_often_as_in_the_local_system() {
    let template = Template::read();
    for queue in QUEUES.iter().filter(|queue| queue.kind == Kind::Asynchronous) {
        let config = &template.function(queue.function)["EventInvokeConfig"];
        let retries = config["MaximumRetryAttempts"].as_u64();
        assert_eq!(retries, Some(u64::from(queue.receives) - 1), "{}", queue.function);
        let age = config["MaximumEventAgeInSeconds"].as_i64().unwrap_or(LONGEST_EVENT_AGE);
        assert_eq!(age, queue.retention, "{}", queue.function);
    }
}

#[test]
fn an_opening_that_cannot_be_recorded_is_kept() {
    let template = Template::read();
    let config = &template.function("record-opened")["EventInvokeConfig"];
    assert_eq!(target(&config["DestinationConfig"]["OnFailure"]["Destination"]), Some("OpenedDeadQueue"));
    let rule = &template.properties("OpenedRule")["Targets"][0];
    assert_eq!(target(&rule["DeadLetterConfig"]["Arn"]), Some("OpenedDeadQueue"));
    assert_eq!(target(&rule["Arn"]), template.functions().get("record-opened").copied());
}

fn name(properties: &Value) -> &str {
    properties["QueueName"]["Fn::Sub"].as_str().unwrap().trim_start_matches("${AWS::StackName}-")
}

/// The logical id of the queue of this name.
fn named<'a>(template: &'a Template, queue: &str) -> &'a str {
    let queues = template.resources("AWS::SQS::Queue");
    let id = queues.into_iter().find(|(_, properties)| name(properties) == queue).map(|(id, _)| id);
    id.unwrap_or_else(|| panic!("there is no queue {queue}"))
}

/// Whether an alarm goes off as soon as the queue holds anything.
fn watched(template: &Template, queue: &str) -> bool {
    let dimensions = json!([{"Name": "QueueName", "Value": {"Fn::GetAtt": [queue, "QueueName"]}}]);
    template.resources("AWS::CloudWatch::Alarm").values().any(|alarm| {
        alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
            && alarm["Dimensions"] == dimensions
            && alarm["Threshold"] == 0
            && alarm["ComparisonOperator"] == "GreaterThanThreshold"
    })
}
