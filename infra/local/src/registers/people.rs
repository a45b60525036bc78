//! The people and organisations that the registers know: made up, with valid check digits. National
//! identity numbers are synthetic (80 is added to the month), organisation numbers begin with 2 or 3.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use crate::lock;

/// A person.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Person {
    pub national_identity_number: String,
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub mobile_number: Option<String>,
    #[serde(default)]
    pub reserved: bool,
    #[serde(default)]
    pub language: Option<String>,
    /// When the addresses were last confirmed; just now where nothing is said.
    #[serde(default = "now", deserialize_with = "or_now")]
    pub verified_at: DateTime<Utc>,
}

/// An organisation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Entity {
    pub organization_number: String,
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    #[serde(default)]
    pub emails: Vec<String>,
    #[serde(default)]
    pub mobile_numbers: Vec<String>,
    /// The unit that it is a part of.
    #[serde(default)]
    pub main_unit: Option<String>,
    /// The people who act for it and want to be notified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Actor>,
}

/// Somebody who acts for an organisation, with personal addresses for that.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Actor {
    pub user_id: u64,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub mobile_number: Option<String>,
    /// Which resources they want to hear of; all where there are none.
    #[serde(default)]
    pub resources: Vec<String>,
    /// What they may do with any resource.
    #[serde(default)]
    pub actions: Vec<String>,
}

impl Actor {
    /// Whether they want to hear of a resource.
    pub fn wants(&self, resource: &str) -> bool {
        self.resources.is_empty() || self.resources.iter().any(|wanted| wanted == resource)
    }
}

/// Somebody who logs in without a national identity number.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Outsider {
    pub external_identity: String,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub mobile_number: Option<String>,
}

/// Null is as good as absent.
fn or_default<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

fn or_now<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_else(now))
}

fn now() -> DateTime<Utc> {
    Utc::now()
}

/// All of them, or some.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Population {
    #[serde(default)]
    pub persons: Vec<Person>,
    #[serde(default)]
    pub organizations: Vec<Entity>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub external_identities: Vec<Outsider>,
}

/// Everybody, by number.
#[derive(Default)]
pub struct People(Mutex<Everybody>);

#[derive(Default)]
struct Everybody {
    persons: BTreeMap<String, Person>,
    organizations: BTreeMap<String, Entity>,
    outsiders: BTreeMap<String, Outsider>,
}

impl People {
    /// Those that a system starts with.
    pub fn made_up(now: DateTime<Utc>) -> Self {
        let people = Self::default();
        people.put(Population {
            persons: persons(now),
            organizations: organizations(),
            external_identities: vec![],
        });
        people
    }

    /// Adds or replaces some.
    pub fn put(&self, some: Population) {
        let mut all = lock(&self.0);
        for person in some.persons {
            all.persons.insert(person.national_identity_number.clone(), person);
        }
        for organization in some.organizations {
            all.organizations.insert(organization.organization_number.clone(), organization);
        }
        for outsider in some.external_identities {
            all.outsiders.insert(outsider.external_identity.clone(), outsider);
        }
    }

    /// Everybody.
    pub fn list(&self) -> Population {
        let all = lock(&self.0);
        Population {
            persons: all.persons.values().cloned().collect(),
            organizations: all.organizations.values().cloned().collect(),
            external_identities: all.outsiders.values().cloned().collect(),
        }
    }

    /// The person with this number.
    pub fn person(&self, number: &str) -> Option<Person> {
        lock(&self.0).persons.get(number).cloned()
    }

    /// The organisation with this number.
    pub fn organization(&self, number: &str) -> Option<Entity> {
        lock(&self.0).organizations.get(number).cloned()
    }

    /// Somebody without a national identity number.
    pub fn outsider(&self, identity: &str) -> Option<Outsider> {
        lock(&self.0).outsiders.get(identity).cloned()
    }
}

