//! Sends SMS by SNS, at this worker's share of the rate.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use varsling_domain::channel::Channel;
use varsling_function::aws;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_secrets as secrets;
use varsling_sending::Sender;
use varsling_sns::Sns;

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
        secrets::ID_KEY,
        "REPORTS_QUEUE_URL",
        "SUBJECT_PREFIX",
        "SMS_SEGMENTS_PER_DAY",
        "SMS_SEGMENTS_PER_OWNER_AND_DAY",
        "PRIORITY_CLASS",
        "WORKERS",
        "BATCH_SIZE",
        "URGENT_SHARE",
        "INSTANT_SHARE",
        "SMS_SENDER_ID",
        "SMS_SENDER_IDS_REGISTERED",
    ]];
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let configuration = aws::configuration(context).await;
        let sns = Sns::open(&configuration, context)?;
        Ok(Self { sender: Sender::open(Channel::Sms, sns, &configuration, context).await? })
    }

    async fn warm(&self) {
        self.sender.warm().await;
    }

    async fn handler(&self, event: SqsEvent, deadline: Deadline) -> Result<SqsBatchResponse, HandlerError> {
        Ok(self.sender.send(event, deadline).await)
    }
}
