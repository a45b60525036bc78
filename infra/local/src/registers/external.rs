//! The addresses of people without a national identity number: `POST /users/contactpoint/lookupsi`.

use serde_json::{Value, json};

use super::people::People;
use super::texts;

/// Answers a look-up; none where the body is not one.
pub fn look_up(people: &People, body: &Value) -> Option<Value> {
    let identities = texts(&body["externalIdentities"])?;
    let found = identities.into_iter().filter_map(|identity| people.outsider(identity));
    Some(json!({"contactPointsList": found.collect::<Vec<_>>()}))
}
