//! Sends an SMS by SNS: claim first, then one call, then what came of it.

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use varsling_domain::text::Text;
use varsling_platform::aws;
use varsling_platform::clock::Clock;
use varsling_platform::consume::{self, GivenUp};
use varsling_platform::lambda::{Function, HandlerError, StartError};
use varsling_platform::providers::HandOverError;
use varsling_platform::providers::sms::{Sms, SmsProvider};
use varsling_platform::queues::{QueueName, Queues};
use varsling_platform::sending::{Claimed, Sending};
use varsling_platform::store::Store;
use varsling_platform::surroundings::Surroundings;

/// The function.
pub struct SendSms {
    sending: Sending,
    provider: SmsProvider,
    store: Store,
    clock: Arc<dyn Clock>,
}

impl Function for SendSms {
    const NAME: &'static str = "send-sms";
    const VARIABLES: &'static [&'static str] = &[
        "TABLE_NAME",
        "SMS_QUEUE_URL",
        "SENDING_WINDOW",
        "SENDING_HOURS",
        "SMS_SENDER_ID",
        "SMS_SENDER_IDS_REGISTERED",
    ];
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(surroundings: &Surroundings) -> Result<Self, StartError> {
        let environment = &surroundings.environment;
        let configuration = aws::configuration(surroundings).await;
        let store = Store::open(&configuration, environment)?;
        let queues = Queues::open(&configuration, environment, &[QueueName::Sms])?;
        Ok(Self {
            provider: SmsProvider::open(&configuration, environment)?,
            sending: Sending::open(store.clone(), queues, surroundings)?,
            store,
            clock: Arc::clone(&surroundings.clock),
        })
    }

    async fn warm(&self) {
        futures::join!(self.sending.warm(), self.provider.warm());
    }

    async fn handler(&self, event: SqsEvent) -> Result<SqsBatchResponse, HandlerError> {
        let send = |message| self.sending.work(message, |claimed| self.hand_over(claimed));
        Ok(consume::each(event, GivenUp::ToLease, send).await)
    }
}

impl SendSms {
    async fn hand_over(&self, claimed: Claimed) -> Result<(), HandOverError> {
        let Text::Sms(text) = claimed.text.as_ref() else { return Err(HandOverError::wrong_channel()) };
        let body =
            if text.simplified { claimed.simplified(&text.body) } else { claimed.fill(&text.body, false) };
        let sms = Sms { id: claimed.id, to: &claimed.address, sender: text.sender.as_deref(), body: &body };
        let message_id = self.provider.send(&sms).await?;
        // The SMS is sent whatever happens now; without the reference only its delivery report is lost.
        let written = self.store.put_sms_reference(&message_id, claimed.attempt, self.clock.now()).await;
        if let Err(error) = written {
            tracing::error!(notification = %claimed.id, %error, "its delivery report will find nobody");
        }
        Ok(())
    }
}
