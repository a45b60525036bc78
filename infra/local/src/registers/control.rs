//! The control routes of the fake registers: tokens, people, the key at Maskinporten, the token of the register of names, and a condition endpoint to
//! try.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::people::Population;
use super::{condition, issuer};
use crate::control::{Refusal, Shared, parse};
use crate::simulator::Simulator;

/// The control routes.
pub fn routes() -> Router<Arc<Simulator>> {
    Router::new()
        .route("/local/token", get(token))
        .route("/local/jwks", get(async |State(simulator): Shared| Json(simulator.issuer.jwks.clone())))
        .route(
            "/local/maskinporten-key",
            get(async |State(simulator): Shared| simulator.maskinporten.secret().to_owned()),
        )
        .route("/local/platform-token", post(change_platform_token))
        .route("/local/people", get(people).post(put_people))
        .route("/local/condition", get(condition::example))
}

async fn token(
    State(simulator): Shared,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<String, Refusal> {
    if let Some(person) = query.get("pid") {
        let token = simulator.issuer.token_of_person(person);
        return token.ok_or_else(|| Refusal("the token could not be signed".into()));
    }
    let organization =
        query.get("org").filter(|org| org.len() == 9 && org.bytes().all(|b| b.is_ascii_digit()));
    let organization = organization.ok_or_else(|| Refusal("org must be nine digits".into()))?;
    let scope = query.get("scope").map_or(issuer::SCOPE, String::as_str);
    simulator.issuer.token(organization, scope).ok_or_else(|| Refusal("the token could not be signed".into()))
}

async fn change_platform_token(State(simulator): Shared, body: Bytes) -> Result<Json<Value>, Refusal> {
    simulator.platform_token.change(parse(&body)?);
    Ok(Json(json!({})))
}

async fn people(State(simulator): Shared) -> Json<Population> {
    Json(simulator.people.list())
}

async fn put_people(State(simulator): Shared, body: Bytes) -> Result<Json<Population>, Refusal> {
    simulator.people.put(parse(&body)?);
    Ok(Json(simulator.people.list()))
}
