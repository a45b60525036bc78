//! Whether an order says that its notices wait for the window.

use super::*;
use crate::channel::{Channel, SendingTimePolicy};
use crate::order::TextSettings;

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
        let sms = Text::Sms(crate::text::SmsText { body: "s".into(), sender: None, simplified: false });
        let sms = TextSettings::of(&sms, policy);
        let email = TextSettings { segments: 0, ..sms.clone() };
        for settings in [sms, email] {
            let mut item = serde_json::to_value(&settings).unwrap();
            assert_eq!(item.get("policy"), stored.as_ref());
            assert_eq!(serde_json::from_value::<TextSettings>(item.clone()).unwrap(), settings);
            // As it was stored when the house rule was still written out.
            item["policy"] = stored.clone().unwrap_or_else(|| json!("H"));
            assert_eq!(serde_json::from_value::<TextSettings>(item).unwrap(), settings);
        }
    }
}
