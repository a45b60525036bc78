//! Reading what a caller sent.

use std::borrow::Cow;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, ToStrError};

use varsling_domain::order::limits::REQUEST_BODY;

use super::Problem;

/// The `Authorization` header.
pub fn authorization(event: &ApiGatewayV2httpRequest) -> Option<&str> {
    event.headers.get(AUTHORIZATION)?.to_str().ok()
}

/// Another header, by its name in small letters.
pub fn header<'a>(event: &'a ApiGatewayV2httpRequest, name: &str) -> Option<&'a str> {
    event.headers.get(name)?.to_str().ok()
}

/// The body as text; none is an empty one. The gateway encodes what its content type does not call text.
pub fn body(event: &ApiGatewayV2httpRequest) -> Result<Cow<'_, str>, Problem> {
    let body = event.body.as_deref().unwrap_or_default();
    if !is_json(event) {
        return Err(Problem::unsupported_media_type());
    }
    if body.len() > if event.is_base64_encoded { REQUEST_BODY.div_ceil(3) * 4 } else { REQUEST_BODY } {
        return Err(Problem::too_large());
    }
    if !event.is_base64_encoded {
        return Ok(body.into());
    }
    let decoded = STANDARD.decode(body).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.map(Cow::Owned).ok_or_else(|| Problem::unreadable("Must be JSON in UTF-8."))
}

/// Whether an owner asks what an order would do (`?dryRun=true`).
pub fn is_dry_run(event: &ApiGatewayV2httpRequest) -> Result<bool, Problem> {
    match event.query_string_parameters.first("dryRun") {
        None => Ok(false),
        Some(word) if word.eq_ignore_ascii_case("true") => Ok(true),
        Some(word) if word.eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => {
            let fault = "Must be true or false.".to_owned();
            Err(Problem::invalid([("dryRun".to_owned(), vec![fault])].into()))
        }
    }
}

/// Whether a body is said to be JSON in UTF-8 that is not compressed. One of which nothing is said is taken for it.
fn is_json(event: &ApiGatewayV2httpRequest) -> bool {
    let (Ok(kind), Ok(encoding)) = (header_text(event, CONTENT_TYPE), header_text(event, CONTENT_ENCODING))
    else {
        return false;
    };
    let mut parts = kind.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_json = matches!(media_type.as_str(), "" | "application/json" | "text/json")
        || media_type.starts_with("application/") && media_type.ends_with("+json");
    is_json && parts.all(is_no_other_charset) && matches!(encoding, "" | "identity")
}

/// The text of a header: empty where there is none, an error where it is no text.
fn header_text(event: &ApiGatewayV2httpRequest, name: HeaderName) -> Result<&str, ToStrError> {
    event.headers.get(name).map_or(Ok(""), HeaderValue::to_str)
}

/// Whether a parameter of a media type is something else than a charset that is not UTF-8.
fn is_no_other_charset(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return true };
    let charset = value.trim_matches('"').to_ascii_lowercase();
    !name.eq_ignore_ascii_case("charset") || matches!(charset.as_str(), "utf-8" | "utf8" | "us-ascii")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
    fn a_dry_run_is_asked_for_by_a_word() {
        for (query, expected) in [
            (json!({}), Some(false)),
            (json!({"dryRun": "true"}), Some(true)),
            (json!({"dryRun": "True"}), Some(true)),
            (json!({"dryRun": "false"}), Some(false)),
            (json!({"dryRun": ""}), None),
            (json!({"dryRun": "yes"}), None),
        ] {
            let mut event = serde_json::to_value(ApiGatewayV2httpRequest::default()).unwrap();
            event["queryStringParameters"] = query.clone();
            let event = serde_json::from_value(event).unwrap();
            assert_eq!(is_dry_run(&event).ok(), expected, "{query}");
        }
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
    fn a_body_that_is_not_called_json_is_not_read() {
        let with = |name: HeaderName, value: &str| {
            let mut event = with_body(Some("{}"), false);
            event.headers.insert(name, HeaderValue::from_str(value).unwrap());
            body(&event).map(|_| ())
        };
        for json in [
            "application/json",
            "application/json; charset=utf-8",
            "Application/JSON;charset=\"UTF-8\"",
            "text/json",
            "application/merge-patch+json",
            "application/json; odata.metadata=minimal",
        ] {
            assert_eq!(with(CONTENT_TYPE, json), Ok(()), "{json}");
        }
        let refused = Err(Problem::unsupported_media_type());
        for other in [
            "application/x-www-form-urlencoded",
            "text/plain",
            "multipart/form-data; boundary=a",
            "application/json; charset=iso-8859-1",
            "application/json; charset=utf-16",
            "application/xml",
            "json",
        ] {
            assert_eq!(with(CONTENT_TYPE, other), refused, "{other}");
        }
        assert_eq!(with(CONTENT_ENCODING, "identity"), Ok(()));
        assert_eq!(with(CONTENT_ENCODING, "gzip"), refused);
    }

    #[test]
    fn a_body_that_is_too_large_is_not_read() {
        assert!(body(&with_body(Some(&" ".repeat(REQUEST_BODY)), false)).is_ok());
        let too_large = with_body(Some(&" ".repeat(REQUEST_BODY + 1)), false);
        assert_eq!(body(&too_large), Err(Problem::too_large()));
        assert_eq!(
            body(&with_body(Some(&"ICAg".repeat(REQUEST_BODY / 3 + 2)), true)),
            Err(Problem::too_large())
        );
    }

    #[test]
    fn the_header_is_found_in_whatever_letters_it_came() {
        for name in ["authorization", "Authorization", "AUTHORIZATION"] {
            assert_eq!(authorization(&with_header(name)), Some("Bearer abc"));
        }
        assert_eq!(authorization(&with_header("x-authorization")), None);
    }
}
