//! The languages that notices are written in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A language that a text can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Bokmål.
    Nb,
    /// Nynorsk.
    Nn,
    /// English.
    En,
    /// Northern Sámi.
    Se,
}

impl Language {
    /// All of them, in the order in which a template lists its texts.
    pub const ALL: [Self; 4] = [Self::Nb, Self::Nn, Self::En, Self::Se];

    /// The language that a register or an order names; none that is not one of ours. The numbers are those of Altinn's
    /// older service.
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "nb" | "1044" => Some(Self::Nb),
            "nn" | "2068" => Some(Self::Nn),
            "en" | "1033" => Some(Self::En),
            "se" | "1083" => Some(Self::Se),
            _ => None,
        }
    }

    /// What the text of a reminder begins with.
    pub fn reminder_prefix(self) -> &'static str {
        match self {
            Self::Nb => "Påminnelse: ",
            Self::Nn => "Påminning: ",
            Self::En => "Reminder: ",
            Self::Se => "Muittuhus: ",
        }
    }

    /// The texts that somebody gets who has chosen this language, the best first: bokmål where there is none in Northern
    /// Sámi, which few owners have texts in.
    pub fn readable(self) -> &'static [Self] {
        match self {
            Self::Nb => &[Self::Nb],
            Self::Nn => &[Self::Nn],
            Self::En => &[Self::En],
            Self::Se => &[Self::Se, Self::Nb],
        }
    }

    /// Its code (ISO 639-1).
    pub fn code(self) -> &'static str {
        match self {
            Self::Nb => "nb",
            Self::Nn => "nn",
            Self::En => "en",
            Self::Se => "se",
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
            ("SE", Some(Language::Se)),
            ("1083", Some(Language::Se)),
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
        for language in Language::ALL {
            assert_eq!(Language::named(language.code()), Some(language));
        }
    }

    #[test]
    fn who_has_chosen_sami_reads_bokmal_where_there_is_none() {
        assert_eq!(Language::Se.readable(), [Language::Se, Language::Nb]);
        for language in [Language::Nb, Language::Nn, Language::En] {
            assert_eq!(language.readable(), [language]);
        }
    }
}
