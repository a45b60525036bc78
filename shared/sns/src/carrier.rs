//! SNS as the port of the providers has it: what becomes of a delivery, and what is handed over.

use std::sync::Arc;

use aws_config::SdkConfig;
use varsling_domain::ids::DeliveryId;
use varsling_domain::text::Text;
use varsling_function::clock::Clock;
use varsling_function::context::FunctionContext;
use varsling_function::environment::ConfigError;
use varsling_providers::{HandOverError, Provider, Ready};
use varsling_store::{SmsCall, Store};

use super::{Sms, SmsProvider};

/// SNS, as what carries deliveries.
pub struct Sns {
    provider: SmsProvider,
    store: Store,
    /// What every SMS begins with, in a deployment that is a test.
    prefix: String,
    clock: Arc<dyn Clock>,
}

impl Sns {
    /// SNS as the environment says ([`SmsProvider::open`]), with the table in which its message ids are kept.
    pub fn open(configuration: &SdkConfig, context: &FunctionContext) -> Result<Self, ConfigError> {
        let environment = &context.environment;
        Ok(Self {
            provider: SmsProvider::open(configuration, environment)?,
            store: Store::open(configuration, environment)?,
            prefix: environment.optional("SUBJECT_PREFIX").unwrap_or_default(),
            clock: Arc::clone(&context.clock),
        })
    }
}

/// An SMS with everything filled in.
pub struct Rendered {
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

    async fn render(&self, delivery: &Ready) -> Result<Rendered, HandOverError> {
        let Text::Sms(text) = delivery.text.as_ref() else { return Err(HandOverError::wrong_channel()) };
        let body =
            if text.simplified { delivery.simplified(&text.body) } else { delivery.fill(&text.body, false) };
        Ok(Rendered {
            call: SmsCall { delivery: delivery.id, claim: delivery.claim },
            to: delivery.address.clone(),
            sender: text.sender.clone(),
            body: format!("{}{body}", self.prefix),
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
