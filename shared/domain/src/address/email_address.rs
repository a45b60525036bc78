//! E-mail addresses that the provider can send to.

use email_address::{EmailAddress as Syntax, Options};
use serde::{Deserialize, Serialize};

use unicode_normalization::UnicodeNormalization;

use super::characters::visible;
use crate::parsed::{hidden, parsed_text};

/// What a path in SMTP holds (RFC 5321, with its angle brackets taken off), in bytes.
const MAX_LENGTH: usize = 254;

/// One address: no display name, no quoted local part, and a domain with a top-level one.
///
/// A domain with other letters than a–z is kept in its ASCII form (punycode), the only one that the
/// provider takes; the part before the `@` must be ASCII for the same reason.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Must be one valid e-mail address, without a display name.")]
pub struct InvalidEmailAddress;

parsed_text!(EmailAddress, InvalidEmailAddress);
hidden!(EmailAddress);

impl EmailAddress {
    fn parse(text: &str) -> Result<Self, InvalidEmailAddress> {
        let visible = visible(text);
        let (local, domain) = visible.trim().rsplit_once('@').ok_or(InvalidEmailAddress)?;
        // The dot at the end is how a domain is written in full (RFC 1034, section 3.1).
        let address = ascii_domain(domain.strip_suffix('.').unwrap_or(domain))
            .map(|domain| format!("{local}@{domain}"));
        address
            .filter(|address| is_local_part(local) && is_address(address))
            .map(Self)
            .ok_or(InvalidEmailAddress)
    }

    /// What two spellings of the same address have in common: capital letters make no difference.
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }

    /// Whether both are the same mailbox.
    pub fn same_as(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

fn is_address(address: &str) -> bool {
    let options = Options::default().with_required_tld().without_domain_literal().without_display_text();
    address.len() <= MAX_LENGTH && Syntax::parse_with_options(address, options).is_ok()
}

fn is_local_part(local: &str) -> bool {
    local.chars().all(|c| c.is_ascii_graphic() && c != '"')
}

/// The domain as it is looked up: as it came where it is ASCII, and else in its ASCII form (punycode, RFC 5891), of
/// composed letters: macOS writes å as two characters.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii =
        if domain.is_ascii() { domain.to_owned() } else { punycode(&domain.nfc().collect::<String>())? };
    if has_unreadable_label(&ascii) {
        return None;
    }
    let hostname = ascii.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    let top_level = ascii.rsplit('.').next().unwrap_or_default();
    let named = top_level.len() > 1 && top_level.starts_with(|c: char| c.is_ascii_alphabetic());
    (hostname && named).then_some(ascii)
}

/// The ASCII form of a domain. The conversion would accept a lot more, put other characters in place of some and drop
/// others, so what it makes must read back as it came.
fn punycode(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(domain).ok()?;
    let (back, read) = idna::domain_to_unicode(&ascii);
    (read.is_ok() && back == domain.to_lowercase()).then_some(ascii)
}

