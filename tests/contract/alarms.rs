//! The alarms: what goes wrong is told, also where no invocation fails.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use varsling_domain::window::LIFETIME;
use varsling_local::{EventSource, Kind, QUEUES};

use crate::queues::named;
use crate::template::{Template, target};

/// The longest that a message may be delayed, in seconds: SQS's limit.
const LONGEST_DELAY: i64 = 900;
/// What an age alarm leaves beyond what is in order, in seconds.
const MARGIN: i64 = 300;
/// For how many hours of a day the default window is open, from nine to five.
const WINDOW_HOURS: i64 = 8;
/// The queues of the channels.
const CHANNELS: [&str; 4] = ["email", "email-urgent", "sms", "sms-urgent"];

fn queues() -> impl Iterator<Item = &'static EventSource> {
    QUEUES.iter().filter(|source| source.is_queue())
}

#[test]
fn every_alarm_notifies_the_topic() {
    let template = Template::read();
    let alarms = template.resources("AWS::CloudWatch::Alarm");
    for (id, alarm) in &alarms {
        assert_eq!(alarm["AlarmActions"], json!([{"Ref": "Alarms"}]), "{id}");
        assert!(alarm["ActionsEnabled"].is_null(), "{id}");
    }
    assert!(template.at(&["Resources", "Alarms", "Condition"]).is_null(), "there always is a topic");
}

#[test]
fn cloudwatch_of_this_account_can_publish_to_the_topic() {
    let template = Template::read();
    assert!(
        target(&template.properties("Alarms")["KmsMasterKeyId"]) == Some("DataKeyInKms"),
        "CloudWatch may not use SNS's own key"
    );
    let policy = template.properties("AlarmsPolicy");
    assert_eq!(policy["Topics"], json!([{"Ref": "Alarms"}]));
    let allowed = json!([{
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": {"Ref": "Alarms"},
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }]);
    assert_eq!(policy["PolicyDocument"]["Statement"], allowed);
}

#[test]
fn an_address_is_subscribed_where_one_is_given() {
    let template = Template::read();
    let subscription = template.properties("AlarmEmailSubscription");
    assert_eq!(template.at(&["Resources", "AlarmEmailSubscription", "Condition"]), "HasAlarmEmail");
    let [topic, endpoint] = ["TopicArn", "Endpoint"].map(|property| target(&subscription[property]));
    assert_eq!((topic, endpoint), (Some("Alarms"), Some("AlarmEmail")));
}

/// On a queue of a channel a backlog waits on purpose, so that its age says nothing.
#[test]
fn the_age_alarm_of_a_queue_is_later_than_its_last_receive() {
    let template = Template::read();
    for queue in queues().filter(|queue| !CHANNELS.contains(&queue.name)) {
        let id = named(&template, queue.name);
        let delay = if queue.kind == Kind::Fifo { 0 } else { LONGEST_DELAY };
        let latest = delay + i64::from(queue.receives) * queue.visibility;
        let alarm = alarm(&template, "ApproximateAgeOfOldestMessage", &of_queue(id));
        let threshold = alarm["Threshold"].as_i64().unwrap();
        assert_eq!(threshold, latest + MARGIN, "{id}");
        let minutes = format!("on {} for more than {} minutes", queue_word(queue.name), threshold / 60);
        assert!(alarm["AlarmDescription"].as_str().unwrap().contains(&minutes), "{id}");
    }
    let alarms = template.resources("AWS::CloudWatch::Alarm").into_values();
    let aged = alarms.filter(|alarm| alarm["MetricName"] == "ApproximateAgeOfOldestMessage");
    assert_eq!(aged.count(), queues().count() - CHANNELS.len());
}

#[test]
fn a_backlog_that_ends_later_than_its_notices_live_raises_an_alarm_before() {
    let template = Template::read();
    for name in CHANNELS {
        let alarm = of_channel(&template, name, "Late");
        let open = LIFETIME.num_days() * WINDOW_HOURS;
        // Half a day of sending is left in which an operator can act.
        let hours = open - WINDOW_HOURS / 2;
        assert_eq!(
            (&alarm["Threshold"], &alarm["ComparisonOperator"]),
            (&json!(hours), &json!("GreaterThanThreshold"))
        );
        let depth = "(FILL(visible, 0) + FILL(underway, 0) + FILL(delayed, 0))";
        let rate = if name.starts_with("email") { "${EmailRate}" } else { "${SmsRate}" };
        // Urgent notices have no more than their share for certain.
        let share = if name.ends_with("-urgent") {
            format!("({rate} * ${{UrgentShare}} / 100)")
        } else {
            rate.into()
        };
        let expected = json!({"Fn::Sub": format!("{depth} / {share} / 3600")});
        assert_eq!(alarm["Metrics"][0]["Expression"], expected, "{name}");
        let description = alarm["AlarmDescription"].as_str().unwrap();
        let times = [format!(" {hours} hours"), format!(" {open} of them")];
        assert!(times.iter().all(|time| description.contains(time)), "{description}");
        let counted = [
            ("visible", "ApproximateNumberOfMessagesVisible", "Maximum"),
            ("underway", "ApproximateNumberOfMessagesNotVisible", "Maximum"),
            ("delayed", "ApproximateNumberOfMessagesDelayed", "Maximum"),
        ];
        assert_eq!(counted_of(alarm, named(&template, name)), counted, "{name}");
    }
}

