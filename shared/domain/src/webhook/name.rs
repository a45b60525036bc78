//! What an owner calls a webhook.

use serde::{Deserialize, Serialize};

/// The most characters of a name.
const LONGEST: usize = 40;

/// The name of a webhook: up to 40 lower-case letters, digits and hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebhookName(String);

/// Not a name of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Must be up to 40 lower-case letters, digits and hyphens.")]
pub struct InvalidWebhookName;

impl WebhookName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for WebhookName {
    type Error = InvalidWebhookName;

    fn try_from(text: String) -> Result<Self, InvalidWebhookName> {
        let is_name = (1..=LONGEST).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if is_name { Ok(Self(text)) } else { Err(InvalidWebhookName) }
    }
}

impl std::str::FromStr for WebhookName {
    type Err = InvalidWebhookName;

    fn from_str(text: &str) -> Result<Self, InvalidWebhookName> {
        text.to_owned().try_into()
    }
}

impl From<WebhookName> for String {
    fn from(name: WebhookName) -> Self {
        name.0
    }
}

impl std::fmt::Display for WebhookName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_plain() {
        assert!("archive-2".parse::<WebhookName>().is_ok());
        for text in ["", "Archive", "a b", "a/b", "å", &"a".repeat(41)] {
            assert_eq!(text.parse::<WebhookName>(), Err(InvalidWebhookName), "{text}");
        }
    }
}
