//! Reads a webhook from a request body.

use serde_json::Value;

use crate::contract::WebhookRequest;
use crate::order::{ConditionEndpoint, EndpointPolicy};
use crate::request::{Faults, Given};

/// Where a body wants events posted.
pub fn parse_webhook(body: &Value, policy: EndpointPolicy) -> Result<ConditionEndpoint, Faults> {
    let mut faults = Faults::default();
    let body = Given::<WebhookRequest>::body(body);
    let url = body.get(&mut faults).and_then(|request| {
        request.url.required(&mut faults);
        let url = request.url.parsed_by(|text| ConditionEndpoint::try_from(text), &mut faults)?;
        if let Err(why) = policy.permits(&url) {
            request.url.fault(why, &mut faults);
        }
        Some(url)
    });
    url.filter(|_| faults.is_empty()).ok_or(faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_webhook_is_on_a_public_host_by_https() {
        assert!(parse_webhook(&json!({"url": "https://example.no/a"}), EndpointPolicy::Public).is_ok());
        for url in [
            json!(null),
            json!(1),
            json!("example.no"),
            json!("http://example.no/"),
            json!("https://10.0.0.1/"),
            json!("https://169.254.169.254/latest/meta-data"),
            json!("https://localhost/"),
            json!("https://user:secret@example.no/"),
        ] {
            let faults = parse_webhook(&json!({"url": url}), EndpointPolicy::Public).unwrap_err();
            assert_eq!(faults.paths().collect::<Vec<_>>(), ["Url"], "{url}");
        }
    }
}
