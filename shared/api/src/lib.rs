//! The edge of the HTTP API: requests as API Gateway hands them over, answers, problem details, and who is calling.

pub mod http;
pub mod routes;
pub mod tokens;
