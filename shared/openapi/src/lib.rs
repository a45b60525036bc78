//! The OpenAPI document of the API: made from the table of routes, the requests and answers as their types have them, and
//! the examples in `docs/examples`, each of which a test has sent or seen.

mod document;
mod examples;
mod operations;
mod parameters;
mod shapes;

pub use document::document;
pub use examples::{Examples, name_of};
