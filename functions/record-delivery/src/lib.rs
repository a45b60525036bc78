//! Records what the providers report: SES events from a queue, SNS delivery logs from CloudWatch Logs. Reports may come
//! late, twice or before the hand-over is known. Reports about one chain are recorded in one write.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lambda_events::cloudwatch_logs::LogsEvent;
use aws_lambda_events::sqs::SqsEvent;
use futures::future::join_all;
use serde_json::Value;
use varsling_domain::chain::{Chain, DeliveryEvent, Event};
use varsling_domain::ids::{ChainId, DeliveryId, IdKey};
use varsling_domain::sandbox::Simulated;
use varsling_domain::suppression::{SuppressedBecause, Suppression, SuppressionId};
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::consume::{self, Batch, GivenUp};
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::jitter::Jitter;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_function::trouble::{Trouble, Waiting};
use varsling_queues::{Outgoing, QueueError, QueueName, Queues};
use varsling_secrets::{self as secrets, Secrets};
use varsling_store::{SmsCall, Store, StoreError, Stored};

use varsling_providers::report::{Report, SesReport, SmsReport};

/// How often a report about an unknown SMS is looked at again: its reference is written right after SNS has answered, so
/// one that is still unknown after some minutes is somebody else's.
const MOST_TRIES: u32 = 4;
/// How long a report about an unknown SMS waits, in seconds, doubled each time.
const FIRST_WAIT: i32 = 15;

/// How long a report waits that is about a chain of a later release, in seconds.
const LATER: i32 = 300;

/// The function.
pub struct RecordDelivery {
    store: Store,
    queues: Queues,
    key: IdKey,
    clock: Arc<dyn Clock>,
    jitter: Arc<dyn Jitter>,
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
    /// The event is neither a batch of reports nor a delivery log. What serde says of it may repeat a number.
    #[error("an event of no known kind")]
    UnknownEvent(#[source] serde_json::Error),
}

impl Waiting for RecordError {
    fn trouble(&self) -> Trouble {
        match self {
            Self::Store(error) => error.trouble(),
            Self::Queue(error) => error.trouble(),
            Self::UnknownEvent(_) => Trouble::Ours,
        }
    }

    fn waits_for(&self) -> &'static str {
        match self {
            Self::Store(error) => error.waits_for(),
            Self::Queue(error) => error.waits_for(),
            Self::UnknownEvent(_) => "an event of a known kind",
        }
    }
}

impl Function for RecordDelivery {
    const NAME: &'static str = "record-delivery";
    const VARIABLES: Variables = &[&["TABLE_NAME", "REPORTS_QUEUE_URL", secrets::ID_KEY]];
    type Event = Value;
    type Answer = Value;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        Ok(Self {
            store: Store::open(&configuration, environment)?,
            queues: Queues::open(&configuration, environment, &[QueueName::Reports])?,
            key: Secrets::open(&configuration).id_key(environment).await?,
            clock: Arc::clone(&context.clock),
            jitter: Arc::clone(&context.jitter),
        })
    }

    async fn warm(&self) {
        futures::join!(self.store.warm(), self.queues.warm());
    }

    async fn handler(&self, event: Value, _deadline: Deadline) -> Result<Value, HandlerError> {
        if event.get("awslogs").is_some() {
            // The type borrows from its source, so it cannot be read from a parsed value.
            let logs: LogsEvent =
                serde_json::from_str(&event.to_string()).map_err(RecordError::UnknownEvent)?;
            self.record_log(logs).await?;
            return Ok(Value::Null);
        }
        let event: SqsEvent = serde_json::from_value(event).map_err(RecordError::UnknownEvent)?;
        let batch = Batch::<Report>::read(event, GivenUp::ToDeadLetters);
        let chains = &self.load_all(&batch).await;
        let answer =
            consume::each_group(batch, Report::subject, |reports| self.record_all(reports, chains)).await;
        Ok(serde_json::to_value(answer)?)
    }
}

/// Why a report is ignored: it is about something that others sent.
const IGNORED_FOREIGN: &str = "not ours";
/// Its order is not there, or no longer.
const IGNORED_UNKNOWN: &str = "no such order";
/// It is of a kind that tells nothing.
const IGNORED_KIND: &str = "unknown kind";
/// How much of a name stands in a log line, in characters.
const MOST_OF_A_NAME: usize = 100;

/// The chains that the reports of a batch are about, read in one request.
type Chains = HashMap<ChainId, Chain>;

impl RecordDelivery {
    /// Chains that cannot be read in one request are read one by one, where an error fails only its own reports.
    async fn load_all(&self, batch: &Batch<Report>) -> Chains {
        let deliveries = batch.received.iter().filter_map(|received| received.message.delivery());
        let ids: Vec<_> = deliveries.map(|delivery| delivery.shipment.chain()).collect();
        let loaded = self.store.load_chains(&ids).await;
        let loaded = loaded.inspect_err(|error| error.log_waiting(&"a batch")).unwrap_or_default();
        let read = ids.into_iter().zip(loaded).filter_map(|(id, chain)| Some((id, chain.ok()??)));
        read.collect()
    }

    /// Records the reports about one chain, or one SMS. A report about a chain of a later release is put back on the queue,
    /// for that release.
    async fn record_all(&self, reports: Vec<Report>, chains: &Chains) -> Result<(), RecordError> {
        match self.try_record_all(reports.clone(), chains).await {
            Err(RecordError::Store(StoreError::LaterFormat { .. })) => self.leave_for_later(&reports).await,
            recorded => recorded,
        }
    }

