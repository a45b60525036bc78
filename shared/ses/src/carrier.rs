//! SES as the port of the providers has it: what becomes of a delivery, and what is handed over.

use aws_config::SdkConfig;
use chrono::{DateTime, Utc};
use varsling_domain::identity::Owner;
use varsling_domain::ids::DeliveryId;
use varsling_domain::text::{ContentType, EmailText, Text};
use varsling_function::context::FunctionContext;
use varsling_function::environment::{ConfigError, Environment};
use varsling_function::lambda::StartError;
use varsling_providers::{HandOverError, Provider, Ready};

use super::files::{Fetched, Files};
use super::{Email, EmailProvider};

/// SES, as what carries deliveries.
pub struct Ses {
    emails: EmailProvider,
    /// What every subject begins with, in a deployment that is a test.
    subject_prefix: String,
    /// None where no e-mail carries files.
    files: Option<Files>,
}

impl Ses {
    /// SES as the environment says ([`EmailProvider::open`]), for e-mails without files.
    pub fn open(configuration: &SdkConfig, environment: &Environment) -> Result<Self, ConfigError> {
        let subject_prefix = environment.optional("SUBJECT_PREFIX").unwrap_or_default();
        Ok(Self { emails: EmailProvider::open(configuration, environment)?, subject_prefix, files: None })
    }

    /// The same for e-mails that may carry files: [`Files::open`].
    pub fn with_files(configuration: &SdkConfig, context: &FunctionContext) -> Result<Self, StartError> {
        let files = Some(Files::open(context)?);
        Ok(Self { files, ..Self::open(configuration, &context.environment)? })
    }

    async fn fetched(&self, text: &EmailText) -> Result<Vec<Fetched>, HandOverError> {
        match &self.files {
            Some(files) => Ok(vec![files.fetch(&text.attachments).await?]),
            None if text.attachments.is_empty() => Ok(vec![]),
            None => Err(HandOverError::ours("files are not sent here")),
        }
    }
}

/// An e-mail with everything filled in.
pub struct Rendered {
    id: DeliveryId,
    owner: Owner,
    to: String,
    text: EmailText,
    subject: String,
    body: String,
    files: Vec<Fetched>,
    now: DateTime<Utc>,
}

impl Provider for Ses {
    type Message = Rendered;

    const NAME: &'static str = "ses";

    async fn render(&self, delivery: &Ready) -> Result<Rendered, HandOverError> {
        let Text::Email(text) = delivery.text.as_ref() else { return Err(HandOverError::wrong_channel()) };
        Ok(Rendered {
            id: delivery.id,
            owner: delivery.owner.clone(),
            to: delivery.address.clone(),
            subject: format!("{}{}", self.subject_prefix, delivery.fill(&text.subject, false)),
            body: delivery.fill(&text.body, text.content_type == ContentType::Html),
            files: self.fetched(text).await?,
            text: text.clone(),
            now: delivery.now,
        })
    }

    async fn hand_over(&self, message: &Rendered) -> Result<(), HandOverError> {
        let Rendered { id, owner, to, text, subject, body, files, now } = message;
        let email = Email {
            id: *id,
            owner,
            to,
            sender: text.sender.as_deref(),
            sender_name: text.sender_name.as_deref(),
            reply_to: text.reply_to.as_deref(),
            subject,
            body,
            content_type: text.content_type,
            files: files.iter().flat_map(|fetched| &fetched.files).collect(),
            now: *now,
        };
        self.emails.send(&email).await
    }

    async fn warm(&self) {
        self.emails.warm().await;
    }
}
