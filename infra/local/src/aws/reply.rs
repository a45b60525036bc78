//! What a stand-in for AWS answers, and how it says no.

use std::borrow::Cow;

use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Service;
use crate::faults::Refusal;

/// An answer on its way to a client, over HTTP or in the same process.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// What kind of text the body is.
    pub content_type: &'static str,
    /// Which error it is, where the service says so in a header.
    pub error_type: Option<String>,
    /// Whether a function that was called has failed, which Lambda says in a header.
    pub function_error: bool,
    /// The text.
    pub body: String,
}

impl Reply {
    /// An answer in JSON: by AWS JSON 1.0 or 1.1 or, as SES has it, REST.
    pub fn json(service: Service, answer: Result<Value, Refused>) -> Self {
        let content_type = service.content_type();
        match answer {
            Ok(body) => Self {
                status: StatusCode::OK,
                content_type,
                error_type: None,
                function_error: false,
                body: body.to_string(),
            },
            Err(Refused { status, code, message }) => {
                let body = json!({"__type": code, "message": message}).to_string();
                Self {
                    status,
                    content_type,
                    error_type: Some(code.into_owned()),
                    function_error: false,
                    body,
                }
            }
        }
    }

    /// What there is no such thing for.
    pub fn not_found() -> Self {
        let (status, content_type) = (StatusCode::NOT_FOUND, "text/plain");
        Self { status, content_type, error_type: None, function_error: false, body: String::new() }
    }

    /// Its headers.
    pub fn headers(&self) -> Vec<(HeaderName, String)> {
        let request = uuid::Uuid::new_v4().to_string();
        let mut headers = vec![
            (header::CONTENT_TYPE, self.content_type.to_owned()),
            (HeaderName::from_static("x-amzn-requestid"), request),
        ];
        let error_type = HeaderName::from_static("x-amzn-errortype");
        headers.extend(self.error_type.clone().map(|error| (error_type, error)));
        if self.function_error {
            headers.push((HeaderName::from_static("x-amz-function-error"), "Unhandled".to_owned()));
        }
        headers
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let headers = self.headers();
        let mut response = (self.status, self.body).into_response();
        for (name, value) in headers {
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// What a service says no with.
pub struct Refused {
    /// The HTTP status.
    pub status: StatusCode,
    /// Which error it is.
    pub code: Cow<'static, str>,
    /// What is wrong, in words.
    pub message: Cow<'static, str>,
}

impl Refused {
    /// The caller is wrong.
    pub fn new(code: &'static str, message: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: code.into(), message: message.into() }
    }

    /// The caller's role does not allow it.
    pub fn denied(by: Service) -> Self {
        let code = match by {
            Service::DynamoDb => "com.amazonaws.dynamodb.v20120810#AccessDeniedException",
            Service::EventBridge | Service::Lambda | Service::SecretsManager | Service::Ses => {
                "AccessDeniedException"
            }
            Service::Sns => "AuthorizationError",
            Service::Sts => "AccessDenied",
            Service::Sqs => "com.amazonaws.sqs#AccessDenied",
        };
        Self {
            status: StatusCode::FORBIDDEN,
            ..Self::new(code, "the function's role does not allow this call")
        }
    }

    /// The caller asks too often.
    pub fn throttled(code: &'static str, message: &'static str) -> Self {
        Self { status: StatusCode::TOO_MANY_REQUESTS, ..Self::new(code, message) }
    }

    /// What a service answers a call with that a fault refuses.
    pub fn by_fault(by: Service, refusal: Refusal) -> Self {
        let Refusal { status, code, message } = refusal;
        let usual = by.usual_error(status);
        let code = code.map_or(usual.into(), Cow::Owned);
        Self { status, code, message: message.map_or("ordered by a fault".into(), Cow::Owned) }
    }
}
