//! What the contact and reservation register answers, and what we make of it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use varsling_domain::address::ContactAddress;
use varsling_domain::channel::{Channel, PerChannel};
use varsling_domain::identity::NationalIdentityNumber;
use varsling_domain::language::Language;
use varsling_domain::recipients::{DatedAddress, PersonContact};
use varsling_outgoing_http::Unanswered;

/// The answer to a look-up.
#[derive(Deserialize)]
pub struct Answer {
    personer: Vec<Person>,
}

#[derive(Deserialize)]
struct Person {
    personidentifikator: String,
    status: String,
    reservasjon: Option<Reservation>,
    varslingsstatus: Option<String>,
    spraak: Option<String>,
    kontaktinformasjon: Option<Contact>,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
enum Reservation {
    #[serde(rename = "JA")]
    Reserved,
    #[serde(rename = "NEI")]
    NotReserved,
}

#[derive(Default, Deserialize)]
struct Contact {
    epostadresse: Option<String>,
    epostadresse_oppdatert: Option<String>,
    epostadresse_sist_verifisert: Option<String>,
    mobiltelefonnummer: Option<String>,
    mobiltelefonnummer_oppdatert: Option<String>,
    mobiltelefonnummer_sist_verifisert: Option<String>,
}

impl Answer {
    /// What it says of those who were asked for; of anybody else it is ignored.
    pub fn contacts(
        self,
        asked: &[&NationalIdentityNumber],
    ) -> Result<HashMap<NationalIdentityNumber, PersonContact>, Unanswered> {
        let asked: HashMap<_, _> = asked.iter().map(|number| (number.as_str(), *number)).collect();
        let mut contacts = HashMap::new();
        for person in self.personer {
            if let Some(number) = asked.get(person.personidentifikator.as_str()) {
                contacts.insert((*number).clone(), person.contact()?);
            }
        }
        Ok(contacts)
    }
}

impl Person {
    fn contact(self) -> Result<PersonContact, Unanswered> {
        let registered = self.status == "AKTIV";
        // A missing reservation field is not read as consent.
        if registered && self.reservasjon.is_none() {
            return Err(Unanswered::Nonsense);
        }
        let contact = self.kontaktinformasjon.unwrap_or_default();
        Ok(PersonContact {
            reserved: self.reservasjon == Some(Reservation::Reserved),
            registered,
            language: self.spraak.as_deref().and_then(Language::named),
            may_be_notified: self.varslingsstatus.as_deref() == Some("KAN_VARSLES"),
            addresses: PerChannel::by(|channel| contact.on(channel)),
            malformed: contact.malformed(),
        })
    }
}

/// What the register has of one address.
struct Entry<'a> {
    text: &'a str,
    updated: Option<&'a str>,
    verified: Option<&'a str>,
}

impl Contact {
    fn entry(&self, channel: Channel) -> Option<Entry<'_>> {
        Some(match channel {
            Channel::Email => Entry {
                text: self.epostadresse.as_deref()?,
                updated: self.epostadresse_oppdatert.as_deref(),
                verified: self.epostadresse_sist_verifisert.as_deref(),
            },
            Channel::Sms => Entry {
                text: self.mobiltelefonnummer.as_deref()?,
                updated: self.mobiltelefonnummer_oppdatert.as_deref(),
                verified: self.mobiltelefonnummer_sist_verifisert.as_deref(),
            },
        })
    }

    /// The channel whose entry is no address, though it says something.
    fn malformed(&self) -> Option<Channel> {
        let written = self.epostadresse.as_deref().unwrap_or_default();
        let is_malformed = !written.trim().is_empty() && self.on(Channel::Email).is_none();
        is_malformed.then_some(Channel::Email)
    }

    fn on(&self, channel: Channel) -> Option<DatedAddress> {
        let Entry { text, updated, verified } = self.entry(channel)?;
        let parse = if verified.and_then(time).is_some() {
            ContactAddress::parse_verified
        } else {
            ContactAddress::parse_registered
        };
        let address = parse(channel, text).ok()?;
        Some(DatedAddress { address, confirmed_at: later(updated, verified) })
    }
}

fn later(updated: Option<&str>, verified: Option<&str>) -> Option<DateTime<Utc>> {
    updated.and_then(time).max(verified.and_then(time))
}

