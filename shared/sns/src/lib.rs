//! SMS by Amazon SNS `Publish`.

mod carrier;
mod errors;

use std::collections::HashMap;

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::error::BuildError;
use aws_sdk_sns::types::MessageAttributeValue;
use varsling_domain::ids::DeliveryId;
use varsling_domain::sms::Registrations;
use varsling_function::environment::{ConfigError, Environment};
use varsling_function::trouble::Trouble;
use varsling_providers::{HandOverError, hand_over_error, without_retries};

pub use carrier::Sns;
pub use errors::ERRORS;

/// An SMS ready to be sent.
pub struct Sms<'a> {
    /// Whose it is.
    pub id: DeliveryId,
    /// The mobile number in E.164.
    pub to: &'a str,
    /// The sender id; none means the deployment's own.
    pub sender: Option<&'a str>,
    /// With every keyword filled in.
    pub body: &'a str,
}

/// SNS, with the deployment's own sender id; none where the deployment sends no SMS.
#[derive(Clone)]
pub struct SmsProvider {
    client: Client,
    sender: Option<String>,
    registrations: Registrations,
}

impl SmsProvider {
    /// SNS as `SMS_SENDER_ID` and `SMS_SENDER_IDS_REGISTERED` say.
    pub fn open(configuration: &SdkConfig, environment: &Environment) -> Result<Self, ConfigError> {
        let client = Client::new(&without_retries(configuration));
        Ok(Self {
            client,
            sender: Some(environment.required("SMS_SENDER_ID")?).filter(|sender| !sender.is_empty()),
            registrations: environment.parsed("SMS_SENDER_IDS_REGISTERED", str::parse)?,
        })
    }

    /// Opens the connection by asking for the account's settings, among which are the delivery logs: without them
    /// nobody hears of an SMS that SNS takes and does not send.
    pub async fn warm(&self) {
        match self.client.get_sms_attributes().send().await {
            Ok(answer) if self.sender.is_some() && !logs_deliveries(answer.attributes()) => Trouble::Ours
                .log(
                    "sns",
                    &"every delivery report",
                    &"the account does not log all deliveries; see the output ToDo",
                ),
            Ok(_) => {}
            // A missing permission to ask says nothing of sending.
            Err(error) => {
                tracing::info!(why = varsling_function::aws::reason(&error), "SNS does not answer yet");
            }
        }
    }

    /// Hands one SMS to SNS: one call, never repeated. Answers SNS's message id, which is all that its
    /// delivery log knows.
    pub async fn send(&self, sms: &Sms<'_>) -> Result<String, HandOverError> {
        let Some(own_sender) = &self.sender else {
            return Err(HandOverError::ours("the deployment sends no SMS: SMS_SENDER_ID is empty"));
        };
        let mut request = self.client.publish().phone_number(sms.to).message(sms.body);
        let id = sms.id.to_string();
        let sender = Some(sms.sender.unwrap_or(own_sender)).filter(|_| self.registrations.allow(sms.to));
        let attributes = [
            ("AWS.SNS.SMS.SenderID", sender),
            ("AWS.SNS.SMS.SMSType", Some("Transactional")),
            ("notificationId", Some(&id)),
        ];
        for (name, value) in attributes.into_iter().filter_map(|(name, value)| Some((name, value?))) {
            request =
                request.message_attributes(name, attribute(value).map_err(|error| unbuildable(&error))?);
        }
        let answer = request.send().await.map_err(|error| hand_over_error(&error, ERRORS))?;
        Ok(answer.message_id().unwrap_or_default().to_owned())
    }
}

/// Whether an account's settings have SNS log every delivery (SNS API reference, `SetSMSAttributes`).
fn logs_deliveries(attributes: Option<&HashMap<String, String>>) -> bool {
    let Some(attributes) = attributes else { return false };
    let role = attributes.get("DeliveryStatusIAMRole");
    let sampling_rate = attributes.get("DeliveryStatusSuccessSamplingRate");
    role.is_some_and(|role| !role.is_empty()) && sampling_rate.is_some_and(|rate| rate == "100")
}

fn attribute(value: &str) -> Result<MessageAttributeValue, BuildError> {
    MessageAttributeValue::builder().data_type("String").string_value(value).build()
}

fn unbuildable(error: &BuildError) -> HandOverError {
    HandOverError::ours(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(role: &str, rate: &str) -> bool {
        let settings = [("DeliveryStatusIAMRole", role), ("DeliveryStatusSuccessSamplingRate", rate)];
        logs_deliveries(Some(&settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into()))
    }

    #[test]
    fn an_account_logs_deliveries_when_it_has_a_role_and_samples_all() {
        assert!(logs("arn:aws:iam::1:role/sms", "100"));
        assert!(!logs("arn:aws:iam::1:role/sms", "50") && !logs("", "100") && !logs_deliveries(None));
    }
}
