//! Sends an e-mail by SES: claim first, then one call, then what came of it.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use varsling_domain::text::{ContentType, Text};
use varsling_platform::aws;
use varsling_platform::consume::{self, GivenUp};
use varsling_platform::lambda::{Function, HandlerError, StartError};
use varsling_platform::providers::HandOverError;
use varsling_platform::providers::email::{Email, EmailProvider};
use varsling_platform::queues::{QueueName, Queues};
use varsling_platform::sending::{Claimed, Sending};
use varsling_platform::store::Store;
use varsling_platform::surroundings::Surroundings;

/// The function.
pub struct SendEmail {
    sending: Sending,
    provider: EmailProvider,
}

impl Function for SendEmail {
    const NAME: &'static str = "send-email";
    const VARIABLES: &'static [&'static str] = &[
        "TABLE_NAME",
        "EMAIL_QUEUE_URL",
        "SENDING_WINDOW",
        "SENDING_HOURS",
        "EMAIL_IDENTITY",
        "EMAIL_SENDER",
        "CONFIGURATION_SET",
    ];
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(surroundings: &Surroundings) -> Result<Self, StartError> {
        let environment = &surroundings.environment;
        let configuration = aws::configuration(surroundings).await;
        let store = Store::open(&configuration, environment)?;
        let queues = Queues::open(&configuration, environment, &[QueueName::Email])?;
        let provider = EmailProvider::open(&configuration, environment)?;
        Ok(Self { sending: Sending::open(store, queues, surroundings)?, provider })
    }

    async fn warm(&self) {
        futures::join!(self.sending.warm(), self.provider.warm());
    }

    async fn handler(&self, event: SqsEvent) -> Result<SqsBatchResponse, HandlerError> {
        let send = |message| self.sending.work(message, |claimed| self.hand_over(claimed));
        Ok(consume::each(event, GivenUp::ToLease, send).await)
    }
}

impl SendEmail {
    async fn hand_over(&self, claimed: Claimed) -> Result<(), HandOverError> {
        let Text::Email(text) = claimed.text.as_ref() else { return Err(HandOverError::wrong_channel()) };
        let email = Email {
            id: claimed.id,
            to: &claimed.address,
            sender: text.sender.as_deref(),
            sender_name: text.sender_name.as_deref(),
            reply_to: text.reply_to.as_deref(),
            subject: &claimed.fill(&text.subject, false),
            body: &claimed.fill(&text.body, text.content_type == ContentType::Html),
            content_type: text.content_type,
        };
        self.provider.send(&email).await
    }
}
