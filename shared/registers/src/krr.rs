//! The contact and reservation register (KRR): who has reserved, and which addresses people have given.

mod wire;

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use varsling_domain::identity::NationalIdentityNumber;
use varsling_domain::recipients::PersonContact;

use super::register::Register;
use super::{Batched, Endpoint, HttpContext, RegisterError, Unanswered};

/// How many persons the register takes in one look-up.
const BATCH: usize = 1_000;
/// The most bytes that an answer may have: a full batch with certificates, and room.
const LIMIT: usize = 8 * 1024 * 1024;

/// The register.
#[derive(Clone)]
pub struct Krr(Register);

impl Krr {
    /// The register at an endpoint.
    pub fn new(endpoint: Endpoint, http: &HttpContext) -> Self {
        Self(Register::new("contact and reservation", endpoint, http, LIMIT))
    }

    /// Gets ready to ask.
    pub async fn warm(&self) {
        self.0.warm().await;
    }

    /// The request asks for persons who are not registered, too, so an answer that lacks a person is incomplete.
    pub fn unmentioned(&self) -> RegisterError {
        self.0.unavailable(Unanswered::Nonsense)
    }

    async fn look_up_batch(
        &self,
        batch: &[&NationalIdentityNumber],
    ) -> Result<HashMap<NationalIdentityNumber, PersonContact>, RegisterError> {
        let numbers: Vec<_> = batch.iter().map(|number| number.as_str()).collect();
        let question = json!({"personidentifikatorer": numbers, "inkluderIkkeRegistrerte": true});
        let answer: wire::Answer = self.0.post(&question).await?;
        answer.contacts(batch).map_err(|why| self.0.unavailable(why))
    }
}

impl Batched for Krr {
    type Key = NationalIdentityNumber;
    type Value = PersonContact;

    const BATCH: usize = BATCH;

    /// What the register knows of each person. Whom it does not mention is not in the map.
    async fn look_up(
        &self,
        numbers: &[NationalIdentityNumber],
    ) -> Result<HashMap<NationalIdentityNumber, PersonContact>, RegisterError> {
        let asked: BTreeSet<_> = numbers.iter().collect();
        let asked: Vec<_> = asked.into_iter().collect();
        let mut found = HashMap::new();
        for batch in asked.chunks(BATCH) {
            found.extend(self.look_up_batch(batch).await?);
        }
        Ok(found)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::tests::{endpoint, http};
    use varsling_test_server::{Reply, Request, TinyServer};

    pub(crate) fn number(text: &str) -> NationalIdentityNumber {
        NationalIdentityNumber::try_from(text).unwrap()
    }

    pub(crate) fn krr(server: &TinyServer) -> Krr {
        Krr::new(endpoint(server.url()), &http())
    }

    fn registered(number: &serde_json::Value) -> serde_json::Value {
        json!({"personidentifikator": number, "reservasjon": "NEI", "status": "AKTIV"})
    }

    /// Answers that everybody is registered.
    pub(crate) fn everybody(request: &Request) -> Reply {
        let numbers = request.json()["personidentifikatorer"].clone();
        let persons: Vec<_> = numbers.as_array().unwrap().iter().map(registered).collect();
        Reply::json(&json!({ "personer": persons }))
    }

    #[tokio::test]
    async fn the_request_names_each_person_once() {
        let server = TinyServer::answering(everybody).await;
        let numbers = ["20914695016", "11876995923", "20914695016"].map(number);
        assert_eq!(krr(&server).look_up(&numbers).await.unwrap().len(), 2);
        let request = &server.requests()[0];
        assert!(request.head.starts_with("POST / "));
        let question = json!({
            "personidentifikatorer": ["11876995923", "20914695016"],
            "inkluderIkkeRegistrerte": true,
        });
        assert_eq!(request.json(), question);
    }

    /// Different valid numbers, as many as wanted.
    fn numbers(count: usize) -> Vec<NationalIdentityNumber> {
        let all = (0..).map(|serial| format!("018190{serial:05}"));
        all.filter_map(|text| NationalIdentityNumber::try_from(text.as_str()).ok()).take(count).collect()
    }

    #[tokio::test]
    async fn large_look_ups_are_split() {
        let server = TinyServer::answering(everybody).await;
        let found = krr(&server).look_up(&numbers(1_001)).await.unwrap();
        assert_eq!((found.len(), server.requests().len()), (1_001, 2));
        let bulk = TinyServer::answering(everybody).await;
        assert_eq!(krr(&bulk).look_up(&numbers(2_000)).await.unwrap().len(), 2_000);
        assert_eq!(bulk.requests().len(), 2, "an order to two thousand people asks twice");
    }

    #[tokio::test]
    async fn no_persons_make_no_call() {
        let server = TinyServer::answering(everybody).await;
        assert!(krr(&server).look_up(&[]).await.unwrap().is_empty());
        assert!(server.requests().is_empty());
    }

    #[tokio::test]
    async fn a_register_that_cannot_tell_is_unavailable() {
        let cases = [
            (Reply::status(503), Unanswered::Status(503)),
            (Reply::status(401), Unanswered::Status(401)),
            (Reply::ok("<html>"), Unanswered::Nonsense),
            (Reply::ok("{}"), Unanswered::Nonsense),
        ];
        for (reply, why) in cases {
            let server = TinyServer::replying(reply).await;
            let error = krr(&server).look_up(&[number("20914695016")]).await.unwrap_err();
            assert_eq!(error, RegisterError::Unavailable { register: "contact and reservation", why });
            assert!(!error.to_string().contains("20914695016"));
        }
    }
}
