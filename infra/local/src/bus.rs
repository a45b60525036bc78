//! EventBridge: the default and the project's bus with their rules.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use serde_json::{Map, Value, json};
use serde_yaml_ng::Value as Yaml;

use crate::functions::{ACCOUNT, REGION};
use crate::lock;
use crate::queues::{self, QUEUES};
use crate::system::StartError;
use crate::world::World;

/// The rule whose transformation is read from the template, so that here and there cannot drift apart.
const SES_RULE: &str = "SesEventsRule";
/// How many events on the project's bus are remembered.
const REMEMBERED: usize = 1000;

/// The buses.
pub struct Bus {
    ses: Transformer,
    seen: Mutex<VecDeque<Value>>,
}

impl Bus {
    /// Reads the rule's transformation from the template.
    pub fn of_template() -> Result<Self, StartError> {
        let ses = Transformer::of(include_str!("../../template.yaml"), SES_RULE);
        let ses = ses.ok_or(StartError::Template(SES_RULE))?;
        Ok(Self { ses, seen: Mutex::default() })
    }

    /// The events that functions have put on the project's bus.
    pub fn seen(&self) -> Vec<Value> {
        lock(&self.seen).iter().cloned().collect()
    }

    /// A function has put this on the project's bus.
    pub fn remember(&self, event: Value) {
        let mut seen = lock(&self.seen);
        seen.push_back(event);
        if seen.len() > REMEMBERED {
            seen.pop_front();
        }
    }
}

/// Fills in what EventBridge fills in.
pub fn complete(world: &World, event: Map<String, Value>) -> Map<String, Value> {
    let filled = json!({
        "version": "0",
        "id": uuid::Uuid::new_v4(),
        "source": "local",
        "account": ACCOUNT,
        "time": world.stamp(),
        "region": REGION,
        "resources": [],
        "detail": {},
    });
    let mut complete = filled.as_object().cloned().unwrap_or_default();
    complete.extend(event.into_iter().filter(|(_, value)| !value.is_null()));
    complete
}

/// Puts an event on a bus: AWS's own on the default bus, everybody else's on the project's.
pub fn publish(world: &World, event: Map<String, Value>) -> Value {
    let event = Value::Object(complete(world, event));
    if event["source"] == "aws.ses" {
        world.enqueue(reports(), world.bus.ses.apply(&event));
    } else if event["detail-type"] == "Message opened"
        && let Some(opened) = queues::spec("opened")
    {
        world.enqueue(opened, event.to_string());
    }
    event
}

fn reports() -> &'static queues::Spec {
    queues::spec("reports").unwrap_or(&QUEUES[3])
}

/// An input transformer.
struct Transformer {
    paths: BTreeMap<String, String>,
    template: String,
}

impl Transformer {
    /// That of a rule's first target.
    fn of(template: &str, rule: &str) -> Option<Self> {
        let template: Yaml = serde_yaml_ng::from_str(template).ok()?;
        let target = template.get("Resources")?.get(rule)?.get("Properties")?.get("Targets")?.get(0)?;
        let transformer = target.get("InputTransformer")?;
        let text = |value: &Yaml| match value {
            // `!Sub` and the like change nothing here.
            Yaml::Tagged(tagged) => tagged.value.as_str().map(String::from),
            value => value.as_str().map(String::from),
        };
        let paths = transformer.get("InputPathsMap")?.as_mapping()?;
        let paths = paths.iter().filter_map(|(name, path)| Some((text(name)?, text(path)?))).collect();
        Some(Self { paths, template: text(transformer.get("InputTemplate")?)? })
    }

    /// As EventBridge does it: `<name>` becomes the value at its path. What is not there leaves an
    /// empty string.
    fn apply(&self, event: &Value) -> String {
        let mut result = String::new();
        let mut rest = self.template.as_str();
        let mut quotes = 0;
        while let Some((before, after)) = rest.split_once('<') {
            result.push_str(before);
            quotes += before.matches('"').count();
            let Some((name, after)) = after.split_once('>') else {
                break;
            };
            let value = self.paths.get(name).map_or(&Value::Null, |path| at(event, path));
            result.push_str(&inserted(value, quotes % 2 == 1));
            rest = after;
        }
        result.push_str(rest);
        // One line, as it would be on the queue.
        serde_json::from_str::<Value>(&result).map_or(result, |value| value.to_string())
    }
}

fn inserted(value: &Value, quoted: bool) -> String {
    let text = if value.is_null() { "\"\"".to_string() } else { value.to_string() };
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(inner) if quoted => inner.into(),
        None if quoted => text.replace('"', "\\\""),
        _ => text,
    }
}

/// The value at a path such as `$.detail.mail.tags.notification[0]`.
fn at<'a>(event: &'a Value, path: &str) -> &'a Value {
    path.trim_start_matches('$').split('.').filter(|step| !step.is_empty()).fold(event, |value, step| {
        let (name, index) = step.split_once('[').unwrap_or((step, ""));
        match index.trim_end_matches(']').parse::<usize>() {
            Ok(index) => &value[name][index],
            Err(_) => &value[name],
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apply(event: &Value) -> Value {
        let bus = Bus::of_template().unwrap();
        serde_json::from_str(&bus.ses.apply(event)).unwrap()
    }

    #[test]
    fn an_ses_event_loses_everything_personal() {
        let report = apply(&json!({
            "detail-type": "Email Bounced",
            "time": "2026-11-02T08:00:00Z",
            "detail": {
                "mail": {"destination": ["kari@example.no"], "tags": {"notification": ["a-0"]}},
                "bounce": {"bounceType": "Permanent", "bounceSubType": "General",
                           "bouncedRecipients": [{"emailAddress": "kari@example.no"}]},
            },
        }));
        let expected = json!({
            "event": "Email Bounced", "notification": "a-0", "at": "2026-11-02T08:00:00Z",
            "bounceType": "Permanent", "bounceSubType": "General",
        });
        assert_eq!(report, expected);
    }

    #[test]
    fn what_is_missing_is_an_empty_string() {
        let report = apply(&json!({"detail-type": "Email Sent", "detail": {}}));
        assert_eq!(report["event"], "Email Sent");
        assert_eq!((&report["notification"], &report["bounceType"]), (&json!(""), &json!("")));
    }

    #[test]
    fn quotes_do_not_break_out() {
        let template = "Resources: {R: {Properties: {Targets: [{InputTransformer: {\
            InputPathsMap: {a: $.a, b: '$.b[1]'}, InputTemplate: !Sub '{\"a\": \"<a>\", \"b\": <b>}'}}]}}}";
        let transformer = Transformer::of(template, "R").unwrap();
        let applied = transformer.apply(&json!({"a": "x\", \"y\": \"", "b": [1, {"c": 2}]}));
        let applied: Value = serde_json::from_str(&applied).unwrap();
        assert_eq!(applied, json!({"a": "x\", \"y\": \"", "b": {"c": 2}}));
    }
}
