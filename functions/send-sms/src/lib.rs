//! Sends SMS by SNS, at this worker's share of the rate.

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use varsling_domain::channel::Channel;
use varsling_domain::ids::DeliveryId;
use varsling_domain::text::Text;
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_providers::{HandOverError, Provider, Ready};
use varsling_sending::Sender;
use varsling_sns::{Sms, SmsProvider};
use varsling_store::{SmsCall, Store};

/// The function.
pub struct SendSms {
    sender: Sender<Sns>,
}

impl Function for SendSms {
    const NAME: &'static str = "send-sms";
    const VARIABLES: Variables = &[&[
        "TABLE_NAME",
        "SMS_QUEUE_URL",
        "SMS_URGENT_QUEUE_URL",
        "SENDING_WINDOW",
        "SENDING_HOURS",
        "SMS_RATE",
        "PRIORITY_CLASS",
        "WORKERS",
        "BATCH_SIZE",
        "URGENT_SHARE",
        "SMS_SENDER_ID",
        "SMS_SENDER_IDS_REGISTERED",
    ]];
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        let sns = Sns {
            provider: SmsProvider::open(&configuration, environment)?,
            store: Store::open(&configuration, environment)?,
            clock: Arc::clone(&context.clock),
        };
        Ok(Self { sender: Sender::open(Channel::Sms, sns, &configuration, context)? })
    }

    async fn warm(&self) {
        self.sender.warm().await;
    }

    async fn handler(&self, event: SqsEvent, deadline: Deadline) -> Result<SqsBatchResponse, HandlerError> {
        Ok(self.sender.send(event, deadline).await)
    }
}

/// SNS, as what carries deliveries.
struct Sns {
    provider: SmsProvider,
    store: Store,
    clock: Arc<dyn Clock>,
}

/// An SMS with everything filled in.
struct Rendered {
    call: SmsCall,
    to: String,
    sender: Option<String>,
    body: String,
}

impl Rendered {
    fn id(&self) -> DeliveryId {
        self.call.delivery
    }
}

impl Provider for Sns {
    type Message = Rendered;

    const NAME: &'static str = "sns";

    fn render(&self, delivery: &Ready) -> Result<Rendered, HandOverError> {
        let Text::Sms(text) = delivery.text.as_ref() else { return Err(HandOverError::wrong_channel()) };
        let body =
            if text.simplified { delivery.simplified(&text.body) } else { delivery.fill(&text.body, false) };
        Ok(Rendered {
            call: SmsCall { delivery: delivery.id, claim: delivery.claim },
            to: delivery.address.clone(),
            sender: text.sender.clone(),
            body,
        })
    }

    async fn hand_over(&self, message: &Rendered) -> Result<(), HandOverError> {
        let (id, sender) = (message.id(), message.sender.as_deref());
        let sms = Sms { id, to: &message.to, sender, body: &message.body };
        let message_id = self.provider.send(&sms).await?;
        // The SMS is sent whatever happens now; without the reference only its delivery report is lost.
        let written = self.store.put_sms_reference(&message_id, message.call, self.clock.now()).await;
        if let Err(error) = written {
            tracing::error!(delivery = %id, %error, "its delivery report will find nobody");
        }
        Ok(())
    }

    async fn warm(&self) {
        self.provider.warm().await;
    }
}
