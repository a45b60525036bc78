//! The endpoint that is asked right before a notice is sent, and where it may be.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::limits;
pub use super::public_address::is_public;
use crate::parsed::{hidden, parsed_text};

/// An absolute http or https URL. It may carry ids, so it does not print.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConditionEndpoint(String);

/// Not a URL that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "Must be an absolute http or https URL of at most {max} characters, without user name or password.",
    max = limits::CONDITION_ENDPOINT
)]
pub struct InvalidConditionEndpoint;

parsed_text!(ConditionEndpoint, InvalidConditionEndpoint);
hidden!(ConditionEndpoint);

impl ConditionEndpoint {
    fn parse(text: &str) -> Result<Self, InvalidConditionEndpoint> {
        // The parser would drop white space, so that two different texts were one URL.
        let is_bare = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        let url = Url::parse(text).ok().filter(|url| is_bare && can_be_asked(url));
        url.map(|url| Self(url.into())).ok_or(InvalidConditionEndpoint)
    }
}

impl ConditionEndpoint {
    /// Its host, in lower case.
    pub fn host(&self) -> Option<String> {
        Url::parse(&self.0).ok()?.host_str().map(str::to_owned)
    }

    /// Its host, in lower case, where it is asked by https: only there may a token be shown.
    pub fn secure_host(&self) -> Option<String> {
        let url = Url::parse(&self.0).ok().filter(|url| url.scheme() == "https")?;
        url.host_str().map(str::to_owned)
    }
}

impl ConditionEndpoint {
    /// Where a redirect from here leads, if it may be followed: to the same host, by the same scheme or by https. A slash
    /// that is added to a path, and http that becomes https, is what servers redirect for.
    pub fn redirected(&self, location: &str) -> Option<Self> {
        let from = Url::parse(&self.0).ok()?;
        let to = from.join(location).ok()?;
        let is_same_port = to.scheme() == from.scheme() && to.port() == from.port();
        let is_safer = to.scheme() == "https" && to.port().is_none();
        let is_same_host = to.host().is_some() && to.host() == from.host();
        Self::try_from(to.as_str()).ok().filter(|_| is_same_host && (is_same_port || is_safer))
    }
}

fn can_be_asked(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.as_str().chars().count() <= limits::CONDITION_ENDPOINT
}

/// Where condition endpoints may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointPolicy {
    /// On the internet, by https: what a deployment allows.
    Public,
    /// Anywhere, by http too: for the local system, whose conditions answer on loopback.
    Any,
}

/// Neither `public` nor `any`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("condition endpoints are either `public` or `any`")]
pub struct UnknownEndpointPolicy;

impl FromStr for EndpointPolicy {
    type Err = UnknownEndpointPolicy;

    fn from_str(text: &str) -> Result<Self, UnknownEndpointPolicy> {
        match text {
            "public" => Ok(Self::Public),
            "any" => Ok(Self::Any),
            _ => Err(UnknownEndpointPolicy),
        }
    }
}

/// Why an endpoint is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotPermitted {
    /// Anybody on the way could read and change the question and the answer.
    #[error("Must use https.")]
    NotHttps,
    /// It is inside some network.
    #[error("Must be on a public host.")]
    NotPublic,
}

impl EndpointPolicy {
    /// Whether an endpoint may be asked, as far as its URL tells: where its name leads is looked at
    /// when it is connected to.
    pub fn permits(self, endpoint: &ConditionEndpoint) -> Result<(), NotPermitted> {
        let url = match self {
            Self::Any => return Ok(()),
            Self::Public => Url::parse(&endpoint.0).map_err(|_| NotPermitted::NotPublic)?,
        };
        if url.scheme() != "https" {
            return Err(NotPermitted::NotHttps);
        }
        if url.host().is_some_and(|host| is_public_host(&host)) {
            Ok(())
        } else {
            Err(NotPermitted::NotPublic)
        }
    }
}

/// Top-level domains that only exist inside a network (RFC 6761, RFC 6762, RFC 8375, ICANN).
const INSIDE: [&str; 8] = ["localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa"];

fn is_public_host(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => is_public_name(name),
        Host::Ipv4(ip) => is_public((*ip).into()),
        Host::Ipv6(ip) => is_public((*ip).into()),
    }
}