/// Whether a label says that it is punycode and is none.
fn has_unreadable_label(ascii: &str) -> bool {
    let lower = ascii.to_ascii_lowercase();
    lower.split('.').any(|label| label.starts_with("xn--") && idna::domain_to_unicode(label).1.is_err())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::try_from(text).unwrap()
    }

    #[test]
    fn ordinary_addresses_are_kept_as_they_come() {
        let valid = [
            "ola@example.no",
            "Ola.Nordmann@Example.NO",
            "a@b.co",
            "ola+varsel@sub.domain.example.no",
            "o'neil_x-y/z=1@example.museum",
            "1234@123.no",
            "post@xn--blbr-roah.no",
            "post@example.xn--p1ai",
        ];
        for text in valid {
            assert_eq!(address(text).as_str(), text);
        }
        assert_eq!(address(" \tola@example.no\r\n").as_str(), "ola@example.no");
    }

    #[test]
    fn what_nobody_sees_and_the_dot_at_the_end_are_left_out() {
        for text in [
            "ola@example.no\u{200b}",
            "\u{feff}ola@example.no",
            "ola@exam\u{200b}ple.no",
            "ola@exam\u{ad}ple.no",
            "\u{202a}ola@example.no\u{202c}",
            "ola\u{2060}@example.no",
            "ola@example.no.",
            "\u{a0}ola@example.no\u{a0}",
        ] {
            assert_eq!(address(text).as_str(), "ola@example.no", "{text:?}");
        }
    }

    #[test]
    fn other_letters_in_the_domain_are_kept_in_ascii() {
        assert_eq!(address("post@blåbær.no").as_str(), "post@xn--blbr-roah.no");
        assert_eq!(address("post@BLÅBÆR.no").key(), "post@xn--blbr-roah.no");
        assert!(EmailAddress::try_from("post@sámediggi.no").is_ok());
        assert_eq!(address("japanese-info@例え.テスト").as_str(), "japanese-info@xn--r8jz45g.xn--zckzah");
        assert_eq!(address("info@пример.рф").as_str(), "info@xn--e1afmkfd.xn--p1ai");
    }

    #[test]
    fn composed_and_decomposed_letters_are_the_same() {
        for (decomposed, composed) in [
            ("ola@a\u{30a}sane.kommune.no", "ola@åsane.kommune.no"),
            ("ola@bla\u{30a}bær.no", "ola@blåbær.no"),
            ("ola@sa\u{301}mediggi.no", "ola@sámediggi.no"),
        ] {
            assert_eq!(address(decomposed), address(composed), "{composed}");
        }
    }

    #[test]
    fn anything_but_one_plain_address_is_refused() {
        let long_local = format!("{}@example.no", "a".repeat(65));
        let long_label = format!("a@{}.no", "b".repeat(64));
        let long = format!("a@{}no", "b23456789.".repeat(26));
        let invalid = [
            "",
            " ",
            "@",
            "ola",
            "ola@",
            "@example.no",
            "ola@example",
            "ola@localhost",
            "ola@example.",
            "ola@.no",
            "ola@example..no",
            "ola@-example.no",
            "ola@example-.no",
            "ola@exa_mple.no",
            "ola@exa mple.no",
            "ola@[192.0.2.1]",
            "ola@192.0.2.1",
            "ola@example.1",
            "ola@example.n",
            ".ola@example.no",
            "ola.@example.no",
            "o..la@example.no",
            "o la@example.no",
            "ola@a@example.no",
            "blåbær@example.no",
            "\"ola\"@example.no",
            "ola;kari@example.no",
            "ola@example.no;kari@example.no",
            "ola@example.no,kari@example.no",
            "Ola <ola@example.no>",
            "<ola@example.no>",
            "ola(kommentar)@example.no",
            "ola\\@example.no",
            "ola\u{0}@example.no",
            "ola@example.no\r\nBcc: kari@example.no",
            "ola@example.no..",
            "ola@ｅxample.no",
            "ola@xn---something.com",
            "ola@xn--zzzzzz99999999.no",
            "ola@XN--a.no",
            "ola@exa\u{2460}mple.no",
            "ola@exa\u{fb01}mple.no",
            "ola@例え\u{3002}",
            &long_local,
            &long_label,
            &long,
        ];
        for text in invalid {
            assert_eq!(EmailAddress::try_from(text), Err(InvalidEmailAddress), "{text:?}");
        }
    }

    #[test]
    fn the_longest_address_has_254_bytes() {
        let label = "b".repeat(62);
        let rest = format!("@{label}.{label}.{label}.no");
        let [longest, too_long] =
            [254, 255].map(|length: usize| format!("{}{rest}", "a".repeat(length - rest.len())));
        // No part is too long for itself, so that the sum alone decides.
        assert!(too_long.find('@') <= Some(64));
        assert!(EmailAddress::try_from(longest.as_str()).is_ok());
        assert!(EmailAddress::try_from(too_long.as_str()).is_err());
    }

    #[test]
    fn capital_letters_make_no_difference() {
        assert!(address("Ola@Example.no").same_as(&address("ola@example.NO")));
        assert!(!address("ola@example.no").same_as(&address("kari@example.no")));
    }

    #[test]
    fn an_address_is_hidden_and_stored_as_text() {
        let ola = address("ola@example.no");
        assert_eq!(format!("{ola:?}"), "…");
        let json = serde_json::to_string(&ola).unwrap();
        assert_eq!(json, "\"ola@example.no\"");
        assert_eq!(serde_json::from_str::<EmailAddress>(&json).unwrap(), ola);
        let error = serde_json::from_str::<EmailAddress>("\"ola@\"").unwrap_err();
        assert!(!error.to_string().contains("ola"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*", domain in ".*") {
            let _ = EmailAddress::try_from(text.as_str());
            let _ = EmailAddress::try_from(format!("a@{domain}").as_str());
        }

        #[test]
        fn a_valid_address_stays_itself(text in "[ -~æøå]{1,8}@[a-zæøåA-Z0-9.-]{1,12}\\.[a-z]{1,3}") {
            if let Ok(address) = EmailAddress::try_from(text.as_str()) {
                prop_assert!(address.as_str().is_ascii());
                prop_assert_eq!(EmailAddress::try_from(address.as_str()).unwrap(), address);
            }
        }
    }
}
