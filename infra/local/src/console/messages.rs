//! What people got: the messages that the providers took, newest first, and an e-mail's HTML as a mail program would
//! show it, which can load and run nothing.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use varsling_domain::channel::Channel;
use varsling_domain::ids::DeliveryId;
use varsling_domain::sms::Segments;
use varsling_domain::text::plain_alternative;

use super::order_book::ListedOrders;
use crate::control::{Refusal, Shared};
use crate::outbox::Entry;

/// How many messages a page has where nobody says, and at most.
const USUAL: usize = 20;
const MOST: usize = 200;

/// The policy of the HTML of an e-mail: styles and images that are in it, and nothing else. By `sandbox` it has an origin of its
/// own, so that it has no access to the page that shows it.
const POLICY: &str = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; \
                      base-uri 'none'; frame-ancestors 'self'";

/// Which messages are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Those of an order.
    order: Option<String>,
    /// Those before this one, by its number.
    before: Option<usize>,
    limit: Option<usize>,
}

/// `GET /local/messages`: a page of them, and how many there are in all.
pub async fn list(State(simulator): Shared, Query(asked): Query<Asked>) -> Result<Json<Value>, Refusal> {
    let limit = asked.limit.unwrap_or(USUAL).min(MOST);
    let orders = simulator.orders.up_to_date(&simulator).map_err(|error| Refusal(error.to_string()))?;
    let (messages, count) = simulator.outbox.look(|entries| {
        let numbered = entries.iter().enumerate().rev();
        let wanted = numbered.filter(|(number, entry)| {
            asked.before.is_none_or(|before| *number < before)
                && asked.order.as_ref().is_none_or(|order| is_of(&orders, entry, order))
        });
        let shown: Vec<_> = wanted.take(limit).map(|(number, entry)| message(number, entry)).collect();
        (shown, entries.len())
    });
    Ok(Json(json!({"messages": messages, "count": count})))
}

/// Whether a message is of an order, or of one of its children.
fn is_of(orders: &ListedOrders, entry: &Entry, order: &str) -> bool {
    let delivery = entry.notification_id.as_deref().and_then(|id| id.parse::<DeliveryId>().ok());
    delivery.is_some_and(|delivery| orders.order_of(delivery.shipment.chain()).to_string() == order)
}

fn message(number: usize, entry: &Entry) -> Value {
    let mut message = json!(entry);
    message["number"] = number.into();
    if entry.channel == Channel::Sms {
        message["segments"] = json!(Segments::parts(&entry.body));
    }
    if entry.content_type == Some("Html") {
        message["plain"] = plain_alternative(&entry.body).into();
    }
    message
}

/// `GET /local/messages/{number}/html`: the HTML of an e-mail.
pub async fn html(State(simulator): Shared, Path(number): Path<usize>) -> Response {
    let body = simulator.outbox.look(|entries| {
        entries.get(number).filter(|entry| entry.content_type == Some("Html")).map(|entry| entry.body.clone())
    });
    let Some(body) = body else { return StatusCode::NOT_FOUND.into_response() };
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, body).into_response()
}
