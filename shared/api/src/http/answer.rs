//! Answers with a body of JSON.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::encodings::Body;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

/// The body of an answer whose own body cannot be written.
const UNWRITABLE: &str = r#"{"title":"Internal Server Error","status":500}"#;

/// An answer with a body of JSON, and headers of its own.
pub fn json(status: u16, body: &impl Serialize, headers: &[(&str, &str)]) -> ApiGatewayV2httpResponse {
    write("application/json", status, body, headers)
}

/// An answer with a body that is JSON already.
pub fn written_json(status: u16, body: &str) -> ApiGatewayV2httpResponse {
    response("application/json", status, body.to_owned(), &[])
}

/// An answer that is a text of some type.
pub fn text(
    status: u16,
    content_type: &'static str,
    body: &str,
    headers: &[(&str, &str)],
) -> ApiGatewayV2httpResponse {
    response(content_type, status, body.to_owned(), headers)
}

/// An answer without a body.
pub fn no_content() -> ApiGatewayV2httpResponse {
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = 204;
    answer
}

/// An answer whose JSON is of a certain kind.
pub(super) fn write(
    content_type: &'static str,
    status: u16,
    body: &impl Serialize,
    headers: &[(&str, &str)],
) -> ApiGatewayV2httpResponse {
    match serde_json::to_string(body) {
        Ok(body) => response(content_type, status, body, headers),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written");
            response("application/problem+json", 500, UNWRITABLE.to_owned(), &[])
        }
    }
}

fn response(
    content_type: &'static str,
    status: u16,
    body: String,
    headers: &[(&str, &str)],
) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = status.into();
    response.headers = headers.iter().filter_map(|(name, value)| header(name, value)).collect::<HeaderMap>();
    response.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // What became of a shipment changes, and tells where people are reached.
    response.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.body = Some(Body::Text(body));
    response
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn an_answer_is_what_the_gateway_reads() {
        let answer = super::json(201, &json!({"id": 1}), &[("Location", "/a/1")]);
        let answer = serde_json::to_value(answer).unwrap();
        assert_eq!(answer["statusCode"], 201);
        let headers = json!({
            "content-type": "application/json", "cache-control": "no-store", "location": "/a/1",
        });
        assert_eq!(answer["headers"], headers);
        assert_eq!(answer["body"], r#"{"id":1}"#);
        assert_eq!(answer["isBase64Encoded"], false);
    }

    #[test]
    fn what_cannot_be_written_is_our_fault() {
        let unwritable = std::collections::HashMap::from([((1, 2), 3)]);
        assert_eq!(super::json(200, &unwritable, &[]).status_code, 500);
    }
}
