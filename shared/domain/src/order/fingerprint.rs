//! What tells a repeated request from another one with the same idempotency id.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// 128 bits of the SHA-256 of a request body, as 22 characters of base64url.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a value: neither white space nor the order of members matters, and a member that is null
    /// counts as absent.
    pub fn of(body: &Value) -> Self {
        let mut digest = Sha256::new();
        absorb(&mut digest, body);
        Self(URL_SAFE_NO_PAD.encode(&digest.finalize()[..16]))
    }

    /// The fingerprint as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Adds a value. Each begins with its kind and what could run into its neighbour with its length.
fn absorb(digest: &mut Sha256, value: &Value) {
    match value {
        Value::Null => digest.update(b"n"),
        Value::Bool(flag) => digest.update([b'b', u8::from(*flag)]),
        Value::Number(number) => absorb_text(digest, b'd', &number.to_string()),
        Value::String(text) => absorb_text(digest, b's', text),
        Value::Array(items) => {
            absorb_length(digest, b'a', items.len());
            for item in items {
                absorb(digest, item);
            }
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().filter(|(_, value)| !value.is_null()).collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            absorb_length(digest, b'o', members.len());
            for (name, value) in members {
                absorb_text(digest, b'm', name);
                absorb(digest, value);
            }
        }
    }
}

fn absorb_text(digest: &mut Sha256, kind: u8, text: &str) {
    absorb_length(digest, kind, text.len());
    digest.update(text);
}

fn absorb_length(digest: &mut Sha256, kind: u8, length: usize) {
    digest.update([kind]);
    digest.update((length as u64).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Fingerprint {
        Fingerprint::of(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn spelling_makes_no_difference() {
        let body = of(r#"{"a":1,"b":{"c":"x","d":[true,null]}}"#);
        let same = [
            r#" { "b" : { "d":[true,null], "c":"\u0078" },
               "a": 1 } "#,
            r#"{"a":1,"b":{"c":"x","d":[true,null],"e":null},"f":null}"#,
        ];
        for json in same {
            assert_eq!(of(json), body, "{json}");
        }
        assert_eq!(body.as_str().len(), 22);
    }

    #[test]
    fn everything_else_does() {
        let bodies = [
            "{}",
            "[]",
            "null",
            "[null]",
            "0",
            "\"0\"",
            "false",
            r#"{"a":"b"}"#,
            r#"{"b":"a"}"#,
            r#"{"a":"B"}"#,
            r#"{"ab":""}"#,
            r#"{"a":"b","c":"d"}"#,
            r#"{"a":{"b":"c"},"d":"e"}"#,
            r#"{"a":{"b":"c","d":"e"}}"#,
            r#"["a","b"]"#,
            r#"["ab"]"#,
            r#"[["a"],"b"]"#,
            r#"["b","a"]"#,
            r#"{"a":1}"#,
            r#"{"a":[1]}"#,
            r#"{"a":[1,1]}"#,
        ];
        for (i, one) in bodies.iter().enumerate() {
            for other in &bodies[i + 1..] {
                assert_ne!(of(one), of(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn it_is_stored_as_text() {
        let fingerprint = of("{}");
        let json = serde_json::to_string(&fingerprint).unwrap();
        assert_eq!(json, format!("\"{}\"", fingerprint.as_str()));
        assert_eq!(serde_json::from_str::<Fingerprint>(&json).unwrap(), fingerprint);
    }
}
