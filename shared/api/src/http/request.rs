//! Reading what a caller sent.

use std::borrow::Cow;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;

use super::Problem;

/// The `Authorization` header.
pub fn authorization(event: &ApiGatewayV2httpRequest) -> Option<&str> {
    event.headers.get(AUTHORIZATION)?.to_str().ok()
}

/// The body as text; none is an empty one. The gateway encodes what its content type does not call text.
pub fn body(event: &ApiGatewayV2httpRequest) -> Result<Cow<'_, str>, Problem> {
    let body = event.body.as_deref().unwrap_or_default();
    if !event.is_base64_encoded {
        return Ok(body.into());
    }
    let decoded = STANDARD.decode(body).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.map(Cow::Owned).ok_or_else(|| Problem::unreadable("Must be JSON in UTF-8."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_body(body: Option<&str>, is_base64_encoded: bool) -> ApiGatewayV2httpRequest {
        let mut event = ApiGatewayV2httpRequest::default();
        event.body = body.map(str::to_owned);
        event.is_base64_encoded = is_base64_encoded;
        event
    }

    fn with_header(name: &str) -> ApiGatewayV2httpRequest {
        let mut event = serde_json::to_value(ApiGatewayV2httpRequest::default()).unwrap();
        event["headers"] = serde_json::json!({name: "Bearer abc"});
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn a_body_is_read_however_the_gateway_wraps_it() {
        for (text, encoded) in [("{\"å\":1}", false), ("eyLDpSI6MX0=", true)] {
            assert_eq!(body(&with_body(Some(text), encoded)).unwrap(), "{\"å\":1}");
        }
        for encoded in [false, true] {
            assert_eq!(body(&with_body(None, encoded)).unwrap(), "");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_the_callers_fault() {
        let unreadable = Problem::unreadable("Must be JSON in UTF-8.");
        for text in ["/w==", "%%%"] {
            assert_eq!(body(&with_body(Some(text), true)).unwrap_err(), unreadable, "{text}");
        }
    }

    #[test]
    fn the_header_is_found_in_whatever_letters_it_came() {
        for name in ["authorization", "Authorization", "AUTHORIZATION"] {
            assert_eq!(authorization(&with_header(name)), Some("Bearer abc"));
        }
        assert_eq!(authorization(&with_header("x-authorization")), None);
    }
}
