//! A text is stored once for each owner however many orders use it, so its name is a hash of everything in it: subject,
//! body, content type and sender.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Text;

/// The name of a text: 128 bits of the SHA-256 of its contents, as 22 characters of base64url.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TextHash(String);

impl TextHash {
    /// In place of the name of a text that is not stored.
    pub(crate) fn of_nothing() -> Self {
        Self(String::new())
    }

    /// Whether it names a stored text.
    pub(crate) fn is_of_a_text(&self) -> bool {
        !self.0.is_empty()
    }

    /// The hash as it is written in keys.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Text {
    /// The name of this text.
    pub fn hash(&self) -> TextHash {
        let mut digest = Sha256::new();
        self.absorb_into(&mut digest);
        TextHash(URL_SAFE_NO_PAD.encode(&digest.finalize()[..16]))
    }
}

/// Adds parts with their lengths, so that moving a character from one part to the next changes the hash.
pub(super) fn absorb(digest: &mut Sha256, parts: &[&str], sender: Option<&str>) {
    for part in parts.iter().copied().chain(sender) {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{ContentType, EmailText, SmsText};

    fn email(subject: &str, body: &str, sender: Option<&str>) -> Text {
        Text::Email(EmailText {
            subject: subject.into(),
            body: body.into(),
            content_type: ContentType::Plain,
            sender: sender.map(Into::into),
            sender_name: None,
            reply_to: None,
            attachments: vec![],
        })
    }

    #[test]
    fn the_same_text_has_the_same_name() {
        assert_eq!(email("a", "b", None).hash(), email("a", "b", None).hash());
        assert_eq!(email("a", "b", None).hash().as_str().len(), 22);
    }

    #[test]
    fn every_part_counts_and_parts_do_not_run_together() {
        let names = [
            email("a", "b", None),
            email("ab", "", None),
            email("", "ab", None),
            email("a", "b", Some("c@example.no")),
            email("a", "b", Some("")),
            Text::Sms(SmsText { body: "ab".into(), sender: None, simplified: false }),
        ]
        .map(|text| text.hash());
        for (i, a) in names.iter().enumerate() {
            assert!(names[i + 1..].iter().all(|b| a != b));
        }
    }

    #[test]
    fn a_text_does_not_print_what_it_says() {
        assert_eq!(format!("{:?}", email("hemmelig", "hemmelig", None)), "Email(EmailText(…))");
    }
}
