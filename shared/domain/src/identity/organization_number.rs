//! Organisation numbers of the register of legal entities.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{digits, weighted_sum};
use crate::parsed::parsed_text;

const WEIGHTS: [u32; 8] = [3, 2, 7, 6, 5, 4, 3, 2];

/// A number of nine digits with the right check digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrganizationNumber(String);

/// Not an organisation number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Must be an organisation number: nine digits with a valid check digit.")]
pub struct InvalidOrganizationNumber;

parsed_text!(OrganizationNumber, InvalidOrganizationNumber);

impl OrganizationNumber {
    fn parse(text: &str) -> Result<Self, InvalidOrganizationNumber> {
        digits::<9>(text)
            .filter(|digits| (weighted_sum(digits, &WEIGHTS) + digits[8]).is_multiple_of(11))
            .map(|_| Self(text.to_owned()))
            .ok_or(InvalidOrganizationNumber)
    }
}

impl fmt::Display for OrganizationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_check_digit_decides() {
        for text in ["123456785", "991825827", "313600947", "313830187", "910514318"] {
            assert_eq!(OrganizationNumber::try_from(text).unwrap().to_string(), text);
        }
        let invalid = ["", "99182582", "9918258270", "991825828", "99182582a", " 91825827", "312345678"];
        for text in invalid {
            assert_eq!(OrganizationNumber::try_from(text), Err(InvalidOrganizationNumber), "{text}");
        }
    }

    #[test]
    fn it_is_stored_as_text() {
        let number = OrganizationNumber::try_from("991825827").unwrap();
        let json = serde_json::to_string(&number).unwrap();
        assert_eq!(json, "\"991825827\"");
        assert_eq!(serde_json::from_str::<OrganizationNumber>(&json).unwrap(), number);
        assert!(serde_json::from_str::<OrganizationNumber>("\"991825828\"").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*|[0-9]{9}") {
            let _ = OrganizationNumber::try_from(text.as_str());
        }

        #[test]
        fn every_series_of_eight_digits_has_at_most_one_check_digit(series in "[0-9]{8}") {
            let valid = (0..10).filter(|check| {
                OrganizationNumber::try_from(format!("{series}{check}").as_str()).is_ok()
            });
            prop_assert!(valid.count() <= 1);
        }
    }
}
