//! What the providers report: SES events from a queue, SNS delivery logs straight from CloudWatch Logs.
//! A status only ever moves forward, so a report may come late, twice or before the hand-over is known.

mod report;

use std::sync::Arc;

use aws_lambda_events::cloudwatch_logs::LogsEvent;
use aws_lambda_events::sqs::SqsEvent;
use futures::future::join_all;
use serde_json::{Value, json};
use varsling_domain::chain::{Attempt, Chain, Outcome, Recorded};
use varsling_domain::ids::NotificationId;
use varsling_platform::aws;
use varsling_platform::chance::Chance;
use varsling_platform::clock::Clock;
use varsling_platform::consume::{self, GivenUp};
use varsling_platform::environment::ConfigError;
use varsling_platform::events::{Bus, EventError};
use varsling_platform::lambda::{Function, HandlerError, StartError};
use varsling_platform::queues::{Outgoing, QueueError, QueueName, Queues};
use varsling_platform::store::{Change, Store, StoreError};
use varsling_platform::surroundings::Surroundings;
use varsling_platform::trouble::{Trouble, Waiting};

pub use report::{Report, SesReport, SmsReport};

/// How often a report about an unknown SMS is looked at again: its reference is written right after SNS
/// has answered, so one that is still unknown after some minutes is somebody else's.
const MOST_TRIES: u32 = 4;
/// How long a report about an unknown SMS waits, in seconds, doubled each time.
const FIRST_WAIT: i32 = 15;

/// The function.
pub struct RecordDelivery {
    store: Store,
    queues: Queues,
    bus: Bus,
    subscribers: Subscribers,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
}

/// Why a report was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The bus failed.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The event is neither a batch of reports nor a delivery log, or the answer cannot be written. What serde
    /// says of it may repeat a number.
    #[error("an event of no known kind")]
    UnknownEvent(#[source] serde_json::Error),
}

impl Waiting for RecordError {
    fn trouble(&self) -> Trouble {
        match self {
            Self::Store(error) => error.trouble(),
            Self::Queue(error) => error.trouble(),
            Self::Event(_) | Self::UnknownEvent(_) => Trouble::Ours,
        }
    }

    fn waits_for(&self) -> &'static str {
        match self {
            Self::Store(error) => error.waits_for(),
            Self::Queue(error) => error.waits_for(),
            Self::Event(_) => "event bus",
            Self::UnknownEvent(_) => "an event of a known kind",
        }
    }
}

impl Function for RecordDelivery {
    const NAME: &'static str = "record-delivery";
    const VARIABLES: &'static [&'static str] =
        &["TABLE_NAME", "REPORTS_QUEUE_URL", "EVENT_BUS_NAME", "STATUS_EVENTS_TO"];
    type Event = Value;
    type Answer = Value;

    async fn start(surroundings: &Surroundings) -> Result<Self, StartError> {
        let environment = &surroundings.environment;
        let configuration = aws::configuration(surroundings).await;
        Ok(Self {
            store: Store::open(&configuration, environment)?,
            queues: Queues::open(&configuration, environment, &[QueueName::Reports])?,
            bus: Bus::open(&configuration, environment)?,
            subscribers: Subscribers::parse(&environment.required("STATUS_EVENTS_TO")?)?,
            clock: Arc::clone(&surroundings.clock),
            chance: Arc::clone(&surroundings.chance),
        })
    }

    async fn warm(&self) {
        futures::join!(self.store.warm(), self.queues.warm());
    }

    async fn handler(&self, event: Value) -> Result<Value, HandlerError> {
        if event.get("awslogs").is_some() {
            // The type borrows from its source, so it cannot be read from a parsed value.
            let logs: LogsEvent =
                serde_json::from_str(&event.to_string()).map_err(RecordError::UnknownEvent)?;
            self.record_log(logs).await?;
            return Ok(Value::Null);
        }
        let batch: SqsEvent = serde_json::from_value(event).map_err(RecordError::UnknownEvent)?;
        let failed = consume::each(batch, GivenUp::ToDeadLetters, |report| self.record_report(report)).await;
        Ok(serde_json::to_value(failed)?)
    }
}

impl RecordDelivery {
    async fn record_log(&self, logs: LogsEvent) -> Result<(), RecordError> {
        let lines = logs.aws_logs.data.log_events.iter();
        let reports = lines.filter_map(|line| SmsReport::of_log_line(&line.message));
        let recorded = join_all(reports.map(|report| self.record_report(Report::Sms(report)))).await;
        recorded.into_iter().collect()
    }

