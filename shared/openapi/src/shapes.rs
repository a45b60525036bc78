//! The shapes of requests and answers as JSON schemas, each once and by its name.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// Where in the document the shapes stand.
const PLACE: &str = "/components/schemas";

/// The shapes that have been asked for so far.
pub(crate) struct Shapes {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

impl Shapes {
    pub fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = PLACE.into();
                settings.meta_schema = None;
            })
        };
        Self {
            requests: settings().for_deserialize().with_transform(NullIsAbsent).into_generator(),
            answers: settings().for_serialize().with_transform(NeverNull).into_generator(),
        }
    }

    /// The shape of what a caller sends.
    pub fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    /// The shape of what a caller reads.
    pub fn answer<T: JsonSchema>(&mut self) -> Value {
        self.answers.subschema_for::<T>().to_value()
    }

    /// All shapes by their names.
    ///
    /// # Panics
    /// Where two shapes that differ have one name: the document would say the wrong thing of one of them.
    pub fn into_definitions(mut self) -> Map<String, Value> {
        let mut all = self.requests.take_definitions(true);
        for (name, shape) in self.answers.take_definitions(true) {
            if let Some(other) = all.insert(name.clone(), shape.clone()) {
                assert_eq!(other, shape, "two shapes are called {name}");
            }
        }
        all
    }
}

/// A member that need not be given may be null.
#[derive(Debug, Clone)]
struct NullIsAbsent;

impl Transform for NullIsAbsent {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let required: Vec<_> = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let Some(Value::Object(members)) = schema.get_mut("properties") else { return };
        for (name, member) in members.iter_mut().filter(|(name, _)| !required.contains(&json!(name))) {
            debug_assert!(!name.is_empty());
            allow_null(member);
        }
    }
}

/// A member that is not always answered is left out, and never null.
#[derive(Debug, Clone)]
struct NeverNull;

impl Transform for NeverNull {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let Some(Value::Object(members)) = schema.get_mut("properties") else { return };
        for (_, member) in members.iter_mut().filter(|(name, _)| !required.contains(&json!(name))) {
            refuse_null(member);
        }
    }
}

/// The same, not null.
fn refuse_null(member: &mut Value) {
    if let Some(Value::Array(types)) = member.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = &types[..] {
            member["type"] = one.clone();
        }
    }
    let Some(Value::Array(alternatives)) = member.get_mut("anyOf") else { return };
    alternatives.retain(|one| one["type"] != "null");
    if let [Value::Object(one)] = &alternatives[..] {
        let one = one.clone();
        if let Value::Object(shape) = member {
            shape.remove("anyOf");
            shape.extend(one);
        }
    }
}

/// The same or null, with the description outside.
fn allow_null(member: &mut Value) {
    let Value::Object(mut shape) = member.take() else { return };
    let description = shape.remove("description");
    let mut alternatives = match shape.remove("anyOf") {
        Some(Value::Array(alternatives)) if shape.is_empty() => alternatives,
        _ => vec![Value::Object(shape)],
    };
    alternatives.push(json!({"type": "null"}));
    *member = json!({"anyOf": alternatives});
    if let Some(description) = description {
        member["description"] = description;
    }
}
