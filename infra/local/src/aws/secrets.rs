//! Secrets Manager: the one secret that is read.

use serde_json::{Value, json};

use super::reply::Refused;
use crate::simulator::Simulator;

/// The name of the secret with the key for Maskinporten.
pub const KEY: &str = "maskinporten-key";

/// Answers the one operation that is called.
pub fn answer(simulator: &Simulator, operation: &str, input: &Value) -> Result<Value, Refused> {
    if operation != "GetSecretValue" || input["SecretId"] != KEY {
        return Err(Refused::new("ResourceNotFoundException", "there is no such secret"));
    }
    Ok(json!({"Name": KEY, "SecretString": simulator.maskinporten.secret()}))
}
