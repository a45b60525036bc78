//! Who may do what with a resource on behalf of an organisation: Altinn's policy decision point, asked
//! with many questions in one call (the multi-request of the XACML JSON profile, section 4.2).

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::personal::{Actor, bare};
use super::register::Register;
use super::{Endpoint, HttpContext, RegisterError, Unanswered};

/// How many questions one call holds.
const BATCH: usize = 500;
/// The most bytes that an answer may have; each decision repeats its question.
const LIMIT: usize = 8 * 1024 * 1024;
/// What may be done where the order does not say.
const READ: &str = "read";

const USER: &str = "urn:altinn:userid";
const PARTY: &str = "urn:altinn:partyid";
const RESOURCE: &str = "urn:altinn:resource";
const ORG: &str = "urn:altinn:org";
const APP: &str = "urn:altinn:app";
const ACTION: &str = "urn:oasis:names:tc:xacml:1.0:action:action-id";

/// The decision point.
#[derive(Clone)]
pub struct Decisions(Register);

/// The profile of XACML for JSON writes its members with capital letters, and Altinn's platform answers with small
/// ones: both are read.
#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "Response")]
    response: Vec<Decision>,
}

#[derive(Deserialize)]
struct Decision {
    #[serde(alias = "Decision")]
    decision: String,
    #[serde(alias = "Category")]
    category: Option<Vec<Category>>,
}

#[derive(Deserialize)]
struct Category {
    #[serde(alias = "Attribute")]
    attribute: Option<Vec<Attribute>>,
}

#[derive(Deserialize)]
struct Attribute {
    #[serde(alias = "AttributeId", alias = "attributeId")]
    attribute_id: String,
    #[serde(alias = "Value")]
    value: Value,
}

impl Decisions {
    /// The decision point at an endpoint.
    pub fn new(endpoint: Endpoint, http: &HttpContext) -> Self {
        Self(Register::new("authorisation", endpoint, http, LIMIT))
    }

    /// The actors who may take an action (`read` where none is named) on a resource. Any decision other than a permit
    /// counts as a refusal. An indeterminate decision is an error with `retry_indeterminate`, and a refusal without: it
    /// may stay indeterminate, as for a resource that does not exist.
    pub async fn permitted(
        &self,
        actors: Vec<Actor>,
        resource: &str,
        action: Option<&str>,
        retry_indeterminate: bool,
    ) -> Result<Vec<Actor>, RegisterError> {
        let pairs: BTreeSet<_> = actors.iter().map(|actor| (actor.user, actor.party)).collect();
        let pairs: Vec<_> = pairs.into_iter().collect();
        let mut permitted = BTreeSet::new();
        for batch in pairs.chunks(BATCH) {
            let question = question(batch, bare(resource), action.unwrap_or(READ));
            let answer: Answer = self.0.post(&question).await?;
            if answer.response.iter().any(Decision::is_undecided) || answer.response.len() < batch.len() {
                if retry_indeterminate {
                    return Err(self.0.unavailable(Unanswered::Undecided));
                }
                tracing::warn!("who acts for an organisation is not decided: only who is permitted counts");
            }
            permitted.extend(answer.response.iter().filter_map(Decision::permits));
        }
        Ok(actors.into_iter().filter(|actor| permitted.contains(&(actor.user, actor.party))).collect())
    }
}

fn question(pairs: &[(u64, u64)], resource: &str, action: &str) -> Value {
    let users: BTreeSet<_> = pairs.iter().map(|(user, _)| *user).collect();
    let parties: BTreeSet<_> = pairs.iter().map(|(_, party)| *party).collect();
    let subjects =
        users.iter().map(|user| category(&format!("s{user}"), &[attribute(USER, &user.to_string())]));
    let resources = parties.iter().map(|party| {
        let mut attributes = resource_attributes(resource);
        attributes.push(attribute(PARTY, &party.to_string()));
        category(&format!("r{party}"), &attributes)
    });
    let references = pairs
        .iter()
        .map(|(user, party)| json!({"ReferenceId": [format!("s{user}"), "a", format!("r{party}")]}));
    json!({"Request": {
        "AccessSubject": subjects.collect::<Vec<_>>(),
        "Action": [category("a", &[attribute(ACTION, action)])],
        "Resource": resources.collect::<Vec<_>>(),
        "MultiRequests": {"RequestReference": references.collect::<Vec<_>>()},
    }})
}

fn category(id: &str, attributes: &[Value]) -> Value {
    json!({"Id": id, "Attribute": attributes})
}

fn attribute(id: &str, value: &str) -> Value {
    // Repeated in the answer, to tell which question a decision is about.
    json!({"AttributeId": id, "Value": value, "IncludeInResult": true})
}

/// An app's resource, `app_<owner>_<app>`, is known by its two parts.
fn resource_attributes(resource: &str) -> Vec<Value> {
    match resource.strip_prefix("app_").and_then(|rest| rest.split_once('_')) {
        Some((org, app)) => vec![attribute(ORG, org), attribute(APP, app)],
        None => vec![attribute(RESOURCE, resource)],
    }
}

