//! A segment of the table, and how far the pass through it has come.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use varsling_queues::{Outgoing, QueueError, QueueName};
use varsling_store::Segment;

/// Names a segment of the table that is to be worked through, from a place on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentMessage {
    /// The segment's number.
    pub segment: u8,
    /// How many segments the table is divided into.
    pub of: u8,
    /// The key of the last item that was looked at; none at the beginning.
    pub after: Option<String>,
    /// Since when what ended is told anew whatever is proved of it; nothing is where none is given.
    #[serde(rename = "tellSince", default, skip_serializing_if = "Option::is_none")]
    pub tell_since: Option<DateTime<Utc>>,
    /// How many chains that are over have been seen before it.
    #[serde(default)]
    pub seen: u64,
    /// How many of them nobody had been told of.
    #[serde(default)]
    pub untold: u64,
}

impl SegmentMessage {
    /// A segment from its beginning.
    pub fn first(segment: u8, of: u8) -> Self {
        Self { segment, of, after: None, tell_since: None, seen: 0, untold: 0 }
    }

    /// The segment as the table knows it.
    pub fn segment(&self) -> Segment {
        Segment { number: self.segment, of: self.of }
    }

    /// The message on its queue.
    pub fn outgoing(&self) -> Result<Outgoing, QueueError> {
        Outgoing::new(QueueName::Reconcile, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_written_by_hand_needs_no_counts() {
        let message = r#"{"segment": 2, "of": 4, "after": null}"#;
        assert_eq!(serde_json::from_str::<SegmentMessage>(message).unwrap(), SegmentMessage::first(2, 4));
    }
}
