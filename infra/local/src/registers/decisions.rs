//! The policy decision point: `POST /authorize`, many questions in one.

use serde_json::{Value, json};

use super::organizations::party;
use super::people::People;

/// Answers every question; none where the body holds none.
pub fn decide(people: &People, body: &Value) -> Option<Value> {
    let request = &body["Request"];
    let references = request["MultiRequests"]["RequestReference"].as_array()?;
    let decisions: Option<Vec<_>> = references.iter().map(|asked| decision(people, request, asked)).collect();
    Some(json!({"Response": decisions?}))
}

fn decision(people: &People, request: &Value, asked: &Value) -> Option<Value> {
    let ids = asked["ReferenceId"].as_array()?;
    let subject = referenced(&request["AccessSubject"], ids)?;
    let action = referenced(&request["Action"], ids)?;
    let resource = referenced(&request["Resource"], ids)?;
    let user = attribute(subject, "urn:altinn:userid")?.parse::<u64>().ok()?;
    let unit = attribute(resource, "urn:altinn:partyid")?.parse::<u64>().ok()?;
    let wanted = attribute(action, "urn:oasis:names:tc:xacml:1.0:action:action-id")?;
    let all = people.list().organizations;
    let mut actors = all.iter().filter(|o| party(&o.organization_number) == unit).flat_map(|o| &o.people);
    let permits = actors.any(|actor| actor.user_id == user && actor.actions.iter().any(|may| may == wanted));
    Some(
        json!({"Decision": if permits { "Permit" } else { "NotApplicable" }, "Category": [subject, resource]}),
    )
}

/// The entry of a category that is one of the referenced.
fn referenced<'a>(category: &'a Value, ids: &[Value]) -> Option<&'a Value> {
    category.as_array()?.iter().find(|entry| ids.contains(&entry["Id"]))
}

fn attribute<'a>(category: &'a Value, id: &str) -> Option<&'a str> {
    category["Attribute"].as_array()?.iter().find(|attribute| attribute["AttributeId"] == id)?["Value"]
        .as_str()
}
