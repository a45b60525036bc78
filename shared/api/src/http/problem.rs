//! Problem details (RFC 9457): what a caller reads when something is wrong.

use std::collections::BTreeMap;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use schemars::JsonSchema;
use serde::Serialize;

use super::answer;
use crate::tokens::Refusal;

/// A dependency does not answer: the contract's code.
const DEPENDENCY_FAILED: &str = "NOT-00004";
/// None of the recipients can be reached: the contract's code.
const MISSING_CONTACT: &str = "NOT-00001";
/// The deployment lacks what the order needs: a code of our own, in a range that the contract does not use.
const NOT_SUPPORTED: &str = "NOT-01001";
/// There is no such shipment: the contract's code.
const NO_SHIPMENT: &str = "NOT-00003";
/// Seconds after which a caller may try again; most troubles are over by then.
const RETRY_AFTER: &str = "30";

/// What is wrong with a request, or with us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: u16,
    title: &'static str,
    detail: Option<&'static str>,
    code: Option<&'static str>,
    errors: Option<BTreeMap<String, Vec<String>>>,
    header: Option<Box<Header>>,
}

/// A header that goes with a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Header {
    name: &'static str,
    value: String,
}

impl Header {
    fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: value.into() }
    }
}

/// Problem details as they are written.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemDetails<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<&'a BTreeMap<String, Vec<String>>>,
}

impl Problem {
    /// 400: faults by the path of the field that has them, `$` for the body as a whole.
    pub fn invalid(faults: BTreeMap<String, Vec<String>>) -> Self {
        Self { errors: Some(faults), ..Self::of(400, "One or more validation errors occurred.") }
    }

    /// 400: the body as a whole cannot be read.
    pub fn unreadable(fault: &str) -> Self {
        Self::invalid(BTreeMap::from([("$".to_owned(), vec![fault.to_owned()])]))
    }

    /// 401: it is not known who calls.
    pub fn unauthorized(why: &'static str) -> Self {
        let header = Some(Box::new(Header::new("WWW-Authenticate", "Bearer")));
        Self { detail: Some(why), header, ..Self::of(401, "Unauthorized") }
    }

    /// 403: who calls may not do this.
    pub fn forbidden(why: &'static str) -> Self {
        Self { detail: Some(why), ..Self::of(403, "Forbidden") }
    }

    /// 404: the path leads nowhere.
    pub fn not_found() -> Self {
        Self { detail: Some("There is nothing at this path."), ..Self::of(404, "Not Found") }
    }

    /// 404: the caller has no such shipment.
    pub fn no_shipment() -> Self {
        let code = Some(NO_SHIPMENT);
        Self { detail: Some("Shipment not found"), code, ..Self::of(404, "Not Found") }
    }

    /// 404: the caller has no such order.
    pub fn no_order() -> Self {
        Self { detail: Some("Order not found"), ..Self::of(404, "Not Found") }
    }

    /// 404: the caller may use no such template.
    pub fn no_template() -> Self {
        Self { detail: Some("Template not found"), ..Self::of(404, "Not Found") }
    }

    /// 405: the path takes another method.
    pub fn method_not_allowed(allow: String) -> Self {
        Self { header: Some(Box::new(Header::new("Allow", allow))), ..Self::of(405, "Method Not Allowed") }
    }

    /// 409: it contradicts what was accepted earlier.
    pub fn conflict(why: &'static str) -> Self {
        Self { detail: Some(why), ..Self::of(409, "Conflict") }
    }

    /// 409: another order has the idempotency id.
    pub fn other_order() -> Self {
        Self::conflict("Another order has this idempotencyId.")
    }

    /// 409: the order that had the idempotency id is gone but for its evidence, which another must not replace.
    pub fn spent_id() -> Self {
        Self::conflict("An order that has been removed had this idempotencyId.")
    }

    /// 413: the body is larger than any order.
    pub fn too_large() -> Self {
        Self { detail: Some("A body has at most 1 MiB."), ..Self::of(413, "Content Too Large") }
    }

