//! Tokens of every kind, good and bad, against an issuer that publishes its keys.

pub mod keys;

use jsonwebtoken::{Algorithm, Header, get_current_timestamp};
use serde_json::{Value, json};
use varsling_test_server::{Reply, TinyServer};

use super::*;
use keys::{claims, ec_key, other_rsa_key, rsa_key, unsigned};

/// The issuer that counts.
pub const ISSUER: &str = "https://issuer.example/";

async fn issuer() -> TinyServer {
    let keys = json!({"keys": [rsa_key().jwk("rsa"), ec_key().jwk("ec")]});
    TinyServer::replying(Reply::json(&keys)).await
}

fn verifier(server: &TinyServer, audience: Option<&str>) -> Verifier {
    let issuers = TokenIssuers::parse(&format!("{ISSUER}={}", server.url())).unwrap();
    Verifier::new(issuers, audience.map(str::to_owned)).unwrap()
}

async fn verify_for(audience: Option<&str>, token: &str) -> Result<String, Refusal> {
    let server = issuer().await;
    let header = format!("Bearer {token}");
    let owner = verifier(&server, audience).verify(Some(&header), CREATE_SCOPE).await;
    owner.map(|owner| owner.to_string())
}

async fn verify(token: &str) -> Result<String, Refusal> {
    verify_for(None, token).await
}

/// What becomes of a well-signed token whose claims differ from a good one's.
async fn with(changes: Value) -> Result<String, Refusal> {
    verify(&rsa_key().sign(&rsa_key().header("rsa"), &claims(&changes))).await
}

fn is_unauthenticated(verified: &Result<String, Refusal>) -> bool {
    matches!(verified, Err(Refusal::Unauthenticated(_)))
}

fn is_forbidden(verified: &Result<String, Refusal>) -> bool {
    matches!(verified, Err(Refusal::Forbidden(_)))
}

#[tokio::test]
async fn a_good_token_tells_who_calls() {
    assert_eq!(with(json!({})).await, Ok("991825827".into()));
    let altinn = json!({"consumer": null, "urn:altinn:orgNumber": "910514318"});
    assert_eq!(with(altinn).await, Ok("910514318".into()));
}

#[tokio::test]
async fn signatures_of_every_permitted_kind_are_good() {
    let algorithms = [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256];
    for alg in algorithms {
        let token = rsa_key().sign(&Header { alg, ..rsa_key().header("rsa") }, &claims(&json!({})));
        assert!(verify(&token).await.is_ok(), "{alg:?}");
    }
    let token = ec_key().sign(&ec_key().header("ec"), &claims(&json!({})));
    assert!(verify(&token).await.is_ok());
}

#[tokio::test]
async fn the_scheme_may_be_written_in_any_letters_and_nothing_else_will_do() {
    let server = issuer().await;
    let verifier = verifier(&server, None);
    let token = rsa_key().sign(&rsa_key().header("rsa"), &claims(&json!({})));
    let good = format!("bEARER  {token} ");
    assert!(verifier.verify(Some(&good), CREATE_SCOPE).await.is_ok());
    let long = format!("Bearer {}", "a".repeat(LIMIT + 1));
    for header in ["", "Bearer", "Bearer ", &token, &format!("Basic {token}"), &long] {
        let refused = verifier.verify(Some(header), CREATE_SCOPE).await;
        assert!(matches!(refused, Err(Refusal::Unauthenticated(_))));
    }
    let refused = verifier.verify(None, CREATE_SCOPE).await;
    assert!(matches!(refused, Err(Refusal::Unauthenticated(_))));
}

#[tokio::test]
async fn a_token_counts_only_in_its_time() {
    let now = get_current_timestamp();
    let expired = Err(Refusal::Unauthenticated("The token has expired."));
    assert_eq!(with(json!({"exp": now - 60})).await, expired);
    assert!(with(json!({"exp": now - 2})).await.is_ok());
    for changes in [
        json!({"exp": null}),
        json!({"exp": "soon"}),
        json!({"nbf": now + 60}),
        json!({"iat": now + 60}),
        json!({"iat": "today"}),
    ] {
        assert!(is_unauthenticated(&with(changes.clone()).await), "{changes}");
    }
    assert!(with(json!({"nbf": now + 5, "iat": now + 5})).await.is_ok());
}