/// A time with `Z`, or with an offset of hours that may lack its minutes.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%#z"));
    time.ok().map(|time| time.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const NUMBER: &str = "20914695016";

    fn read(persons: &Value) -> Result<Option<PersonContact>, Unanswered> {
        let number = NationalIdentityNumber::try_from(NUMBER).unwrap();
        let answer: Answer = serde_json::from_value(json!({ "personer": persons })).unwrap();
        let mut contacts = answer.contacts(&[&number])?;
        let contact = contacts.remove(&number);
        assert!(contacts.is_empty());
        Ok(contact)
    }

    fn with_contact(contact: &Value) -> PersonContact {
        let person = json!({
            "personidentifikator": NUMBER, "reservasjon": "NEI", "status": "AKTIV",
            "varslingsstatus": "KAN_VARSLES", "kontaktinformasjon": contact,
        });
        read(&json!([person])).unwrap().unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_person_with_everything() {
        let contact = with_contact(&json!({
            "epostadresse": "ola@example.no",
            "epostadresse_oppdatert": "2023-06-29T10:14:52+02",
            "epostadresse_sist_verifisert": "2024-01-02T03:04:05Z",
            "epostadresse_duplisert": "NEI",
            "mobiltelefonnummer": "99999999",
            "mobiltelefonnummer_oppdatert": "2024-01-02T03:04:05.678Z",
            "mobiltelefonnummer_sist_verifisert": "2023-06-29T10:14:52+02",
        }));
        assert!(contact.registered && contact.may_be_notified && !contact.reserved);
        let found: Vec<_> =
            contact.addresses.values().map(|dated| (dated.address.as_str(), dated.confirmed_at)).collect();
        let expected = [
            ("ola@example.no", Some(at("2024-01-02T03:04:05Z"))),
            ("+4799999999", Some(at("2024-01-02T03:04:05.678Z"))),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_number_that_was_confirmed_by_a_code_is_one_whatever_its_series() {
        for (dated, expected) in [("sist_verifisert", Some("+4749123456")), ("oppdatert", None)] {
            let field = format!("mobiltelefonnummer_{dated}");
            let contact =
                with_contact(&json!({"mobiltelefonnummer": "49123456", field: "2026-06-29T10:14:52Z"}));
            let mobile = contact.addresses.get(Channel::Sms).map(|dated| dated.address.as_str());
            assert_eq!(mobile, expected, "{dated}");
        }
    }

    #[test]
    fn an_email_address_that_is_none_is_told_from_none() {
        for (written, expected) in [
            (json!("æge@example.no"), true),
            (json!("ola@"), true),
            (json!(" "), false),
            (json!(null), false),
        ] {
            let contact = with_contact(&json!({"epostadresse": written}));
            assert_eq!(contact.malformed.is_some(), expected, "{written}");
        }
        assert_eq!(with_contact(&json!({"epostadresse": "ola@example.no"})).malformed, None);
    }

    #[test]
    fn every_notation_of_time_is_read() {
        for text in ["2023-06-29T10:14:52+02", "2023-06-29T10:14:52+0200", "2023-06-29T08:14:52Z"] {
            assert_eq!(time(text), Some(at("2023-06-29T08:14:52Z")), "{text}");
        }
        assert_eq!(time("2023-06-29T10:14:52.5+02"), Some(at("2023-06-29T08:14:52.5Z")));
        for text in ["", "2023-06-29", "i går", "2023-06-29T10:14:52", "2023-13-29T10:14:52+02"] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_that_cannot_be_read_leaves_the_other() {
        let contact = with_contact(&json!({
            "epostadresse": "ola@example.no",
            "epostadresse_oppdatert": "2023-06-29T10:14:52+02",
            "epostadresse_sist_verifisert": "ukjent",
        }));
        let email = contact.addresses.get(Channel::Email).unwrap();
        assert_eq!(email.confirmed_at, Some(at("2023-06-29T08:14:52Z")));
    }

    #[test]
    fn an_invalid_address_counts_as_none() {
        for contact in [
            json!({"epostadresse": "ola@", "mobiltelefonnummer": "22222222"}),
            json!({"epostadresse": null, "mobiltelefonnummer": ""}),
            Value::Null,
        ] {
            assert_eq!(with_contact(&contact).addresses, PerChannel::default(), "{contact}");
        }
    }

    /// Whether a person has reserved, is registered, and may be notified.
    fn flags(reservation: &str, status: &str) -> (bool, bool, bool) {
        let person = json!({
            "personidentifikator": NUMBER, "reservasjon": reservation, "status": status,
            "varslingsstatus": "KAN_IKKE_VARSLES",
        });
        let contact = read(&json!([person])).unwrap().unwrap();
        (contact.reserved, contact.registered, contact.may_be_notified)
    }

    #[test]
    fn reservation_and_registration_are_read() {
        assert_eq!(flags("JA", "AKTIV"), (true, true, false));
        assert_eq!(flags("NEI", "SLETTET"), (false, false, false));
        assert_eq!(flags("NEI", "IKKE_REGISTRERT"), (false, false, false));
    }

    fn without_reservation(status: &str) -> Value {
        json!([{"personidentifikator": NUMBER, "status": status}])
    }

    #[test]
    fn an_active_person_without_the_reservation_field_is_refused() {
        assert_eq!(read(&without_reservation("AKTIV")), Err(Unanswered::Nonsense));
        assert!(!read(&without_reservation("IKKE_REGISTRERT")).unwrap().unwrap().registered);
    }

    #[test]
    fn entries_about_other_persons_are_ignored() {
        let other = json!({"personidentifikator": "11876995923", "reservasjon": "NEI", "status": "AKTIV"});
        assert_eq!(read(&json!([other])), Ok(None));
        assert_eq!(read(&json!([])), Ok(None));
    }
}
