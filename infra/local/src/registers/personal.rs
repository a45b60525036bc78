//! The addresses of people who act for organisations: `POST /units/contactpoint/lookup`.

use serde_json::{Value, json};

use super::organizations::party;
use super::people::People;
use super::texts;

/// Answers a look-up; none where the body is not one.
pub fn look_up(people: &People, body: &Value) -> Option<Value> {
    let resource = body["resourceId"].as_str()?;
    let numbers = texts(&body["organizationNumbers"])?;
    let units = numbers.into_iter().filter_map(|number| Some((number, people.organization(number)?)));
    let units = units.map(|(number, unit)| {
        let points = unit.people.iter().filter(|actor| actor.wants(resource)).map(|actor| {
            json!({"userId": actor.user_id, "email": actor.email, "mobileNumber": actor.mobile_number})
        });
        json!({"organizationNumber": number, "partyId": party(number),
               "userContactPoints": points.collect::<Vec<_>>()})
    });
    Some(json!({"contactPointsList": units.collect::<Vec<_>>()}))
}