fn is_public_name(name: &str) -> bool {
    let labels = name.strip_suffix('.').unwrap_or(name).rsplit_once('.');
    labels.is_some_and(|(domain, top_level)| !domain.is_empty() && !INSIDE.contains(&top_level))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn endpoint(text: &str) -> ConditionEndpoint {
        ConditionEndpoint::try_from(text).unwrap()
    }

    #[test]
    fn a_redirect_may_lead_to_the_same_host_by_a_scheme_that_is_as_safe() {
        for (from, location, to) in [
            ("https://example.no/a", "/a/", Some("https://example.no/a/")),
            ("https://example.no/a", "https://example.no/a/?b=1", Some("https://example.no/a/?b=1")),
            ("https://example.no/a", "b", Some("https://example.no/b")),
            ("http://example.no/a", "https://example.no/a", Some("https://example.no/a")),
            ("http://example.no:8080/a", "/a/", Some("http://example.no:8080/a/")),
            ("https://example.no/a", "https://EXAMPLE.no/b", Some("https://example.no/b")),
            ("https://example.no/a", "http://example.no/a", None),
            ("https://example.no/a", "https://www.example.no/a", None),
            ("https://example.no/a", "//other.no/a", None),
            ("https://example.no/a", "https://example.no:8443/a", None),
            ("http://example.no/a", "https://example.no:8443/a", None),
            ("https://example.no/a", "https://example.no@other.no/", None),
            ("https://example.no/a", "https://user:secret@example.no/", None),
            ("https://example.no/a", "javascript:alert(1)", None),
            ("https://example.no/a", "file:///etc/passwd", None),
            ("https://example.no/a", "http://127.0.0.1/", None),
        ] {
            let found = ConditionEndpoint::try_from(from).unwrap().redirected(location);
            assert_eq!(found.as_ref().map(ConditionEndpoint::as_str), to, "{from} to {location}");
        }
    }

    #[test]
    fn absolute_http_and_https_urls_are_endpoints() {
        let valid = [
            "https://api.kommune-eksempel.no/varsel/417/skal-sendes",
            "http://localhost:3000/local/condition",
            "https://example.no:8443/a?b=c&d=%20",
            "http://127.0.0.1/",
        ];
        for text in valid {
            assert_eq!(endpoint(text).as_str(), text);
        }
        assert_eq!(endpoint("HTTPS://Example.NO").as_str(), "https://example.no/");
        assert_eq!(endpoint("https://blåbær.no/").as_str(), "https://xn--blbr-roah.no/");
    }

    #[test]
    fn nothing_else_is() {
        let invalid = [
            "",
            "/relative",
            "example.no/a",
            "//example.no/a",
            "ftp://example.no/",
            "file:///etc/passwd",
            "mailto:a@example.no",
            "https://",
            "https://user@example.no/",
            "https://user:secret@example.no/",
            "https://:secret@example.no/",
            "https://example.no:99999/",
            "https://exa mple.no/",
            " https://example.no/",
            "https://example.no/\n",
            "https://example.no/a b",
            "https://[::1/",
        ];
        for text in invalid {
            assert_eq!(ConditionEndpoint::try_from(text), Err(InvalidConditionEndpoint), "{text:?}");
        }
    }

    fn of_length(length: usize) -> String {
        format!("https://example.no/{}", "a".repeat(length - 19))
    }

    #[test]
    fn it_has_at_most_2048_characters() {
        assert_eq!(endpoint(&of_length(2_048)).as_str().len(), 2_048);
        assert!(ConditionEndpoint::try_from(of_length(2_049).as_str()).is_err());
    }

    #[test]
    fn an_endpoint_is_hidden_and_stored_as_text() {
        let endpoint = endpoint("https://example.no/417");
        assert_eq!(format!("{endpoint:?}"), "…");
        let json = serde_json::to_string(&endpoint).unwrap();
        assert_eq!(json, "\"https://example.no/417\"");
        assert_eq!(serde_json::from_str::<ConditionEndpoint>(&json).unwrap(), endpoint);
    }

    #[test]
    fn a_deployment_asks_public_hosts_only() {
        let public = [
            "https://example.no/",
            "https://example.no./a",
            "https://1.1.1.1/",
            "https://[2606:4700::1111]/",
        ];
        for text in public {
            assert_eq!(EndpointPolicy::Public.permits(&endpoint(text)), Ok(()), "{text}");
        }
        let inside = [
            "https://localhost/",
            "https://localhost./",
            "https://LOCALHOST/",
            "https://a.localhost/",
            "https://intern/",
            "https://intern./",
            "https://instance-data.ec2.internal/",
            "https://printer.local/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fd00::1]/",
        ];
        for text in inside {
            let verdict = EndpointPolicy::Public.permits(&endpoint(text));
            assert_eq!(verdict, Err(NotPermitted::NotPublic), "{text}");
            assert_eq!(EndpointPolicy::Any.permits(&endpoint(text)), Ok(()), "{text}");
        }
        let plain = endpoint("http://example.no/");
        assert_eq!(EndpointPolicy::Public.permits(&plain), Err(NotPermitted::NotHttps));
        assert_eq!(EndpointPolicy::Any.permits(&plain), Ok(()));
    }

    #[test]
    fn the_policy_has_two_names() {
        assert_eq!("public".parse(), Ok(EndpointPolicy::Public));
        assert_eq!("any".parse(), Ok(EndpointPolicy::Any));
        for text in ["", "Public", "ANY", "none"] {
            assert_eq!(text.parse::<EndpointPolicy>(), Err(UnknownEndpointPolicy));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*", host in ".*") {
            for text in [text, format!("https://{host}")] {
                if let Ok(endpoint) = ConditionEndpoint::try_from(text.as_str()) {
                    let _ = EndpointPolicy::Public.permits(&endpoint);
                    // What is stored can be read again.
                    prop_assert_eq!(ConditionEndpoint::try_from(endpoint.as_str()).unwrap(), endpoint);
                }
            }
        }
    }
}
