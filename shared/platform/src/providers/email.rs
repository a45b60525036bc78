//! E-mail by SESv2.

use aws_config::SdkConfig;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::BuildError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader, MessageTag};
use varsling_domain::address::EmailAddress;
use varsling_domain::ids::NotificationId;
use varsling_domain::masking::mask;
use varsling_domain::text::{ContentType, plain_alternative};

use super::mailbox::mailbox;
use super::{HandOverError, ses_errors};
use crate::environment::{ConfigError, Environment};

/// The message tag that comes back with every SES event.
const TAG: &str = "notification";

/// An e-mail ready to be sent.
pub struct Email<'a> {
    /// Whose it is; comes back with every event about it.
    pub id: NotificationId,
    /// Where to.
    pub to: &'a str,
    /// The from-address; none means the deployment's own.
    pub sender: Option<&'a str>,
    /// The name that is shown beside it.
    pub sender_name: Option<&'a str>,
    /// Where answers go, if anywhere else than to the sender.
    pub reply_to: Option<&'a str>,
    /// One line.
    pub subject: &'a str,
    /// With every keyword filled in.
    pub body: &'a str,
    /// How the body is written.
    pub content_type: ContentType,
}

/// SES, with the deployment's own sender and configuration set.
#[derive(Clone)]
pub struct EmailProvider {
    client: Client,
    sender: EmailAddress,
    configuration_set: String,
}

impl EmailProvider {
    /// SES as `EMAIL_SENDER` and `CONFIGURATION_SET` say.
    pub fn open(configuration: &SdkConfig, environment: &Environment) -> Result<Self, ConfigError> {
        Ok(Self {
            client: Client::new(&super::without_retries(configuration)),
            sender: environment.parsed("EMAIL_SENDER", str::parse)?,
            configuration_set: environment.required("CONFIGURATION_SET")?,
        })
    }

    /// Opens the connection by asking for the account's limits.
    pub async fn warm(&self) {
        if let Err(error) = self.client.get_account().send().await {
            // Only a connection is wanted; a missing permission says nothing of sending.
            tracing::info!(why = crate::aws::reason(&error), "SES does not answer yet");
        }
    }

    /// Hands one e-mail to SES: one call, never repeated.
    pub async fn send(&self, email: &Email<'_>) -> Result<(), HandOverError> {
        let content = content(email).map_err(|error| unbuildable(&error))?;
        let tag = MessageTag::builder().name(TAG).value(email.id.to_string()).build();
        let request = self
            .client
            .send_email()
            .from_email_address(mailbox(email.sender_name, email.sender.unwrap_or(self.sender.as_str())))
            .set_reply_to_addresses(email.reply_to.map(|address| vec![address.to_owned()]))
            .destination(Destination::builder().to_addresses(email.to).build())
            .content(content)
            .email_tags(tag.map_err(|error| unbuildable(&error))?)
            .configuration_set_name(&self.configuration_set);
        request.send().await.map(drop).map_err(|error| super::hand_over_error(&error, ses_errors::ERRORS))
    }
}

fn content(email: &Email<'_>) -> Result<EmailContent, BuildError> {
    let part = |text: &str| Content::builder().data(text).charset("UTF-8").build();
    let body = match email.content_type {
        ContentType::Plain => Body::builder().text(part(email.body)?),
        ContentType::Html => {
            // What HTML hides between two digits is gone here.
            let plain = mask(&plain_alternative(email.body));
            Body::builder().html(part(email.body)?).text(part(&plain)?)
        }
    };
    // Nobody's absence is to be answered to a machine (RFC 3834).
    let automatic = MessageHeader::builder().name("Auto-Submitted").value("auto-generated").build()?;
    let message = Message::builder().subject(part(email.subject)?).body(body.build()).headers(automatic);
    Ok(EmailContent::builder().simple(message.build()).build())
}

fn unbuildable(error: &BuildError) -> HandOverError {
    HandOverError::ours(error.to_string())
}
