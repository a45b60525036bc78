//! What a provider says of a delivery in its own words: for support, beside the status that it became.

use serde::{Deserialize, Serialize};

/// How long it is at most, in characters: longer than any of the sentences that the providers list.
const LONGEST: usize = 120;

/// What a provider said. It has letters and a few signs alone, so that no address and no number can be in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderReply(String);

impl ProviderReply {
    /// Of the phrases that its report has; a phrase with anything but letters and a few signs is left out, and there is
    /// none where nothing is left.
    pub fn of(phrases: &[&str]) -> Option<Self> {
        let said: Vec<_> =
            phrases.iter().map(|phrase| phrase.trim()).filter(|phrase| is_plain(phrase)).collect();
        let text: String = said.join(", ").chars().take(LONGEST).collect();
        (!text.is_empty()).then_some(Self(text))
    }

    /// As the provider said it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_plain(phrase: &str) -> bool {
    !phrase.is_empty() && phrase.chars().all(|c| c.is_ascii_alphabetic() || " /-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(phrases: &[&str]) -> Option<String> {
        ProviderReply::of(phrases).map(|reply| reply.as_str().to_owned())
    }

    #[test]
    fn phrases_that_say_something_are_kept() {
        assert_eq!(said(&["Permanent", "", "General"]).as_deref(), Some("Permanent, General"));
        let opted_out = "Phone number is opted out";
        assert_eq!(said(&[opted_out]).as_deref(), Some(opted_out));
        assert_eq!(said(&["", " "]), None);
    }

    #[test]
    fn a_phrase_with_an_address_or_a_number_is_left_out_and_long_ones_end() {
        for personal in [
            "<ola@example.no> is unknown",
            "+47 900 00 001 is unknown",
            "\u{ff19}\u{ff10}",
            "ola (at) example",
        ] {
            assert_eq!(said(&[personal]), None, "{personal}");
            assert_eq!(said(&["Permanent", personal]).as_deref(), Some("Permanent"), "{personal}");
        }
        assert_eq!(said(&[&"a".repeat(500)]).unwrap().chars().count(), LONGEST);
    }
}
