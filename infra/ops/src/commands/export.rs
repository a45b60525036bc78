//! An owner's orders with their evidence, in a file.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use varsling_domain::identity::Owner;
use varsling_domain::ids::ChainId;

use crate::api::Request;
use crate::context::Context;
use crate::error::OpsError;
use crate::progress;
use crate::report::Report;

/// How many entries of the feed are read at a time.
const PAGE: usize = 500;

/// What is exported.
pub struct Export {
    /// Whose orders.
    pub owner: Owner,
    /// Where to.
    pub path: PathBuf,
    /// Behind which entry of the feed.
    pub after: u64,
}

/// Writes the orders that the owner's feed names, a line for each.
pub async fn run(context: &Context, export: &Export) -> Result<Report, OpsError> {
    let mut file = Lines::create(&export.path)?;
    let counter = progress::counter("orders");
    let (mut after, mut seen) = (export.after, HashSet::new());
    loop {
        let page = feed(context, &export.owner, after).await?;
        let Some(last) = page.last() else { break };
        for entry in &page {
            let Some(order) = order_of(entry).filter(|order| seen.insert(*order)) else { continue };
            let mut line = line(context, &export.owner, order).await?;
            // Where an export that is broken off goes on.
            line["entry"] = entry["sequenceNumber"].clone();
            file.write(&line)?;
            counter.inc(1);
        }
        after = last["sequenceNumber"].as_u64().unwrap_or(u64::MAX);
        file.flush()?;
    }
    counter.finish();
    let (orders, path) = (seen.len(), export.path.display().to_string());
    let text = vec![format!("{orders} orders in {path}; the last entry of the feed was {after}")];
    Ok(Report::new(json!({"orders": orders, "file": path, "lastEntry": after}), text))
}

async fn feed(context: &Context, owner: &Owner, after: u64) -> Result<Vec<Value>, OpsError> {
    let request = Request::get("/future/shipment/feed").with("owner", owner);
    let answer = context.api.ask(request.with("seq", &after).with("pageSize", &PAGE)).await?;
    Ok(answer.as_array().cloned().unwrap_or_default())
}

fn order_of(entry: &Value) -> Option<ChainId> {
    ChainId::named(entry["shipmentId"].as_str()?)
}

/// An order as far as it is kept, and its evidence, which is kept longer.
async fn line(context: &Context, owner: &Owner, order: ChainId) -> Result<Value, OpsError> {
    let path = format!("/future/orders/{order}");
    let evidence_path = format!("{path}/evidence");
    let (accepted, evidence) = futures::try_join!(
        context.api.find(Request::get(&path).with("owner", owner)),
        context.api.find(Request::get(&evidence_path).with("owner", owner)),
    )?;
    Ok(json!({"notificationOrderId": order, "order": accepted, "evidence": evidence}))
}

/// A file of lines of JSON.
struct Lines {
    path: String,
    file: BufWriter<File>,
}

impl Lines {
    /// A new file, which nobody else may read; one that is there already is not written over.
    fn create(path: &Path) -> Result<Self, OpsError> {
        let name = path.display().to_string();
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = file.map_err(|error| OpsError::File { path: name.clone(), why: error.to_string() })?;
        Ok(Self { path: name, file: BufWriter::new(file) })
    }

    fn write(&mut self, line: &Value) -> Result<(), OpsError> {
        writeln!(self.file, "{line}").map_err(|error| self.failed(&error))
    }

    fn flush(&mut self) -> Result<(), OpsError> {
        self.file.flush().map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &std::io::Error) -> OpsError {
        OpsError::File { path: self.path.clone(), why: error.to_string() }
    }
}
