//! Names of persons and organisations: `POST /parties/nameslookup`.

use serde_json::{Value, json};

use super::people::People;

/// Answers a look-up; none where the body is not one. Numbers come in `parties` or in lists of their own.
pub fn look_up(people: &People, body: &Value) -> Option<Value> {
    let object = body.as_object()?;
    let listed = |name: &str| object.get(name).and_then(Value::as_array).into_iter().flatten();
    let of = |member: &'static str, list: &'static str| {
        listed("parties").map(move |party| &party[member]).chain(listed(list)).filter_map(Value::as_str)
    };
    let persons = of("ssn", "socialSecurityNumbers")
        .filter_map(|ssn| Some(json!({"name": people.person(ssn)?.name, "ssn": ssn})));
    let organizations = of("orgNo", "organizationNumbers")
        .filter_map(|number| Some(json!({"name": people.organization(number)?.name, "orgNo": number})));
    Some(json!({"partyNames": persons.chain(organizations).collect::<Vec<_>>()}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;

    #[test]
    fn both_kinds_are_named_and_nobody_is_left_out() {
        let people = People::made_up(Utc::now());
        let all = people.list();
        let (person, unit) = (&all.persons[0], &all.organizations[0]);
        let body = json!({
            "parties": [{"ssn": person.national_identity_number}, {"orgNo": "000000000"}],
            "organizationNumbers": [unit.organization_number],
        });
        let names = look_up(&people, &body).unwrap();
        let names: Vec<_> =
            names["partyNames"].as_array().unwrap().iter().map(|n| n["name"].as_str()).collect();
        assert_eq!(names, [Some(person.name.as_str()), Some(unit.name.as_str())]);
    }
}
