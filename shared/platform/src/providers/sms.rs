//! SMS by SNS `Publish`.

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::error::BuildError;
use aws_sdk_sns::types::MessageAttributeValue;
use varsling_domain::ids::NotificationId;
use varsling_domain::sms::Registrations;
use varsling_domain::status::Failure;

use super::{HandOverError, Verdict};
use crate::environment::{ConfigError, Environment};

/// An SMS ready to be sent.
pub struct Sms<'a> {
    /// Whose it is.
    pub id: NotificationId,
    /// The mobile number in E.164.
    pub to: &'a str,
    /// The sender id; none means the deployment's own.
    pub sender: Option<&'a str>,
    /// With every keyword filled in.
    pub body: &'a str,
}

/// SNS, with the deployment's own sender id.
#[derive(Clone)]
pub struct SmsProvider {
    client: Client,
    sender: String,
    registrations: Registrations,
}

impl SmsProvider {
    /// SNS as `SMS_SENDER_ID` and `SMS_SENDER_IDS_REGISTERED` say.
    pub fn open(configuration: &SdkConfig, environment: &Environment) -> Result<Self, ConfigError> {
        let client = Client::new(&super::without_retries(configuration));
        Ok(Self {
            client,
            sender: environment.required("SMS_SENDER_ID")?,
            registrations: environment.parsed("SMS_SENDER_IDS_REGISTERED", str::parse)?,
        })
    }

    /// Opens the connection by asking for the account's settings.
    pub async fn warm(&self) {
        if let Err(error) = self.client.get_sms_attributes().send().await {
            tracing::warn!(why = crate::aws::reason(&error), "SNS does not answer yet");
        }
    }

    /// Hands one SMS to SNS: one call, never repeated. Answers SNS's message id, which is all that its
    /// delivery log knows.
    pub async fn send(&self, sms: &Sms<'_>) -> Result<String, HandOverError> {
        let mut request = self.client.publish().phone_number(sms.to).message(sms.body);
        let id = sms.id.to_string();
        let sender = Some(sms.sender.unwrap_or(&self.sender)).filter(|_| self.registrations.allow(sms.to));
        let attributes = [
            ("AWS.SNS.SMS.SenderID", sender),
            ("AWS.SNS.SMS.SMSType", Some("Transactional")),
            ("notificationId", Some(&id)),
        ];
        for (name, value) in attributes.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            request =
                request.message_attributes(name, attribute(value).map_err(|error| unbuildable(&error))?);
        }
        let answer = request.send().await.map_err(|error| super::hand_over_error(&error, verdict))?;
        Ok(answer.message_id().unwrap_or_default().to_owned())
    }
}

fn attribute(value: &str) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder().data_type("String").string_value(value).build()
}

fn unbuildable(error: &BuildError) -> HandOverError {
    HandOverError::Refused { failure: Failure::Unspecified, why: error.to_string() }
}

/// What SNS's answers mean (SNS API reference, Publish, errors).
fn verdict(code: Option<&str>, status: u16) -> Verdict {
    match (code, status) {
        (Some("InvalidParameter" | "InvalidParameterValue" | "ParameterValueInvalid"), _) => {
            Verdict::Refused(Failure::InvalidRecipient)
        }
        (Some("OptedOut"), _) => Verdict::Refused(Failure::BarredReceiver),
        (_, 400..=499) => Verdict::ForNow,
        _ => Verdict::Uncertain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_definite_refusal_is_retried() {
        assert!(matches!(verdict(Some("Throttled"), 429), Verdict::ForNow));
        assert!(matches!(verdict(Some("AuthorizationError"), 403), Verdict::ForNow));
        assert!(matches!(
            verdict(Some("InvalidParameter"), 400),
            Verdict::Refused(Failure::InvalidRecipient)
        ));
        assert!(matches!(verdict(Some("OptedOut"), 400), Verdict::Refused(Failure::BarredReceiver)));
        assert!(matches!(verdict(Some("InternalError"), 500), Verdict::Uncertain));
    }
}
