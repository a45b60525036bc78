//! What the health check answers.

use schemars::JsonSchema;
use serde::Serialize;

/// That the service answers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Health {
    /// `Healthy`: what is not healthy answers otherwise.
    pub status: &'static str,
}
