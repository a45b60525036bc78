//! Whether an order says that its notices wait for the window.

use super::*;
use crate::channel::{Channel, SendingTimePolicy};
use crate::order::{EmailSettings, SmsSettings};

#[test]
fn both_channels_know_both_policies_and_the_house_rule() {
    for (said, read) in [
        (json!("Anytime"), SendingTimePolicy::Anytime),
        (json!("Daytime"), SendingTimePolicy::Daytime),
        (json!(2), SendingTimePolicy::Daytime),
        (Value::Null, SendingTimePolicy::House),
    ] {
        let mut body = order_to(&person("EmailAndSms"));
        for settings in ["emailSettings", "smsSettings"] {
            body["recipient"]["recipientPerson"][settings]["sendingTimePolicy"] = said.clone();
        }
        let order = parse(&body).unwrap().order;
        for channel in [Channel::Email, Channel::Sms] {
            assert_eq!(order.shipments[0].recipients.settings(channel).unwrap().policy, read, "{said}");
        }
    }
}

#[test]
fn a_policy_is_stored_only_where_the_order_has_one() {
    for (policy, stored) in [
        (SendingTimePolicy::House, None),
        (SendingTimePolicy::Anytime, Some(json!("A"))),
        (SendingTimePolicy::Daytime, Some(json!("D"))),
    ] {
        let text =
            Text::Sms(crate::text::SmsText { body: "s".into(), sender: None, simplified: false }).hash();
        let sms = SmsSettings::of(text.clone(), "s", policy);
        let email =
            EmailSettings { text, names_recipient: false, asks: std::collections::BTreeSet::new(), policy };
        let (sms_item, email_item) =
            (serde_json::to_value(&sms).unwrap(), serde_json::to_value(&email).unwrap());
        assert_eq!((sms_item.get("policy"), email_item.get("policy")), (stored.as_ref(), stored.as_ref()));
        assert_eq!(serde_json::from_value::<SmsSettings>(sms_item).unwrap(), sms);
        assert_eq!(serde_json::from_value::<EmailSettings>(email_item.clone()).unwrap(), email);
        // As it was stored when the house rule was still written out.
        let mut spelled_out = email_item;
        spelled_out["policy"] = stored.unwrap_or_else(|| json!("H"));
        assert_eq!(serde_json::from_value::<EmailSettings>(spelled_out).unwrap(), email);
    }
}
