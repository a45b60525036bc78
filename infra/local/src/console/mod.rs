//! What the console in the browser reads beside the public API: orders, messages, the clock and what comes next, the year's
//! sending window, queues and rates, and word of every change.

mod calendar;
mod changes;
mod files;
mod inside;
mod messages;
pub mod orders;
mod time;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::simulator::Simulator;

pub use files::routes as file_routes;

/// The routes of the console on the local system.
pub fn routes() -> Router<Arc<Simulator>> {
    Router::new()
        .route("/local/orders", get(orders::list))
        .route("/local/messages", get(messages::list))
        .route("/local/messages/{number}/html", get(messages::html))
        .route("/local/clock", get(time::show))
        .route("/local/calendar", get(calendar::show))
        .route("/local/inside", get(inside::show))
        .route("/local/changes", get(changes::follow))
        .merge(file_routes())
}