/// The made-up persons: national identity number, name, e-mail address, mobile number.
const PERSONS: [[&str; 4]; 12] = [
    ["11837512435", "Solid Lampe", "solid.lampe@example.no", "+4790000001"],
    ["03895628785", "Reservert Stol", "reservert.stol@example.no", "+4790000002"],
    ["19818221188", "Gammel Adresse", "gammel.adresse@example.no", "+4790000003"],
    ["02827731415", "Bare Epost", "bare.epost@example.no", ""],
    ["03845538262", "Bare Mobil", "", "+4790000005"],
    ["14818616342", "Ingen Adresse", "", ""],
    ["08919039885", "Nynorsk Bord", "nynorsk.bord@example.no", "+4790000007"],
    ["02908730375", "English Window", "english.window@example.no", "+4790000008"],
    ["02845238513", "Nordlig Dør", "nordlig.dor@example.no", "+4790000009"],
    ["28836831464", "Rask Sykkel", "rask.sykkel@example.no", "+4790000010"],
    ["05895739288", "Stille Klokke", "stille.klokke@example.no", "+4790000011"],
    ["10899319287", "Blå Kopp & Skål", "bla.kopp@example.no", "+4790000012"],
];

fn persons(now: DateTime<Utc>) -> Vec<Person> {
    let mut persons = PERSONS.map(|[number, name, email, mobile]| Person {
        national_identity_number: number.into(),
        name: name.into(),
        email: Some(email.to_string()).filter(|email| !email.is_empty()),
        mobile_number: Some(mobile.to_string()).filter(|mobile| !mobile.is_empty()),
        reserved: false,
        language: Some("nb".into()),
        verified_at: now - TimeDelta::days(90),
    });
    for person in &mut persons {
        match person.name.as_str() {
            "Reservert Stol" => person.reserved = true,
            "Gammel Adresse" => person.verified_at = now - TimeDelta::days(600),
            "Nynorsk Bord" => person.language = Some("nn".into()),
            "English Window" => person.language = Some("en".into()),
            "Nordlig Dør" => person.language = Some("se".into()),
            _ => {}
        }
    }
    persons.to_vec()
}

fn organizations() -> Vec<Entity> {
    let mut unit = organization("301896271", "MODERAT SKOG AVDELING NORD", &[], &[]);
    unit.main_unit = Some("227289872".into());
    vec![
        organization("227289872", "MODERAT SKOG AS", &["post@moderatskog.example.no"], &["+4790000101"]),
        organization(
            "307576317",
            "MANGE VEIER SA",
            &["post@mangeveier.example.no", "okonomi@mangeveier.example.no", "drift@mangeveier.example.no"],
            &["+4790000102", "+4790000103"],
        ),
        organization("305832197", "TAUS STEIN AS", &[], &[]),
        organization("317191898", "BARE BREV AS", &["post@barebrev.example.no"], &[]),
        organization("241519538", "BARE RINGETONE AS", &[], &["+4790000106"]),
        organization("272477949", "STOR BUTIKK & SØNN AS", &["post@storbutikk.example.no"], &["+4790000107"]),
        organization("226346139", "LITEN BYGD KOMMUNE", &["post@litenbygd.example.no"], &["+4790000108"]),
        unit,
    ]
}

fn organization(number: &str, name: &str, emails: &[&str], mobiles: &[&str]) -> Entity {
    Entity {
        organization_number: number.into(),
        name: name.into(),
        emails: emails.iter().map(ToString::to_string).collect(),
        mobile_numbers: mobiles.iter().map(ToString::to_string).collect(),
        main_unit: None,
        people: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use varsling_domain::identity::{NationalIdentityNumber, OrganizationNumber};

    #[test]
    fn all_numbers_are_valid_and_synthetic() {
        let all = People::made_up(Utc::now()).list();
        assert!(all.persons.len() + all.organizations.len() >= 12);
        for person in &all.persons {
            let number = person.national_identity_number.as_str();
            assert!(NationalIdentityNumber::try_from(number).is_ok(), "{number}");
            assert!(matches!(&number[2..3], "8" | "9"), "{number}");
        }
        for organization in &all.organizations {
            let number = organization.organization_number.as_str();
            assert!(OrganizationNumber::try_from(number).is_ok(), "{number}");
            assert!(matches!(&number[..1], "2" | "3"), "{number}");
        }
    }

    #[test]
    fn some_are_replaced_and_the_rest_stay() {
        let people = People::made_up(Utc::now());
        let before = people.list().persons.len();
        let person = r#"{"persons": [{"nationalIdentityNumber": "11837512435", "email": "ny@example.no"}]}"#;
        people.put(serde_json::from_str(person).unwrap());
        assert_eq!(people.list().persons.len(), before);
        assert_eq!(people.person("11837512435").unwrap().email.as_deref(), Some("ny@example.no"));
    }
}