    /// 415: the body is not called JSON.
    pub fn unsupported_media_type() -> Self {
        let detail = Some("The content type must be application/json, in UTF-8 and not compressed.");
        Self { detail, ..Self::of(415, "Unsupported Media Type") }
    }

    /// 422: the deployment cannot carry it out, by the path of the field that asks for what it lacks.
    pub fn not_supported(lacking: BTreeMap<String, Vec<String>>) -> Self {
        let detail = Some("This deployment lacks what the order needs.");
        let code = Some(NOT_SUPPORTED);
        Self { detail, code, errors: Some(lacking), ..Self::of(422, "Unprocessable Content") }
    }

    /// 422: the registers know no address of anybody whom the order is for.
    pub fn missing_contact() -> Self {
        let detail = Some("Contact information is missing for all recipients of the order.");
        Self { detail, code: Some(MISSING_CONTACT), ..Self::of(422, "Unprocessable Content") }
    }

    /// 500: our mistake.
    pub fn internal() -> Self {
        Self::of(500, "Internal Server Error")
    }

    /// 503: something that we depend on does not answer; trying again helps.
    pub fn unavailable() -> Self {
        let header = Some(Box::new(Header::new("Retry-After", RETRY_AFTER)));
        let (code, detail) =
            (Some(DEPENDENCY_FAILED), Some("A service that this depends on does not answer."));
        Self { detail, code, header, ..Self::of(503, "Service Unavailable") }
    }

    /// 503: the rate of the channel is used up; in a second there is room again.
    pub fn too_many() -> Self {
        let header = Some(Box::new(Header::new("Retry-After", "1")));
        let detail = Some("The channel's rate is used up. Nothing was sent.");
        Self { detail, header, ..Self::unavailable() }
    }

    /// 503: an administrator holds the deployment, the channel or the owner.
    pub fn held() -> Self {
        let header = Some(Box::new(Header::new("Retry-After", "60")));
        let detail = Some("Sending is held for now. Nothing was sent.");
        Self { detail, header, ..Self::unavailable() }
    }

    /// 429: the day's budget is used up, the owner's or the deployment's; there is room again after so many seconds.
    pub fn budget_used_up(seconds: i64) -> Self {
        let header = Some(Box::new(Header::new("Retry-After", seconds.max(1).to_string())));
        let detail = Some("The day's budget of this channel is used up. Nothing was sent.");
        Self { detail, header, ..Self::of(429, "Too Many Requests") }
    }

    /// 429: the owner sends more requests than it may.
    pub fn too_many_requests() -> Self {
        let header = Some(Box::new(Header::new("Retry-After", "1")));
        let detail = Some("More requests a second than an owner may send.");
        Self { detail, header, ..Self::of(429, "Too Many Requests") }
    }

    /// 429: the owner has asked about too many recipients in this minute.
    pub fn too_many_checks() -> Self {
        let header = Some(Box::new(Header::new("Retry-After", "60")));
        let detail = Some("At most 1,000 recipients can be asked about in a minute.");
        Self { detail, header, ..Self::of(429, "Too Many Requests") }
    }

    /// 503: the provider gave no answer, so that nobody knows whether it has the notice.
    pub fn uncertain() -> Self {
        let detail =
            Some("It is not known whether the notice was sent. The same request again tells once it is.");
        Self { detail, ..Self::unavailable() }
    }

    /// The answer to the request that has this problem.
    pub fn answer(&self, event: &ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
        let document = ProblemDetails {
            r#type: format!("https://tools.ietf.org/html/rfc9110#section-{}", section(self.status)),
            title: self.title,
            status: self.status,
            detail: self.detail,
            code: self.code,
            trace_id: event.request_context.request_id.as_deref(),
            errors: self.errors.as_ref(),
        };
        let headers: Vec<_> = self.header.iter().map(|header| (header.name, header.value.as_str())).collect();
        answer::write("application/problem+json", self.status, &document, &headers)
    }

