//! E-mail by Amazon SES (API v2).

mod carrier;
mod errors;
mod files;
mod mailbox;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_config::SdkConfig;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::BuildError;
use aws_sdk_sesv2::primitives::Blob;
use aws_sdk_sesv2::types::{
    Attachment, AttachmentContentDisposition, Body, Content, Destination, EmailContent, Message,
    MessageHeader, MessageTag,
};
use chrono::{DateTime, Utc};
use varsling_domain::address::EmailAddress;
use varsling_domain::identity::Owner;
use varsling_domain::ids::DeliveryId;
use varsling_domain::masking::mask;
use varsling_domain::status::Failure;
use varsling_domain::text::{ContentType, plain_alternative};
use varsling_function::environment::{ConfigError, Environment};
use varsling_providers::{HandOverError, hand_over_error, without_retries};

use mailbox::mailbox;

pub use carrier::Ses;
pub use errors::ERRORS;
pub use files::{File, Files};

/// The message tag that comes back with every SES event.
const TAG: &str = "notification";

/// An e-mail ready to be sent.
pub struct Email<'a> {
    /// Whose it is; comes back with every event about it.
    pub id: DeliveryId,
    /// Whose order it is.
    pub owner: &'a Owner,
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
    /// The files that it carries.
    pub files: Vec<&'a File>,
    /// The time.
    pub now: DateTime<Utc>,
}

/// SES, with the deployment's own sender and configuration set.
#[derive(Clone)]
pub struct EmailProvider {
    client: Client,
    sender: EmailAddress,
    configuration_set: String,
    /// What the names of owners' tenants begin with; none where all owners send as the account itself.
    tenant_prefix: Option<String>,
    /// The senders, with where answers go, that SES has taken an e-mail from.
    proven: Arc<Mutex<HashSet<String>>>,
}

impl EmailProvider {
    /// SES as `EMAIL_SENDER`, which must belong to `EMAIL_IDENTITY`, and `CONFIGURATION_SET` say.
    pub fn open(configuration: &SdkConfig, environment: &Environment) -> Result<Self, ConfigError> {
        let identity = environment.required("EMAIL_IDENTITY")?;
        Ok(Self {
            client: Client::new(&without_retries(configuration)),
            sender: environment.parsed("EMAIL_SENDER", |text| sender_of(&identity, text))?,
            configuration_set: environment.required("CONFIGURATION_SET")?,
            tenant_prefix: environment.optional("SES_TENANT_PREFIX").filter(|prefix| !prefix.is_empty()),
            proven: Arc::default(),
        })
    }

    /// Opens the connection by asking for the account's limits.
    pub async fn warm(&self) {
        if let Err(error) = self.client.get_account().send().await {
            // Only a connection is wanted; a missing permission says nothing of sending.
            tracing::info!(why = varsling_function::aws::reason(&error), "SES does not answer yet");
        }
    }

    /// Hands one e-mail to SES: one call, never repeated.
    pub async fn send(&self, email: &Email<'_>) -> Result<(), HandOverError> {
        let content = content(email).map_err(|error| unbuildable(&error))?;
        let tag = MessageTag::builder().name(TAG).value(email.id.to_string()).build();
        let from = mailbox(email.sender_name, email.sender.unwrap_or(self.sender.as_str()));
        let sender = format!("{from} {}", email.reply_to.unwrap_or_default());
        let request = self
            .client
            .send_email()
            .from_email_address(from)
            .set_reply_to_addresses(email.reply_to.map(|address| vec![address.to_owned()]))
            .destination(Destination::builder().to_addresses(email.to).build())
            .content(content)
            .email_tags(tag.map_err(|error| unbuildable(&error))?)
            .configuration_set_name(&self.configuration_set)
            .set_tenant_name(self.tenant(email.owner));
        match request.send().await {
            Ok(_) => {
                self.proven().insert(sender);
                Ok(())
            }
            Err(error) => Err(self.judged(&sender, hand_over_error(&error, ERRORS))),
        }
    }

    /// The tenant that an owner's e-mails are sent as, so that SES holds their bounces against that owner alone (SES
    /// developer guide, "Tenants").
    fn tenant(&self, owner: &Owner) -> Option<String> {
        self.tenant_prefix.as_ref().map(|prefix| format!("{prefix}{owner}"))
    }

    /// SES does not say whose address is malformed. It is the recipient's once SES has taken the sender's.
    fn judged(&self, sender: &str, error: HandOverError) -> HandOverError {
        match error {
            HandOverError::Refused { failure: Failure::InvalidFormat, why }
                if !self.proven().contains(sender) =>
            {
                HandOverError::ours(format!("{why}, and SES has not taken this sender yet"))
            }
            error => error,
        }
    }