    async fn leave_for_later(&self, reports: &[Report]) -> Result<(), RecordError> {
        for report in reports {
            let message = Outgoing::new(QueueName::Reports, report)?.delayed(LATER);
            self.queues.send_one(&message).await?;
        }
        Ok(())
    }

    async fn try_record_all(&self, reports: Vec<Report>, chains: &Chains) -> Result<(), RecordError> {
        let mut reported: Vec<Reported> = vec![];
        for report in reports {
            match report {
                Report::Ses(report) => reported.extend(of_ses(&report)),
                Report::Sms(report) => self.record_sms(report).await?,
            }
        }
        let Some(first) = reported.first() else { return Ok(()) };
        let id = first.delivery.shipment.chain();
        self.record(id, chains.get(&id).cloned(), reported).await
    }

    async fn record_log(&self, logs: LogsEvent) -> Result<(), RecordError> {
        let chains = Chains::new();
        let lines = logs.aws_logs.data.log_events.iter();
        let reports = lines.filter_map(|line| SmsReport::of_log_line(&line.message));
        let recorded = reports.map(|report| self.record_all(vec![Report::Sms(report)], &chains));
        join_all(recorded).await.into_iter().collect()
    }

    async fn record_sms(&self, report: SmsReport) -> Result<(), RecordError> {
        let Some(call) = self.store.sms_call(&report.sms).await? else {
            return self.look_again_later(report).await;
        };
        let reported =
            Reported { delivery: call.delivery, event: self.sms_event(&report, call), suppresses: None };
        self.record(call.delivery.shipment.chain(), None, vec![reported]).await
    }

    /// For a reason that is not about the recipient, SNS did not send the SMS: the delivery waits and is handed over again.
    fn sms_event(&self, report: &SmsReport, call: SmsCall) -> DeliveryEvent {
        match report.outcome() {
            Some(outcome) => DeliveryEvent::Reported { report: outcome, reply: report.reply() },
            None => DeliveryEvent::NotSent { claim: call.claim, fraction: self.jitter.fraction() },
        }
    }

    async fn record(
        &self,
        id: ChainId,
        chain: Option<Chain>,
        reported: Vec<Reported>,
    ) -> Result<(), RecordError> {
        let loaded = match chain {
            Some(chain) => Some(chain),
            None => self.store.load_chain(id).await?,
        };
        let Some(chain) = loaded else {
            ignore(IGNORED_UNKNOWN, &id);
            return Ok(());
        };
        self.suppress(&chain, &reported).await?;
        let events: Vec<_> = reported
            .iter()
            .map(|reported| Event::Delivery { id: reported.delivery, event: reported.event.clone() })
            .collect();
        let stored = self.store.apply(chain, &events, self.clock.now()).await?;
        let not_sent =
            reported.iter().find(|reported| matches!(reported.event, DeliveryEvent::NotSent { .. }));
        if let (Stored::Changed(_), Some(reported)) = (stored, not_sent) {
            let why = "SNS did not send it, for a reason that is not the recipient's";
            Trouble::Ours.log("sns", &reported.delivery, &why);
        }
        Ok(())
    }

    /// Nothing more is sent to an address that bounced, or whose owner complained. It is written down before the report
    /// is, so that a report that comes again finds it done.
    async fn suppress(&self, chain: &Chain, reported: &[Reported]) -> Result<(), RecordError> {
        let now = self.clock.now();
        for Reported { delivery: id, suppresses, .. } in reported {
            let Some(because) = *suppresses else { continue };
            let Some(delivery) = chain.delivery(*id) else { continue };
            let Some(address) = &delivery.address else { continue };
            // Owners that try the service cause the same bounce again and again.
            if Simulated::of(delivery.channel, address.as_str()).is_some() {
                continue;
            }
            let suppressed = SuppressionId::of(&self.key, delivery.channel, address.as_str());
            let suppression = Suppression::of(because, delivery.channel, *id, now);
            self.store.suppress(&suppressed, &suppression).await?;
            tracing::info!(delivery = %id, because = because.name(), "nothing more is sent to this address");
        }
        Ok(())
    }

    async fn look_again_later(&self, report: SmsReport) -> Result<(), RecordError> {
        if report.tries >= MOST_TRIES {
            ignore(IGNORED_FOREIGN, &report.sms);
            return Ok(());
        }
        let wait = FIRST_WAIT << report.tries;
        let again = SmsReport { tries: report.tries + 1, ..report };
        let message = Outgoing::new(QueueName::Reports, &again)?.delayed(wait);
        Ok(self.queues.send_one(&message).await?)
    }
}

/// What a report tells of a delivery.
pub(crate) struct Reported {
    pub delivery: DeliveryId,
    pub event: DeliveryEvent,
    /// Why nothing more is sent to its address, if that follows.
    pub suppresses: Option<SuppressedBecause>,
}

/// What an event of SES tells of a delivery of ours; nothing where it tells nothing.
fn of_ses(report: &SesReport) -> Option<Reported> {
    let Some(delivery) = report.delivery() else {
        ignore(IGNORED_FOREIGN, &report.notification);
        return None;
    };
    let Some(outcome) = report.outcome() else {
        ignore(IGNORED_KIND, &delivery);
        return None;
    };
    let event = DeliveryEvent::Reported { report: outcome, reply: report.reply() };
    Some(Reported { delivery, event, suppresses: report.suppresses() })
}

/// A report changes nothing, for a reason that a metric counts.
fn ignore(reason: &'static str, subject: &dyn std::fmt::Display) {
    // What names a notification may be as long as a queue takes.
    let subject: String = subject.to_string().chars().take(MOST_OF_A_NAME).collect();
    tracing::warn!(ignored = reason, subject, "a report is ignored");
}
