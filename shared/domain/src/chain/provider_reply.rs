//! What a provider says of a delivery in its own words: for support, beside the status that it became.

use serde::{Deserialize, Serialize};

/// How long it is at most, in characters: longer than any of the sentences that the providers list.
const LONGEST: usize = 120;
/// From how many digits on a word may be a number of somebody's.
const DIGITS_OF_A_NUMBER: usize = 5;

/// What a provider said, shortened, and without words that may be an address or a number of somebody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderReply(String);

impl ProviderReply {
    /// Of the phrases that its report has; none where all of them are empty.
    pub fn of(phrases: &[&str]) -> Option<Self> {
        let said = phrases.iter().filter(|phrase| !phrase.trim().is_empty());
        let said: Vec<_> = said.map(|phrase| without_personal_words(phrase)).collect();
        let text: String = said.join(", ").chars().take(LONGEST).collect();
        (!text.is_empty()).then_some(Self(text))
    }

    /// As the provider said it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn without_personal_words(phrase: &str) -> String {
    let words = phrase.split_whitespace().map(|word| if may_be_personal(word) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

fn may_be_personal(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    word.contains('@') || digits >= DIGITS_OF_A_NUMBER
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
    fn addresses_and_numbers_are_left_out_and_long_words_end() {
        let told = said(&["550 5.1.1 <ola@example.no>: +4799999999 is unknown"]);
        assert_eq!(told.as_deref(), Some("550 5.1.1 … … is unknown"));
        assert_eq!(said(&[&"å".repeat(500)]).unwrap().chars().count(), LONGEST);
    }
}
