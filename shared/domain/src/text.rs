//! The texts of an order, named by what they say.
//!
//! A text is stored once for each owner however many orders use it, so its name is a hash of
//! everything in it: subject, body, content type and sender.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How an e-mail's body is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContentType {
    /// Plain text.
    #[default]
    Plain,
    /// HTML.
    Html,
}

/// All that is sent in an e-mail but the address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailText {
    /// One line, no control characters.
    pub subject: String,
    /// As the owner wrote it.
    pub body: String,
    /// How the body is written.
    pub content_type: ContentType,
    /// The from-address; none means the deployment's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// The name that is shown with the from-address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<String>,
    /// Where answers go; nowhere but to the sender where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
}

/// All that is sent in an SMS but the number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsText {
    /// As the owner wrote it.
    pub body: String,
    /// The sender id; none means the deployment's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// Whether names are written in their nearest characters, as the rest is already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simplified: bool,
}

/// A text of either channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Text {
    /// For an e-mail.
    Email(EmailText),
    /// For an SMS.
    Sms(SmsText),
}

/// The name of a text: 128 bits of the SHA-256 of its contents, as 22 characters of base64url.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TextHash(String);

impl TextHash {
    /// The hash as it is written in keys.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Text {
    /// The name of this text.
    pub fn hash(&self) -> TextHash {
        let mut digest = Sha256::new();
        match self {
            Self::Email(text) => {
                digest.update([b'E', u8::from(text.content_type == ContentType::Html)]);
                absorb(&mut digest, &[&text.subject, &text.body], text.sender.as_deref());
                for (kind, part) in [(b"R", &text.reply_to), (b"N", &text.sender_name)] {
                    if let Some(part) = part {
                        digest.update(kind);
                        absorb(&mut digest, &[part], None);
                    }
                }
            }
            Self::Sms(text) => {
                digest.update(if text.simplified { b"N" } else { b"S" });
                absorb(&mut digest, &[&text.body], text.sender.as_deref());
            }
        }
        TextHash(URL_SAFE_NO_PAD.encode(&digest.finalize()[..16]))
    }
}

/// Adds parts with their lengths, so that moving a character from one part to the next changes the hash.
fn absorb(digest: &mut Sha256, parts: &[&str], sender: Option<&str>) {
    for part in parts.iter().copied().chain(sender) {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
}

/// Whether a text holds a control character: a subject is one line, and may not.
pub fn has_control(text: &str) -> bool {
    text.contains(char::is_control)
}

/// Whether a text holds a control character other than a line break: an SMS may not.
pub fn has_control_beside_breaks(text: &str) -> bool {
    text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r'))
}

/// A text as it stands in HTML.
pub fn escape_html(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
        escaped
    })
}

/// An HTML body as plain text, for a reader without HTML.
pub fn plain_alternative(html: &str) -> String {
    // The library would write the cells of a row together.
    let apart = ["</td>", "</TD>", "</th>", "</TH>"]
        .iter()
        .fold(html.to_owned(), |html, end| html.replace(end, &format!(" {end}")));
    nanohtml2text::html2text(&apart).replace("\r\n", "\n").trim().to_owned()
}

// A text can name people, so neither kind prints what it says.
impl std::fmt::Debug for EmailText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmailText(…)")
    }
}

impl std::fmt::Debug for SmsText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmsText(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(subject: &str, body: &str, sender: Option<&str>) -> Text {
        Text::Email(EmailText {
            subject: subject.into(),
            body: body.into(),
            content_type: ContentType::Plain,
            sender: sender.map(Into::into),
            sender_name: None,
            reply_to: None,
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
    fn html_reads_as_plain_text() {
        let html = "<html><head><style>p {}</style></head><body><p>Hei, K&aring;re &amp; co.</p>\
            <ul><li>Den <b>ene</b></li><li>Den andre</li></ul><script>x()</script><p>Hilsen<br>oss</p></body></html>";
        let plain = plain_alternative(html);
        assert!(plain.starts_with("Hei, Kåre & co."), "{plain:?}");
        assert!(plain.contains("Den ene") && plain.contains("Hilsen\noss"), "{plain:?}");
        assert!(!plain.contains('<') && !plain.contains("x()") && !plain.contains("p {}"), "{plain:?}");
    }

    #[test]
    fn cells_of_a_row_stay_apart() {
        let plain = plain_alternative("<table><tr><td>Frist</td><td>1. mai</td></tr></table>");
        assert_eq!(plain.split_whitespace().collect::<Vec<_>>(), ["Frist", "1.", "mai"]);
    }

    #[test]
    fn a_text_does_not_print_what_it_says() {
        assert_eq!(format!("{:?}", email("hemmelig", "hemmelig", None)), "Email(EmailText(…))");
    }
}
