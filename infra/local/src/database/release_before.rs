//! Writes of the release before this one, which stored a chain in an attribute for each member: what it wrote this release
//! reads, while both run beside each other.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use varsling_domain::chain::Chain;
use varsling_domain::chain::stored::{BODY, FORMAT_FIELD};

/// The number of the format of the release before.
const FORMAT_BEFORE: &str = "2";

/// A write as the release before would have made it; none where it writes no chain.
pub fn written_before(body: &[u8]) -> Option<Vec<u8>> {
    let mut request: Value = serde_json::from_slice(body).ok()?;
    rewrite(&mut request).then(|| request.to_string().into_bytes())
}

/// Rewrites every chain in a request; whether there was one.
fn rewrite(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => match item_before(members) {
            Some(item) => {
                *members = item;
                true
            }
            None => members.values_mut().map(rewrite).fold(false, |some, one| some | one),
        },
        Value::Array(items) => items.iter_mut().map(rewrite).fold(false, |some, one| some | one),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn item_before(item: &Map<String, Value>) -> Option<Map<String, Value>> {
    item.get(FORMAT_FIELD)?;
    let body = STANDARD.decode(item.get(BODY)?["B"].as_str()?).ok()?;
    let chain: Chain = rmp_serde::from_slice(&body).ok()?;
    let mut before = match attribute(serde_json::to_value(chain).ok()?) {
        Value::Object(mut attribute) => attribute.remove("M")?.as_object()?.clone(),
        _ => return None,
    };
    before.extend(
        item.iter().filter(|(name, _)| *name != BODY).map(|(name, value)| (name.clone(), value.clone())),
    );
    before.insert(FORMAT_FIELD.to_owned(), json!({"N": FORMAT_BEFORE}));
    Some(before)
}

/// A value as DynamoDB has it.
fn attribute(value: Value) -> Value {
    match value {
        Value::Null => json!({"NULL": true}),
        Value::Bool(value) => json!({"BOOL": value}),
        Value::Number(value) => json!({"N": value.to_string()}),
        Value::String(value) => json!({"S": value}),
        Value::Array(items) => json!({"L": items.into_iter().map(attribute).collect::<Vec<_>>()}),
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| (name, attribute(value)));
            json!({"M": members.collect::<Map<_, _>>()})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_chains_are_rewritten() {
        let marker = json!({"TableName": "varsling", "Item": {"pk": {"S": "opened#1"}, "b": {"B": "AA=="}}});
        assert_eq!(written_before(marker.to_string().as_bytes()), None);
        assert_eq!(written_before(b"no JSON"), None);
    }

    #[test]
    fn values_are_written_as_dynamodb_has_them() {
        let written = attribute(json!({"a": [1, "x", null, true]}));
        let list = json!([{"N": "1"}, {"S": "x"}, {"NULL": true}, {"BOOL": true}]);
        assert_eq!(written, json!({"M": {"a": {"L": list}}}));
    }
}
