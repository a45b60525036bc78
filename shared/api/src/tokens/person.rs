//! Tokens of persons who have logged in: from an issuer of their own, whose tokens speak for no organisation.

use varsling_domain::identity::NationalIdentityNumber;
use varsling_function::environment::Environment;
use varsling_function::lambda::StartError;

use super::{Refusal, TokenIssuers, Verifier};

/// Verifies tokens of persons.
pub struct PersonVerifier(Verifier);

impl PersonVerifier {
    /// With the issuer that the environment names; none where it names none.
    pub fn open(environment: &Environment) -> Result<Option<Self>, StartError> {
        let issuer = environment.required("END_USER_ISSUER")?;
        if issuer.is_empty() {
            return Ok(None);
        }
        let issuers = environment.parsed("END_USER_ISSUER", TokenIssuers::parse)?;
        let audience = environment.required("TOKEN_AUDIENCE")?;
        Ok(Some(Self(Verifier::new(issuers, Some(audience).filter(|audience| !audience.is_empty()))?)))
    }

    /// The person who calls, if the token is good.
    pub async fn verify(&self, authorization: Option<&str>) -> Result<NationalIdentityNumber, Refusal> {
        let claims = self.0.verified(authorization).await;
        let person = claims.and_then(|claims| claims.person().map_err(Refusal::Forbidden));
        person.inspect_err(|why| tracing::info!(%why, "a person is turned away"))
    }
}