#[test]
fn a_channel_that_stands_still_raises_an_alarm() {
    let template = Template::read();
    for name in CHANNELS {
        let alarm = of_channel(&template, name, "Still");
        let expected = "IF(FILL(visible, 0) > 0 AND FILL(deleted, 0) == 0, 1, 0)";
        assert_eq!(alarm["Metrics"][0]["Expression"], expected, "{name}");
        assert_eq!(
            (&alarm["Threshold"], &alarm["ComparisonOperator"]),
            (&json!(0), &json!("GreaterThanThreshold"))
        );
        // Visible all the time, or a message that has only just come would count.
        let counted = [
            ("visible", "ApproximateNumberOfMessagesVisible", "Minimum"),
            ("deleted", "NumberOfMessagesDeleted", "Sum"),
        ];
        assert_eq!(counted_of(alarm, named(&template, name)), counted, "{name}");
        assert_eq!(alarm["EvaluationPeriods"], 3, "{name}");
        assert!(alarm["AlarmDescription"].as_str().unwrap().contains("for 15 minutes"), "{name}");
    }
}

#[test]
fn a_stream_that_is_read_late_raises_an_alarm() {
    let template = Template::read();
    for (function, _) in template.events("DynamoDB") {
        let alarm = of_function(&template, "IteratorAge", function);
        assert_eq!((&alarm["Namespace"], &alarm["Statistic"]), (&json!("AWS/Lambda"), &json!("Maximum")));
        // In milliseconds.
        let minutes = alarm["Threshold"].as_u64().unwrap() / 60_000;
        assert_eq!((minutes, &alarm["ComparisonOperator"]), (5, &json!("GreaterThanThreshold")));
        assert!(alarm["AlarmDescription"].as_str().unwrap().contains("five minutes"));
    }
    assert_eq!(template.events("DynamoDB").len(), 1);
}

/// How many seconds lie between two runs of a schedule.
fn seconds_of_rate(expression: &str) -> u64 {
    let (count, unit) =
        expression.strip_prefix("rate(").unwrap().strip_suffix(')').unwrap().split_once(' ').unwrap();
    let unit = if unit.starts_with("day") { 24 * 60 * 60 } else { 60 };
    count.parse::<u64>().unwrap() * unit
}

#[test]
fn a_silent_schedule_raises_an_alarm_and_a_new_one_does_not() {
    let template = Template::read();
    for (name, tick) in template.events("ScheduleV2") {
        let alarm = of_function(&template, "Invocations", name);
        // Lambda counts nothing where nothing runs, so silence is data that stop. Breaching would mean that there is
        // an alarm before the first run.
        assert_eq!(alarm["TreatMissingData"], "missing", "{name}");
        assert_eq!(alarm["InsufficientDataActions"], alarm["AlarmActions"], "{name}");
        let silence = alarm["Period"].as_u64().unwrap() * alarm["EvaluationPeriods"].as_u64().unwrap();
        // The longest that an alarm can look back (CloudWatch API reference, "PutMetricAlarm").
        let a_week = 7 * 24 * 60 * 60;
        assert_eq!(silence, if name == "reconcile" { a_week } else { 300 }, "{name}");
        // The window slides: a run that is as far from the last as the window is long may come too late for it.
        let slack = silence - seconds_of_rate(tick["ScheduleExpression"].as_str().unwrap());
        assert!(slack >= if name == "reconcile" { 24 * 60 * 60 } else { 60 }, "{name}: {slack}");
    }
    for (id, alarm) in template.resources("AWS::CloudWatch::Alarm") {
        let silent = alarm["MetricName"] == "Invocations";
        // What SMS have cost is told only where some were sent, and is the same in between.
        let usual = if id == "SmsSpendAlarm" { "ignore" } else { "notBreaching" };
        assert_eq!(alarm["TreatMissingData"], if silent { "missing" } else { usual }, "{id}");
        assert_eq!(template.at(&["Resources", id, "Condition"]) == "SweepsRun", silent, "{id}");
    }
}

