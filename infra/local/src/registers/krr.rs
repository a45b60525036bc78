//! The contact and reservation register: `POST /rest/v2/personer`.

use chrono::{DateTime, Months, Utc};
use serde_json::{Value, json};

use super::people::{People, Person};
use super::texts;
use crate::simulator::stamp;

/// How many persons one look-up may name.
const MOST: usize = 1000;
/// How long an address counts as confirmed, in months.
const CONFIRMED: u32 = 18;

/// Answers a look-up; none where the body is not one.
pub fn look_up(people: &People, body: &Value, now: DateTime<Utc>) -> Option<Value> {
    let numbers = texts(&body["personidentifikatorer"])?;
    if numbers.is_empty() || numbers.len() > MOST {
        return None;
    }
    let persons: Vec<_> = numbers.iter().map(|number| entry(number, people.person(number), now)).collect();
    Some(json!({"personer": persons}))
}

fn entry(number: &str, person: Option<Person>, now: DateTime<Utc>) -> Value {
    let Some(person) = person else {
        return json!({"personidentifikator": number, "status": "IKKE_REGISTRERT", "reservasjon": "NEI",
                      "varslingsstatus": "KAN_IKKE_VARSLES"});
    };
    let verified = person.verified_at;
    let fresh = now.checked_sub_months(Months::new(CONFIRMED)).is_none_or(|limit| verified >= limit);
    let reachable = fresh && !person.reserved && (person.email.is_some() || person.mobile_number.is_some());
    json!({
        "personidentifikator": number,
        "reservasjon": if person.reserved { "JA" } else { "NEI" },
        "status": "AKTIV",
        "varslingsstatus": if reachable { "KAN_VARSLES" } else { "KAN_IKKE_VARSLES" },
        "kontaktinformasjon": contact(&person),
        "spraak": person.language,
        "spraak_oppdatert": stamp(verified),
    })
}

/// Both notations of time occur in the register: the e-mail's as ISO, the mobile's with an offset of hours.
fn contact(person: &Person) -> Value {
    let mut contact = json!({});
    let hours = person.verified_at.format("%Y-%m-%dT%H:%M:%S+00").to_string();
    for (name, value, time) in [
        ("epostadresse", &person.email, stamp(person.verified_at)),
        ("mobiltelefonnummer", &person.mobile_number, hours),
    ] {
        if let Some(value) = value {
            contact[name] = value.as_str().into();
            contact[format!("{name}_oppdatert")] = time.as_str().into();
            contact[format!("{name}_sist_verifisert")] = time.into();
        }
    }
    contact
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Value {
        let now = Utc::now();
        let people = People::made_up(now);
        let person = people.list().persons.into_iter().find(|person| person.name == name).unwrap();
        let body = json!({"personidentifikatorer": [person.national_identity_number]});
        look_up(&people, &body, now).unwrap()["personer"][0].clone()
    }

    #[test]
    fn persons_with_fresh_addresses_can_be_notified_and_stale_or_reserved_ones_cannot() {
        assert_eq!(of("Solid Lampe")["varslingsstatus"], "KAN_VARSLES");
        assert_eq!(of("Gammel Adresse")["varslingsstatus"], "KAN_IKKE_VARSLES");
        assert_eq!(of("Reservert Stol")["reservasjon"], "JA");
        assert!(of("Bare Epost")["kontaktinformasjon"].get("mobiltelefonnummer").is_none());
    }

    #[test]
    fn an_unknown_number_is_not_registered_and_a_malformed_lookup_is_refused() {
        let people = People::made_up(Utc::now());
        let answer = look_up(&people, &json!({"personidentifikatorer": ["1"]}), Utc::now()).unwrap();
        assert_eq!(answer["personer"][0]["status"], "IKKE_REGISTRERT");
        assert!(look_up(&people, &json!({"personidentifikatorer": []}), Utc::now()).is_none());
        assert!(look_up(&people, &json!({}), Utc::now()).is_none());
    }
}
