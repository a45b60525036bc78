//! The table against the schema that the store is written for.

use serde_json::json;
use varsling_store::schema::{DUE_AT, DUE_INDEX, DUE_KEY, PARTITION_KEY, TTL};

use crate::template::Template;

#[test]
fn the_table_has_the_keys_that_the_store_uses() {
    let template = Template::read();
    let table = template.properties("Table");
    assert_eq!(table["KeySchema"], json!([{"AttributeName": PARTITION_KEY, "KeyType": "HASH"}]));
    assert_eq!(table["TimeToLiveSpecification"], json!({"AttributeName": TTL, "Enabled": true}));
    let types = json!([
        {"AttributeName": PARTITION_KEY, "AttributeType": "S"},
        {"AttributeName": DUE_KEY, "AttributeType": "S"},
        {"AttributeName": DUE_AT, "AttributeType": "N"},
    ]);
    assert_eq!(table["AttributeDefinitions"], types);
}

#[test]
fn evidence_is_kept_in_the_class_for_what_is_seldom_read() {
    let template = Template::read();
    let table = template.properties("EvidenceTable");
    assert_eq!(table["TableClass"], "STANDARD_INFREQUENT_ACCESS");
    assert_eq!(table["KeySchema"], json!([{"AttributeName": PARTITION_KEY, "KeyType": "HASH"}]));
    assert_eq!(
        table["AttributeDefinitions"],
        json!([{"AttributeName": PARTITION_KEY, "AttributeType": "S"}])
    );
    assert_eq!(table["TimeToLiveSpecification"], json!({"AttributeName": TTL, "Enabled": true}));
    assert_eq!(table["StreamSpecification"], json!(null), "what is proved is told already");
}

#[test]
fn the_due_index_has_keys_only() {
    let template = Template::read();
    let indexes = template.properties("Table")["GlobalSecondaryIndexes"].as_array().unwrap();
    let [index] = indexes.as_slice() else { panic!("{} indexes", indexes.len()) };
    assert_eq!(index["IndexName"], DUE_INDEX);
    assert_eq!(index["Projection"], json!({"ProjectionType": "KEYS_ONLY"}));
    let keys = json!([
        {"AttributeName": DUE_KEY, "KeyType": "HASH"},
        {"AttributeName": DUE_AT, "KeyType": "RANGE"},
    ]);
    assert_eq!(index["KeySchema"], keys);
}

#[test]
fn the_table_is_not_lost_by_mistake() {
    let template = Template::read();
    let table = template.properties("Table");
    assert_eq!(table["DeletionProtectionEnabled"], true);
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(template.properties("EvidenceTable")["DeletionProtectionEnabled"], true);
    for resource in ["Table", "EvidenceTable", "IdSecret"] {
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            assert_eq!(template.at(&["Resources", resource, policy]), "Retain", "{resource}");
        }
    }
}
