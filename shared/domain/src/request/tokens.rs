//! What an order fills in to a template's texts: an object by name, or a list by position.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::text::{Tokens, has_control_beside_white_space};

/// The tokens of an order, as they are written.
#[derive(Clone, Default)]
pub struct GivenTokens(pub Tokens);

impl<'de> Deserialize<'de> for GivenTokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tokens = deserializer.deserialize_any(TokensVisitor)?;
        if tokens.values().any(|value| has_control_beside_white_space(value)) {
            return Err(D::Error::custom("Must not hold control characters."));
        }
        Ok(Self(tokens))
    }
}

struct TokensVisitor;

impl TokensVisitor {
    /// A text, or a number as it is written.
    fn token<E: Error>(value: &Value) -> Result<String, E> {
        let text = value.as_str().map(str::to_owned).or_else(|| Some(value.as_number()?.to_string()));
        text.ok_or_else(|| E::custom(format_args!("Must be {}.", Self::EXPECTED)))
    }

    const EXPECTED: &str = "a list of texts and numbers, or an object of them";
}

impl<'de> Visitor<'de> for TokensVisitor {
    type Value = Tokens;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::EXPECTED)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tokens, A::Error> {
        let mut tokens = Tokens::new();
        while let Some(item) = items.next_element()? {
            tokens.insert(tokens.len().to_string(), Self::token(&item)?);
        }
        Ok(tokens)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tokens, A::Error> {
        let mut tokens = Tokens::new();
        while let Some((name, value)) = members.next_entry()? {
            tokens.insert(name, Self::token(&value)?);
        }
        Ok(tokens)
    }
}

impl JsonSchema for GivenTokens {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Tokens".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let token = || serde_json::json!({"type": ["string", "number"]});
        json_schema!({"anyOf": [
            {"type": "object", "additionalProperties": token()},
            {"description": "Tokens by position.", "type": "array", "items": token()},
        ]})
    }
}