/// The longest wait between two tries, in seconds (`chain/back_off.rs`).
const LONGEST_WAIT: u64 = 15 * 60;

#[test]
fn every_error_that_a_function_logs_raises_an_alarm() {
    let template = Template::read();
    for name in template.functions().into_keys() {
        let metric = format!("{name}-errors");
        assert_eq!(filtered(&template, name, r#"{ $.level = "ERROR" }"#), metric.as_str());
        let alarms = template.resources("AWS::CloudWatch::Alarm");
        let alarm = alarms.values().find(|alarm| alarm["MetricName"] == metric.as_str()).unwrap();
        assert_eq!(alarm["Namespace"], namespace());
        assert_goes_off_at_one(alarm);
        assert_eq!(alarm["DatapointsToAlarm"], 1, "{name}: at the first one");
        let stays = alarm["Period"].as_u64().unwrap() * alarm["EvaluationPeriods"].as_u64().unwrap();
        assert!(stays > LONGEST_WAIT, "{name}: it goes on and off between two tries");
        let description = alarm["AlarmDescription"].as_str().unwrap();
        assert!(description.starts_with(&format!("{name} has logged an error;")), "{description}");
    }
}

#[test]
fn a_dependency_that_has_not_answered_for_ten_minutes_raises_an_alarm() {
    let template = Template::read();
    for name in template.functions().into_keys() {
        assert_eq!(filtered(&template, name, r#"{ $.level = "WARN" && $.waits_for = * }"#), "waiting");
    }
    let alarm = template.properties("WaitingAlarm");
    assert_eq!((&alarm["Namespace"], &alarm["MetricName"]), (&namespace(), &json!("waiting")));
    assert_goes_off_at_one(alarm);
    assert_eq!((&alarm["Period"], &alarm["EvaluationPeriods"]), (&json!(300), &json!(2)));
    assert!(alarm["DatapointsToAlarm"].is_null(), "both periods, in a row");
    let filters = template.resources("AWS::Logs::MetricFilter").len();
    // And what reconcile has found, what is told of budgets, which reports change nothing, and what each sweep sees to end
    // without a report.
    assert_eq!(filters, 2 * template.functions().len() + 3 + 3, "a filter is of no use");
    assert_eq!(filtered(&template, "record-delivery", "{ $.ignored = * }"), "reports-ignored");
}

#[test]
fn notices_that_end_without_a_report_raise_an_alarm_when_they_are_many() {
    let template = Template::read();
    for sweep in ["schedule", "fire-reminder", "sweep-shard"] {
        assert_eq!(filtered(&template, sweep, "{ $.unreported = * }"), "unreported");
    }
    let alarm = template.properties("UnreportedAlarm");
    assert_eq!((&alarm["Namespace"], &alarm["MetricName"]), (&namespace(), &json!("unreported")));
    assert_eq!((&alarm["Threshold"], &alarm["Period"]), (&json!(9), &json!(3_600)));
}

#[test]
fn a_budget_that_is_nearly_used_raises_an_alarm() {
    let template = Template::read();
    assert_eq!(filtered(&template, "publish-changes", "{ $.budget = * }"), "budget-levels");
    let alarm = template.properties("BudgetAlarm");
    assert_eq!((&alarm["Namespace"], &alarm["MetricName"]), (&namespace(), &json!("budget-levels")));
    assert_goes_off_at_one(alarm);
}

#[test]
fn orders_that_nobody_was_told_of_raise_an_alarm() {
    let template = Template::read();
    assert_eq!(filtered(&template, "reconcile", r#"{ $.level = "WARN" && $.untold = * }"#), "untold-found");
    let alarm = template.properties("ReconcileFoundAlarm");
    assert_eq!((&alarm["Namespace"], &alarm["MetricName"]), (&namespace(), &json!("untold-found")));
    assert_goes_off_at_one(alarm);
    assert_eq!(alarm["EvaluationPeriods"], 1);
}

#[test]
fn events_that_lambda_gives_up_raise_an_alarm() {
    let template = Template::read();
    let functions = template.functions();
    // What is invoked without waiting for an answer: by the scheduler, by a rule, by a log.
    let ticks = template.events("ScheduleV2").into_iter().map(|(name, _)| functions[name]);
    let permissions = template.resources("AWS::Lambda::Permission");
    let permitted = permissions.values().filter_map(|permission| target(&permission["FunctionName"]));
    let asynchronous: BTreeSet<_> = ticks.chain(permitted).collect();
    let told = template.functions().into_iter().filter(|(name, _)| {
        template.resources("AWS::CloudWatch::Alarm").values().any(|alarm| {
            alarm["MetricName"] == "AsyncEventsDropped" && alarm["Dimensions"] == dimensions(functions[name])
        })
    });
    assert_eq!(told.map(|(_, id)| id).collect::<BTreeSet<_>>(), asynchronous);
    for (name, id) in template.functions() {
        let configured = template.function(name)["EventInvokeConfig"].is_object();
        assert_eq!(configured, asynchronous.contains(id), "{name}");
    }
    for name in ["record-opened", "record-delivery"] {
        let alarm = of_function(&template, "AsyncEventsDropped", name);
        assert_goes_off_at_one(alarm);
        assert_eq!(alarm["EvaluationPeriods"], 1, "{name}");
    }
}

#[test]
fn server_errors_of_the_api_raise_an_alarm() {
    let template = Template::read();
    let alarm = alarm(&template, "5xx", &json!([{"Name": "ApiId", "Value": {"Ref": "Api"}}]));
    assert_eq!(alarm["Namespace"], "AWS/ApiGateway");
    assert_goes_off_at_one(alarm);
}

/// The metric that counts what a pattern finds in a function's log.
fn filtered<'a>(template: &'a Template, function: &str, pattern: &str) -> &'a Value {
    let log = target(&template.function(function)["LoggingConfig"]["LogGroup"]);
    let filters: BTreeMap<_, _> = template.resources("AWS::Logs::MetricFilter");
    let own =
        filters.into_values().find(|f| target(&f["LogGroupName"]) == log && f["FilterPattern"] == pattern);
    let counted =
        &own.unwrap_or_else(|| panic!("{function} has no filter {pattern}"))["MetricTransformations"];
    assert_eq!((&counted[0]["MetricNamespace"], &counted[0]["MetricValue"]), (&namespace(), &json!("1")));
    &counted[0]["MetricName"]
}

fn namespace() -> Value {
    json!({"Fn::Sub": "Varsling/${AWS::StackName}"})
}

fn assert_goes_off_at_one(alarm: &Value) {
    assert_eq!(
        (&alarm["Statistic"], &alarm["ComparisonOperator"], &alarm["Threshold"]),
        (&json!("Sum"), &json!("GreaterThanThreshold"), &json!(0))
    );
}

fn of_function<'a>(template: &'a Template, metric: &str, function: &str) -> &'a Value {
    alarm(template, metric, &dimensions(template.functions()[function]))
}

/// The alarm of a kind on a channel's queue: `EmailUrgentLateAlarm` for `email-urgent`.
fn of_channel<'a>(template: &'a Template, queue: &str, kind: &str) -> &'a Value {
    let id = named(template, queue).trim_end_matches("Queue");
    let alarm = template.properties(&format!("{id}{kind}Alarm"));
    let description = alarm["AlarmDescription"].as_str().unwrap();
    assert!(description.split([' ', ',']).any(|word| word == queue), "{description}");
    alarm
}

