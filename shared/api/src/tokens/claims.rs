//! What a verified token says.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde_json::Value;
use varsling_domain::identity::{NationalIdentityNumber, Owner};

/// How Maskinporten names the register of organisation numbers.
const AUTHORITY: &str = "iso6523-actorid-upis";
/// Norway's organisation numbers in that register.
const PREFIX: &str = "0192:";

/// The claims that matter here. Claims that may be malformed in a valid token are kept as JSON, so that a
/// malformed organisation differs from a missing one.
#[derive(Deserialize)]
pub struct Claims {
    iat: Option<f64>,
    scope: Option<Value>,
    consumer: Option<Value>,
    #[serde(rename = "urn:altinn:orgNumber")]
    altinn_number: Option<Value>,
    pid: Option<Value>,
}

impl Claims {
    /// Whether the token says that it was issued in the future.
    pub fn is_issued_in_future(&self, leeway: u64) -> bool {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default() + Duration::from_secs(leeway);
        self.iat.is_some_and(|issued| issued > now.as_secs_f64())
    }

    /// Whether a scope is among the token's, which stand in one text with spaces between.
    pub fn has_scope(&self, scope: &str) -> bool {
        let scopes = self.scope.as_ref().and_then(Value::as_str).unwrap_or_default();
        scopes.split(' ').any(|own| own == scope)
    }

    /// The person who has logged in.
    pub fn person(&self) -> Result<NationalIdentityNumber, &'static str> {
        let number = self.pid.as_ref().ok_or("The token names no person.")?;
        let number = number.as_str().and_then(|number| number.parse().ok());
        number.ok_or("The token's person cannot be read.")
    }

    /// The organisation that the token speaks for, or why there is none. A token of Maskinporten has it as
    /// its consumer, one that Altinn exchanged under a name of its own, and some have both.
    pub fn owner(&self) -> Result<Owner, &'static str> {
        let consumer = self.consumer.as_ref().map(consumer);
        let altinn = self.altinn_number.as_ref().map(number);
        match (consumer, altinn) {
            (Some(Some(consumer)), Some(Some(altinn))) if consumer == altinn => Ok(consumer),
            (Some(Some(_)), Some(Some(_))) => Err("The token names two different organisations."),
            (Some(Some(only)), None) | (None, Some(Some(only))) => Ok(only),
            (None, None) => Err("The token names no organisation."),
            _ => Err("The token's organisation cannot be read."),
        }
    }
}

fn consumer(claim: &Value) -> Option<Owner> {
    let is_ours = claim["authority"] == AUTHORITY;
    let number = claim["ID"].as_str().filter(|_| is_ours)?.strip_prefix(PREFIX)?;
    Owner::try_from(number).ok()
}

fn number(claim: &Value) -> Option<Owner> {
    Owner::try_from(claim.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(claims: Value) -> Claims {
        serde_json::from_value(claims).unwrap()
    }

    fn consumer(id: &str) -> Value {
        json!({"authority": AUTHORITY, "ID": id})
    }

    fn owner(consumer: Option<Value>, altinn: Option<Value>) -> Result<String, &'static str> {
        let claims = Claims { iat: None, scope: None, consumer, altinn_number: altinn, pid: None };
        claims.owner().map(|owner| owner.to_string())
    }

    fn is_issued_in_future(iat: f64) -> bool {
        claims(json!({ "iat": iat })).is_issued_in_future(10)
    }

    #[test]
    fn the_organisation_stands_in_either_claim_or_in_both() {
        let (consumer, altinn) = (consumer("0192:991825827"), json!("991825827"));
        for claims in
            [(Some(consumer.clone()), None), (None, Some(altinn.clone())), (Some(consumer), Some(altinn))]
        {
            assert_eq!(owner(claims.0, claims.1), Ok("991825827".into()));
        }
    }

    #[test]
    fn both_must_agree() {
        let two = owner(Some(consumer("0192:991825827")), Some(json!("910514318")));
        assert_eq!(two, Err("The token names two different organisations."));
        assert_eq!(owner(None, None), Err("The token names no organisation."));
    }

    #[test]
    fn a_malformed_organisation_is_refused_and_not_ignored() {
        let odd = [
            json!("0192:991825827"),
            consumer("991825827"),
            consumer("9908:991825827"),
            consumer("0192:99182582"),
            consumer("0192:"),
            json!({"ID": "0192:991825827"}),
            json!({"authority": "other", "ID": "0192:991825827"}),
            json!({"authority": AUTHORITY, "ID": 991_825_827}),
        ];
        for consumer in odd {
            assert!(owner(Some(consumer.clone()), None).is_err(), "{consumer}");
            assert!(owner(Some(consumer.clone()), Some(json!("991825827"))).is_err(), "{consumer}");
        }
        for number in [json!(991_825_827), json!("x"), json!(["991825827"])] {
            assert!(owner(Some(super::tests::consumer("0192:991825827")), Some(number)).is_err());
        }
    }

    #[test]
    fn a_scope_is_one_of_the_words() {
        let claims = claims(json!({"scope": "a:b a:b.c"}));
        assert!(claims.has_scope("a:b") && claims.has_scope("a:b.c"));
        assert!(!claims.has_scope("a:") && !claims.has_scope("a:b a:b.c"));
        for scope in [json!({}), json!({"scope": null}), json!({"scope": ["a:b"]})] {
            assert!(!super::tests::claims(scope).has_scope("a:b"));
        }
    }

    #[test]
    fn a_token_from_the_future_is_noticed() {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
        assert!(
            !is_issued_in_future(now) && !is_issued_in_future(now + 5.0) && is_issued_in_future(now + 60.0)
        );
        assert!(!claims(json!({})).is_issued_in_future(10));
    }
}
