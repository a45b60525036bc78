//! Days before holidays on which offices close early. They are ordinary working days by law.

use chrono::{Datelike, NaiveDate};

use super::easter::easter;

/// A day that is often a short one at the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

impl HalfDay {
    /// The half day that a day is.
    pub fn on(date: NaiveDate) -> Option<Self> {
        match (date.month(), date.day()) {
            (12, 24) => return Some(Self::ChristmasEve),
            (12, 31) => return Some(Self::NewYearsEve),
            _ => {}
        }
        match date.signed_duration_since(easter(date.year())?).num_days() {
            -4 => Some(Self::WednesdayBeforeEaster),
            -1 => Some(Self::EasterEve),
            48 => Some(Self::WhitEve),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_days_of_2026() {
        let cases = [
            ("2026-04-01", Some(HalfDay::WednesdayBeforeEaster)),
            ("2026-04-04", Some(HalfDay::EasterEve)),
            ("2026-05-23", Some(HalfDay::WhitEve)),
            ("2026-12-24", Some(HalfDay::ChristmasEve)),
            ("2026-12-31", Some(HalfDay::NewYearsEve)),
            ("2026-04-02", None),
            ("2026-12-23", None),
        ];
        for (date, half) in cases {
            assert_eq!(HalfDay::on(date.parse().unwrap()), half, "{date}");
        }
    }
}
