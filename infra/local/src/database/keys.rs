//! Which keys a call of the table names: what a role's condition on `dynamodb:LeadingKeys` is held against (Amazon DynamoDB
//! Developer Guide, "Using IAM policy conditions for fine-grained access control").

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::table::EVIDENCE_TABLE;

/// A call, as far as it names keys.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Call<'a> {
    #[serde(borrow)]
    key: Option<Keyed<'a>>,
    #[serde(borrow)]
    item: Option<Keyed<'a>>,
    #[serde(borrow, default)]
    request_items: BTreeMap<Cow<'a, str>, Keys<'a>>,
    #[serde(borrow)]
    table_name: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Keys<'a> {
    #[serde(borrow, rename = "Keys")]
    keys: Vec<Keyed<'a>>,
}

#[derive(Deserialize)]
struct Keyed<'a> {
    #[serde(borrow)]
    pk: Text<'a>,
}

#[derive(Deserialize)]
struct Text<'a> {
    #[serde(borrow, rename = "S")]
    text: Cow<'a, str>,
}

/// The kinds of the items that a call names by their keys: what stands before the first `#`. None for a query or a scan,
/// and for what cannot be read, which the database refuses.
pub fn kinds(body: &[u8]) -> BTreeSet<String> {
    let Ok(Call { key, item, request_items, .. }) = serde_json::from_slice(body) else {
        return BTreeSet::new();
    };
    let many = request_items.into_values().flat_map(|keys| keys.keys);
    let all = key.into_iter().chain(item).chain(many);
    all.map(|keyed| kind(&keyed.pk.text).to_owned()).collect()
}

/// Whether a call concerns the table of evidence, alone or beside the other.
pub fn concerns_evidence(body: &[u8]) -> bool {
    let Ok(Call { table_name, request_items, .. }) = serde_json::from_slice(body) else { return false };
    table_name.is_some_and(|name| name == EVIDENCE_TABLE) || request_items.contains_key(EVIDENCE_TABLE)
}

fn kind(key: &str) -> &str {
    key.split_once('#').map_or(key, |(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kinds_of(call: &serde_json::Value) -> Vec<String> {
        kinds(call.to_string().as_bytes()).into_iter().collect()
    }

    #[test]
    fn every_way_to_name_a_key_is_seen() {
        let chain = json!({"pk": {"S": "chain#7a2e"}, "fv": {"N": "3"}});
        assert_eq!(
            kinds_of(&json!({"TableName": "varsling", "Key": {"pk": {"S": "deployment"}}})),
            ["deployment"]
        );
        assert_eq!(kinds_of(&json!({"TableName": "varsling", "Item": chain})), ["chain"]);
        let batch = json!({"varsling": {"Keys": [{"pk": {"S": "text#1"}}, {"pk": {"S": "opened#2"}}]}});
        assert_eq!(kinds_of(&json!({"RequestItems": batch})), ["opened", "text"]);
        assert_eq!(kinds_of(&json!({"KeyConditionExpression": "#dk = :dk"})), [""; 0]);
    }
}
