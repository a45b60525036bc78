//! What all request bodies are read with: members that know where they are, the values that they can hold, and the list
//! of everything that is wrong with them. The bodies themselves stand in `contract`.

mod faults;
mod flat;
mod given;
mod reader;
mod shapes;
mod tokens;
mod words;

pub use faults::Faults;
pub use flat::Flat;
pub use given::Given;
pub(crate) use reader::{capitalised, given};
pub(crate) use shapes::{inline_schema, object_of};
pub use tokens::GivenTokens;
pub use words::{Choice, Short, Whole, Word, Words};

use serde_json::Value;

/// The JSON object in a request's body.
pub fn read_body(body: &str) -> Result<Value, Faults> {
    // Some clients write it before all that they send; RFC 8259 lets a reader pass over it.
    let body = body.strip_prefix('\u{feff}').unwrap_or(body);
    match serde_json::from_str(body) {
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Faults::of("$", "Must be a JSON object.")),
        // What serde_json says of a text that is not JSON is where it ends being so, not what it says.
        Err(error) => Err(Faults::of(
            "$",
            format!("Is not valid JSON (line {}, column {}).", error.line(), error.column()),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_before_a_body_is_passed_over() {
        assert_eq!(read_body("\u{feff}{\"a\":1}"), read_body("{\"a\":1}"));
        assert!(read_body("{\u{feff}\"a\":1}").is_err(), "only there");
    }
}
