//! The addresses of people who log in without a national identity number.

use serde::Deserialize;
use serde_json::json;
use varsling_domain::identity::ExternalIdentity;
use varsling_domain::recipients::Contact;

use super::profile::ProfileAddresses;
use super::register::Register;
use super::{Endpoint, HttpContext, RegisterError, Unanswered};

/// The most bytes that an answer may have; it holds one person's addresses.
const LIMIT: usize = 64 * 1024;

/// The register.
#[derive(Clone)]
pub struct ExternalIdentities(Register);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    contact_points_list: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    external_identity: String,
    email: Option<String>,
    mobile_number: Option<String>,
}

impl ExternalIdentities {
    /// The register at an endpoint.
    pub fn new(endpoint: Endpoint, http: &HttpContext) -> Self {
        Self(Register::new("external identity", endpoint, http, LIMIT))
    }

    /// The addresses of a person; none if the register does not know the identity.
    pub async fn look_up(&self, identity: &ExternalIdentity) -> Result<Option<Contact>, RegisterError> {
        let answer: Answer = self.0.post(&json!({ "externalIdentities": [identity] })).await?;
        let is_about_others = !answer.contact_points_list.is_empty();
        let mut entries = answer.contact_points_list.into_iter();
        // User names are compared without regard to case.
        let found = entries.find(|entry| entry.external_identity.eq_ignore_ascii_case(identity.as_str()));
        if found.is_none() && is_about_others {
            return Err(self.0.unavailable(Unanswered::Nonsense));
        }
        Ok(found.map(|entry| entry.contact()))
    }
}

impl Entry {
    fn contact(&self) -> Contact {
        let (email, mobile_number) = (self.email.as_deref(), self.mobile_number.as_deref());
        ProfileAddresses { email, mobile_number }.contact()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{endpoint, http};
    use varsling_test_server::{Reply, TinyServer};

    async fn look_up(
        register: &ExternalIdentities,
        identity: &str,
    ) -> Result<Option<Contact>, RegisterError> {
        register.look_up(&ExternalIdentity::try_from(identity).unwrap()).await
    }

    #[tokio::test]
    async fn an_answer_about_another_identity_is_refused() {
        let server = TinyServer::replying(Reply::json(&json!({"contactPointsList": [
            {"externalIdentity": "urn:altinn:party:username:ola", "email": "ola@example.no"},
            {"externalIdentity": "urn:altinn:party:username:Kari", "email": "kari@example.no", "mobileNumber": "",
             "more": 1e300},
        ]})))
        .await;
        let register = ExternalIdentities::new(endpoint(server.url()), &http());
        let kari = look_up(&register, "urn:altinn:party:username:kari").await.unwrap();
        assert_eq!(kari.unwrap().0[0].as_str(), "kari@example.no");
        assert!(look_up(&register, "urn:altinn:party:username:per").await.is_err());
    }
}