#[tokio::test]
async fn no_key_is_fetched_for_an_issuer_that_does_not_count() {
    let server = issuer().await;
    let verifier = verifier(&server, None);
    for issuer in
        [json!("https://other.example/"), json!(null), json!([ISSUER]), json!("https://issuer.example")]
    {
        let token = rsa_key().sign(&rsa_key().header("rsa"), &claims(&json!({ "iss": issuer })));
        let refused = verifier.verify(Some(&format!("Bearer {token}")), CREATE_SCOPE).await;
        assert!(matches!(refused, Err(Refusal::Unauthenticated(_))), "{issuer}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn the_signature_must_be_the_named_keys() {
    let good = claims(&json!({}));
    let anonymous = Header { kid: None, ..rsa_key().header("") };
    let bad = [
        rsa_key().sign(&rsa_key().header("unknown"), &good),
        rsa_key().sign(&rsa_key().header("ec"), &good),
        rsa_key().sign(&anonymous, &good),
        other_rsa_key().sign(&other_rsa_key().header("rsa"), &good),
    ];
    for token in bad {
        assert!(is_unauthenticated(&verify(&token).await));
    }
}

fn parts(token: &str) -> Vec<&str> {
    token.split('.').collect()
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let good = rsa_key().sign(&rsa_key().header("rsa"), &claims(&json!({})));
    let other = rsa_key().sign(
        &rsa_key().header("rsa"),
        &claims(&json!({"consumer": null, "urn:altinn:orgNumber": "910514318"})),
    );
    let (good, other) = (parts(&good), parts(&other));
    let swapped = format!("{}.{}.{}", good[0], other[1], good[2]);
    let wrong = Err(Refusal::Unauthenticated("The token's signature is wrong."));
    assert_eq!(verify(&swapped).await, wrong);
    for token in [
        format!("{}.{}.", good[0], good[1]),
        format!("{}.{}", good[0], good[1]),
        "a.b.c".into(),
        "....".into(),
    ] {
        assert!(is_unauthenticated(&verify(&token).await), "{token}");
    }
}

#[tokio::test]
async fn unsigned_tokens_and_shared_secrets_are_refused() {
    let good = claims(&json!({}));
    for algorithm in ["none", "None", "HS256", "EdDSA"] {
        let token = unsigned(&json!({"alg": algorithm, "kid": "rsa"}), &good);
        assert!(is_unauthenticated(&verify(&token).await), "{algorithm}");
    }
    // The public key, which everybody knows, used as if it were a secret.
    let public = rsa_key().jwk("rsa").to_string();
    let header = Header { kid: Some("rsa".into()), ..Header::new(Algorithm::HS256) };
    let key = jsonwebtoken::EncodingKey::from_secret(public.as_bytes());
    let token = jsonwebtoken::encode(&header, &good, &key).unwrap();
    assert!(is_unauthenticated(&verify(&token).await));
}

#[tokio::test]
async fn critical_headers_are_refused() {
    let header = Header { crit: Some(vec!["b64".into()]), ..rsa_key().header("rsa") };
    assert!(is_unauthenticated(&verify(&rsa_key().sign(&header, &claims(&json!({})))).await));
}

async fn with_audience(audience: &Value) -> Result<String, Refusal> {
    let token = rsa_key().sign(&rsa_key().header("rsa"), &claims(&json!({ "aud": audience })));
    verify_for(Some("varsling"), &token).await
}

#[tokio::test]
async fn the_audience_counts_only_where_there_is_one() {
    assert!(with_audience(&json!("varsling")).await.is_ok());
    assert!(with_audience(&json!(["other", "varsling"])).await.is_ok());
    for audience in [json!("other"), json!(["other"]), json!([]), json!(null), json!(7)] {
        assert!(is_unauthenticated(&with_audience(&audience).await), "{audience}");
    }
    assert!(with(json!({"aud": "unspecified"})).await.is_ok());
}

#[tokio::test]
async fn a_token_without_the_scope_or_the_organisation_is_forbidden() {
    for changes in [
        json!({"scope": null}),
        json!({"scope": "altinn:serviceowner/notifications"}),
        json!({"consumer": null}),
        json!({"urn:altinn:orgNumber": "910514318"}),
    ] {
        assert!(is_forbidden(&with(changes.clone()).await), "{changes}");
    }
}

#[tokio::test]
async fn without_the_issuers_keys_no_token_can_be_verified() {
    let server = TinyServer::replying(Reply::status(503)).await;
    let token = rsa_key().sign(&rsa_key().header("rsa"), &claims(&json!({})));
    let verifier = verifier(&server, None);
    verifier.warm().await;
    let refused = verifier.verify(Some(&format!("Bearer {token}")), CREATE_SCOPE).await;
    assert_eq!(refused, Err(Refusal::KeysUnavailable));
}

fn opened(issuers: &str) -> Result<Verifier, StartError> {
    let values = [("TOKEN_ISSUERS", issuers), ("TOKEN_AUDIENCE", "")];
    let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Verifier::open(&Environment::of(values.into()))
}

#[tokio::test]
async fn the_environment_says_whose_tokens_count() {
    let verifier = opened("https://a.example/=https://a.example/jwk").unwrap();
    assert_eq!((verifier.issuers.len(), verifier.audience), (1, None));
    assert!(opened("https://a.example/").is_err());
}