    fn proven(&self) -> MutexGuard<'_, HashSet<String>> {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A sender that belongs to an identity: the identity itself, or an address in its domain or below.
fn sender_of(identity: &str, text: &str) -> Result<EmailAddress, &'static str> {
    let sender = text.parse::<EmailAddress>().map_err(|_| "not an e-mail address")?;
    let (address, identity) = (sender.as_str().to_lowercase(), identity.to_lowercase());
    let domain = address.rsplit('@').next().unwrap_or_default();
    let is_below = domain.strip_suffix(&identity).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if address == identity || is_below { Ok(sender) } else { Err("does not belong to EMAIL_IDENTITY") }
}

fn content(email: &Email<'_>) -> Result<EmailContent, BuildError> {
    let body = match email.content_type {
        ContentType::Plain => Body::builder().text(part(email.body)?),
        ContentType::Html => {
            // What HTML hides between two digits is gone here.
            let plain = mask(&plain_alternative(email.body), email.now);
            Body::builder().html(part(email.body)?).text(part(&plain)?)
        }
    };
    // Keeps out-of-office replies from being sent (RFC 3834).
    let automatic = MessageHeader::builder().name("Auto-Submitted").value("auto-generated").build()?;
    let files = email.files.iter().map(|file| attachment(file)).collect::<Result<Vec<_>, _>>()?;
    let files = Some(files).filter(|files| !files.is_empty());
    let message = Message::builder().subject(part(email.subject)?).body(body.build()).headers(automatic);
    let message = message.set_attachments(files);
    Ok(EmailContent::builder().simple(message.build()).build())
}

fn attachment(file: &File) -> Result<Attachment, BuildError> {
    let File { attachment, content } = file;
    Attachment::builder()
        .raw_content(Blob::new(content.as_slice()))
        .file_name(attachment.filename.as_str())
        .content_type(&attachment.mime_type)
        .content_disposition(AttachmentContentDisposition::Attachment)
        .build()
}

fn part(text: &str) -> Result<Content, BuildError> {
    Content::builder().data(text).charset("UTF-8").build()
}

fn unbuildable(error: &BuildError) -> HandOverError {
    HandOverError::ours(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use varsling_function::aws;
    use varsling_function::context::FunctionContext;
    use varsling_function::trouble::Trouble;
    use varsling_test_server::{Reply, TinyServer};

    #[test]
    fn a_sender_belongs_to_its_identity() {
        for (identity, sender) in [
            ("example.no", "a@example.no"),
            ("Example.no", "a@post.EXAMPLE.no"),
            ("a@example.no", "a@example.no"),
        ] {
            assert!(sender_of(identity, sender).is_ok(), "{identity} {sender}");
        }
        for (identity, sender) in [
            ("example.no", "a@other.no"),
            ("example.no", "a@myexample.no"),
            ("a@example.no", "b@example.no"),
            ("x.no", "x.no"),
        ] {
            assert!(sender_of(identity, sender).is_err(), "{identity} {sender}");
        }
    }

    fn refused() -> HandOverError {
        HandOverError::Refused { failure: Failure::InvalidFormat, why: "x".to_owned() }
    }

    #[tokio::test]
    async fn a_malformed_address_is_the_recipients_once_the_sender_was_taken() {
        let variables = [
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_REGION", "eu-north-1"),
            ("EMAIL_IDENTITY", "example.no"),
            ("EMAIL_SENDER", "a@example.no"),
            ("CONFIGURATION_SET", "c"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = Environment::of(variables.into());
        let configuration =
            varsling_function::aws::configuration(&FunctionContext::of(environment.clone())).await;
        let provider = EmailProvider::open(&configuration, &environment).unwrap();
        let judged = provider.judged("a", refused());
        assert!(matches!(judged, HandOverError::Waits { trouble: Trouble::Ours, .. }), "{judged}");
        provider.proven().insert("a".to_owned());
        assert_eq!(provider.judged("a", refused()), refused());
    }

    /// What a call of SES at this place comes to.
    async fn outcome_at(url: String) -> HandOverError {
        let variables =
            [("AWS_ENDPOINT_URL".to_owned(), url), ("AWS_REGION".to_owned(), "eu-north-1".to_owned())];
        let configuration = aws::configuration(&FunctionContext::of(Environment::of(variables.into()))).await;
        let client = aws_sdk_sesv2::Client::new(&without_retries(&configuration));
        let error = client.get_account().send().await.unwrap_err();
        hand_over_error(&error, ERRORS)
    }

    #[tokio::test]
    async fn without_a_connection_the_delivery_waits() {
        for url in [TinyServer::gone().await, "http://nowhere.invalid/".to_owned()] {
            let outcome = outcome_at(url.clone()).await;
            assert!(matches!(outcome, HandOverError::Waits { .. }), "{url}: {outcome}");
        }
    }

    #[tokio::test]
    async fn a_broken_connection_is_uncertain() {
        let broken_off = TinyServer::replying(Reply::ok("{").promising(1_000)).await;
        let outcome = outcome_at(broken_off.url()).await;
        assert!(matches!(outcome, HandOverError::Uncertain { .. }), "{outcome}");
    }
}
