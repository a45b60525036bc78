//! JSON schemas of what is written by hand rather than member by member.

use schemars::{Schema, json_schema};
use serde_json::{Map, Value};

/// An object with members that need not all be there.
pub(crate) fn object_of<'n>(members: impl IntoIterator<Item = (&'n str, Schema)>) -> Schema {
    let members: Map<String, Value> =
        members.into_iter().map(|(name, shape)| (name.to_owned(), shape.to_value())).collect();
    json_schema!({"type": "object", "properties": members})
}

/// A schema that stands where it is used, under the name of its type.
macro_rules! inline_schema {
    ($type:ty, |$generator:ident| $schema:expr) => {
        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema($generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $schema
            }
        }
    };
}

pub(crate) use inline_schema;
