//! The queues and their event sources against the local system's, and their dead letters.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use varsling_local::{EventSource, Kind, QUEUES};

use crate::functions::variables;
use crate::template::{Template, target, without_stack};

/// Where dead letters stay as long as SQS keeps anything: 14 days.
const LONGEST_RETENTION: u64 = 14 * 24 * 60 * 60;

/// How long Lambda keeps an event where nothing else is said: six hours.
const LONGEST_EVENT_AGE: i64 = 6 * 60 * 60;

fn queues() -> impl Iterator<Item = &'static EventSource> {
    QUEUES.iter().filter(|source| source.is_queue())
}

#[test]
fn every_queue_is_as_in_the_local_system() {
    let template = Template::read();
    for queue in queues() {
        let name = queue.name;
        let properties = template.properties(named(&template, name));
        assert_eq!(properties["RedrivePolicy"]["maxReceiveCount"], queue.receives, "{name}");
        assert_eq!(properties["VisibilityTimeout"], queue.visibility, "{name}");
        assert_eq!(properties["MessageRetentionPeriod"], queue.retention, "{name}");
        assert_eq!(properties["FifoQueue"] == true, queue.kind == Kind::Fifo, "{name}");
        for other in ["ContentBasedDeduplication", "DelaySeconds"] {
            assert!(properties[other].is_null(), "{name}: {other}");
        }
        // Deduplicated by the ids that are given: in the whole queue, or within groups where an id implies its group.
        let of_groups = (&properties["DeduplicationScope"], &properties["FifoThroughputLimit"]);
        match name {
            "webhooks.fifo" => {
                assert_eq!(of_groups, (&json!("messageGroup"), &json!("perMessageGroupId")));
            }
            _ => assert_eq!(of_groups, (&Value::Null, &Value::Null), "{name}"),
        }
    }
}

#[test]
fn every_queue_is_consumed_as_in_the_local_system() {
    let template = Template::read();
    let sources = template.events("SQS");
    for queue in queues() {
        let (name, id) = (queue.name, named(&template, queue.name));
        let (function, source) = sources.iter().find(|(_, one)| target(&one["Queue"]) == Some(id)).unwrap();
        assert_eq!(*function, queue.function, "{name}");
        assert_eq!(template.number(&source["BatchSize"]), queue.batch as u64, "{name}");
        let window = source["MaximumBatchingWindowInSeconds"].as_u64().unwrap_or_default();
        assert_eq!(window, u64::from(queue.window), "{name}");
        let concurrency = &source["ScalingConfig"]["MaximumConcurrency"];
        assert_eq!(template.number(concurrency), queue.concurrency as u64, "{name}");
        assert_eq!(source["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]), "{name}");
        // A message is not seen a second time while the first may still be worked on (AWS Lambda developer guide,
        // "Creating and configuring an Amazon SQS event source mapping").
        let timeout = template.setting(function, "Timeout").as_i64().unwrap();
        // What is received once only is not tried again, and what was lost holds its group up for so long.
        let tries = if queue.receives == 1 { 1 } else { 6 };
        assert!(queue.visibility >= tries * timeout, "{name}");
        assert!(queue.visibility > timeout + i64::from(queue.window), "{name}");
    }
    assert_eq!(sources.len(), queues().count());
}

/// A sender divides the channel's rate by the workers of its event source, and checks that a batch fits.
#[test]
fn a_sender_knows_its_event_source() {
    let template = Template::read();
    let mut senders = BTreeSet::new();
    for (function, source) in template.events("SQS") {
        let variables = variables(&template, function);
        let Some(workers) = variables.get("WORKERS") else { continue };
        assert_eq!(as_text(&source["ScalingConfig"]["MaximumConcurrency"]), *workers, "{function}");
        assert_eq!(as_text(&source["BatchSize"]), variables["BATCH_SIZE"], "{function}");
        let is_urgent = target(&source["Queue"]).unwrap().contains("Urgent");
        assert_eq!(variables["PRIORITY_CLASS"], if is_urgent { "Urgent" } else { "Normal" }, "{function}");
        senders.insert(function);
    }
    assert_eq!(senders, ["send-email", "send-email-urgent", "send-sms", "send-sms-urgent"].into());
}

/// A number as an environment variable has it.
fn as_text(value: &Value) -> Value {
    value.as_u64().map_or_else(|| value.clone(), |number| number.to_string().into())
}

#[test]
fn every_queue_has_dead_letters_that_are_kept_and_watched() {
    let template = Template::read();
    for queue in queues() {
        let policy = &template.properties(named(&template, queue.name))["RedrivePolicy"];
        let dead = target(&policy["deadLetterTargetArn"]).unwrap();
        assert_eq!(dead, named(&template, queue.dead_letters));
        // SQS takes the dead letters of a FIFO queue into a FIFO queue only.
        assert_eq!(template.properties(dead)["FifoQueue"] == true, queue.kind == Kind::Fifo, "{dead}");
        let source = &template.properties(dead)["RedriveAllowPolicy"]["sourceQueueArns"][0]["Fn::Sub"];
        let ending = format!(":${{AWS::StackName}}-{}", queue.name);
        assert!(source.as_str().unwrap().ends_with(&ending), "{source}");
    }
    for (id, properties) in template.resources("AWS::SQS::Queue") {
        // With the key that SQS keeps, or with the stack's own.
        let (managed, own) = (&properties["SqsManagedSseEnabled"], &properties["KmsMasterKeyId"]);
        assert_eq!(managed, &json!({"Fn::If": ["HasOwnKey", {"Ref": "AWS::NoValue"}, true]}), "{id}");
        assert_eq!(target(own), Some("DataKeyInKms"), "{id}");
        let ending = without_stack(&properties["QueueName"]).split_once('.').map(|(_, ending)| ending);
        assert_eq!(properties["FifoQueue"] == true, ending == Some("fifo"), "{id}");
        if !properties["RedrivePolicy"].is_object() {
            assert_eq!(properties["MessageRetentionPeriod"], LONGEST_RETENTION, "{id}");
            assert!(watched(&template, id), "{id} has no alarm");
        }
    }
}

#[test]
fn there_are_no_other_queues() {
    let template = Template::read();
    let expected = queues().flat_map(|queue| [queue.name, queue.dead_letters]).chain(["opened-dead"]);
    let made = template.resources("AWS::SQS::Queue").into_values();
    let made: BTreeSet<_> = made.map(|properties| without_stack(&properties["QueueName"])).collect();
    assert_eq!(made, expected.collect());
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

/// The logical id of the queue of this name.
pub fn named<'a>(template: &'a Template, queue: &str) -> &'a str {
    let queues = template.resources("AWS::SQS::Queue").into_iter();
    let mut found = queues.filter(|(_, properties)| without_stack(&properties["QueueName"]) == queue);
    found.next().unwrap_or_else(|| panic!("there is no queue {queue}")).0
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
