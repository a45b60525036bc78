//! The languages that notices are written in.

use serde::{Deserialize, Serialize};

/// A language that a text can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Bokmål.
    Nb,
    /// Nynorsk.
    Nn,
    /// English.
    En,
}

impl Language {
    /// The language that a register or an order names; none that is not one of ours. Northern Sámi, which
    /// nobody has texts in yet, reads as bokmål. The numbers are those of Altinn's older service.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "nb" | "se" | "1044" => Some(Self::Nb),
            "nn" | "2068" => Some(Self::Nn),
            "en" | "1033" => Some(Self::En),
            _ => None,
        }
    }

    /// What the text of a reminder begins with.
    pub fn reminder_prefix(self) -> &'static str {
        match self {
            Self::Nb => "Påminnelse: ",
            Self::Nn => "Påminning: ",
            Self::En => "Reminder: ",
        }
    }

    /// Its code (ISO 639-1).
    pub fn code(self) -> &'static str {
        match self {
            Self::Nb => "nb",
            Self::Nn => "nn",
            Self::En => "en",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_has_a_code_and_older_names() {
        let cases = [
            ("nb", Some(Language::Nb)),
            ("SE", Some(Language::Nb)),
            ("1044", Some(Language::Nb)),
            ("nn", Some(Language::Nn)),
            ("2068", Some(Language::Nn)),
            ("en", Some(Language::En)),
            ("1033", Some(Language::En)),
            ("", None),
            ("de", None),
        ];
        for (name, language) in cases {
            assert_eq!(Language::named(name), language, "{name}");
        }
        for language in [Language::Nb, Language::Nn, Language::En] {
            assert_eq!(Language::named(language.code()), Some(language));
        }
    }
}
