//! Orders that the sweeps could not read and have set aside.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use varsling_store::administration::{Administrator, AdministratorAction, AdministratorChange};
use varsling_store::{DueEntry, Store};

use super::would;
use crate::arguments::Quarantine;
use crate::context::Context;
use crate::error::OpsError;
use crate::report::Report;

/// Carries out a command.
pub async fn run(context: &Context, command: Quarantine) -> Result<Report, OpsError> {
    let store = context.store()?;
    match command {
        Quarantine::List => list(&store).await,
        Quarantine::Show { key } => show(&store, &key).await,
        Quarantine::PutBack { key } => put_back(context, &store, &key).await,
    }
}

async fn all(store: &Store) -> Result<Vec<DueEntry>, OpsError> {
    let mut found = vec![];
    for shard in 0..store.shard_count() {
        found.extend(store.set_aside(shard).await?);
    }
    Ok(found)
}

async fn list(store: &Store) -> Result<Report, OpsError> {
    let found = all(store).await?;
    let rows: Vec<_> = found.iter().map(|entry| vec![entry.key.clone(), due(entry)]).collect();
    let json: Vec<_> = found.iter().map(|entry| json!({"key": entry.key, "due": due(entry)})).collect();
    let is_alarming = !found.is_empty();
    let mut report =
        Report::table(json!({"setAside": json}), &["key", "due"], &rows).alarming_if(is_alarming);
    if is_alarming {
        report.text.push(
            "Their notices do not go while they are here. Deploy a release that can read them, then `put-back` each."
                .to_owned(),
        );
    }
    Ok(report)
}

fn due(entry: &DueEntry) -> String {
    entry.at().map_or_else(String::new, |at| at.to_rfc3339())
}

async fn show(store: &Store, key: &str) -> Result<Report, OpsError> {
    let item = store.raw(key).await?.ok_or_else(|| OpsError::usage(format!("there is no item {key}")))?;
    let attributes = item.into_iter().map(|(name, value)| (name, readable(value)));
    Ok(Report::of_answer(Value::Object(attributes.collect())))
}

/// An attribute as JSON. Bytes are MessagePack, as docs/storage.md has it; those that are not are shown as what they are.
fn readable(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.into(),
        AttributeValue::B(bytes) => {
            let bytes = bytes.into_inner();
            rmp_serde::from_slice(&bytes)
                .unwrap_or_else(|error| json!(format!("{} bytes: {error}", bytes.len())))
        }
        other => json!(format!("{other:?}")),
    }
}

async fn put_back(context: &Context, store: &Store, key: &str) -> Result<Report, OpsError> {
    let entry = all(store).await?.into_iter().find(|entry| entry.key == key);
    let entry = entry
        .ok_or_else(|| OpsError::usage(format!("{key} is not set aside; `quarantine list` shows what is")))?;
    if context.is_dry_run {
        return Ok(would(&format!("put {key} back"), &Value::Null));
    }
    let by = context.principal().await?;
    let by = Administrator::Principal(&by);
    let change = AdministratorChange::of(by, AdministratorAction::PutBack, key, context.now().await?);
    store.put_administrator_change(&change).await?;
    store.put_back(&entry).await?;
    Ok(Report::new(
        json!({"putBack": key}),
        vec![format!("{key} is put back; a sweep looks at it within a minute")],
    ))
}
