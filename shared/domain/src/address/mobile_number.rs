//! Mobile numbers, held in one spelling however they are written.

use rlibphonenumber::{PhoneNumber, PhoneNumberFormat, PhoneNumberType};
use serde::{Deserialize, Serialize};

use super::characters::plain;
use crate::parsed::hidden;

/// More than any number needs with its spaces; keeps long texts away from the parser.
const MAX_LENGTH: usize = 40;

/// A valid number in E.164, such as `+4799999999`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MobileNumber(String);

/// What kind of number one is that can get an SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberKind {
    /// A mobile one, or one that may be, where the numbering plan does not tell.
    Mobile,
    /// A personal number, a pager's, or one of which the numbering plan says nothing: an SMS there may cost more.
    Other,
}

/// Not a number that an SMS can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Must be a valid mobile number that begins with + or 00 and the country code.")]
pub struct InvalidMobileNumber;

hidden!(MobileNumber);

impl MobileNumber {
    /// A number as an order gives it: with the country code.
    pub fn parse_ordered(text: &str) -> Result<Self, InvalidMobileNumber> {
        let written = plain(text);
        let text = written.trim_matches(' ');
        let international = text.strip_prefix("00").or_else(|| text.strip_prefix('+'));
        let digits = international.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit() || c == ' '));
        digits.and_then(valid).ok_or(InvalidMobileNumber)
    }

    /// A number as a register has it: a Norwegian one may lack the country code, or its plus.
    pub fn parse_registered(text: &str) -> Result<Self, InvalidMobileNumber> {
        let text: String = plain(text).split_whitespace().collect();
        let national = text.strip_prefix("47").filter(|rest| rest.len() == 8).unwrap_or(&text);
        if national.len() == 8 && national.starts_with(['4', '9']) {
            return valid(&format!("47{national}")).ok_or(InvalidMobileNumber);
        }
        Self::parse_ordered(&text)
    }

    /// A Norwegian number that a register has verified by a code that it sent there: that says more than any table of
    /// number series, which may be older than the series.
    pub fn parse_verified(text: &str) -> Result<Self, InvalidMobileNumber> {
        let text: String = plain(text).chars().filter(|c| !" -".contains(*c)).collect();
        let bare = text
            .strip_prefix("+47")
            .or_else(|| text.strip_prefix("0047"))
            .or_else(|| text.strip_prefix("47").filter(|rest| rest.len() == 8));
        let national = bare.unwrap_or(&text);
        let is_mobile = national.len() == 8
            && national.starts_with(['4', '9'])
            && national.bytes().all(|byte| byte.is_ascii_digit());
        if is_mobile { Self::try_from(format!("+47{national}")) } else { Self::parse_registered(&text) }
    }

    /// What kind of number it is. One that a register has verified is a mobile one, though no table knows its series.
    pub(super) fn kind(&self) -> NumberKind {
        if is_norwegian_mobile(self.0.trim_start_matches('+')) {
            return NumberKind::Mobile;
        }
        let number = PhoneNumber::parse(&self.0, None).ok().filter(PhoneNumber::is_valid);
        match number.map(|number| number.get_type()) {
            None | Some(PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile) => NumberKind::Mobile,
            Some(_) => NumberKind::Other,
        }
    }

    /// The number in E.164.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The number whose digits, from the country code on, these are.
fn valid(digits: &str) -> Option<MobileNumber> {
    if digits.len() > MAX_LENGTH {
        return None;
    }
    norwegian_mobile(digits).or_else(|| by_numbering_plans(digits))
}

/// A Norwegian mobile number, which is what nearly all are: known without the numbering plans of all countries, whose first
/// use takes a small function some 40 ms.
fn norwegian_mobile(digits: &str) -> Option<MobileNumber> {
    let bare: String = digits.chars().filter(|c| !" -".contains(*c)).collect();
    is_norwegian_mobile(&bare).then(|| MobileNumber(format!("+{bare}")))
}

