//! The names of templates.

use serde::{Deserialize, Serialize};

use crate::parsed::parsed_text;

/// Characters of a name.
const LONGEST: usize = 64;

/// A template's name. Small and capital letters are the same, as in Altinn's older service since 2018.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TemplateName(String);

/// Not a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Must be at most {LONGEST} letters (a to z), digits, hyphens, dots and underscores.")]
pub struct InvalidTemplateName;

parsed_text!(TemplateName, InvalidTemplateName);

impl TemplateName {
    /// Whether it is this name, in whatever letters.
    pub fn is(&self, name: &str) -> bool {
        self.0.eq_ignore_ascii_case(name)
    }

    fn parse(text: &str) -> Result<Self, InvalidTemplateName> {
        let is_name = (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_of_name);
        is_name.then(|| Self(text.to_ascii_lowercase())).ok_or(InvalidTemplateName)
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_whatever_letters() {
        assert_eq!(TemplateName::try_from("TokenTextOnly").unwrap().as_str(), "tokentextonly");
        for text in ["", "a b", "æ", "a/b", "a#b", "{id}", &"a".repeat(65)] {
            assert_eq!(TemplateName::try_from(text), Err(InvalidTemplateName), "{text}");
        }
    }
}
