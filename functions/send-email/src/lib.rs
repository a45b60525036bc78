//! Sends e-mails by SES, at this worker's share of the rate.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use varsling_domain::channel::Channel;
use varsling_domain::ids::DeliveryId;
use varsling_domain::text::{ContentType, EmailText, Text};
use varsling_function::aws;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_providers::{HandOverError, Provider, Ready};
use varsling_sending::Sender;
use varsling_ses::{Email, EmailProvider};

/// The function.
pub struct SendEmail {
    sender: Sender<Ses>,
}

impl Function for SendEmail {
    const NAME: &'static str = "send-email";
    const VARIABLES: Variables = &[&[
        "TABLE_NAME",
        "EMAIL_QUEUE_URL",
        "EMAIL_URGENT_QUEUE_URL",
        "SENDING_WINDOW",
        "SENDING_HOURS",
        "EMAIL_RATE",
        "PRIORITY_CLASS",
        "WORKERS",
        "BATCH_SIZE",
        "URGENT_SHARE",
        "EMAIL_IDENTITY",
        "EMAIL_SENDER",
        "CONFIGURATION_SET",
    ]];
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let configuration = aws::configuration(context).await;
        let ses = Ses(EmailProvider::open(&configuration, &context.environment)?);
        Ok(Self { sender: Sender::open(Channel::Email, ses, &configuration, context)? })
    }

    async fn warm(&self) {
        self.sender.warm().await;
    }

    async fn handler(&self, event: SqsEvent, deadline: Deadline) -> Result<SqsBatchResponse, HandlerError> {
        Ok(self.sender.send(event, deadline).await)
    }
}

/// SES, as what carries deliveries.
struct Ses(EmailProvider);

/// An e-mail with everything filled in.
struct Rendered {
    id: DeliveryId,
    to: String,
    text: EmailText,
    subject: String,
    body: String,
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
        })
    }

    async fn hand_over(&self, message: &Rendered) -> Result<(), HandOverError> {
        let Rendered { id, to, text, subject, body } = message;
        let email = Email {
            id: *id,
            to,
            sender: text.sender.as_deref(),
            sender_name: text.sender_name.as_deref(),
            reply_to: text.reply_to.as_deref(),
            subject,
            body,
            content_type: text.content_type,
        };
        self.0.send(&email).await
    }

    async fn warm(&self) {
        self.0.warm().await;
    }
}
