//! Names of persons and organisations: `POST /parties/nameslookup`.

use serde_json::{Value, json};

use super::people::People;

/// Answers a look-up; none where the body is not one. Numbers come in `parties` or in lists of their own.
pub fn look_up(people: &People, body: &Value) -> Option<Value> {
    body.as_object()?;
    let persons = numbers(body, "ssn", "socialSecurityNumbers")
        .filter_map(|ssn| Some(json!({"name": people.person(ssn)?.name, "ssn": ssn})));
    let organizations = numbers(body, "orgNo", "organizationNumbers")
        .filter_map(|number| Some(json!({"name": people.organization(number)?.name, "orgNo": number})));
    Some(json!({"partyNames": persons.chain(organizations).collect::<Vec<_>>()}))
}

/// The numbers of a kind: members of the parties, and those of a list.
fn numbers<'a>(body: &'a Value, member: &'a str, list: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    let parties = listed(&body["parties"]).map(move |party| &party[member]);
    parties.chain(listed(&body[list])).filter_map(Value::as_str)
}

fn listed(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Utc;

    #[test]
    fn persons_and_organizations_are_named() {
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
