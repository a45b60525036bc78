//! Secrets Manager: the three secrets that are read.

use serde_json::{Value, json};

use super::reply::Refused;
use crate::simulator::Simulator;

/// The key that ids are derived with. It stays the same between runs, or the ids of stored orders would no longer be
/// found.
const ID_KEY: &str = "the local system keeps no secrets from anybody";

/// Answers the one operation that is called.
pub fn answer(simulator: &Simulator, operation: &str, input: &Value) -> Result<Value, Refused> {
    let name = input["SecretId"].as_str().filter(|_| operation == "GetSecretValue");
    let text = match name {
        Some("maskinporten-key") => simulator.maskinporten.secret().to_owned(),
        Some("id-secret") => ID_KEY.to_owned(),
        Some("register-headers") => simulator.platform_token.secret(),
        _ => return Err(Refused::new("ResourceNotFoundException", "there is no such secret")),
    };
    Ok(json!({"Name": name, "SecretString": text}))
}