    fn of(status: u16, title: &'static str) -> Self {
        Self { status, title, detail: None, code: None, errors: None, header: None }
    }
}

/// Where RFC 9110 explains a status.
fn section(status: u16) -> &'static str {
    match status {
        400 => "15.5.1",
        401 => "15.5.2",
        403 => "15.5.4",
        404 => "15.5.5",
        405 => "15.5.6",
        409 => "15.5.10",
        413 => "15.5.14",
        415 => "15.5.16",
        422 => "15.5.21",
        // Section 4 of RFC 6585, which 9110 does not repeat.
        429 => "15.5",
        503 => "15.6.4",
        _ => "15.6.1",
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unauthenticated(why) => Self::unauthorized(why),
            Refusal::Forbidden(why) => Self::forbidden(why),
            Refusal::KeysUnavailable => Self::unavailable(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The status, the headers and the body of the answer.
    fn answered(problem: &Problem) -> (u16, Value, Value) {
        let mut event = ApiGatewayV2httpRequest::default();
        event.request_context.request_id = Some("JKJaXmPLvHcESHA=".into());
        let answer = serde_json::to_value(problem.answer(&event)).unwrap();
        let body = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        let status = answer["statusCode"].as_u64().unwrap();
        (u16::try_from(status).unwrap(), answer["headers"].clone(), body)
    }

    #[test]
    fn faults_are_listed_by_field() {
        let faults = BTreeMap::from([("RequestedSendTime".to_owned(), vec!["Late.".to_owned()])]);
        let (status, headers, body) = answered(&Problem::invalid(faults));
        assert_eq!((status, &headers["content-type"]), (400, &json!("application/problem+json")));
        let expected = json!({
            "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
            "title": "One or more validation errors occurred.",
            "status": 400,
            "traceId": "JKJaXmPLvHcESHA=",
            "errors": {"RequestedSendTime": ["Late."]},
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn every_problem_is_explained_and_carries_its_header() {
        let cases = [
            (Problem::unreadable("No."), 400, "15.5.1", None),
            (Problem::unauthorized("Why."), 401, "15.5.2", Some(("www-authenticate", "Bearer"))),
            (Problem::forbidden("Why."), 403, "15.5.4", None),
            (Problem::not_found(), 404, "15.5.5", None),
            (Problem::method_not_allowed("GET".into()), 405, "15.5.6", Some(("allow", "GET"))),
            (Problem::conflict("Why."), 409, "15.5.10", None),
            (Problem::too_large(), 413, "15.5.14", None),
            (Problem::unsupported_media_type(), 415, "15.5.16", None),
            (Problem::not_supported(BTreeMap::new()), 422, "15.5.21", None),
            (Problem::internal(), 500, "15.6.1", None),
            (Problem::unavailable(), 503, "15.6.4", Some(("retry-after", "30"))),
            (Problem::uncertain(), 503, "15.6.4", Some(("retry-after", "30"))),
            (Problem::too_many(), 503, "15.6.4", Some(("retry-after", "1"))),
        ];
        for (problem, status, section, header) in cases {
            let (answered, headers, body) = answered(&problem);
            assert_eq!((answered, &body["status"]), (status, &json!(status)));
            assert!(body["type"].as_str().unwrap().ends_with(section), "{status}");
            assert!(header.is_none_or(|(name, value)| headers[name] == value), "{status}");
        }
    }

    #[test]
    fn a_shipment_that_is_not_there_has_the_contracts_code() {
        let (status, _, body) = answered(&Problem::no_shipment());
        assert_eq!((status, &body["code"]), (404, &json!("NOT-00003")));
        assert!(body.get("errors").is_none());
    }

    #[test]
    fn a_refused_caller_is_told_why() {
        assert_eq!(Problem::from(Refusal::Unauthenticated("Why.")), Problem::unauthorized("Why."));
        assert_eq!(Problem::from(Refusal::Forbidden("Why.")), Problem::forbidden("Why."));
        assert_eq!(Problem::from(Refusal::KeysUnavailable), Problem::unavailable());
    }
}
