//! Headers that a register wants beside a token: a subscription key of its gateway, or a token of its platform.

mod renewed;

use std::collections::BTreeMap;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

pub use renewed::{RenewedHeaders, VARIABLE};

/// Headers by the register that gets them, as a deployment writes them into its secret:
/// `{"decisions": {"Ocp-Apim-Subscription-Key": "…"}}`.
#[derive(Clone, Default)]
pub struct Headers(BTreeMap<String, HeaderMap>);

/// The registers that can be named.
const REGISTERS: [&str; 6] = ["krr", "organizations", "personal", "external", "decisions", "names"];

/// What is no list of headers. It repeats none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidHeaders {
    /// It is written otherwise.
    #[error("not an object of registers with objects of headers")]
    Shape,
    /// There is no such register.
    #[error("names a register that there is not")]
    Register,
    /// A name or a value cannot stand in a request.
    #[error("has a header that cannot be sent")]
    Header,
}

impl std::str::FromStr for Headers {
    type Err = InvalidHeaders;

    fn from_str(text: &str) -> Result<Self, InvalidHeaders> {
        let written: BTreeMap<String, BTreeMap<String, String>> =
            serde_json::from_str(text).map_err(|_| InvalidHeaders::Shape)?;
        let read = written.into_iter().map(|(register, headers)| {
            let known = REGISTERS.contains(&register.as_str());
            Ok((if known { Ok(register) } else { Err(InvalidHeaders::Register) }?, read(headers)?))
        });
        read.collect::<Result<_, _>>().map(Self)
    }
}

fn read(headers: BTreeMap<String, String>) -> Result<HeaderMap, InvalidHeaders> {
    headers.into_iter().map(|(name, value)| Ok((header_name(name)?, secret_value(value)?))).collect()
}

fn header_name(text: String) -> Result<HeaderName, InvalidHeaders> {
    HeaderName::try_from(text).map_err(|_| InvalidHeaders::Header)
}

fn secret_value(text: String) -> Result<HeaderValue, InvalidHeaders> {
    let mut value = HeaderValue::try_from(text).map_err(|_| InvalidHeaders::Header)?;
    value.set_sensitive(true);
    Ok(value)
}

impl Headers {
    /// What a register gets.
    pub fn of(&self, register: &str) -> HeaderMap {
        self.0.get(register).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Option<InvalidHeaders> {
        text.parse::<Headers>().err()
    }

    #[test]
    fn each_register_gets_its_own() {
        let headers: Headers = r#"{"decisions": {"Ocp-Apim-Subscription-Key": "hemmelig"}}"#.parse().unwrap();
        assert_eq!(headers.of("decisions")["ocp-apim-subscription-key"], "hemmelig");
        assert!(!format!("{:?}", headers.of("decisions")).contains("hemmelig"));
        assert!(headers.of("names").is_empty());
        assert!("{}".parse::<Headers>().is_ok());
    }

    #[test]
    fn what_cannot_be_sent_is_refused_at_the_start() {
        assert_eq!(refused("[]"), Some(InvalidHeaders::Shape));
        assert_eq!(refused(r#"{"nams": {}}"#), Some(InvalidHeaders::Register));
        assert_eq!(refused(r#"{"names": {"a b": "c"}}"#), Some(InvalidHeaders::Header));
        assert_eq!(refused(r#"{"names": {"a": "b\n"}}"#), Some(InvalidHeaders::Header));
    }
}