/// Whether digits, from the country code on, are in one of the series of Norwegian mobile numbers, as the library's numbering
/// plan has them (and Nkom's: 40, 41, 45 to 48, and 9). A test holds them against it.
fn is_norwegian_mobile(digits: &str) -> bool {
    let Some(national) = digits.strip_prefix("47").filter(|national| national.len() == 8) else {
        return false;
    };
    let mut digits = national.bytes();
    let is_in_series = match (digits.next(), digits.next()) {
        (Some(b'9'), _) => true,
        (Some(b'4'), Some(second)) => matches!(second, b'0' | b'1' | b'5'..=b'8'),
        _ => false,
    };
    is_in_series && national.bytes().all(|byte| byte.is_ascii_digit())
}

fn by_numbering_plans(digits: &str) -> Option<MobileNumber> {
    // The parser would read letters and extensions, too, which are no part of a number to send to.
    let is_plain = digits.chars().all(|c| c.is_ascii_digit() || " -().".contains(c));
    if !is_plain {
        return None;
    }
    let number = PhoneNumber::parse(format!("+{digits}"), None).ok().filter(PhoneNumber::is_valid)?;
    if !may_get_sms(number.get_type()) {
        return None;
    }
    MobileNumber::try_from(number.format_as(PhoneNumberFormat::E164).into_owned()).ok()
}

/// Whether an SMS to a number of this type can arrive. Where the numbering plan does not tell, it may.
fn may_get_sms(of: PhoneNumberType) -> bool {
    use PhoneNumberType::{
        FixedLine, FixedLineOrMobile, Mobile, Pager, PersonalNumber, PremiumRate, SharedCost, TollFree, UAN,
        Unknown, VoIP, VoiceMail,
    };
    match of {
        Mobile | FixedLineOrMobile | PersonalNumber | Pager | Unknown => true,
        FixedLine | TollFree | PremiumRate | SharedCost | UAN | VoIP | VoiceMail => false,
    }
}

// What serde reads is held to the form alone: numbering plans change, and what was valid when an order
// was accepted must stay readable.
impl TryFrom<String> for MobileNumber {
    type Error = InvalidMobileNumber;

