//! What administrators have changed.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::OpsError;
use crate::progress;
use crate::report::Report;

/// The records, the earliest first.
pub async fn run(context: &Context, from: Option<DateTime<Utc>>) -> Result<Report, OpsError> {
    let store = context.store()?;
    let (mut changes, mut after) = (vec![], None);
    let counter = progress::counter("items gone through");
    loop {
        let page = store.administrator_changes(after).await?;
        counter.inc(page.scanned);
        changes.extend(page.changes.into_iter().filter(|change| is_from(change, from)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    counter.finish();
    changes.sort_by_key(at);
    let rows: Vec<_> = changes.iter().map(row).collect();
    let report = Report::table(
        json!({"changes": changes}),
        &["when", "who", "what", "about", "before", "after"],
        &rows,
    );
    Ok(report)
}

fn at(change: &Value) -> Option<DateTime<Utc>> {
    change["at"].as_str()?.parse().ok()
}

fn is_from(change: &Value, from: Option<DateTime<Utc>>) -> bool {
    from.is_none_or(|from| at(change).is_some_and(|at| at >= from))
}

fn row(change: &Value) -> Vec<String> {
    let words =
        ["at", "by", "action", "about"].map(|field| change[field].as_str().unwrap_or_default().to_owned());
    let values = ["before", "after"].map(|field| change.get(field).map_or("-".to_owned(), Value::to_string));
    [words.to_vec(), values.to_vec()].concat()
}
