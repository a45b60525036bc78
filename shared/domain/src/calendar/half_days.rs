//! Days before holidays on which offices close early, and dates of a deployment's own. They are ordinary working
//! days by law.

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::easter::easter;

/// A day that may be a short one: `ChristmasEve` and the like, or a date as `12-23`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum HalfDay {
    /// Four days before Easter.
    WednesdayBeforeEaster,
    /// The day before Easter.
    EasterEve,
    /// The day before Whit Sunday.
    WhitEve,
    /// 24 December.
    ChristmasEve,
    /// 31 December.
    NewYearsEve,
    /// The same month and day every year.
    Date {
        /// 1 to 12.
        month: u32,
        /// 1 to 31.
        day: u32,
    },
}

/// Neither a known day nor a date.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a half day is WednesdayBeforeEaster, EasterEve, WhitEve, ChristmasEve, NewYearsEve, or month and day as 12-23"
)]
pub struct NoHalfDay;

impl TryFrom<String> for HalfDay {
    type Error = NoHalfDay;

    fn try_from(text: String) -> Result<Self, NoHalfDay> {
        Ok(match text.as_str() {
            "WednesdayBeforeEaster" => Self::WednesdayBeforeEaster,
            "EasterEve" => Self::EasterEve,
            "WhitEve" => Self::WhitEve,
            "ChristmasEve" => Self::ChristmasEve,
            "NewYearsEve" => Self::NewYearsEve,
            // A leap year's date, so that 29 February is one.
            date => NaiveDate::parse_from_str(&format!("2028-{date}"), "%Y-%m-%d")
                .map(|date| Self::Date { month: date.month(), day: date.day() })
                .map_err(|_| NoHalfDay)?,
        })
    }
}

impl HalfDay {
    /// Whether a day is this one.
    pub fn is(self, date: NaiveDate) -> bool {
        let from_easter = easter(date.year()).map(|easter| (date - easter).num_days());
        let month_and_day = (date.month(), date.day());
        match self {
            Self::WednesdayBeforeEaster => from_easter == Some(-4),
            Self::EasterEve => from_easter == Some(-1),
            Self::WhitEve => from_easter == Some(48),
            Self::ChristmasEve => month_and_day == (12, 24),
            Self::NewYearsEve => month_and_day == (12, 31),
            Self::Date { month, day } => month_and_day == (month, day),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<HalfDay, NoHalfDay> {
        HalfDay::try_from(text.to_owned())
    }

    #[test]
    fn half_days_of_2026() {
        let cases = [
            ("WednesdayBeforeEaster", "2026-04-01"),
            ("EasterEve", "2026-04-04"),
            ("WhitEve", "2026-05-23"),
            ("ChristmasEve", "2026-12-24"),
            ("NewYearsEve", "2026-12-31"),
            ("12-23", "2026-12-23"),
        ];
        for (name, date) in cases {
            for (other, _) in cases {
                assert_eq!(read(other).unwrap().is(date.parse().unwrap()), other == name, "{other} {date}");
            }
        }
    }

    #[test]
    fn a_date_is_one_that_there_is() {
        assert!(read("02-29").unwrap().is(NaiveDate::from_ymd_opt(2028, 2, 29).unwrap()));
        for text in ["", "12-32", "02-30", "2026-12-23", "christmaseve", "13-01"] {
            assert_eq!(read(text), Err(NoHalfDay), "{text}");
        }
    }
}
