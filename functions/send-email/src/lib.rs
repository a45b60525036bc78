//! Sends e-mails by SES, at this worker's share of the rate.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use varsling_domain::channel::Channel;
use varsling_function::aws;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_secrets as secrets;
use varsling_sending::Sender;
use varsling_ses::Ses;

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
        secrets::ID_KEY,
        "REPORTS_QUEUE_URL",
        "SUBJECT_PREFIX",
        "EMAILS_PER_DAY",
        "EMAILS_PER_OWNER_AND_DAY",
        "PRIORITY_CLASS",
        "WORKERS",
        "BATCH_SIZE",
        "URGENT_SHARE",
        "INSTANT_SHARE",
        "EMAIL_IDENTITY",
        "EMAIL_SENDER",
        "CONFIGURATION_SET",
        "SES_TENANT_PREFIX",
        "ATTACHMENT_HOSTS",
    ]];
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let configuration = aws::configuration(context).await;
        let ses = Ses::with_files(&configuration, context)?;
        Ok(Self { sender: Sender::open(Channel::Email, ses, &configuration, context).await? })
    }

    async fn warm(&self) {
        self.sender.warm().await;
    }

    async fn handler(&self, event: SqsEvent, deadline: Deadline) -> Result<SqsBatchResponse, HandlerError> {
        Ok(self.sender.send(event, deadline).await)
    }
}
