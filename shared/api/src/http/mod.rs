//! HTTP as API Gateway hands it over: reading requests, and answering with JSON or with problem details.

mod answer;
mod health;
mod problem;
mod public_url;
mod request;

pub use answer::{json, no_content, text, written_json};
pub use health::Health;
pub use problem::{Problem, ProblemDetails};
pub use public_url::PublicUrl;
pub use request::{authorization, body, header, is_dry_run};
