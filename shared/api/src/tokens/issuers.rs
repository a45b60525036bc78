//! The configuration of whose tokens count.

use std::collections::BTreeMap;

use url::Url;

/// Issuers, and where the keys of each are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenIssuers(BTreeMap<String, String>);

/// Not a list of issuers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be issuer=address pairs, at least one, each issuer once, with spaces between the pairs")]
pub struct InvalidTokenIssuers;

impl TokenIssuers {
    /// Reads `issuer=address` pairs with spaces between them; an address is where the issuer's JWKS is.
    pub fn parse(text: &str) -> Result<Self, InvalidTokenIssuers> {
        let mut issuers = BTreeMap::new();
        for pair in text.split_whitespace() {
            let (issuer, url) = pair.split_once('=').ok_or(InvalidTokenIssuers)?;
            let is_new = issuers.insert(issuer.to_owned(), url.to_owned()).is_none();
            if issuer.is_empty() || !is_address(url) || !is_new {
                return Err(InvalidTokenIssuers);
            }
        }
        if issuers.is_empty() { Err(InvalidTokenIssuers) } else { Ok(Self(issuers)) }
    }
}

impl IntoIterator for TokenIssuers {
    type Item = (String, String);
    type IntoIter = std::collections::btree_map::IntoIter<String, String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// An address, and not two pairs between which the space is missing.
fn is_address(text: &str) -> bool {
    !text.contains("=http") && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read() {
        let text = " https://a.no/=https://a.no/jwk\n https://b.no/=https://keys.b.no/?set=1 ";
        let pairs: Vec<_> = TokenIssuers::parse(text).unwrap().into_iter().collect();
        let expected = [("https://a.no/", "https://a.no/jwk"), ("https://b.no/", "https://keys.b.no/?set=1")];
        assert_eq!(pairs, expected.map(|(issuer, url)| (issuer.to_owned(), url.to_owned())));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "https://a.no/=https://a.no/jwkhttps://b.no/=https://b.no/jwk",
            " ",
            "https://a.no/",
            "=https://a.no/jwk",
            "https://a.no/=",
            "https://a.no/=/jwk",
            "https://a.no/=ftp://a.no/jwk",
            "https://a.no/=https://a.no/jwk https://a.no/=https://a.no/other",
        ] {
            assert_eq!(TokenIssuers::parse(text), Err(InvalidTokenIssuers), "{text}");
        }
    }
}
