//! The document as a whole.

use serde_json::{Map, Value, json};
use varsling_api::http::ProblemDetails;
use varsling_api::routes::{ROUTES, Route};

use crate::examples::{Examples, name_of};
use crate::operations::{Asker, Operation, Success};
use crate::parameters;
use crate::shapes::Shapes;

/// The scheme of tokens of clients.
const CLIENT: &str = "maskinporten";
/// The scheme of tokens of persons.
const PERSON: &str = "idporten";

const DESCRIPTION: &str = "Notifies people and organisations by e-mail and SMS that a message or a form waits for them, \
    and reminds them. What is not in the contract of Altinn Notifications is an addition to it. Names of members may be \
    written in any letter case, and members that are not known are passed over.";

/// The OpenAPI 3.1 document of the API.
pub fn document(examples: &Examples) -> Value {
    let mut shapes = Shapes::new();
    let problem = shapes.answer::<ProblemDetails<'_>>();
    let mut paths = Map::new();
    for route in &ROUTES {
        let operation = Operation::of(route.endpoint, &mut shapes);
        let written = written(route, &operation, &problem, examples);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.to_ascii_lowercase()] = written;
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Varsling",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": shapes.into_definitions(),
            "securitySchemes": {
                CLIENT: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "A token from Maskinporten, or one that an Altinn installation has exchanged for it."},
                PERSON: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "A person's token from ID-porten, where the deployment names its issuer."},
            },
        },
    })
}

fn written(route: &Route, operation: &Operation, problem: &Value, examples: &Examples) -> Value {
    let mut written = json!({
        "operationId": name_of(route.endpoint),
        "tags": [operation.tag],
        "summary": operation.summary,
        "security": security(operation.asker),
        "responses": responses(route, operation, problem, examples),
    });
    let in_path = route
        .path
        .split('/')
        .filter_map(|one| parameters::in_path(one.strip_prefix('{')?.strip_suffix('}')?));
    let parameters: Vec<_> = in_path.chain(operation.parameters.iter().cloned()).collect();
    if !parameters.is_empty() {
        written["parameters"] = json!(parameters);
    }
    if let Some(shape) = &operation.request {
        let content = content("application/json", shape, examples.request(route.endpoint));
        written["requestBody"] = json!({"required": true, "content": content});
    }
    if operation.is_deprecated {
        written["deprecated"] = json!(true);
    }
    written
}

fn security(asker: Asker) -> Value {
    match asker {
        Asker::Client(scope) => json!([{CLIENT: [scope]}]),
        Asker::Person => json!([{PERSON: []}]),
        Asker::Anybody => json!([]),
    }
}

fn content(kind: &str, shape: &Value, example: Option<Value>) -> Value {
    let mut media = json!({"schema": shape});
    if let Some(example) = example {
        media["example"] = example;
    }
    json!({kind: media})
}

fn responses(route: &Route, operation: &Operation, problem: &Value, examples: &Examples) -> Value {
    let mut responses = Map::new();
    for (place, answer) in operation.answers.iter().enumerate() {
        // The example is of the usual answer.
        let example = examples.response(route.endpoint).filter(|_| place == 0);
        responses.insert(answer.status.to_string(), success(answer, example));
    }
    for status in operation.problems.iter().chain(&[405]) {
        responses.insert(status.to_string(), refusal(*status, problem));
    }
    Value::Object(responses)
}

fn success(answer: &Success, example: Option<Value>) -> Value {
    let mut written = json!({"description": answer.description});
    if let Some(shape) = &answer.shape {
        written["content"] = content("application/json", shape, example);
    }
    if answer.has_location {
        let description = "Where the order is found.";
        written["headers"] = json!({"Location": {"description": description, "schema": {"type": "string"}}});
    }
    written
}

fn refusal(status: u16, problem: &Value) -> Value {
    let description = match status {
        400 => "What is wrong stands in `errors`, by the path of the member.",
        401 => "There is no token, or none that is valid.",
        403 => "The token does not permit this.",
        404 => "The caller has nothing of that name.",
        405 => "The path takes other methods, which `Allow` names.",
        409 => "It contradicts what was done before.",
        413 => "A body has at most 1 MiB.",
        415 => "A body is JSON in UTF-8.",
        422 => "Nobody can be reached (NOT-00001), or the deployment lacks what is needed (NOT-01001).",
        429 => "Too much was asked; `Retry-After` says when to go on.",
        _ => "Something that is needed does not answer; `Retry-After` says when to try again.",
    };
    let mut written =
        json!({"description": description, "content": content("application/problem+json", problem, None)});
    let header = match status {
        401 => Some("WWW-Authenticate"),
        405 => Some("Allow"),
        429 | 503 => Some("Retry-After"),
        _ => None,
    };
    if let Some(header) = header {
        written["headers"] = json!({header: {"schema": {"type": "string"}}});
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use varsling_api::routes::Endpoint;

    fn docs() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"))
    }

    fn made() -> Value {
        document(&Examples::inside(docs().join("examples")))
    }

    /// With `WRITE_DOCS=1` it is written.
    #[test]
    fn the_document_is_what_the_types_say() {
        let (path, made) =
            (docs().join("openapi.json"), serde_json::to_string_pretty(&made()).unwrap() + "\n");
        if std::env::var_os("WRITE_DOCS").is_some() {
            std::fs::write(&path, &made).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap();
        assert!(kept == made, "docs/openapi.json is stale: WRITE_DOCS=1 cargo test -p varsling-openapi");
    }

    #[test]
    fn no_shape_has_a_name_that_only_counts() {
        let made = made();
        let names = made["components"]["schemas"].as_object().unwrap().keys();
        let counted: Vec<_> = names.filter(|name| name.ends_with(|c: char| c.is_ascii_digit())).collect();
        assert!(counted.is_empty(), "{counted:?}");
    }

    #[test]
    fn everything_that_is_sent_and_answered_has_an_example() {
        let examples = Examples::inside(docs().join("examples"));
        for route in &ROUTES {
            let operation = Operation::of(route.endpoint, &mut Shapes::new());
            let name = name_of(route.endpoint);
            assert_eq!(operation.request.is_some(), examples.request(route.endpoint).is_some(), "{name}");
            let answers = operation.answers.iter().any(|answer| answer.shape.is_some());
            let is_document = route.endpoint == Endpoint::ShowDocument;
            assert_eq!(answers && !is_document, examples.response(route.endpoint).is_some(), "{name}");
        }
    }
}
