//! National identity numbers: birth numbers, D-numbers and the synthetic numbers of the test registers.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Europe::Oslo;
use serde::{Deserialize, Serialize};

use super::{digits, weighted_sum};
use crate::parsed::{hidden, parsed_text};

const FIRST_WEIGHTS: [u32; 9] = [3, 7, 6, 1, 8, 9, 4, 5, 2];
const SECOND_WEIGHTS: [u32; 10] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];

/// The first year in which numbers are issued whose first check digit leaves another remainder than none.
const FIRST_YEAR_OF_OTHERS: i32 = 2032;

/// What a D-number adds to the day.
const D_NUMBER: u32 = 40;
/// What H-numbers and NAV's synthetic numbers (Dolly) add to the month.
const H_NUMBER: u32 = 40;
/// What the tax administration's synthetic numbers (Tenor) add to the month.
const TENOR: u32 = 80;

/// A number of eleven digits with a possible date of birth and right check digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NationalIdentityNumber(String);

/// Not a national identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Must be a national identity number: eleven digits with a date and valid check digits.")]
pub struct InvalidNationalIdentityNumber;

parsed_text!(NationalIdentityNumber, InvalidNationalIdentityNumber);
hidden!(NationalIdentityNumber);

impl NationalIdentityNumber {
    fn parse(text: &str) -> Result<Self, InvalidNationalIdentityNumber> {
        digits(text)
            .filter(|digits| has_date(digits) && has_check_digits(digits))
            .map(|_| Self(text.to_owned()))
            .ok_or(InvalidNationalIdentityNumber)
    }
}

impl NationalIdentityNumber {
    /// Whether a number with these check digits is issued by a time: the first one leaves no remainder until 2032
    /// (Skatteetaten: "Nye fødselsnummer fra 2032").
    pub fn is_issued_by(&self, at: DateTime<Utc>) -> bool {
        let leaves_none = digits::<11>(&self.0).is_some_and(|digits| first_remainder(&digits) == 0);
        leaves_none || at.with_timezone(&Oslo).year() >= FIRST_YEAR_OF_OTHERS
    }
}

fn first_remainder(digits: &[u32; 11]) -> u32 {
    (weighted_sum(digits, &FIRST_WEIGHTS) + digits[9]) % 11
}

fn has_date(digits: &[u32; 11]) -> bool {
    let [day, month, year] = [0, 2, 4].map(|at| 10 * digits[at] + digits[at + 1]);
    let day = if day > D_NUMBER { day - D_NUMBER } else { day };
    let month = match month {
        month if month > TENOR => month - TENOR,
        month if month > H_NUMBER => month - H_NUMBER,
        month => month,
    };
    // Which century it is cannot be told from numbers issued after 2032, so 29 February counts in
    // every year that is a leap year in one of them. Those of the 2000s are.
    let year = 2000 + i32::try_from(year).unwrap_or_default();
    NaiveDate::from_ymd_opt(year, month, day).is_some()
}

fn has_check_digits(digits: &[u32; 11]) -> bool {
    // From 2032 on the first one leaves a remainder of up to three. Both kinds are valid side by side.
    let second = (weighted_sum(digits, &SECOND_WEIGHTS) + digits[10]) % 11;
    first_remainder(digits) <= 3 && second == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_valid(text: &str) -> bool {
        NationalIdentityNumber::try_from(text).is_ok()
    }

    #[test]
    fn numbers_of_every_kind_are_valid() {
        let valid = [
            "20914695016",
            "11876995923",
            "08867597396",
            "54928201018",
            "10915596784",
            "50846202355",
            // As issued from 2032.
            "02013299997",
            "02013299903",
            "02013299806",
            "30108299920",
            "30108299939",
        ];
        for text in valid {
            assert_eq!(NationalIdentityNumber::try_from(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn numbers_of_the_other_kind_are_issued_from_2032() {
        let at = |time: &str| time.parse::<DateTime<Utc>>().unwrap();
        let issued =
            |number: &str, time| NationalIdentityNumber::try_from(number).unwrap().is_issued_by(at(time));
        for (time, others) in [("2031-12-31T22:59:59Z", false), ("2031-12-31T23:00:00Z", true)] {
            assert!(issued("20914695016", time), "{time}");
            assert_eq!(issued("02013299903", time), others, "{time}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        let invalid = [
            "",
            "2091469501",
            "209146950160",
            " 20914695016",
            "20914695016 ",
            "2091469501a",
            "209146 95016",
            "+0914695016",
            "20914695017",
            "20914695026",
            "20914695106",
            "00000000000",
            // Bytes of the right number, not digits.
            "٢٠٩١٤a",
        ];
        for text in invalid {
            assert!(!is_valid(text), "{text}");
        }
    }

    /// A number with the given first six digits and right check digits.
    fn with_date(date: &str) -> Option<String> {
        (100..1000).find_map(|individual| {
            (0..100).map(|check| format!("{date}{individual}{check:02}")).find(|number| {
                let digits = digits::<11>(number).unwrap();
                has_check_digits(&digits)
            })
        })
    }

    #[test]
    fn the_date_must_be_possible() {
        let cases = [
            ("010100", true),
            ("290200", true),
            ("290204", true),
            ("290201", false),
            ("300204", false),
            ("310490", false),
            ("311290", true),
            ("321290", false),
            ("000190", false),
            ("010090", false),
            ("011390", false),
            ("410190", true),
            ("400190", false),
            ("711290", true),
            ("721290", false),
            ("014190", true),
            ("014090", false),
            ("015390", false),
            ("018190", true),
            ("018090", false),
            ("019290", true),
            ("019390", false),
            ("418190", true),
        ];
        for (date, possible) in cases {
            assert_eq!(is_valid(&with_date(date).unwrap()), possible, "{date}");
        }
    }

    #[test]
    fn a_number_is_hidden_and_stored_as_text() {
        let number = NationalIdentityNumber::try_from("20914695016").unwrap();
        assert_eq!(format!("{number:?}"), "…");
        let json = serde_json::to_string(&number).unwrap();
        assert_eq!(json, "\"20914695016\"");
        assert_eq!(serde_json::from_str::<NationalIdentityNumber>(&json).unwrap(), number);
        let error = serde_json::from_str::<NationalIdentityNumber>("\"20914695017\"").unwrap_err();
        assert!(!error.to_string().contains("20914695017"));
    }

    #[test]
    fn a_single_wrong_digit_is_always_found() {
        for (at, right) in "20914695016".bytes().enumerate() {
            for wrong in (b'0'..=b'9').filter(|digit| *digit != right) {
                let mut number = b"20914695016".to_vec();
                number[at] = wrong;
                assert!(!is_valid(&String::from_utf8(number).unwrap()), "digit {at} {wrong}");
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = NationalIdentityNumber::try_from(text.as_str());
        }

        #[test]
        fn no_digits_make_it_panic(text in "[0-9]{11}") {
            let _ = NationalIdentityNumber::try_from(text.as_str());
        }
    }
}
