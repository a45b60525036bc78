//! Which mobile numbers SMS are sent to: an SMS to some countries, or to some kinds of number, costs many times what one
//! at home costs, and a thief of a key sends to those.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mobile_number::{MobileNumber, NumberKind};

/// The calling codes of the European Economic Area (ITU-T E.164, assigned country codes): the member states of the
/// European Union, Iceland, Liechtenstein and Norway. Territories with calling codes of their own are not among them.
const EEA: [&str; 30] = [
    "30", "31", "32", "33", "34", "351", "352", "353", "354", "356", "357", "358", "359", "36", "370", "371",
    "372", "385", "386", "39", "40", "420", "421", "423", "43", "45", "46", "47", "48", "49",
];

/// The most digits that tell a country, or a part of a numbering plan.
const MOST_DIGITS: usize = 7;

/// What follows a code whose numbers of every kind are sent to.
const ANY_KIND: &str = ":any";

/// The numbers that are sent to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct AllowedNumbers(Vec<NumberRange>);

/// Numbers that begin alike, and of which kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberRange {
    codes: Codes,
    any_kind: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Codes {
    All,
    Eea,
    /// The calling code, with or without the digits that follow.
    Of(String),
}

/// A text is no range of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Must be EEA, *, or + and a calling code, each with or without :any.")]
pub struct InvalidRange;

impl AllowedNumbers {
    /// Those of these ranges.
    pub fn of(ranges: Vec<NumberRange>) -> Self {
        Self(ranges)
    }

    /// Whether an SMS may be sent to a number.
    pub fn allow(&self, number: &MobileNumber) -> bool {
        self.0.iter().any(|range| range.has(number))
    }
}

impl NumberRange {
    fn has(&self, number: &MobileNumber) -> bool {
        let digits = number.as_str().trim_start_matches('+');
        let begins = match &self.codes {
            Codes::All => true,
            Codes::Eea => EEA.iter().any(|code| digits.starts_with(code)),
            Codes::Of(code) => digits.starts_with(code.as_str()),
        };
        begins && (self.any_kind || number.kind() == NumberKind::Mobile)
    }
}

impl FromStr for NumberRange {
    type Err = InvalidRange;

    fn from_str(text: &str) -> Result<Self, InvalidRange> {
        let text = text.trim();
        let (code, any_kind) = text.strip_suffix(ANY_KIND).map_or((text, false), |code| (code, true));
        let codes = match code {
            "*" => Codes::All,
            "EEA" => Codes::Eea,
            _ => Codes::Of(digits(code).ok_or(InvalidRange)?.to_owned()),
        };
        Ok(Self { codes, any_kind })
    }
}

/// The digits of a calling code.
fn digits(code: &str) -> Option<&str> {
    let digits = code.strip_prefix('+')?;
    let is_code = (1..=MOST_DIGITS).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    is_code.then_some(digits)
}

impl fmt::Display for NumberRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.codes {
            Codes::All => f.write_str("*")?,
            Codes::Eea => f.write_str("EEA")?,
            Codes::Of(code) => write!(f, "+{code}")?,
        }
        f.write_str(if self.any_kind { ANY_KIND } else { "" })
    }
}

impl FromStr for AllowedNumbers {
    type Err = InvalidRange;

    /// A deployment's choice: ranges with commas between them.
    fn from_str(text: &str) -> Result<Self, InvalidRange> {
        text.split(',').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<Vec<String>> for AllowedNumbers {
    type Error = InvalidRange;

    fn try_from(ranges: Vec<String>) -> Result<Self, InvalidRange> {
        ranges.iter().map(|range| range.parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl From<AllowedNumbers> for Vec<String> {
    fn from(allowed: AllowedNumbers) -> Self {
        allowed.0.iter().map(ToString::to_string).collect()
    }
}

crate::request::inline_schema!(AllowedNumbers, |generator| <Vec<String> as JsonSchema>::json_schema(
    generator
));

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> MobileNumber {
        MobileNumber::parse_ordered(text).unwrap()
    }

    fn allows(ranges: &str, text: &str) -> bool {
        ranges.parse::<AllowedNumbers>().unwrap().allow(&number(text))
    }

    #[test]
    fn the_area_is_mobile_numbers_of_its_countries() {
        for text in ["+4799999999", "+46701234567", "+4520123456", "+3546111234", "+4915123456789"] {
            assert!(allows("EEA", text), "{text}");
        }
        for text in ["+447911123456", "+16502530000", "+41781234567", "+8801812345678", "+79161234567"] {
            assert!(!allows("EEA", text), "{text}");
        }
    }

    #[test]
    fn numbers_that_cost_more_are_not_mobile_ones_and_are_asked_for_by_name() {
        for text in ["+447012345678", "+447640123456"] {
            assert!(!allows("+44", text), "{text}");
            assert!(allows("+44:any", text), "{text}");
        }
        assert!(allows("EEA, +44", "+447911123456"));
        assert!(allows("*", "+8801812345678"));
        assert!(allows("+1650", "+16502530000") && !allows("+1684", "+16502530000"));
    }

    #[test]
    fn what_a_register_has_verified_is_mobile() {
        let verified = MobileNumber::parse_verified("49123456").unwrap();
        assert!("EEA".parse::<AllowedNumbers>().unwrap().allow(&verified));
    }

    #[test]
    fn ranges_are_written_as_they_were_read_and_nothing_else_is_one() {
        let written = ["EEA", "+44", "+1:any", "*"].map(str::to_owned).to_vec();
        let allowed = AllowedNumbers::try_from(written.clone()).unwrap();
        assert_eq!(Vec::from(allowed), written);
        for text in ["", "47", "+", "+0", "+12345678", "eea", "+4a", "+47:mobile", "EEA,,+47"] {
            assert_eq!(text.parse::<AllowedNumbers>(), Err(InvalidRange), "{text}");
        }
    }
}
