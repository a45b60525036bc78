//! The service owner: the tenant that orders belong to.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::digits;
use crate::parsed::parsed_text;

/// A service owner's organisation number, exactly as the issuer of its token vouches for it. Nine
/// digits; the check digit is the issuer's business, and test issuers have made-up ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Owner(String);

/// Not nine digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Must be an organisation number of nine digits.")]
pub struct InvalidOwner;

parsed_text!(Owner, InvalidOwner);

impl Owner {
    fn parse(text: &str) -> Result<Self, InvalidOwner> {
        digits::<9>(text).map(|_| Self(text.to_owned())).ok_or(InvalidOwner)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_digits_are_enough() {
        for text in ["991825827", "000000000"] {
            assert_eq!(Owner::try_from(text).unwrap().to_string(), text);
        }
        for text in ["", "0192:991825827", "99182582", "9918258277", "99182582x", "991 825 827"] {
            assert_eq!(Owner::try_from(text), Err(InvalidOwner), "{text}");
        }
    }

    #[test]
    fn it_is_stored_as_text() {
        let owner = Owner::try_from("991825827").unwrap();
        let json = serde_json::to_string(&owner).unwrap();
        assert_eq!(json, "\"991825827\"");
        assert_eq!(serde_json::from_str::<Owner>(&json).unwrap(), owner);
        assert!(serde_json::from_str::<Owner>("\"9\"").is_err());
    }
}
