//! What is asked beside a body: in the path, the query and the headers.

use serde::Serialize;
use serde_json::{Value, json};

/// A parameter of an operation.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Parameter {
    name: &'static str,
    r#in: &'static str,
    required: bool,
    description: &'static str,
    schema: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<Value>,
}

impl Parameter {
    const fn new(name: &'static str, r#in: &'static str, description: &'static str, schema: Value) -> Self {
        Self { name, r#in, required: false, description, schema, example: None }
    }

    /// In the query.
    pub fn query(name: &'static str, description: &'static str, schema: Value) -> Self {
        Self::new(name, "query", description, schema)
    }

    fn path(name: &'static str, description: &'static str, schema: Value) -> Self {
        Self { required: true, ..Self::new(name, "path", description, schema) }
    }

    fn header(name: &'static str, description: &'static str, example: &str) -> Self {
        let parameter = Self::new(name, "header", description, json!({"type": "string"}));
        Self { required: true, example: Some(json!(example)), ..parameter }
    }

    /// The same, which must be given.
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

/// What a list of suppressed addresses goes on from.
pub(crate) fn after() -> Vec<Parameter> {
    let place = json!({"type": "string", "pattern": "^[0-9]{1,18}\\.[A-Za-z0-9_-]{22}$"});
    vec![Parameter::query("after", "The `next` of the page before.", place)]
}

/// From which day to which.
pub(crate) fn days() -> Vec<Parameter> {
    let day = || json!({"type": "string", "format": "date"});
    vec![
        Parameter::query(
            "from",
            "The first day, on Oslo's clock; 30 days before the last where it is absent.",
            day(),
        ),
        Parameter::query("to", "The last day; today where it is absent. At most 92 days are shown.", day()),
    ]
}

/// The parameter that stands in a path under a name.
pub(crate) fn in_path(name: &str) -> Option<Parameter> {
    let text = || json!({"type": "string", "minLength": 1});
    Some(match name {
        "id" => Parameter::path(
            "id",
            "The id of the order, or of the shipment.",
            json!({"type": "string", "format": "uuid"}),
        ),
        "name" => Parameter::path("name", "The name of the template, in any letter case.", text()),
        "orgNumber" => {
            let number = json!({"type": "string", "pattern": "^[0-9]{9}$"});
            Parameter::path("orgNumber", "The organisation number of the owner.", number)
        }
        "webhook" => {
            let name = json!({"type": "string", "pattern": "^[a-z0-9-]{1,40}$"});
            Parameter::path("webhook", "The name of the webhook.", name)
        }
        "suppressionId" => {
            let id = json!({"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"});
            Parameter::path("suppressionId", "What the suppressed address is known by.", id)
        }
        "scope" => {
            let scope = json!({"type": "string", "pattern": "^(deployment|email|sms|[0-9]{9})$"});
            Parameter::path("scope", "What is held: `deployment`, a channel, or an owner.", scope)
        }
        _ => return None,
    })
}

/// Whether an order is tried only.
pub(crate) fn dry_run() -> Parameter {
    let description = "Whether the order is checked and looked up only: nothing is stored, and nothing sent.";
    Parameter::query("dryRun", description, json!({"type": "boolean"}))
}

/// For an administrator who asks about an owner's orders.
pub(crate) fn for_owner() -> Parameter {
    let number = json!({"type": "string", "pattern": "^[0-9]{9}$"});
    let description =
        "For administrators (scope `altinn:notifications.admin`): the owner whose orders are meant.";
    Parameter::query("owner", description, number)
}

/// Those of a search by reference.
pub(crate) fn by_reference() -> Vec<Parameter> {
    vec![
        Parameter::query(
            "sendersReference",
            "The reference, exactly.",
            json!({"type": "string", "minLength": 1}),
        )
        .required(),
        for_owner(),
    ]
}

/// Those of the older search and of the newer one.
pub(crate) fn search(states: &[&str]) -> Vec<Parameter> {
    let state = Parameter::query(
        "state",
        "Only orders with a shipment in this state.",
        json!({"type": "string", "enum": states}),
    );
    let cursor = Parameter::query("cursor", "Where the answer before ended.", json!({"type": "string"}));
    [by_reference(), vec![state, cursor]].concat()
}

/// Those of the status feed.
pub(crate) fn feed() -> Vec<Parameter> {
    let whole = |least: u32| json!({"type": "integer", "format": "int64", "minimum": least});
    vec![
        Parameter::query(
            "seq",
            "The number of the last entry that was read; what follows it is answered.",
            whole(0),
        ),
        Parameter::query(
            "pageSize",
            "How many entries are wanted; 500 at most.",
            json!({"type": "integer", "format": "int64"}),
        ),
        Parameter::query("orderBy", "In which order.", json!({"type": "string", "enum": ["asc", "desc"]})),
        for_owner(),
    ]
}

/// Those of support's search.
pub(crate) fn notices(header: &'static str, example: &str) -> Vec<Parameter> {
    let time = || json!({"type": "string", "format": "date-time"});
    vec![
        Parameter::header(header, "Whose notifications are looked for.", example),
        Parameter::query("from", "From when, in UTC; seven days ago where it is left out.", time()),
        Parameter::query("to", "Until when, in UTC; now where it is left out.", time()),
    ]
}

/// Those of the end-user log.
pub(crate) fn log() -> Vec<Parameter> {
    let text = || json!({"type": "string", "minLength": 1});
    vec![
        Parameter::query("dialogId", "The dialog.", text()).required(),
        Parameter::query("transmissionId", "The transmission in it.", json!({"type": "string"})),
    ]
}
