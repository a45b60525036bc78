//! Keywords of Altinn's older service beside the name and the number, for which a source exists here: the date
//! of birth in an identity number, and the addresses in the registers.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::all;
use crate::identity::{BirthDate, NationalIdentityNumber};

/// The most characters of a pattern for a date of birth.
const LONGEST_PATTERN: usize = 30;
/// The most characters of an e-mail address.
const LONGEST_EMAIL: usize = 254;
/// The most characters of a number in E.164.
const LONGEST_MOBILE: usize = 16;

/// What is known of a recipient, by the keyword that asks for it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts(BTreeMap<String, String>);

crate::parsed::hidden!(Facts);

/// What facts are taken from.
#[derive(Clone, Copy, Default)]
pub struct Sources<'a> {
    /// A person's number.
    pub number: Option<&'a NationalIdentityNumber>,
    /// The e-mail address.
    pub email: Option<&'a str>,
    /// The mobile number.
    pub mobile: Option<&'a str>,
}

enum Fact<'a> {
    Born(&'a str),
    Email,
    Mobile,
}

/// The keywords of a text that ask for facts, as they are written.
pub fn asked(text: &str) -> BTreeSet<String> {
    all(text).filter(|keyword| is_fact(keyword)).map(str::to_owned).collect()
}

/// Whether a keyword asks for a fact that there is a source for.
pub(super) fn is_fact(keyword: &str) -> bool {
    fact(keyword).is_some()
}

fn fact(keyword: &str) -> Option<Fact<'_>> {
    Some(match keyword {
        "$reporteeEmail$" => Fact::Email,
        "$reporteeMobileNumber$" => Fact::Mobile,
        "$reporteeBirthDay$" => Fact::Born("dd"),
        "$reporteeBirthMonth$" => Fact::Born("mm"),
        "$reporteeBirthYear$" => Fact::Born("yyyy"),
        _ => {
            let pattern = keyword.strip_prefix("$reporteeBirthDay(")?.strip_suffix(")$")?;
            Fact::Born(Some(pattern).filter(|pattern| is_pattern(pattern))?)
        }
    })
}

/// Any mix of `yyyy`, `yy`, `mm` and `dd`, with signs between them.
fn is_pattern(pattern: &str) -> bool {
    let signs =
        ["yyyy", "yy", "mm", "dd"].iter().fold(pattern.to_owned(), |rest, part| rest.replace(part, ""));
    signs.len() < pattern.len() && pattern.len() <= LONGEST_PATTERN && signs.chars().all(is_sign)
}

/// How long the fact behind a keyword may be.
fn longest(keyword: &str) -> usize {
    match fact(keyword) {
        Some(Fact::Born(pattern)) => pattern.chars().count(),
        Some(Fact::Email) => LONGEST_EMAIL,
        Some(Fact::Mobile) => LONGEST_MOBILE,
        None => 0,
    }
}

fn is_sign(c: char) -> bool {
    !c.is_alphanumeric() && !c.is_control()
}

impl Facts {
    /// The facts that are asked for. What no source knows is empty, rather than a keyword that nobody
    /// understands.
    pub fn of(asked: &BTreeSet<String>, sources: Sources<'_>) -> Self {
        let born = sources.number.and_then(BirthDate::of);
        let known = asked.iter().map(|keyword| {
            let value = match fact(keyword) {
                Some(Fact::Born(pattern)) => born.map(|date| date.written(pattern)),
                Some(Fact::Email) => sources.email.map(str::to_owned),
                Some(Fact::Mobile) => sources.mobile.map(str::to_owned),
                None => None,
            };
            (keyword.clone(), value.unwrap_or_default())
        });
        Self(known.collect())
    }

    /// Facts as long as they may be.
    pub(super) fn longest(asked: &BTreeSet<String>) -> Self {
        Self(asked.iter().map(|keyword| (keyword.clone(), "x".repeat(longest(keyword)))).collect())
    }

    /// Those that one text asks for.
    #[must_use]
    pub fn only(&self, asked: &BTreeSet<String>) -> Self {
        let wanted = self.0.iter().filter(|(keyword, _)| asked.contains(*keyword));
        Self(wanted.map(|(keyword, value)| (keyword.clone(), value.clone())).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Keywords and their values.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(keyword, value)| (keyword.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keywords::{Reader, fill, unknown};

    fn filled(text: &str) -> String {
        let number = NationalIdentityNumber::try_from("20914695016").unwrap();
        let sources =
            Sources { number: Some(&number), email: Some("kari@example.no"), mobile: Some("+4790000001") };
        let facts = Facts::of(&asked(text), sources);
        fill(text, &Reader { name: "Kari", number: "", facts: &facts }, false)
    }

    #[test]
    fn facts_are_filled_in_where_they_are_asked_for() {
        for (text, read) in [
            ("Født $reporteeBirthDay$.$reporteeBirthMonth$.$reporteeBirthYear$", "Født 20.11.1946"),
            ("$reporteeBirthDay(yyyy-mm-dd)$", "1946-11-20"),
            ("$reporteeBirthDay(dd. mm yy)$ $reporteeName$", "20. 11 46 Kari"),
            ("$reporteeEmail$, $reporteeMobileNumber$", "kari@example.no, +4790000001"),
        ] {
            assert_eq!(filled(text), read);
            assert_eq!(unknown(text), None);
        }
    }

    #[test]
    fn what_no_source_knows_is_empty() {
        let asked = asked("$reporteeBirthYear$$reporteeEmail$$reporteeMobileNumber$");
        let facts = Facts::of(&asked, Sources::default());
        assert!(facts.iter().all(|(_, value)| value.is_empty()));
        assert_eq!(facts.iter().count(), 3);
    }

    #[test]
    fn a_pattern_is_made_of_years_months_and_days() {
        for pattern in ["yyyy", "ddmmyy", "dd/mm-yyyy", "mm"] {
            assert!(is_pattern(pattern), "{pattern}");
        }
        for pattern in ["", "-", "ddd", "YYYY", "dd mon", "y", &"dd".repeat(16)] {
            assert!(!is_pattern(pattern), "{pattern}");
            assert!(unknown(&format!("$reporteeBirthDay({pattern})$")).is_some(), "{pattern}");
        }
    }

    #[test]
    fn each_text_gets_what_it_asks_for() {
        let both = Facts::of(&asked("$reporteeEmail$ $reporteeBirthYear$"), Sources::default());
        assert_eq!(both.only(&asked("$reporteeEmail$")).iter().count(), 1);
        assert!(both.only(&asked("Hei")).is_empty());
    }
}