    fn try_from(text: String) -> Result<Self, InvalidMobileNumber> {
        let digits = text.strip_prefix('+').unwrap_or_default();
        let is_e164 = (4..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_e164 { Ok(Self(text)) } else { Err(InvalidMobileNumber) }
    }
}

impl From<MobileNumber> for String {
    fn from(number: MobileNumber) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_that_a_register_has_verified_is_one_whatever_its_series() {
        for text in ["+4749123456", "49123456", "004749123456", "4749123456", "+47 491 23 456", "491-23-456"]
        {
            assert_eq!(MobileNumber::parse_verified(text).unwrap().as_str(), "+4749123456", "{text}");
        }
        assert_eq!(MobileNumber::parse_verified("+46701740605").unwrap().as_str(), "+46701740605");
        assert!(MobileNumber::parse_ordered("+4749123456").is_err(), "nobody has verified it");
        for text in
            ["+4759123456", "+47580009083060", "59123456", "4912345", "491234567", "4912345a", "", "22123456"]
        {
            assert!(MobileNumber::parse_verified(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_spelling_is_the_same_number() {
        let ordered =
            ["+4799999999", "004799999999", "+47 99 99 99 99", "0047 999 99 999", "+47 999-99-999 "];
        for text in ordered {
            assert_eq!(MobileNumber::parse_ordered(text).unwrap().as_str(), "+4799999999", "{text}");
            assert_eq!(MobileNumber::parse_registered(text).unwrap().as_str(), "+4799999999", "{text}");
        }
        for text in ["99999999", "99 99 99 99", "4799999999", " 99999999 ", "47 999 99 999"] {
            assert_eq!(MobileNumber::parse_registered(text).unwrap().as_str(), "+4799999999", "{text}");
        }
        assert_eq!(MobileNumber::parse_registered("47123456").unwrap().as_str(), "+4747123456");
    }

    #[test]
    fn a_number_may_be_written_with_any_spaces_and_hyphens() {
        for text in [
            "+47\u{a0}999\u{a0}99\u{a0}999",
            "+47\u{202f}999 99 999",
            "+47\u{2011}999\u{2011}99\u{2011}999",
            "+47 999\u{2013}99\u{2013}999",
            "\t+4799999999",
            " +4799999999 ",
            "\u{202a}+4799999999\u{202c}",
            "+4799\u{200b}999999",
        ] {
            assert_eq!(MobileNumber::parse_ordered(text).unwrap().as_str(), "+4799999999", "{text:?}");
            assert_eq!(MobileNumber::parse_registered(text).unwrap().as_str(), "+4799999999", "{text:?}");
        }
    }

    #[test]
    fn norwegian_mobile_numbers_are_those_that_the_numbering_plan_has() {
        for prefix in 0..1_000 {
            for rest in ["00000", "12345", "99999"] {
                let digits = format!("47{prefix:03}{rest}");
                let number =
                    PhoneNumber::parse(format!("+{digits}"), None).ok().filter(PhoneNumber::is_valid);
                let planned = number.is_some_and(|number| number.get_type() == PhoneNumberType::Mobile);
                assert_eq!(is_norwegian_mobile(&digits), planned, "{digits}");
                let found = by_numbering_plans(&digits).filter(|_| planned);
                assert_eq!(norwegian_mobile(&digits), found, "{digits}");
            }
        }
        for digits in ["47", "479999999", "47999999999", "4799999x99", "4699999999"] {
            assert!(!is_norwegian_mobile(digits), "{digits}");
        }
    }

    #[test]
    fn numbers_from_abroad_are_valid() {
        for text in ["+46701234567", "+4520123456", "+447911123456", "+16502530000"] {
            assert_eq!(MobileNumber::parse_ordered(text).unwrap().as_str(), text);
            assert_eq!(MobileNumber::parse_registered(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_number_that_gets_no_sms_is_none() {
        for text in ["+4782012345", "+4780012345", "+4722222222", "+4702345", "+4785012345", "+441212345678"]
        {
            assert_eq!(MobileNumber::parse_ordered(text), Err(InvalidMobileNumber), "{text}");
            assert_eq!(MobileNumber::parse_registered(text), Err(InvalidMobileNumber), "{text}");
        }
    }

    #[test]
    fn an_order_must_give_the_country_code() {
        let invalid = [
            "",
            "+",
            "00",
            "99999999",
            "4799999999",
            "++4799999999",
            "00+4799999999",
            "+004799999999",
            "+47",
            "+479999999",
            "+47999999999",
            "+4700000000",
            "+9999999999999",
            "+47 9999999a",
            "+1800FLOWERS",
            "+4799999999 ext 5",
            "+4799999999;ext=5",
            "+4799999999\n+4799999998",
            "+٤٧٩٩٩٩٩٩٩٩",
            "tel:+4799999999",
        ];
        for text in invalid {
            assert_eq!(MobileNumber::parse_ordered(text), Err(InvalidMobileNumber), "{text:?}");
        }
        assert!(MobileNumber::parse_ordered(&format!("+47{}99999999", " ".repeat(100))).is_err());
    }

    #[test]
    fn a_register_may_hold_anything() {
        for text in ["", "12345678", "ukjent", "9999999", "4712345678", "+4712", "２２２２２２２２"] {
            assert_eq!(MobileNumber::parse_registered(text), Err(InvalidMobileNumber), "{text:?}");
        }
    }

    #[test]
    fn a_number_is_hidden_and_stored_as_text() {
        let number = MobileNumber::parse_ordered("+4799999999").unwrap();
        assert_eq!(format!("{number:?}"), "…");
        let json = serde_json::to_string(&number).unwrap();
        assert_eq!(json, "\"+4799999999\"");
        assert_eq!(serde_json::from_str::<MobileNumber>(&json).unwrap(), number);
        for stored in ["\"\"", "\"4799999999\"", "\"+47 99999999\"", "\"+1234567890123456\"", "\"+47\""] {
            assert!(serde_json::from_str::<MobileNumber>(stored).is_err(), "{stored}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*", digits in "[0-9 ().-]{0,45}") {
            for text in [text.clone(), format!("+{text}"), format!("00{digits}"), digits] {
                let _ = MobileNumber::parse_ordered(&text);
                let _ = MobileNumber::parse_registered(&text);
            }
        }

        #[test]
        fn a_valid_number_stays_itself(digits in "[1-9][0-9]{6,14}") {
            if let Ok(number) = MobileNumber::parse_ordered(&format!("+{digits}")) {
                prop_assert_eq!(&MobileNumber::parse_ordered(number.as_str()).unwrap(), &number);
                prop_assert_eq!(&MobileNumber::parse_registered(number.as_str()).unwrap(), &number);
            }
        }
    }
}
