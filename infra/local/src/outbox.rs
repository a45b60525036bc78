//! What was handed to the providers.

use std::sync::Mutex;
use std::time::Instant;

use serde::{Serialize, Serializer};
use varsling_domain::channel::Channel;

use crate::lock;

/// One message that a provider took.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    #[serde(serialize_with = "write_channel")]
    pub channel: Channel,
    pub to: String,
    pub sender: Option<String>,
    /// The tenant that an e-mail was sent as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    pub subject: Option<String>,
    pub body: String,
    pub content_type: Option<&'static str>,
    /// The files of an e-mail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<FileEntry>,
    pub at: String,
    pub notification_id: Option<String>,
    /// The real time, for the benchmark.
    #[serde(skip)]
    pub handed_over: Instant,
}

/// A file that an e-mail carried.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileEntry {
    pub filename: String,
    pub content_type: String,
    /// How many bytes it has.
    pub size: usize,
}

/// A channel as the outbox names it.
pub fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "Email",
        Channel::Sms => "Sms",
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn write_channel<S: Serializer>(channel: &Channel, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(channel_name(*channel))
}

/// Everything that the providers took, in order.
#[derive(Default)]
pub struct Outbox(Mutex<Vec<Entry>>);

impl Outbox {
    /// A provider took this.
    pub fn record(&self, entry: Entry) {
        tracing::info!(
            channel = channel_name(entry.channel),
            notification = entry.notification_id,
            "handed over"
        );
        lock(&self.0).push(entry);
    }

    /// How much there is.
    pub fn len(&self) -> usize {
        lock(&self.0).len()
    }

    /// Makes something else of it, to see whether that is found.
    #[cfg(test)]
    pub fn change(&self, change: impl FnOnce(&mut Vec<Entry>)) {
        change(&mut lock(&self.0));
    }

    /// Looks at all there is, in order.
    pub fn look<T>(&self, look: impl FnOnce(&[Entry]) -> T) -> T {
        look(&lock(&self.0))
    }

    /// All there is.
    pub fn entries(&self) -> Vec<Entry> {
        lock(&self.0).clone()
    }
}
