//! SES as the port of the providers has it: what becomes of a delivery, and what is handed over.

use aws_config::SdkConfig;
use chrono::{DateTime, Utc};
use varsling_domain::ids::DeliveryId;
use varsling_domain::text::{ContentType, EmailText, Text};
use varsling_function::environment::{ConfigError, Environment};
use varsling_providers::{HandOverError, Provider, Ready};

use super::{Email, EmailProvider};

/// SES, as what carries deliveries.
pub struct Ses(EmailProvider);

impl Ses {
    /// SES as the environment says: [`EmailProvider::open`].
    pub fn open(configuration: &SdkConfig, environment: &Environment) -> Result<Self, ConfigError> {
        EmailProvider::open(configuration, environment).map(Self)
    }
}

/// An e-mail with everything filled in.
pub struct Rendered {
    id: DeliveryId,
    to: String,
    text: EmailText,
    subject: String,
    body: String,
    now: DateTime<Utc>,
}

impl Provider for Ses {
    type Message = Rendered;

    const NAME: &'static str = "ses";

    fn render(&self, delivery: &Ready) -> Result<Rendered, HandOverError> {
        let Text::Email(text) = delivery.text.as_ref() else { return Err(HandOverError::wrong_channel()) };
        Ok(Rendered {
            id: delivery.id,
            to: delivery.address.clone(),
            subject: delivery.fill(&text.subject, false),
            body: delivery.fill(&text.body, text.content_type == ContentType::Html),
            text: text.clone(),
            now: delivery.now,
        })
    }

    async fn hand_over(&self, message: &Rendered) -> Result<(), HandOverError> {
        let Rendered { id, to, text, subject, body, now } = message;
        let email = Email {
            id: *id,
            to,
            sender: text.sender.as_deref(),
            sender_name: text.sender_name.as_deref(),
            reply_to: text.reply_to.as_deref(),
            subject,
            body,
            content_type: text.content_type,
            now: *now,
        };
        self.0.send(&email).await
    }

    async fn warm(&self) {
        self.0.warm().await;
    }
}
