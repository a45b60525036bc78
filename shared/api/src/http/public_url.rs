//! Where callers find the API, for the addresses in answers.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use http::HeaderName;
use http::header::HOST;
use url::Url;
use varsling_function::environment::{ConfigError, Environment};

/// The header in which the gateway says how it was reached.
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// What the addresses in answers begin with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Option<String>);

/// Not an address that paths can be put after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an http or https address without a query, or empty")]
pub struct InvalidPublicUrl;

impl PublicUrl {
    /// As `PUBLIC_URL` says; where that is empty, as each request says.
    pub fn open(environment: &Environment) -> Result<Self, ConfigError> {
        environment.parsed("PUBLIC_URL", Self::parse)
    }

    fn parse(text: &str) -> Result<Self, InvalidPublicUrl> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        let url = Url::parse(text).map_err(|_| InvalidPublicUrl)?;
        let is_plain = matches!(url.scheme(), "http" | "https") && url.query().is_none();
        if is_plain && url.fragment().is_none() {
            Ok(Self(Some(text.trim_end_matches('/').to_owned())))
        } else {
            Err(InvalidPublicUrl)
        }
    }

    /// What comes before a path, for the caller who sent a request; nothing if the request names no host.
    pub fn base(&self, event: &ApiGatewayV2httpRequest) -> String {
        self.0.clone().or_else(|| requested(event)).unwrap_or_default()
    }
}

/// The address at which a request came in. Only its caller reads it, who named the host.
fn requested(event: &ApiGatewayV2httpRequest) -> Option<String> {
    let host = event.headers.get(HOST)?.to_str().ok()?;
    let scheme = event.headers.get(FORWARDED_PROTO).and_then(|scheme| scheme.to_str().ok());
    let scheme = scheme.filter(|scheme| *scheme == "http").unwrap_or("https");
    Some(format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(headers: &[(&'static str, &str)]) -> ApiGatewayV2httpRequest {
        let mut event = ApiGatewayV2httpRequest::default();
        for (name, value) in headers {
            event.headers.insert(*name, value.parse().unwrap());
        }
        event
    }

    #[test]
    fn an_address_begins_as_the_request_or_the_deployment_says() {
        let none = PublicUrl::parse("").unwrap();
        let over_https = event(&[("host", "varsling.example.no")]);
        assert_eq!(none.base(&over_https), "https://varsling.example.no");
        let locally = event(&[("host", "127.0.0.1:3000"), ("x-forwarded-proto", "http")]);
        assert_eq!(none.base(&locally), "http://127.0.0.1:3000");
        assert_eq!(none.base(&event(&[])), "");
        let public = PublicUrl::parse("https://platform.example.no/varsling/").unwrap();
        assert_eq!(public.base(&over_https), "https://platform.example.no/varsling");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in
            ["platform.example.no", "ftp://example.no", "https://example.no/?a=1", "https://example.no/#a"]
        {
            assert_eq!(PublicUrl::parse(text), Err(InvalidPublicUrl), "{text}");
        }
    }
}
