//! What a provider's errors mean: a table for each provider, and how it is read.

use varsling_domain::status::Failure;
use varsling_function::trouble::Trouble;

/// One error that a provider can answer with.
pub struct ProviderError {
    /// Its code.
    pub code: &'static str,
    /// What it means for the delivery.
    pub meaning: Meaning,
    /// What is the matter, for the log and for the page `docs/errors.md`.
    pub because: &'static str,
}

/// One row of a table.
pub const fn error(code: &'static str, meaning: Meaning, because: &'static str) -> ProviderError {
    ProviderError { code, meaning, because }
}

/// What an error means for the delivery that met it.
#[derive(Clone, Copy)]
pub enum Meaning {
    /// It is about this recipient or this text, and will not change.
    Final(Failure),
    /// It has certainly not been taken, and waits until its lifetime ends.
    Waits(Trouble),
    /// The provider gets more than its rate: it has certainly not been taken, and nothing is wrong with it.
    Throttled,
    /// A quota for a day or a month is used up: it has certainly not been taken, and somebody should know.
    QuotaUsedUp,
    /// It is not known whether it was taken.
    Uncertain,
    /// Only the error's text tells what it is. One that is not listed waits.
    ByText {
        /// What the texts mean that are known.
        known: &'static [KnownText],
        /// What any other text means.
        otherwise: &'static Meaning,
    },
}

/// A phrase of an error's text, and what it means.
pub struct KnownText {
    /// The phrase.
    pub phrase: &'static str,
    /// What it means; never [`Meaning::ByText`].
    pub meaning: Meaning,
}

/// An error of a provider, read by its table.
pub struct Reading {
    /// What it means; never [`Meaning::ByText`].
    pub meaning: Meaning,
    /// What is the matter.
    pub because: &'static str,
}

/// An error that the provider answered with.
pub struct Answered<'a> {
    /// Its code, where it has one.
    pub code: Option<&'a str>,
    /// Its text, which may repeat an address and is never logged.
    pub text: Option<&'a str>,
    /// The HTTP status.
    pub status: u16,
}

const UNKNOWN: &str = "an error that is not known";

/// Reads an error by a provider's table. One that is not in it has not been sent where the caller is at fault (4xx),
/// and waits, because nobody has shown it to be the recipient's; any other is uncertain.
pub fn read(table: &[ProviderError], answered: &Answered<'_>) -> Reading {
    let known = answered.code.and_then(|code| table.iter().find(|error| error.code == code));
    match known {
        Some(ProviderError { meaning: Meaning::ByText { known, otherwise }, because, .. }) => {
            let text = answered.text.unwrap_or_default();
            by_text(known, text).unwrap_or(Reading { meaning: **otherwise, because })
        }
        Some(error) => Reading { meaning: error.meaning, because: error.because },
        None if answered.status == 429 => Reading { meaning: Meaning::Throttled, because: UNKNOWN },
        // 408: the server gave up on a request that it may have read.
        None if (400..500).contains(&answered.status) && answered.status != 408 => waiting(Trouble::Ours),
        None => Reading { meaning: Meaning::Uncertain, because: "the provider failed" },
    }
}

fn by_text(known: &[KnownText], text: &str) -> Option<Reading> {
    let text = text.to_lowercase();
    let found = known.iter().find(|known| text.contains(&known.phrase.to_lowercase()))?;
    Some(Reading { meaning: found.meaning, because: found.phrase })
}

fn waiting(trouble: Trouble) -> Reading {
    Reading { meaning: Meaning::Waits(trouble), because: UNKNOWN }
}
