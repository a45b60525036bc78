//! HTTP as API Gateway hands it over: reading requests, and answering with JSON or with problem details.

mod answer;
mod problem;
mod request;
mod routes;

pub use answer::json;
pub use problem::Problem;
pub use request::{authorization, body};
pub use routes::{LISTS_PATH, ORDERS_PATH, SHIPMENT_PATH, channel_of_list, unknown_route};
