//! The personal addresses of people who act for an organisation, as they have registered them in their
//! profiles for one resource or for everything.

use serde::Deserialize;
use serde_json::json;
use varsling_domain::identity::OrganizationNumber;
use varsling_domain::recipients::Contact;

use super::profile::ProfileAddresses;
use super::register::Register;
use super::{Endpoint, HttpContext, RegisterError, Unanswered};

/// The most bytes that an answer may have; an organisation may have many people.
const LIMIT: usize = 8 * 1024 * 1024;
/// What the order's resource ids begin with, and the register's do not.
const RESOURCE_PREFIX: &str = "urn:altinn:resource:";

/// The register.
#[derive(Clone)]
pub struct PersonalContacts(Register);

/// Somebody who may act for an organisation, and wants to be notified.
#[derive(Debug, Clone, PartialEq)]
pub struct Actor {
    /// Their number as a user, which a decision is asked for by.
    pub user: u64,
    /// The organisation's number as a party, likewise.
    pub party: u64,
    /// Where they are reached.
    pub contact: Contact,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    contact_points_list: Vec<Unit>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Unit {
    organization_number: String,
    party_id: Option<i64>,
    user_contact_points: Option<Vec<Profile>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    user_id: Option<i64>,
    email: Option<String>,
    mobile_number: Option<String>,
}

impl PersonalContacts {
    /// The register at an endpoint.
    pub fn new(endpoint: Endpoint, http: &HttpContext) -> Self {
        Self(Register::new("personal contact", endpoint, http, LIMIT))
    }

    /// Who wants to be notified of a resource on behalf of an organisation. Whether they may is another
    /// question.
    pub async fn look_up(
        &self,
        number: &OrganizationNumber,
        resource: &str,
    ) -> Result<Vec<Actor>, RegisterError> {
        let question = json!({ "organizationNumbers": [number], "resourceId": bare(resource) });
        let answer: Answer = self.0.post(&question).await?;
        let units = answer.contact_points_list;
        if !units.is_empty() && !units.iter().any(|unit| unit.is_about(number)) {
            return Err(self.0.unavailable(Unanswered::Nonsense));
        }
        Ok(units.into_iter().filter(|unit| unit.is_about(number)).flat_map(Unit::actors).collect())
    }
}

/// A resource's id as the registers write it.
pub(super) fn bare(resource: &str) -> &str {
    resource.strip_prefix(RESOURCE_PREFIX).unwrap_or(resource)
}

impl Unit {
    fn is_about(&self, number: &OrganizationNumber) -> bool {
        self.organization_number == number.as_str()
    }

    /// Those of whom it can be asked what they may: the others are left out, and hold nobody back.
    fn actors(self) -> impl Iterator<Item = Actor> {
        let party = self.party_id.and_then(known);
        let users = self.user_contact_points.into_iter().flatten();
        users.filter_map(move |user| {
            let (email, mobile_number) = (user.email.as_deref(), user.mobile_number.as_deref());
            let contact = ProfileAddresses { email, mobile_number }.contact();
            Some(Actor { user: known(user.user_id?)?, party: party?, contact })
        })
    }
}

/// A number of a user or a party; the registers write nothing, 0 or less where there is none.
fn known(number: i64) -> Option<u64> {
    u64::try_from(number).ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{endpoint, http};
    use serde_json::Value;
    use varsling_domain::address::ContactAddress;
    use varsling_test_server::{Reply, TinyServer};

    #[tokio::test]
    async fn only_the_organisation_asked_for_and_only_valid_addresses_count() {
        let server = TinyServer::replying(Reply::json(&json!({"contactPointsList": [
            {"organizationNumber": "991825827", "partyId": 7, "userContactPoints": [
                {"userId": 1, "email": "a@example.no", "mobileNumber": "90000001"},
                {"userId": 2, "email": "not an address", "mobileNumber": null},
            ]},
            {"organizationNumber": "313600947", "partyId": 8, "userContactPoints": [{"userId": 3}]},
            {"organizationNumber": "991825827", "partyId": 7},
        ]})))
        .await;
        let register = PersonalContacts::new(endpoint(server.url()), &http());
        let number = OrganizationNumber::try_from("991825827").unwrap();
        let found = register.look_up(&number, "urn:altinn:resource:skjema-1").await.unwrap();
        assert_eq!(found.iter().map(|actor| (actor.user, actor.party)).collect::<Vec<_>>(), [(1, 7), (2, 7)]);
        let addresses = found[0].contact.0.iter().map(ContactAddress::as_str);
        assert_eq!(addresses.collect::<Vec<_>>(), ["a@example.no", "+4790000001"]);
        assert_eq!(found[1].contact, Contact::default());
        let other = OrganizationNumber::try_from("314330897").unwrap();
        assert!(register.look_up(&other, "skjema-1").await.is_err(), "somebody else's people are no answer");
        let question = json!({"organizationNumbers": ["991825827"], "resourceId": "skjema-1"});
        assert_eq!(server.requests()[0].json(), question);
    }

    #[tokio::test]
    async fn somebody_without_a_number_is_left_out_and_holds_nobody_back() {
        let entries = json!([
            {"userId": null, "email": "a@example.no"}, {"userId": -1, "email": "b@example.no"},
            {"userId": 0, "email": "c@example.no"}, {"email": "d@example.no"},
            {"userId": 5, "email": "e@example.no"},
        ]);
        for (party, found) in [(json!(7), vec![5]), (Value::Null, vec![])] {
            let unit =
                json!({"organizationNumber": "991825827", "partyId": party, "userContactPoints": entries});
            let server = TinyServer::replying(Reply::json(&json!({ "contactPointsList": [unit] }))).await;
            let register = PersonalContacts::new(endpoint(server.url()), &http());
            let number = OrganizationNumber::try_from("991825827").unwrap();
            let actors = register.look_up(&number, "skjema-1").await.unwrap();
            assert_eq!(actors.iter().map(|actor| actor.user).collect::<Vec<_>>(), found);
        }
    }
}
