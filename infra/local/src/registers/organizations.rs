//! The organisations' official addresses: `POST /organizations/notificationaddresses/lookup`.

use serde_json::{Value, json};

use super::people::{Entity, People};
use super::texts;

/// Answers a look-up; none where the body is not one.
pub fn look_up(people: &People, body: &Value) -> Option<Value> {
    let numbers = texts(&body["organizationNumbers"])?;
    let found: Vec<_> = numbers.iter().filter_map(|number| entry(people, number)).collect();
    Some(json!({"contactPointsList": found}))
}

fn entry(people: &People, number: &str) -> Option<Value> {
    let unit = people.organization(number)?;
    let origin = origin(people, &unit);
    Some(json!({
        "organizationNumber": number,
        "addressOrigin": origin.organization_number,
        "partyId": party(number),
        "mobileNumberList": origin.mobile_numbers,
        "emailList": origin.emails,
    }))
}

/// An organisation's number as a party.
pub fn party(number: &str) -> u64 {
    50_000_000 + number.get(1..).and_then(|digits| digits.parse::<u64>().ok()).unwrap_or_default()
}

/// A unit without addresses of its own has those of its main unit.
fn origin(people: &People, unit: &Entity) -> Entity {
    let main = unit.main_unit.as_deref().and_then(|main| people.organization(main));
    match main {
        Some(main) if unit.emails.is_empty() && unit.mobile_numbers.is_empty() => main,
        _ => unit.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;

    #[test]
    fn a_sub_unit_without_addresses_has_its_main_units() {
        let people = People::made_up(Utc::now());
        let units = people.list().organizations;
        let unit = units.iter().find(|unit| unit.main_unit.is_some()).unwrap();
        let body = json!({"organizationNumbers": [unit.organization_number, "000000000"]});
        let answer = look_up(&people, &body).unwrap();
        let found = answer["contactPointsList"].as_array().unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["addressOrigin"].as_str(), unit.main_unit.as_deref());
        assert!(!found[0]["emailList"].as_array().unwrap().is_empty());
    }
}
