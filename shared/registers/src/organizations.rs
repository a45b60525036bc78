//! The notification addresses that organisations have registered.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;
use serde_json::json;
use varsling_domain::channel::Channel;
use varsling_domain::identity::OrganizationNumber;
use varsling_domain::recipients::Contact;

use super::register::Register;
use super::{Batched, Endpoint, HttpContext, RegisterError, Unanswered};

/// How many organisations are asked for in one look-up.
const BATCH: usize = 1_000;
/// The most bytes that an answer may have.
const LIMIT: usize = 8 * 1024 * 1024;

/// The register.
#[derive(Clone)]
pub struct Organizations(Register);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    contact_points_list: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    organization_number: String,
    email_list: Option<Vec<Option<String>>>,
    mobile_number_list: Option<Vec<Option<String>>>,
}

impl Organizations {
    /// The register at an endpoint.
    pub fn new(endpoint: Endpoint, http: &HttpContext) -> Self {
        Self(Register::new("organisation address", endpoint, http, LIMIT))
    }
}

impl Batched for Organizations {
    type Key = OrganizationNumber;
    type Value = Contact;

    const BATCH: usize = BATCH;

    /// The addresses of each organisation. Those that the register does not mention are not in the map.
    async fn look_up(
        &self,
        numbers: &[OrganizationNumber],
    ) -> Result<HashMap<OrganizationNumber, Contact>, RegisterError> {
        let asked: BTreeSet<_> = numbers.iter().collect();
        let asked: Vec<_> = asked.into_iter().collect();
        let mut found = HashMap::new();
        for batch in asked.chunks(BATCH) {
            let answer = self.0.post(&json!({ "organizationNumbers": batch })).await?;
            collect(answer, batch, &mut found).map_err(|why| self.0.unavailable(why))?;
        }
        Ok(found)
    }
}

/// Takes what an answer says of the organisations asked for. One that is about others only is no answer: it does not
/// say whether the organisations asked for are known.
fn collect(
    answer: Answer,
    asked: &[&OrganizationNumber],
    found: &mut HashMap<OrganizationNumber, Contact>,
) -> Result<(), Unanswered> {
    let by_number: HashMap<_, _> = asked.iter().map(|number| (number.as_str(), *number)).collect();
    let entries = answer.contact_points_list;
    let is_about_others =
        entries.iter().all(|entry| !by_number.contains_key(entry.organization_number.as_str()));
    if is_about_others && !entries.is_empty() {
        return Err(Unanswered::Nonsense);
    }
    for entry in entries {
        if let Some(number) = by_number.get(entry.organization_number.as_str()) {
            add(found.entry((*number).clone()).or_default(), &entry);
        }
    }
    Ok(())
}

/// Adds what can be sent to, in the register's order.
fn add(contact: &mut Contact, entry: &Entry) {
    for channel in Channel::ALL {
        for text in entry.on(*channel).into_iter().flatten().flatten() {
            contact.add(*channel, text);
        }
    }
}

impl Entry {
    fn on(&self, channel: Channel) -> Option<&Vec<Option<String>>> {
        match channel {
            Channel::Email => self.email_list.as_ref(),
            Channel::Sms => self.mobile_number_list.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{endpoint, http};
    use serde_json::Value;
    use varsling_domain::address::ContactAddress;
    use varsling_test_server::{Reply, TinyServer};

    const NUMBER: &str = "313600947";

    async fn look_up(reply: Reply) -> (Result<Option<Contact>, RegisterError>, Value) {
        let server = TinyServer::replying(reply).await;
        let number = OrganizationNumber::try_from(NUMBER).unwrap();
        let register = Organizations::new(endpoint(server.url()), &http());
        let found = register.look_up(&[number.clone(), number.clone()]).await;
        let question = server.requests()[0].json();
        (found.map(|mut found| found.remove(&number)), question)
    }

    async fn found(entries: Value) -> Option<Contact> {
        look_up(Reply::json(&json!({ "contactPointsList": entries }))).await.0.unwrap()
    }

    fn texts(contact: &Contact) -> Vec<&str> {
        contact.0.iter().map(ContactAddress::as_str).collect()
    }

    #[tokio::test]
    async fn addresses_are_kept_once_each_and_in_order() {
        let contact = found(json!([{
            "organizationNumber": NUMBER, "partyId": 51_001_234, "addressOrigin": NUMBER,
            "emailList": ["b@example.no", "a@example.no", "B@Example.no", "ugyldig", null],
            "mobileNumberList": ["+4790000002", "90000001", "004790000002", "22222222"],
            "userContactPoints": [{"userId": 1, "email": "daglig@example.no"}],
        }]))
        .await
        .unwrap();
        assert_eq!(texts(&contact), ["b@example.no", "a@example.no", "+4790000002", "+4790000001"]);
    }

    #[tokio::test]
    async fn an_organisation_without_addresses_is_known_and_others_are_ignored() {
        let other = json!({"organizationNumber": "991825827", "emailList": ["a@example.no"]});
        assert_eq!(found(json!([])).await, None);
        let of_others = look_up(Reply::json(&json!({"contactPointsList": [other]}))).await;
        assert!(of_others.0.is_err(), "somebody else's data is no answer");
        let empty = json!({"organizationNumber": NUMBER, "emailList": null});
        assert_eq!(found(json!([other, empty])).await, Some(Contact::default()));
    }

    #[tokio::test]
    async fn the_question_names_each_once() {
        let (_, question) = look_up(Reply::ok(r#"{"contactPointsList":[]}"#)).await;
        assert_eq!(question, json!({"organizationNumbers": [NUMBER]}));
    }

    #[tokio::test]
    async fn a_register_that_cannot_tell_is_unavailable() {
        let cases = [
            (Reply::status(500), Unanswered::Status(500)),
            (Reply::ok(r#"{"contactPointsList":[{}]}"#), Unanswered::Nonsense),
        ];
        for (reply, why) in cases {
            let error = look_up(reply).await.0.unwrap_err();
            assert_eq!(error, RegisterError::Unavailable { register: "organisation address", why });
        }
    }
}
