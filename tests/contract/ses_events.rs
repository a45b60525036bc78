//! The rule that takes SES's events to record-delivery, tried on events as SES publishes them (SES developer
//! guide, "Examples of event data", in EventBridge's envelope).

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use varsling_domain::chain::Report::{self as Told, Accepted, Delivered, Failed};
use varsling_domain::status::Failure;
use varsling_providers::report::Report;

use crate::rule::Rule;
use crate::template::{self, Template, strings, target};

const RULE: &str = "SesEventsRule";
/// The notification that every fixture is about.
const NOTIFICATION: &str = "2f1d4c5e-8a3b-8c4d-9e5f-6a7b8c9d0e01-0";

/// Every fixture and what it means to the notification.
const FIXTURES: [(&str, Option<Told>); 8] = [
    ("delivered", Some(Delivered)),
    ("bounced", Some(Failed(Failure::Bounced))),
    ("suppressed", Some(Failed(Failure::SuppressedRecipient))),
    ("complained", Some(Delivered)),
    ("complained-suppressed", Some(Failed(Failure::SuppressedRecipient))),
    ("rejected", Some(Failed(Failure::Unspecified))),
    ("rendering-failed", Some(Failed(Failure::Unspecified))),
    // What is delayed has been taken.
    ("delayed", Some(Accepted)),
];

#[test]
fn record_delivery_understands_what_the_rule_makes_of_an_event() {
    let template = Template::read();
    let rule = Rule::of(&template, RULE, "varsling");
    for (name, outcome) in FIXTURES {
        let body = rule.transform(&fixture(name));
        let report = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{name}: {error}: {body}"));
        let Report::Ses(report) = report else { panic!("{name}: taken for an SMS: {body}") };
        assert_eq!(report.delivery().map(|id| id.to_string()).as_deref(), Some(NOTIFICATION), "{name}");
        assert_eq!(report.outcome(), outcome, "{name}");
    }
}

#[test]
fn nothing_personal_gets_past_the_rule() {
    let template = Template::read();
    let rule = Rule::of(&template, RULE, "varsling");
    for (name, _) in FIXTURES {
        let event = fixture(name);
        assert!(event.to_string().contains("kari.nordmann@example.no"), "{name} would prove nothing");
        let body = rule.transform(&event);
        let members: BTreeSet<_> =
            serde_json::from_str::<Value>(&body).unwrap().as_object().unwrap().keys().cloned().collect();
        assert_eq!(
            members,
            ["at", "bounceSubType", "bounceType", "complaintSubType", "event", "notification"]
                .map(String::from)
                .into()
        );
        for personal in ["@", "kari", "Kari", "198.51.100.4"] {
            assert!(!body.contains(personal), "{name}: {body}");
        }
    }
}

#[test]
fn the_rule_takes_what_is_ours_and_nothing_else() {
    let template = Template::read();
    let rule = Rule::of(&template, RULE, "varsling");
    for (name, _) in FIXTURES {
        assert!(rule.takes(&fixture(name)), "{name}");
    }
    let mut somebody_elses = fixture("delivered");
    somebody_elses["detail"]["mail"]["tags"]["ses:configuration-set"] = json!(["newsletter"]);
    assert!(!rule.takes(&somebody_elses));
    let mut opened = fixture("delivered");
    opened["detail-type"] = json!("Email Opened");
    assert!(!rule.takes(&opened));
}

#[test]
fn every_event_that_ses_publishes_is_one_that_the_rule_takes() {
    let template = Template::read();
    let published = &template.properties("ConfigurationSetEvents")["EventDestination"]["MatchingEventTypes"];
    let taken = &template.properties(RULE)["EventPattern"]["detail-type"];
    assert_eq!(strings(published).len(), strings(taken).len());
    let tried: BTreeSet<_> =
        FIXTURES.iter().map(|(name, _)| fixture(name)["detail-type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(strings(taken).into_iter().map(str::to_owned).collect::<BTreeSet<_>>(), tried);
}

#[test]
fn only_the_rule_may_write_reports_from_outside() {
    let template = Template::read();
    let rule = &template.properties(RULE);
    assert!(rule["EventBusName"].is_null(), "SES's events come on the default bus");
    assert_eq!(target(&rule["Targets"][0]["Arn"]), Some("ReportsQueue"));
    let statements = &template.properties("ReportsQueuePolicy")["PolicyDocument"]["Statement"];
    let [statement] = statements.as_array().unwrap().as_slice() else { panic!("more than one") };
    assert_eq!(target(&statement["Condition"]["ArnEquals"]["aws:SourceArn"]), Some(RULE));
}

fn fixture(name: &str) -> Value {
    let file = template::path("tests/contract/fixtures").join(format!("{name}.json"));
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}
