//! What the console in the browser reads beside the public API: orders, messages, the clock and what comes next, the year's
//! sending window, queues and rates, and what has changed.

mod calendar;
mod changes;
mod inside;
mod messages;
pub mod order_book;
mod orders;
mod time;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use varsling_console::{HEADERS, PAGE};

use crate::simulator::Simulator;

/// The routes of the console on the local system.
pub fn routes() -> Router<Arc<Simulator>> {
    Router::new()
        .route("/", get(page))
        .route("/local/orders", get(orders::list))
        .route("/local/messages", get(messages::list))
        .route("/local/messages/{number}/html", get(messages::html))
        .route("/local/clock", get(time::show))
        .route("/local/calendar", get(calendar::show))
        .route("/local/inside", get(inside::show))
        .route("/local/changes", get(changes::follow))
}

/// The page at the root. Its other files come from the function that serves them in a deployment.
async fn page() -> Response {
    varsling_console::file(PAGE).map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |page| ([(CONTENT_TYPE, page.content_type)], HEADERS, page.content).into_response(),
    )
}
