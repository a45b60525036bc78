//! Lets owners in: who has a good token, sends no more requests than it may, is not blocked, and is registered where the
//! deployment asks for that.

mod limit;

use std::sync::Arc;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use chrono::TimeDelta;
use varsling_api::http::{self, Problem};
use varsling_api::tokens::{ADMIN_SCOPE, CREATE_SCOPE, Verifier};
use varsling_domain::identity::Owner;
use varsling_domain::owner::OwnerSettings;
use varsling_domain::request::Faults;
use varsling_function::clock::Clock;
use varsling_function::context::FunctionContext;
use varsling_function::lambda::StartError;
use varsling_function::trouble::Waiting;
use varsling_store::{RecentOwners, Store, StoreError};

use limit::RequestLimit;

/// What [`Admission::open`] reads of the environment.
pub const VARIABLES: &[&str] =
    &["TOKEN_ISSUERS", "TOKEN_AUDIENCE", "OWNERS_MUST_BE_REGISTERED", "REQUESTS_PER_SECOND"];

/// How long an owner's settings count that were read, and so how long a block takes.
const FRESH: TimeDelta = TimeDelta::seconds(10);

/// Who is let in.
pub struct Admission {
    verifier: Verifier,
    owners: RecentOwners,
    must_be_registered: bool,
    limit: RequestLimit,
    clock: Arc<dyn Clock>,
}

/// An owner that is let in.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// Which.
    pub owner: Owner,
    /// What is settled for it.
    pub settings: OwnerSettings,
}

/// Who asks about orders.
#[derive(Debug, Clone)]
pub struct Asker {
    /// The owner whose orders they are.
    pub owner: Owner,
    /// The organisation of the administrator who asks in its place.
    pub administrator: Option<Owner>,
}

impl Admission {
    /// As the environment says.
    pub fn open(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        Ok(Self {
            verifier: Verifier::open(environment)?,
            owners: RecentOwners::fresh_for(FRESH),
            must_be_registered: environment.is_enabled("OWNERS_MUST_BE_REGISTERED")?,
            limit: RequestLimit::new(environment.parsed("REQUESTS_PER_SECOND", str::parse)?),
            clock: Arc::clone(&context.clock),
        })
    }

    /// Fetches the issuers' keys.
    pub async fn warm(&self) {
        self.verifier.warm().await;
    }

    /// For callers that are no owners: support and administrators.
    pub fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The owner that calls; 401, 403, 429 or 503 if it is not let in. A token that does not count costs its signature's
    /// check, and an owner with too many requests no more than that.
    pub async fn admit(
        &self,
        store: &Store,
        event: &ApiGatewayV2httpRequest,
        scope: &str,
    ) -> Result<Admitted, Problem> {
        let owner = self.verifier.verify(http::authorization(event), scope).await?;
        let now = self.clock.now();
        if !self.limit.takes(&owner, now) {
            tracing::warn!(%owner, "more requests than an owner may send");
            return Err(Problem::too_many_requests());
        }
        let found = self.owners.find(store, &owner, now).await.map_err(unavailable)?;
        let is_registered = found.is_some();
        let settings = found.unwrap_or_default();
        if settings.blocked {
            tracing::warn!(%owner, "a blocked owner is turned away");
            return Err(Problem::forbidden("This organisation is blocked."));
        }
        if self.must_be_registered && !is_registered {
            return Err(Problem::forbidden("This organisation is not registered here."));
        }
        Ok(Admitted { owner, settings })
    }

    /// The owner whose orders a request is about: the caller, or for administrators the owner that the parameter `owner`
    /// names.
    pub async fn owner_of_orders(
        &self,
        store: &Store,
        event: &ApiGatewayV2httpRequest,
    ) -> Result<Asker, Problem> {
        let Some(number) = event.query_string_parameters.first("owner") else {
            let owner = self.admit(store, event, CREATE_SCOPE).await?.owner;
            return Ok(Asker { owner, administrator: None });
        };
        let by = self.verifier.verify(http::authorization(event), ADMIN_SCOPE).await?;
        let owner = Owner::try_from(number).map_err(|_| not_an_owner())?;
        let path = event.raw_path.as_deref().unwrap_or_default();
        tracing::warn!(%by, %owner, path, "an administrator asks about an owner's orders");
        Ok(Asker { owner, administrator: Some(by) })
    }

    /// The owner of a number that stands in a path, for the owner itself and for administrators; 403 for others.
    pub async fn owner_or_administrator(
        &self,
        store: &Store,
        event: &ApiGatewayV2httpRequest,
        number: &str,
    ) -> Result<Owner, Problem> {
        let administrator = self.verifier.verify(http::authorization(event), ADMIN_SCOPE).await;
        let owner = Owner::try_from(number).ok();
        if let Err(no_administrator) = administrator {
            let caller = self.admit(store, event, CREATE_SCOPE).await?.owner;
            if Some(caller) != owner {
                return Err(no_administrator.into());
            }
        }
        owner.ok_or_else(Problem::not_found)
    }
}

fn not_an_owner() -> Problem {
    Problem::invalid(Faults::of("owner", "Must be an organisation number.").into_map())
}

/// What a caller reads when the table does not answer; the log says why. Passed to `map_err`, which hands errors over.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
pub fn unavailable(error: StoreError) -> Problem {
    error.log_waiting(&"a caller");
    Problem::unavailable()
}
