//! What an order sends on each channel, and when it may go.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::is_default;
use crate::channel::{PerChannel, SendingTimePolicy};
use crate::keywords;
use crate::text::{Text, TextHash};

/// What to send on each channel that a schema may use.
pub type Settings = PerChannel<Option<TextSettings>>;

/// What to send on a channel, and when it may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSettings {
    /// Names the stored [`Text`].
    pub text: TextHash,
    /// Whether the text needs the recipient's name looked up.
    pub names_recipient: bool,
    /// The keywords that ask for something else about the recipient.
    #[serde(default, skip_serializing_if = "is_default")]
    pub asks: BTreeSet<String>,
    /// Whether it waits for the window.
    #[serde(default, skip_serializing_if = "is_default")]
    pub policy: SendingTimePolicy,
    /// Whether a name that is filled in must not become a link: the owner has links refused.
    #[serde(default, skip_serializing_if = "is_default")]
    pub guards_names: bool,
    /// How many messages it takes, before names are filled in; 0 where the channel does not count them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) segments: u8,
}

impl TextSettings {
    /// The settings of a text whose owner allows any link.
    pub fn of(text: &Text, policy: SendingTimePolicy) -> Self {
        let parts = text.parts();
        Self {
            text: text.hash(),
            names_recipient: parts.iter().any(|part| keywords::names_recipient(part)),
            asks: parts.iter().flat_map(|part| keywords::asked(part)).collect(),
            policy,
            guards_names: false,
            segments: text.segments().unwrap_or_default(),
        }
    }

    /// How many messages it takes; none where the channel does not count them.
    pub fn segments(&self) -> Option<u8> {
        Some(self.segments).filter(|count| *count > 0)
    }
}
