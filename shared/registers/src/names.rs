//! The names of people and organisations, for texts that address their recipient by name.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};
use varsling_domain::identity::{NationalIdentityNumber, OrganizationNumber};

use super::register::Register;
use super::{Batched, Endpoint, HttpContext, RegisterError, Unanswered};

/// The most bytes that an answer may have.
const LIMIT: usize = 1024 * 1024;
/// How many names are asked for in one look-up.
const BATCH: usize = 500;

/// Whose name is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Party {
    /// A person's.
    Person(NationalIdentityNumber),
    /// An organisation's.
    Organization(OrganizationNumber),
}

/// The register.
#[derive(Clone)]
pub struct Names(Register);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    party_names: Vec<PartyName>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PartyName {
    name: Option<String>,
    ssn: Option<String>,
    org_no: Option<String>,
}

impl Names {
    /// The register at an endpoint.
    pub fn new(endpoint: Endpoint, http: &HttpContext) -> Self {
        Self(Register::new("name", endpoint, http, LIMIT))
    }
}

impl Batched for Names {
    type Key = Party;
    type Value = String;

    const BATCH: usize = BATCH;

    /// The names of those who have one.
    async fn look_up(&self, parties: &[Party]) -> Result<HashMap<Party, String>, RegisterError> {
        let questions: Vec<_> = parties.iter().map(Party::question).collect();
        let answer: Answer = self.0.post(&json!({ "parties": questions })).await?;
        let is_about_others = !parties.iter().any(|party| party.entry_in(&answer).is_some());
        // Such an answer does not say whether the parties asked for have a name.
        if is_about_others && !answer.party_names.is_empty() {
            return Err(self.0.unavailable(Unanswered::Nonsense));
        }
        Ok(parties.iter().filter_map(|party| Some((party.clone(), party.name_in(&answer)?))).collect())
    }
}

impl Party {
    fn question(&self) -> Value {
        match self {
            Self::Person(number) => json!({ "ssn": number }),
            Self::Organization(number) => json!({ "orgNo": number }),
        }
    }

    fn name_in(&self, answer: &Answer) -> Option<String> {
        tidy(self.entry_in(answer)?.name.as_deref()?)
    }

    fn entry_in<'a>(&self, answer: &'a Answer) -> Option<&'a PartyName> {
        answer.party_names.iter().find(|entry| self.is(entry))
    }

    fn is(&self, found: &PartyName) -> bool {
        match self {
            Self::Person(number) => found.ssn.as_deref() == Some(number.as_str()),
            Self::Organization(number) => found.org_no.as_deref() == Some(number.as_str()),
        }
    }
}

/// A name without line breaks: it may stand in a subject.
fn tidy(name: &str) -> Option<String> {
    let words = name.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{endpoint, http};
    use varsling_test_server::{Reply, TinyServer};

    const PERSON: &str = "20914695016";
    const ORGANIZATION: &str = "313600947";

    async fn look_up(reply: Reply, of_person: bool) -> (Result<Option<String>, RegisterError>, Value) {
        let server = TinyServer::replying(reply).await;
        let names = Names::new(endpoint(server.url()), &http());
        let person = NationalIdentityNumber::try_from(PERSON).unwrap();
        let organization = OrganizationNumber::try_from(ORGANIZATION).unwrap();
        let party = if of_person { Party::Person(person) } else { Party::Organization(organization) };
        let found = names.look_up(std::slice::from_ref(&party)).await;
        (found.map(|mut found| found.remove(&party)), server.requests()[0].json())
    }

    #[tokio::test]
    async fn both_kinds_have_names() {
        let both = json!({"partyNames": [
            {"name": "Nikolai Nilsen", "ssn": "11876995923"},
            {"name": "EKSEMPEL BEDRIFT AS", "orgNo": ORGANIZATION},
            {"name": " Ola\r\nTestmann ", "ssn": PERSON, "orgNo": null},
        ]});
        let (name, question) = look_up(Reply::json(&both), true).await;
        assert_eq!(name, Ok(Some("Ola Testmann".into())));
        assert_eq!(question, json!({"parties": [{"ssn": PERSON}]}));
        let (name, question) = look_up(Reply::json(&both), false).await;
        assert_eq!(name, Ok(Some("EKSEMPEL BEDRIFT AS".into())));
        assert_eq!(question, json!({"parties": [{"orgNo": ORGANIZATION}]}));
    }

    #[tokio::test]
    async fn some_have_none() {
        for name in [json!(null), json!(""), json!(" \n ")] {
            let reply = Reply::json(&json!({"partyNames": [{"name": name, "ssn": PERSON}]}));
            assert_eq!(look_up(reply, true).await.0, Ok(None));
        }
        let other = Reply::json(&json!({"partyNames": [{"name": "Kari", "ssn": "11876995923"}]}));
        assert!(look_up(other, true).await.0.is_err(), "somebody else's name is no answer");
        assert_eq!(look_up(Reply::json(&json!({"partyNames": []})), true).await.0, Ok(None));
    }

    #[tokio::test]
    async fn a_register_that_cannot_tell_is_unavailable() {
        for (reply, why) in
            [(Reply::status(429), Unanswered::Status(429)), (Reply::ok("[]"), Unanswered::Nonsense)]
        {
            let unavailable = RegisterError::Unavailable { register: "name", why };
            assert_eq!(look_up(reply, true).await.0, Err(unavailable));
        }
    }
}
