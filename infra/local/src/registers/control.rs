//! The control routes of the fake registers: tokens, people, the key at Maskinporten, and a condition endpoint to
//! try.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};

use super::people::Population;
use super::{condition, issuer};
use crate::control::{Refusal, Shared, parse};
use crate::world::World;

/// The control routes.
pub fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/local/token", get(token))
        .route("/local/jwks", get(async |State(world): Shared| Json(world.issuer.jwks.clone())))
        .route(
            "/local/maskinporten-key",
            get(async |State(world): Shared| world.maskinporten.secret().to_owned()),
        )
        .route("/local/people", get(people).post(put_people))
        .route("/local/condition", get(condition::example))
}

async fn token(
    State(world): Shared,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<String, Refusal> {
    let organization =
        query.get("org").filter(|org| org.len() == 9 && org.bytes().all(|b| b.is_ascii_digit()));
    let organization = organization.ok_or_else(|| Refusal("org must be nine digits".into()))?;
    let scope = query.get("scope").map_or(issuer::SCOPE, String::as_str);
    world.issuer.token(organization, scope).ok_or_else(|| Refusal("the token could not be signed".into()))
}

async fn people(State(world): Shared) -> Json<Population> {
    Json(world.people.list())
}

async fn put_people(State(world): Shared, body: Bytes) -> Result<Json<Population>, Refusal> {
    world.people.put(parse(&body)?);
    Ok(Json(world.people.list()))
}
