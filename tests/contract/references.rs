//! What is made on a condition is referred to under it, and what takes its place otherwise.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::template::Template;

/// What a restored stack takes instead of making it.
struct Restored {
    condition: &'static str,
    resource: &'static str,
    /// The parameter, and of the table's stream another.
    parameters: &'static [&'static str],
}

const RESTORED: [Restored; 3] = [
    Restored {
        condition: "MakesTable",
        resource: "Table",
        parameters: &["ExistingTableName", "ExistingTableStreamArn"],
    },
    Restored {
        condition: "MakesEvidenceTable",
        resource: "EvidenceTable",
        parameters: &["ExistingEvidenceTableName"],
    },
    Restored { condition: "MakesIdSecret", resource: "IdSecret", parameters: &["ExistingIdSecretArn"] },
];

#[test]
fn what_may_not_be_there_is_referred_to_under_its_condition() {
    let template = Template::read();
    for section in ["Globals", "Resources", "Outputs"] {
        for (id, one) in template.at(&[section]).as_object().unwrap() {
            let under = one["Condition"].as_str().into_iter().collect();
            check(&template, one, &under, id);
        }
    }
}

#[test]
fn the_table_and_the_id_secret_can_be_those_of_another_stack() {
    let template = Template::read();
    for Restored { condition, resource, parameters } in RESTORED {
        assert_eq!(template.at(&["Resources", resource, "Condition"]), condition);
        let mut choices = Vec::new();
        for section in ["Globals", "Resources", "Outputs"] {
            choose(template.at(&[section]), condition, &mut choices);
        }
        assert!(!choices.is_empty(), "{condition}");
        for [_, made, taken] in choices {
            assert!(mentions(made).contains(&resource), "{made} or {taken}");
            let named = mentions(taken).into_iter().find(|name| parameters.contains(name));
            assert!(named.is_some(), "{made} or {taken}");
            // The two are the same thing: the index or the stream of the one is that of the other.
            assert_eq!(
                written_with("/index/due", made),
                written_with("/index/due", taken),
                "{made} or {taken}"
            );
            let is_stream = named == Some("ExistingTableStreamArn");
            assert_eq!(written_with("StreamArn", made), is_stream, "{made} or {taken}");
        }
    }
}

fn written_with(part: &str, value: &Value) -> bool {
    value.to_string().contains(part)
}

/// Every mention of a conditional resource stands under its condition, or one that includes it.
fn check(template: &Template, value: &Value, under: &BTreeSet<&str>, place: &str) {
    if let Some([condition, given, otherwise]) = value["Fn::If"].as_array().map(Vec::as_slice) {
        let mut given_under = under.clone();
        given_under.insert(condition.as_str().unwrap());
        check(template, given, &given_under, place);
        return check(template, otherwise, under, place);
    }
    for name in mentioned(value) {
        if let Some(needed) = template.at(&["Resources", name, "Condition"]).as_str() {
            let covered = under.iter().any(|condition| includes(template, condition, needed));
            assert!(covered, "{place} refers to {name} also where {needed} does not hold");
        }
    }
    for inner in children(value) {
        check(template, inner, under, place);
    }
}

fn includes(template: &Template, condition: &str, needed: &str) -> bool {
    let parts = template.at(&["Conditions", condition, "Fn::And"]).as_array();
    condition == needed || parts.is_some_and(|parts| parts.iter().any(|part| part["Condition"] == needed))
}

fn choose<'a>(value: &'a Value, condition: &str, choices: &mut Vec<&'a [Value; 3]>) {
    let choice = value["Fn::If"].as_array().filter(|choice| choice[0] == condition);
    choices.extend(choice.map(|choice| <&[Value; 3]>::try_from(choice.as_slice()).unwrap()));
    for inner in children(value) {
        choose(inner, condition, choices);
    }
}

/// All names that a value refers to.
fn mentions(value: &Value) -> Vec<&str> {
    children(value).into_iter().flat_map(mentions).chain(mentioned(value)).collect()
}

/// The names that a value itself refers to, not what is within it.
fn mentioned(value: &Value) -> Vec<&str> {
    let named =
        [&value["Ref"], &value["Fn::GetAtt"][0], &value["DependsOn"]].into_iter().filter_map(Value::as_str);
    let written = value["Fn::Sub"].as_str().unwrap_or_default().split("${").skip(1);
    named.chain(written.filter_map(|rest| rest.split(['}', '.']).next())).collect()
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => vec![],
    }
}
