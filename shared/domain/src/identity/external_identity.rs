//! People who log in without a national identity number, by the names that the contract gives them.

use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use crate::address::EmailAddress;
use crate::parsed::{hidden, parsed_text};

/// An e-mail address that ID-porten knows somebody by.
const EMAIL: &str = "urn:altinn:person:idporten-email:";
/// A user name; the first of these is how it is written from then on.
const USER_NAMES: [&str; 3] =
    ["urn:altinn:party:username:", "urn:altinn:username:", "urn:altinn:person:legacy-selfidentified:"];
/// Characters of the whole; an e-mail address has at most 254.
const LONGEST: usize = 320;

/// A name of somebody who has registered themselves.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExternalIdentity(String);

/// Not such a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Must be {EMAIL} and an e-mail address, or {user} and a user name, URL-encoded.",
    user = USER_NAMES[0]
)]
pub struct InvalidExternalIdentity;

parsed_text!(ExternalIdentity, InvalidExternalIdentity);
hidden!(ExternalIdentity);

impl ExternalIdentity {
    fn parse(text: &str) -> Result<Self, InvalidExternalIdentity> {
        if text.chars().count() > LONGEST {
            return Err(InvalidExternalIdentity);
        }
        let identity = email(text).or_else(|| user_name(text));
        identity.map(Self).ok_or(InvalidExternalIdentity)
    }
}

fn email(text: &str) -> Option<String> {
    let address = EmailAddress::try_from(decoded(text.strip_prefix(EMAIL)?)?.as_str()).ok()?;
    Some(format!("{EMAIL}{}", address.as_str()))
}

/// What stands in a URN (RFC 8141: percent-encoded where it must be); none where a `%` begins nothing.
fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%').skip(1);
    let is_encoded = parts.all(|part| part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2);
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8().ok()?;
    is_encoded.then(|| decoded.into_owned())
}

fn user_name(text: &str) -> Option<String> {
    let name = USER_NAMES.iter().find_map(|prefix| text.strip_prefix(prefix))?;
    let is_bare = !name.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '&' | '='));
    // Encoded or not, there must be a name in it.
    let decoded = form_urlencoded::parse(name.as_bytes()).next()?.0.into_owned();
    (is_bare && !decoded.trim().is_empty()).then(|| format!("{}{name}", USER_NAMES[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_user_name_is_the_same_name() {
        for prefix in USER_NAMES {
            let identity = ExternalIdentity::try_from(format!("{prefix}kari%20n").as_str()).unwrap();
            assert_eq!(identity.as_str(), "urn:altinn:party:username:kari%20n");
        }
    }

    #[test]
    fn an_email_address_must_be_one() {
        let text = "urn:altinn:person:idporten-email:kari@example.org";
        assert_eq!(ExternalIdentity::try_from(text).unwrap().as_str(), text);
        assert_eq!(format!("{:?}", ExternalIdentity::try_from(text).unwrap()), "…");
    }

    #[test]
    fn an_email_address_is_decoded() {
        for (written, address) in [
            ("kari%2Bx@example.org", "kari+x@example.org"),
            ("kari%40example.org", "kari@example.org"),
            ("kari+x@example.org", "kari+x@example.org"),
            ("kari@xn--b%6cbr-roah.no", "kari@xn--blbr-roah.no"),
            ("kari@bl%C3%A5b%C3%A6r.no", "kari@xn--blbr-roah.no"),
        ] {
            let identity = ExternalIdentity::try_from(format!("{EMAIL}{written}").as_str()).unwrap();
            assert_eq!(identity.as_str(), format!("{EMAIL}{address}"), "{written}");
        }
        for written in [
            "kari%@example.org",
            "kari%4example.org",
            "kari%zz@example.org",
            "kari%e5@example.org",
            "kari%00@example.org",
            "epost:kari@example.org",
            "kari%2540example.org",
        ] {
            let text = format!("{EMAIL}{written}");
            assert_eq!(ExternalIdentity::try_from(text.as_str()), Err(InvalidExternalIdentity), "{written}");
        }
    }

    #[test]
    fn what_names_nobody_is_refused() {
        let long = format!("{}{}", USER_NAMES[0], "x".repeat(LONGEST));
        let refused = [
            "",
            "kari",
            "urn:altinn:person:idporten-email:kari",
            "urn:altinn:person:idporten-email:",
            "urn:altinn:party:username:",
            "urn:altinn:party:username:%20",
            "urn:altinn:username:kari n",
            "urn:altinn:organization:991825827",
            long.as_str(),
        ];
        for text in refused {
            assert_eq!(ExternalIdentity::try_from(text), Err(InvalidExternalIdentity), "{text}");
        }
    }
}
