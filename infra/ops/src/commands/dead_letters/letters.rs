//! The dead letters of a queue, as SQS has them.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry as Shown, DeleteMessageBatchRequestEntry as Deleted, Message,
    MessageSystemAttributeName as Attribute, QueueAttributeName, SendMessageBatchRequestEntry as Sent,
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::context::Context;
use crate::deployment::Queue;
use crate::error::OpsError;

/// How many messages SQS hands out, takes and deletes at a time.
pub const BATCH: usize = 10;
/// How long those that were received are hidden from others, in seconds.
const HIDDEN: i32 = 120;
/// For how long SQS looks on all of its servers whether there is a message, in seconds.
const LOOKS_FOR: i32 = 1;

/// A dead letter.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The message's id.
    pub id: String,
    receipt: String,
    body: String,
    group: Option<String>,
    sent: Option<DateTime<Utc>>,
}

impl Letter {
    fn of(message: &Message) -> Self {
        let sent = attribute(message, &Attribute::SentTimestamp).and_then(|millis| millis.parse().ok());
        Self {
            id: message.message_id().unwrap_or_default().to_owned(),
            receipt: message.receipt_handle().unwrap_or_default().to_owned(),
            body: message.body().unwrap_or_default().to_owned(),
            group: attribute(message, &Attribute::MessageGroupId),
            sent: sent.and_then(DateTime::from_timestamp_millis),
        }
    }

    /// For people. Messages have ids, and nothing personal.
    pub fn written(&self) -> Value {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_else(|_| self.body.as_str().into());
        json!({"messageId": self.id, "sent": self.sent, "body": body})
    }
}

fn attribute(message: &Message, name: &Attribute) -> Option<String> {
    message.attributes()?.get(name).cloned()
}

/// The dead letters of a queue.
pub struct Letters {
    client: Client,
    url: String,
}

impl Letters {
    /// Those of a queue.
    pub fn of(context: &Context, queue: &Queue) -> Self {
        Self { client: context.sqs(), url: queue.dead_url.clone() }
    }

    /// How many there are, about.
    pub async fn count(&self) -> Result<u64, OpsError> {
        let name = QueueAttributeName::ApproximateNumberOfMessages;
        let request = self.client.get_queue_attributes().queue_url(&self.url).attribute_names(name.clone());
        let answer = request.send().await.map_err(|error| OpsError::aws("counting dead letters", &error))?;
        let count = answer.attributes().and_then(|all| all.get(&name));
        Ok(count.and_then(|count| count.parse().ok()).unwrap_or_default())
    }

    /// Receives some, and hides them from others meanwhile.
    pub async fn receive(&self, most: usize) -> Result<Vec<Letter>, OpsError> {
        let mut received: Vec<Letter> = vec![];
        while received.len() < most {
            let request = self.client.receive_message().queue_url(&self.url).max_number_of_messages(10);
            let request = request.visibility_timeout(HIDDEN).wait_time_seconds(LOOKS_FOR);
            let answer = request.message_system_attribute_names(Attribute::All).send().await;
            let answer = answer.map_err(|error| OpsError::aws("receiving dead letters", &error))?;
            if answer.messages().is_empty() {
                break;
            }
            received.extend(answer.messages().iter().map(Letter::of));
        }
        Ok(received)
    }

    /// Shows to everybody again what was received.
    pub async fn show_again(&self, letters: &[Letter]) -> Result<(), OpsError> {
        for some in letters.chunks(BATCH) {
            let entries = some.iter().enumerate().map(|(number, letter)| {
                let entry = Shown::builder().id(number.to_string()).receipt_handle(&letter.receipt);
                entry.visibility_timeout(0).build()
            });
            let entries = entries.collect::<Result<Vec<_>, _>>().map_err(OpsError::usage)?;
            let request = self.client.change_message_visibility_batch().queue_url(&self.url);
            let shown = request.set_entries(Some(entries)).send().await;
            shown.map_err(|error| OpsError::aws("showing dead letters again", &error))?;
        }
        Ok(())
    }

    /// Sends letters to a queue, and deletes those that are there.
    pub async fn send_to(&self, to: &str, letters: &[Letter]) -> Result<(), OpsError> {
        for some in letters.chunks(BATCH) {
            let entries = (0..).zip(some).map(|(number, letter)| sent(number, letter, is_fifo(to)));
            let entries = entries.collect::<Result<Vec<_>, _>>().map_err(OpsError::usage)?;
            let request = self.client.send_message_batch().queue_url(to).set_entries(Some(entries));
            let answer =
                request.send().await.map_err(|error| OpsError::aws("sending messages back", &error))?;
            let done =
                answer.successful().iter().filter_map(|entry| some.get(entry.id().parse::<usize>().ok()?));
            self.delete(done).await?;
            if let Some(failed) = answer.failed().first() {
                return Err(OpsError::Aws {
                    operation: "sending messages back",
                    why: failed.code().to_owned(),
                });
            }
        }
        Ok(())
    }

    async fn delete(&self, letters: impl Iterator<Item = &Letter>) -> Result<(), OpsError> {
        let entries = (0..).zip(letters).map(|(number, letter): (u8, _)| {
            Deleted::builder().id(number.to_string()).receipt_handle(&letter.receipt).build()
        });
        let entries = entries.collect::<Result<Vec<_>, _>>().map_err(OpsError::usage)?;
        if entries.is_empty() {
            return Ok(());
        }
        let request = self.client.delete_message_batch().queue_url(&self.url).set_entries(Some(entries));
        let deleted = request.send().await.map_err(|error| OpsError::aws("deleting dead letters", &error))?;
        match deleted.failed().first() {
            None => Ok(()),
            Some(failed) => Err(OpsError::Aws {
                operation: "deleting dead letters that are sent",
                why: failed.code().to_owned(),
            }),
        }
    }
}

/// Whether an address is that of a FIFO queue (Amazon SQS: their names end so).
fn is_fifo(url: &str) -> bool {
    url.rsplit_once('.').is_some_and(|(_, end)| end == "fifo")
}

/// A letter as it is sent. A FIFO queue knows it by its id as a dead letter: under the id that it was sent with, it would be
/// dropped within five minutes of that.
fn sent(number: usize, letter: &Letter, is_fifo: bool) -> Result<Sent, aws_sdk_sqs::error::BuildError> {
    let entry = Sent::builder().id(number.to_string()).message_body(&letter.body);
    let entry = entry.set_message_group_id(letter.group.clone());
    entry.set_message_deduplication_id(is_fifo.then(|| letter.id.clone())).build()
}
