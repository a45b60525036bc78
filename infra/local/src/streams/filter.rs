//! Filter patterns of event sources: which records a function is invoked with. They look at the change itself, of which
//! a record is made only where one wants it.

use serde_json::Value;

use super::seen::{Leaf, Seen};

/// A pattern, in the syntax that Lambda has from EventBridge.
#[derive(Debug)]
pub struct Filter(Value);

impl Filter {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, String> {
        let pattern = serde_json::from_str(text).map_err(|error| format!("{text}: {error}"))?;
        check(&pattern).map_err(|why| format!("{text}: {why}"))?;
        Ok(Self(pattern))
    }

    /// Whether a record matches.
    pub fn matches(&self, record: Seen<'_>) -> bool {
        matches(&self.0, Some(record))
    }
}

/// Whether a pattern is one that is simulated.
fn check(pattern: &Value) -> Result<(), String> {
    match pattern {
        Value::Object(fields) => fields.values().try_for_each(check),
        Value::Array(rules) => rules.iter().try_for_each(check_rule),
        other => Err(format!("{other} is neither an object nor a list of values")),
    }
}

fn check_rule(rule: &Value) -> Result<(), String> {
    match rule {
        Value::Object(rule) => match rule.iter().next() {
            Some((name, Value::Bool(_))) if name == "exists" => Ok(()),
            Some((name, Value::String(_))) if name == "prefix" => Ok(()),
            Some((name, Value::Array(_))) if name == "anything-but" => Ok(()),
            _ => Err("only exists, prefix and anything-but are simulated".into()),
        },
        Value::Array(_) => Err("a list in a list".into()),
        _ => Ok(()),
    }
}

fn matches(pattern: &Value, seen: Option<Seen<'_>>) -> bool {
    match pattern {
        Value::Object(fields) => {
            fields.iter().all(|(name, pattern)| matches(pattern, seen.and_then(|seen| seen.member(name))))
        }
        // Rules see leaves only: an object or a list is as good as absent.
        Value::Array(rules) => {
            let leaf = seen.and_then(Seen::leaf);
            rules.iter().any(|rule| rule_matches(rule, leaf))
        }
        _ => false,
    }
}

fn rule_matches(rule: &Value, leaf: Option<Leaf<'_>>) -> bool {
    if let Some(exists) = rule["exists"].as_bool() {
        return leaf.is_some() == exists;
    }
    if let Some(prefix) = rule["prefix"].as_str() {
        return leaf.is_some_and(|leaf| leaf.begins_with(prefix));
    }
    if let Some(others) = rule["anything-but"].as_array() {
        return leaf.is_some_and(|leaf| !others.iter().any(|other| leaf.is(other)));
    }
    leaf.is_some_and(|leaf| leaf.is(rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Change;
    use crate::streams::View;
    use serde_json::{from_value, json};

    fn matched(pattern: &Value) -> bool {
        let key = json!({"pk": {"S": "chain#1"}});
        let image = json!({"pk": {"S": "chain#1"}, "told": {"S": "x"}, "v": {"N": "3"}, "is": {"BOOL": true},
            "in": {"M": {"a": {"S": "y"}}}});
        let [key, old, new] = [&key, &key, &image].map(|item| from_value(item.clone()).unwrap());
        let change = Change { key, old: Some(old), new: Some(new) };
        Filter::parse(&pattern.to_string()).unwrap().matches(Seen::of(&change, View::NewImage).unwrap())
    }

    fn of_image(pattern: &Value) -> bool {
        matched(&json!({"dynamodb": {"NewImage": pattern}}))
    }

    #[test]
    fn exact_values_match_any_of_several() {
        assert!(matched(&json!({"eventName": ["INSERT", "MODIFY"]})));
        assert!(!matched(&json!({"eventName": ["REMOVE"]})));
        assert!(!matched(&json!({"eventName": ["MODIFY"], "awsRegion": ["x"]})), "all fields must match");
    }

    #[test]
    fn existence_is_about_leaves() {
        assert!(of_image(&json!({"told": {"S": [{"exists": true}]}})));
        assert!(!of_image(&json!({"secret": {"S": [{"exists": true}]}})));
        assert!(of_image(&json!({"secret": {"S": [{"exists": false}]}})));
        assert!(!of_image(&json!({"told": [{"exists": true}]})), "an attribute is no leaf, its value is");
        assert!(of_image(&json!({"in": {"M": {"a": {"S": ["y"]}}}, "is": {"BOOL": [true]}})));
        assert!(
            !matched(&json!({"dynamodb": {"OldImage": {"pk": {"S": [{"exists": true}]}}}})),
            "not in the view"
        );
        assert!(matched(&json!({"dynamodb": {"Keys": {"pk": {"S": ["chain#1"]}}}})));
    }

    #[test]
    fn prefixes_and_exceptions() {
        assert!(of_image(&json!({"pk": {"S": [{"prefix": "chain#"}]}})));
        assert!(!of_image(&json!({"pk": {"S": [{"prefix": "order#"}]}})));
        assert!(of_image(&json!({"v": {"N": [{"anything-but": ["4"]}]}})));
        assert!(!of_image(&json!({"v": {"N": [{"anything-but": ["3"]}]}})));
    }

    #[test]
    fn a_pattern_that_is_not_simulated_is_refused() {
        for wrong in [r#"{"v": [{"numeric": [">", 1]}]}"#, r#"{"v": "x"}"#, "{"] {
            assert!(Filter::parse(wrong).is_err(), "{wrong}");
        }
    }
}
