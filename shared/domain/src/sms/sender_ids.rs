//! In which countries a sender id of letters is shown, as AWS has it.
//!
//! Source: AWS End User Messaging SMS user guide, "Supported countries and regions for SMS messaging", column
//! "Supports Sender IDs", and "Sender ID display name rules"; the copy read says what holds from 1 March 2026.
//! Bangladesh, Cambodia and Cameroon are from "Supported countries" in the newer AWS End User Messaging user
//! guide, where registration is new. Guernsey, Jersey and Man are held to the rule of the United Kingdom, whose
//! calling code they share.

/// What becomes of a sender id in a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SenderIds {
    /// It is shown.
    Shown,
    /// It is shown if it is registered there; of another, AWS makes `NOTICE`, Ireland and Singapore a warning.
    Registered,
    /// No network shows it: the message comes from a number.
    NotShown,
}

use SenderIds::{NotShown, Registered, Shown};

/// Calling codes, without their plus; all others show what they are sent. Of several that a number begins
/// with, the longest counts.
const COUNTRIES: [(SenderIds, &[&str]); 4] = [
    // The United States, Canada, and who shares their code: Bahamas, Cayman Islands, Dominican Republic,
    // Guam, Puerto Rico, Saint Kitts and Nevis, Saint Lucia, US Virgin Islands, and those that AWS leaves out.
    (NotShown, &["1"]),
    // Barbados, Anguilla, Antigua and Barbuda, British Virgin Islands, Bermuda, Grenada, Turks and Caicos
    // Islands, Montserrat, Dominica, Trinidad and Tobago, Jamaica.
    (Shown, &["1246", "1264", "1268", "1284", "1441", "1473", "1649", "1664", "1767", "1868", "1876"]),
    // South Africa, Belgium, Hungary, Peru, Argentina, Brazil, Chile, Colombia, Venezuela, Malaysia, New
    // Zealand, South Korea, China; Liberia, Republic of the Congo, Mozambique, Monaco, Guatemala, El Salvador,
    // Nicaragua, Costa Rica, Ecuador, Paraguay, Uruguay, Micronesia, Marshall Islands, Taiwan, Turkmenistan.
    (
        NotShown,
        &[
            "27", "32", "36", "51", "54", "55", "56", "57", "58", "60", "64", "82", "86", "231", "242",
            "258", "377", "502", "503", "505", "506", "593", "595", "598", "691", "692", "886", "993",
        ],
    ),
    // Russia and Kazakhstan, Egypt, Spain, United Kingdom, Australia, Indonesia, Philippines, Singapore,
    // Thailand, Vietnam, Turkey, India, Sri Lanka; Cameroon, Kenya, Zambia, Ireland, Belarus, Cambodia,
    // Bangladesh, Jordan, Kuwait, Saudi Arabia, Oman, United Arab Emirates, Qatar. Finland and Austria, by AWS End User
    // Messaging user guide, "Registration forms".
    (
        Registered,
        &[
            "7", "20", "34", "43", "44", "61", "62", "63", "65", "66", "84", "90", "91", "94", "237", "254",
            "260", "353", "358", "375", "855", "880", "962", "965", "966", "968", "971", "974",
        ],
    ),
];

/// What becomes of a sender id on the way to a number in E.164.
pub fn sender_ids(number: &str) -> SenderIds {
    let digits = number.trim_start_matches('+');
    let codes = COUNTRIES.iter().flat_map(|(ids, codes)| codes.iter().map(move |code| (*ids, *code)));
    let found = codes.filter(|(_, code)| digits.starts_with(code)).max_by_key(|(_, code)| code.len());
    found.map_or(Shown, |(ids, _)| ids)
}

/// The calling codes of countries in which a deployment has registered its sender ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registrations(Vec<String>);

/// Not a list of calling codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("calling codes are written as 44,65")]
pub struct InvalidRegistrations;

impl std::str::FromStr for Registrations {
    type Err = InvalidRegistrations;

    fn from_str(text: &str) -> Result<Self, InvalidRegistrations> {
        let codes = text.split(',').map(str::trim).filter(|code| !code.is_empty()).map(|code| {
            let digits = code.trim_start_matches('+');
            let is_code = (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_code.then(|| digits.to_owned()).ok_or(InvalidRegistrations)
        });
        codes.collect::<Result<_, _>>().map(Self)
    }
}

impl Registrations {
    /// Whether an SMS to a number in E.164 is sent under a sender id. Where it would have to be registered and is not,
    /// a number is better than the warning that AWS writes in its place.
    pub fn allow(&self, number: &str) -> bool {
        match sender_ids(number) {
            Shown => true,
            Registered => self.is_registered(number),
            NotShown => false,
        }
    }

    fn is_registered(&self, number: &str) -> bool {
        let digits = number.trim_start_matches('+');
        self.0.iter().any(|code| digits.starts_with(code.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sender_ids_are_shown_where_networks_allow_them() {
        for (number, ids) in [
            ("+4790000001", Shown),
            ("+46701234567", Shown),
            ("+4520123456", Shown),
            ("+351912345678", Shown),
            ("+12025550123", NotShown),
            ("+14165550123", NotShown),
            ("+12425550123", NotShown),
            ("+18765550123", Shown),
            ("+8613812345678", NotShown),
            ("+32470123456", NotShown),
            ("+36201234567", NotShown),
            ("+6421234567", NotShown),
            ("+5511912345678", NotShown),
            ("+886912345678", NotShown),
            ("+447400123456", Registered),
            ("+34612345678", Registered),
            ("+353851234567", Registered),
            ("+6581234567", Registered),
            ("+79123456789", Registered),
        ] {
            assert_eq!(sender_ids(number), ids, "{number}");
            assert_eq!(Registrations::default().allow(number), ids == Shown, "{number}");
        }
    }

    #[test]
    fn where_it_must_be_registered_it_is_sent_once_it_is() {
        let registrations: Registrations = "44, +65".parse().unwrap();
        assert!(["+447400123456", "+6581234567", "+4790000001"].iter().all(|to| registrations.allow(to)));
        assert!(!["+34612345678", "+12025550123"].iter().any(|to| registrations.allow(to)));
        assert_eq!("".parse(), Ok(Registrations::default()));
        for text in ["Norge", "12345", "4 4"] {
            assert_eq!(text.parse::<Registrations>(), Err(InvalidRegistrations), "{text}");
        }
    }

    #[test]
    fn no_code_is_named_twice_or_means_nothing() {
        let codes: Vec<_> = COUNTRIES.iter().flat_map(|(_, codes)| codes.iter()).collect();
        for (at, code) in codes.iter().enumerate() {
            assert!(!codes[at + 1..].contains(code), "{code}");
            assert!(code.bytes().all(|byte| byte.is_ascii_digit()) && !code.starts_with('0'), "{code}");
            // Calling codes are prefix-free; only those of the North American plan lie within another.
            let within = codes.iter().any(|other| other != code && code.starts_with(**other));
            assert_eq!(within, code.len() == 4, "{code}");
        }
    }
}