    async fn record_report(&self, report: Report) -> Result<(), RecordError> {
        match report {
            Report::Ses(report) => match (report.notification(), report.outcome()) {
                (Some(id), Some(outcome)) => self.record(id, outcome).await,
                _ => Ok(()),
            },
            Report::Sms(report) => match self.store.attempt_of_sms(&report.sms).await? {
                Some(attempt) => match report.outcome() {
                    Some(outcome) => self.record(attempt.notification, outcome).await,
                    None => self.wait(attempt).await,
                },
                None => self.look_again_later(report).await,
            },
        }
    }

    /// SNS did not send it, and that is not the recipient's doing: it waits and is handed over again.
    async fn wait(&self, attempt: Attempt) -> Result<(), RecordError> {
        let id = attempt.notification;
        let Some(chain) = self.store.load_chain(id.shipment.chain()).await? else { return Ok(()) };
        let (now, fraction) = (self.clock.now(), self.chance.fraction());
        let wait = |chain: &mut Chain| match chain.not_sent(attempt, fraction, now) {
            Recorded::Changed => Change::Write(true),
            Recorded::Old | Recorded::Unknown => Change::Keep(false),
        };
        let (_, waits) = self.store.amend(chain, wait).await?;
        if waits {
            Trouble::Ours.log("sns", &id, &"SNS did not send it, for a reason that is not the recipient's");
        }
        Ok(())
    }

    async fn record(&self, id: NotificationId, outcome: Outcome) -> Result<(), RecordError> {
        let Some(chain) = self.store.load_chain(id.shipment.chain()).await? else {
            tracing::warn!(notification = %id, "a report about a chain that is not there");
            return Ok(());
        };
        let now = self.clock.now();
        let record = |chain: &mut Chain| match chain.record(id, outcome, now) {
            Recorded::Changed => Change::Write(()),
            Recorded::Old | Recorded::Unknown => Change::Keep(()),
        };
        let (chain, ()) = self.store.amend(chain, record).await?;
        self.publish(&chain, id, outcome).await
    }

    /// Tells those who subscribe. Told again when a report comes again, because nobody knows whether the
    /// first telling succeeded; not told of a report that changed nothing and says something else.
    async fn publish(&self, chain: &Chain, id: NotificationId, outcome: Outcome) -> Result<(), RecordError> {
        let Some(notification) = chain.notification(id).filter(|n| n.status == outcome.into()) else {
            return Ok(());
        };
        if !self.subscribers.include(chain.owner.as_str()) {
            return Ok(());
        }
        let detail = json!({
            "owner": chain.owner,
            "shipmentId": chain.known_shipment(id.shipment.step()),
            "notificationId": id.to_string(),
            "status": notification.status.wire_name(notification.channel),
            "at": notification.updated_at,
        });
        Ok(self.bus.publish("Notification status changed", &detail).await?)
    }

    async fn look_again_later(&self, report: SmsReport) -> Result<(), RecordError> {
        if report.tries >= MOST_TRIES {
            tracing::warn!(sms = report.sms, "a report about an SMS that is not ours");
            return Ok(());
        }
        let wait = FIRST_WAIT << report.tries;
        let again = SmsReport { tries: report.tries + 1, ..report };
        Ok(self.queues.send(QueueName::Reports, vec![Outgoing::new(&again, wait, None)?]).await?)
    }
}

/// The owners who get an event for each change of status.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Subscribers {
    All,
    Some(Vec<String>),
}

impl Subscribers {
    /// `*`, or organisation numbers with commas between them, or nothing.
    fn parse(text: &str) -> Result<Self, ConfigError> {
        if text.trim() == "*" {
            return Ok(Self::All);
        }
        let owners: Vec<_> = text.split(',').map(str::trim).filter(|owner| !owner.is_empty()).collect();
        if owners.iter().all(|owner| owner.len() == 9 && owner.bytes().all(|b| b.is_ascii_digit())) {
            Ok(Self::Some(owners.into_iter().map(str::to_owned).collect()))
        } else {
            let why = "not a list of organisation numbers".to_owned();
            Err(ConfigError::Invalid { name: "STATUS_EVENTS_TO", why })
        }
    }

    fn include(&self, owner: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(owners) => owners.iter().any(|subscriber| subscriber == owner),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subscribers_are_all_some_or_none() {
        assert!(Subscribers::parse("*").unwrap().include("991825827"));
        assert!(Subscribers::parse("313600947, 991825827").unwrap().include("991825827"));
        assert!(!Subscribers::parse("313600947").unwrap().include("991825827"));
        assert!(!Subscribers::parse("").unwrap().include("991825827"));
        assert!(Subscribers::parse("everybody").is_err());
    }
}