impl Decision {
    fn is_undecided(&self) -> bool {
        self.decision == "Indeterminate"
    }

    /// Whom it permits, on behalf of whom.
    fn permits(&self) -> Option<(u64, u64)> {
        (self.decision == "Permit").then_some(())?;
        Some((self.number(USER)?, self.number(PARTY)?))
    }

    fn number(&self, id: &str) -> Option<u64> {
        let attributes =
            self.category.iter().flatten().flat_map(|category| category.attribute.iter().flatten());
        let value = &attributes.into_iter().find(|attribute| attribute.attribute_id == id)?.value;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{endpoint, http};
    use varsling_domain::recipients::Contact;
    use varsling_test_server::{Reply, TinyServer};

    fn actor(user: u64) -> Actor {
        Actor { user, party: 7, contact: Contact::default() }
    }

    fn decision(decision: &str, user: u64) -> Value {
        let subject = json!({"Attribute": [{"AttributeId": USER, "Value": user.to_string()}]});
        let resource = json!({"Attribute": [{"AttributeId": PARTY, "Value": "7"}]});
        json!({"Decision": decision, "Category": [subject, resource]})
    }

    async fn permitted(reply: Reply, actors: Vec<Actor>) -> Vec<u64> {
        let server = TinyServer::replying(reply).await;
        let decisions = Decisions::new(endpoint(server.url()), &http());
        let found = decisions.permitted(actors, "urn:altinn:resource:a", None, true).await.unwrap();
        found.iter().map(|actor| actor.user).collect()
    }

    #[tokio::test]
    async fn only_permit_permits() {
        let decisions = ["Permit", "Deny", "NotApplicable", "permit"];
        let response: Vec<_> = decisions.iter().zip(1..).map(|(said, user)| decision(said, user)).collect();
        let reply = Reply::json(&json!({ "Response": response }));
        assert_eq!(permitted(reply, (1..=4).map(actor).collect()).await, [1]);
    }

    #[tokio::test]
    async fn an_indeterminate_decision_is_an_error_while_it_is_retried() {
        for said in [vec![], vec![decision("Indeterminate", 1)]] {
            let server = TinyServer::replying(Reply::json(&json!({ "Response": said }))).await;
            let decisions = Decisions::new(endpoint(server.url()), &http());
            assert!(decisions.permitted(vec![actor(1)], "a", None, true).await.is_err());
            assert_eq!(decisions.permitted(vec![actor(1)], "a", None, false).await, Ok(vec![]));
        }
    }

    #[tokio::test]
    async fn members_are_read_in_small_and_in_capital_letters() {
        let answer = json!({"response": [{"decision": "Permit", "status": null, "obligations": null, "category": [
            {"categoryId": null, "attribute": [{"attributeId": USER, "value": "1", "includeInResult": true}]},
            {"attribute": [{"attributeId": PARTY, "value": "7", "dataType": null}]},
        ]}]});
        assert_eq!(permitted(Reply::json(&answer), vec![actor(1)]).await, [1]);
    }

    #[tokio::test]
    async fn a_permit_about_nobody_in_particular_permits_nobody() {
        let reply = Reply::json(&json!({"Response": [{"Decision": "Permit"}]}));
        assert!(permitted(reply, vec![actor(1)]).await.is_empty());
    }

    #[tokio::test]
    async fn no_actors_make_no_call_and_many_are_split_into_batches() {
        let starting = TinyServer::answering(|request| {
            let asked = &request.json()["Request"]["MultiRequests"]["RequestReference"];
            let denied = asked.as_array().unwrap().iter().map(|_| json!({"Decision": "Deny"}));
            Reply::json(&json!({"Response": denied.collect::<Vec<_>>()}))
        });
        let server = starting.await;
        let decisions = Decisions::new(endpoint(server.url()), &http());
        decisions.permitted(vec![], "a", None, true).await.unwrap();
        assert!(server.requests().is_empty());
        let many = (0..501).chain([0]).map(actor).collect();
        decisions.permitted(many, "a", None, true).await.unwrap();
        let asked = server.requests().into_iter().map(|request| {
            request.json()["Request"]["MultiRequests"]["RequestReference"].as_array().unwrap().len()
        });
        assert_eq!(asked.collect::<Vec<_>>(), [500, 1]);
    }

    #[test]
    fn an_app_is_known_by_its_owner_and_name() {
        let asked = question(&[(1, 7)], "app_ttd_skjema_1", "write");
        let resource = &asked["Request"]["Resource"][0]["Attribute"];
        assert_eq!((&resource[0]["Value"], &resource[1]["Value"]), (&json!("ttd"), &json!("skjema_1")));
        assert_eq!(asked["Request"]["Action"][0]["Attribute"][0]["Value"], "write");
        let asked = question(&[(1, 7)], "plan", "read");
        assert_eq!(asked["Request"]["Resource"][0]["Attribute"][0]["AttributeId"], RESOURCE);
    }
}