/// The metrics of a queue that an alarm's expression is made of: id, name and statistic.
fn counted_of<'a>(alarm: &'a Value, queue: &str) -> Vec<(&'a str, &'a str, &'a str)> {
    let parts = alarm["Metrics"].as_array().unwrap().iter().filter(|metric| metric["MetricStat"].is_object());
    let counted = parts.map(|part| {
        let metric = &part["MetricStat"]["Metric"];
        assert_eq!((&metric["Namespace"], &metric["Dimensions"]), (&json!("AWS/SQS"), &of_queue(queue)));
        assert_eq!((&part["ReturnData"], &part["MetricStat"]["Period"]), (&json!(false), &json!(300)));
        let texts = [&part["Id"], &metric["MetricName"], &part["MetricStat"]["Stat"]];
        let [id, name, statistic] = texts.map(|text| text.as_str().unwrap());
        (id, name, statistic)
    });
    counted.collect()
}

fn of_queue(id: &str) -> Value {
    json!([{"Name": "QueueName", "Value": {"Fn::GetAtt": [id, "QueueName"]}}])
}

/// A queue's name in a sentence.
fn queue_word(name: &str) -> &str {
    name.trim_end_matches(".fifo")
}

fn dimensions(id: &str) -> Value {
    json!([{"Name": "FunctionName", "Value": {"Ref": id}}])
}

fn alarm<'a>(template: &'a Template, metric: &str, dimensions: &Value) -> &'a Value {
    let mut alarms = template.resources("AWS::CloudWatch::Alarm").into_values();
    let found = alarms.find(|alarm| alarm["MetricName"] == metric && alarm["Dimensions"] == *dimensions);
    found.unwrap_or_else(|| panic!("there is no alarm on {metric} of {dimensions}"))
}
