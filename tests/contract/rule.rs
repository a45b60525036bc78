//! What EventBridge does with a rule: matches events and transforms them.

use serde_json::Value;

use crate::template::Template;

/// A rule of the template.
pub struct Rule<'a> {
    /// Its properties.
    pub properties: &'a Value,
    stack: &'static str,
}

impl<'a> Rule<'a> {
    /// A rule in a stack of this name.
    pub fn of(template: &'a Template, id: &str, stack: &'static str) -> Self {
        Self { properties: template.properties(id), stack }
    }

    /// Whether its pattern takes an event.
    pub fn takes(&self, event: &Value) -> bool {
        self.matches(&self.properties["EventPattern"], event)
    }

    /// What its first target gets.
    pub fn transform(&self, event: &Value) -> String {
        let transformer = &self.properties["Targets"][0]["InputTransformer"];
        let mut body = transformer["InputTemplate"].as_str().unwrap().to_owned();
        for (name, path) in transformer["InputPathsMap"].as_object().unwrap() {
            // Inside a JSON string: what is there without its quotes, else nothing.
            let value = at(event, path.as_str().unwrap()).map(Value::to_string).unwrap_or_default();
            body = body.replace(&format!("<{name}>"), value.trim_matches('"'));
        }
        body
    }

    fn matches(&self, pattern: &Value, event: &Value) -> bool {
        match pattern {
            Value::Object(members) => members.iter().all(|(name, inner)| self.matches(inner, &event[name])),
            Value::Array(alternatives) => {
                // A list in the event matches when one of its elements does.
                let values = event.as_array().map_or(std::slice::from_ref(event), Vec::as_slice);
                alternatives.iter().any(|one| values.iter().any(|value| value == &self.resolved(one)))
            }
            _ => false,
        }
    }

    /// A reference as its resource's name, which for all of them is the stack's.
    fn resolved(&self, value: &Value) -> Value {
        if value["Ref"].is_string() { self.stack.into() } else { value.clone() }
    }
}

/// The value at a path such as `$.detail.mail.tags.notification[0]`.
fn at<'a>(event: &'a Value, path: &str) -> Option<&'a Value> {
    path.strip_prefix("$.")?.split('.').try_fold(event, |value, step| match step.split_once('[') {
        Some((name, index)) => value.get(name)?.get(index.trim_end_matches(']').parse::<usize>().ok()?),
        None => value.get(step),
    })
}
