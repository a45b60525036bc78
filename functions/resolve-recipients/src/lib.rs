//! A due shipment: asks its condition, looks its recipient up, and writes who gets what before it queues anything, so
//! that a repeat queues the same again whatever the registers say by then.

mod condition;
mod fan_out;
mod list;

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use chrono::{DateTime, TimeDelta, Utc};
use varsling_dispatch::Dispatcher;
use varsling_domain::chain::{
    Chain, Event, Lookup, MOST_ADDRESSES, Resolved, ResolvedTo, Scheduling, ShipmentEvent, ShipmentMessage,
    ShipmentWork, Wanted,
};
use varsling_domain::ids::{ChainId, IdKey};
use varsling_domain::order::{EndpointPolicy, OnBadAddress, Order, Recipient, Recipients};
use varsling_domain::owner::OwnerSettings;
use varsling_domain::recipients::Resolution;
use varsling_domain::window::SendingWindow;
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::consume::{self, Batch, GivenUp};
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::jitter::Jitter;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_function::trouble::Waiting;
use varsling_queues::backlogs::BacklogReader;
use varsling_queues::rates::Rates;
use varsling_queues::variables;
use varsling_queues::{QueueName, Queues};
use varsling_registers::condition::Conditions;
use varsling_registers::look_up::{self, Limit, LookUp, LookupContext, Shared};
use varsling_registers::maskinporten::Maskinporten;
use varsling_registers::{HttpContext, RegisterError};
use varsling_secrets::{self as secrets, Secrets};
use varsling_store::{RecentDeployment, RecentOwners, Store, StoreError, Stored};

use list::Listed;

/// The scope of the token that identifies us to a condition endpoint.
const CONDITION_SCOPE: &str = "altinn:system/notifications.condition.check";

/// How often an indeterminate decision is asked for again: over a quarter of an hour.
const MOST_RETRIES_OF_UNDECIDED: u32 = 6;

/// How long before its end a shipment goes on with what is known; longer than any wait between two attempts.
const NEAR_END: TimeDelta = TimeDelta::minutes(45);

/// The time that an invocation reserves for writing what was found.
const WRITE_TIME: TimeDelta = TimeDelta::seconds(6);

/// How long an owner's settings count that were read.
const FRESH: TimeDelta = TimeDelta::minutes(1);

/// The function.
pub struct ResolveRecipients {
    dispatcher: Dispatcher,
    backlogs: BacklogReader,
    conditions: Conditions,
    look_up: LookUp,
    owners: RecentOwners,
    deployment: RecentDeployment,
    key: IdKey,
    window: SendingWindow,
    clock: Arc<dyn Clock>,
    jitter: Arc<dyn Jitter>,
}

/// A message that is worked on.
struct Work<'a> {
    message: ShipmentMessage,
    order: &'a Order,
    shared: &'a Shared,
    deadline: Deadline,
}

impl Function for ResolveRecipients {
    const NAME: &'static str = "resolve-recipients";
    const VARIABLES: Variables = &[
        &[
            "TABLE_NAME",
            "STEPS_QUEUE_URL",
            secrets::ID_KEY,
            "CONDITION_ENDPOINTS",
            "SENDING_WINDOW",
            "SENDING_HOURS",
        ],
        look_up::VARIABLES,
        variables::OF_DELIVERIES,
    ];
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        let names = [vec![QueueName::Steps], QueueName::of_channels()].concat();
        let queues = Queues::open(&configuration, environment, &names)?;
        let http = HttpContext::open(context)?;
        let maskinporten = Maskinporten::open(&configuration, environment, http.client())?;
        let condition_tokens = maskinporten.as_ref().map(|client| client.host_tokens(CONDITION_SCOPE));
        let endpoints = environment.parsed("CONDITION_ENDPOINTS", str::parse::<EndpointPolicy>)?;
        let proxy = environment.optional("CONDITION_HTTP_PROXY");
        Ok(Self {
            backlogs: BacklogReader::new(queues.clone(), Rates::open(environment)?),
            dispatcher: Dispatcher { store: Store::open(&configuration, environment)?, queues },
            conditions: Conditions::new(endpoints, proxy, condition_tokens)?,
            look_up: LookUp::open(&configuration, environment, &http, maskinporten.as_ref()).await?,
            owners: RecentOwners::fresh_for(FRESH),
            deployment: RecentDeployment::default(),
            key: Secrets::open(&configuration).id_key(environment).await?,
            window: environment.window()?,
            clock: Arc::clone(&context.clock),
            jitter: Arc::clone(&context.jitter),
        })
    }

    async fn warm(&self) {
        futures::join!(self.store().warm(), self.dispatcher.queues.warm(), self.look_up.warm());
    }

    async fn handler(&self, event: SqsEvent, deadline: Deadline) -> Result<SqsBatchResponse, HandlerError> {
        let shared = &self.look_up.shared();
        let batch = Batch::<ShipmentMessage>::read(event, GivenUp::ToLease);
        Ok(consume::each(batch, |message| message.chain, |message| self.work(message, shared, deadline))
            .await)
    }
}

impl ResolveRecipients {
    async fn work(
        &self,
        message: ShipmentMessage,
        shared: &Shared,
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let Some(chain) = self.store().load_chain(message.chain).await? else {
            tracing::warn!(chain = %message.chain, "there is no such chain");
            return Ok(());
        };
        let deployment = self.deployment.find(self.store(), now).await?;
        if self.store().is_unsettled(&deployment) {
            // The sweep queues it again once that is settled.
            return Ok(());
        }
        let chain = self.store().settle_chain(chain, &deployment, now).await?;
        match chain.shipment_work(message, now) {
            ShipmentWork::Stale => Ok(()),
            ShipmentWork::Early(effect) => self.dispatcher.queue_effects(&chain, &[effect], now).await,
            ShipmentWork::Expired => {
                self.happen(chain, message, ShipmentEvent::Expired { claim: message.claim }).await.map(drop)
            }
            ShipmentWork::MakeChildren => self.make_children(chain, message).await,
            ShipmentWork::Resolve => {
                let order = self.store().load_order(&chain).await?;
                let work = Work { message, order: &order, shared, deadline };
                Box::pin(self.resolve(chain, &work)).await
            }
        }
    }

    async fn resolve(&self, chain: Chain, work: &Work<'_>) -> Result<(), StoreError> {
        let number = work.message.shipment;
        let Some(ordered) = work.order.shipments.get(usize::from(number)) else { return Ok(()) };
        let is_begun = chain.shipment(number).is_some_and(|shipment| shipment.partly_resolved);
        let goes_on = if is_begun { Some(chain) } else { self.ask_condition(chain, work, ordered).await? };
        let Some(chain) = goes_on else { return Ok(()) };
        let now = self.clock.now();
        let owner = self.owners.find(self.store(), &chain.owner, now).await?.unwrap_or_default();
        let context = lookup_context(&chain, work, &owner, now);
        match &ordered.recipients {
            Recipients::One(recipient) => self.resolve_one(chain, work, recipient, &context).await,
            Recipients::List(list) => {
                let listed =
                    Listed { list, context: &context, backlogs: self.backlogs.all(context.now).await };
                Box::pin(self.resolve_list(chain, work, &listed)).await
            }
        }
    }

    async fn resolve_one(
        &self,
        chain: Chain,
        work: &Work<'_>,
        recipient: &Recipient,
        context: &LookupContext<'_>,
    ) -> Result<(), StoreError> {
        match self.look_up.find_within(recipient, context, self.limit(work)).await {
            Ok(lookup) => self.write_down(chain, work, Wanted { recipient, lookup: &lookup }).await,
            Err(error) => self.wait(chain, work.message, error, false).await,
        }
    }

    /// How long the registers and the condition endpoint have: a slow one is waited for, and never costs the time that
    /// it takes to write that down.
    fn limit<'a>(&'a self, work: &Work<'_>) -> Limit<'a> {
        Limit { clock: &*self.clock, deadline: work.deadline.minus(WRITE_TIME).time() }
    }

    /// Writes who gets what, and queues what may go soon.
    async fn write_down(&self, chain: Chain, work: &Work<'_>, wanted: Wanted<'_>) -> Result<(), StoreError> {
        let message = work.message;
        let now = self.clock.now();
        warn_of_many(message.chain, wanted.lookup);
        let Some(shipment) = chain.shipment(message.shipment) else { return Ok(()) };
        let backlogs = self.backlogs.of(chain.class, shipment.schema.channels(), now).await;
        let scheduling = self.scheduling(&chain, shipment.planned_at, backlogs, now);
        let deliveries = shipment.resolve(wanted, &scheduling);
        let reminders = match message.shipment {
            0 => chain.reschedule(work.order, &deliveries, &self.window),
            _ => vec![],
        };
        let to = ResolvedTo::of(deliveries.clone());
        if matches!(to, ResolvedTo::ChildrenToMake(_)) {
            return self.fan_out(chain, message, deliveries, reminders).await;
        }
        let resolved = Resolved { to, reminders };
        let event = ShipmentEvent::LookedUp { claim: message.claim, resolved };
        self.happen_and_queue(chain, message, event).await.map(drop)
    }

    fn scheduling(
        &self,
        chain: &Chain,
        planned_at: DateTime<Utc>,
        backlogs: varsling_domain::chain::Backlogs,
        now: DateTime<Utc>,
    ) -> Scheduling<'_> {
        Scheduling { window: &self.window, backlogs, class: chain.class, planned_at, now }
    }

    /// A register gave no answer: the shipment waits.
    async fn wait(
        &self,
        chain: Chain,
        message: ShipmentMessage,
        error: RegisterError,
        partly_resolved: bool,
    ) -> Result<(), StoreError> {
        error.log_waiting(&chain.shipment_id(message.shipment));
        let (claim, fraction) = (message.claim, self.jitter.fraction());
        self.happen(chain, message, ShipmentEvent::LookupFailed { claim, partly_resolved, fraction })
            .await
            .map(drop)
    }

    async fn happen(
        &self,
        chain: Chain,
        message: ShipmentMessage,
        event: ShipmentEvent,
    ) -> Result<Stored, StoreError> {
        let event = Event::Shipment { number: message.shipment, event };
        self.store().apply(chain, &[event], self.clock.now()).await
    }

    async fn happen_and_queue(
        &self,
        chain: Chain,
        message: ShipmentMessage,
        event: ShipmentEvent,
    ) -> Result<Option<Chain>, StoreError> {
        let Some(applied) = self.happen(chain, message, event).await?.changed() else { return Ok(None) };
        self.dispatcher.dispatch(std::slice::from_ref(&applied), self.clock.now()).await?;
        Ok(Some(applied.chain))
    }

    fn store(&self) -> &Store {
        &self.dispatcher.store
    }
}

/// How the registers are asked: as often as may help, and content with less when the shipment is about to end.
fn lookup_context<'a>(
    chain: &Chain,
    work: &Work<'a>,
    owner: &'a OwnerSettings,
    now: DateTime<Utc>,
) -> LookupContext<'a> {
    let shipment = chain.shipment(work.message.shipment);
    LookupContext {
        shared: work.shared,
        now,
        numbers: owner.sms_numbers.as_ref(),
        falls_back: [owner.on_bad_address, work.order.on_bad_address]
            .iter()
            .all(|choice| *choice == OnBadAddress::OtherChannel),
        retry_indeterminate: shipment
            .is_none_or(|shipment| shipment.attempts.lookups < MOST_RETRIES_OF_UNDECIDED),
        near_deadline: shipment.is_some_and(|shipment| shipment.expires_at - NEAR_END <= now),
    }
}

fn warn_of_many(chain: ChainId, lookup: &Lookup) {
    if let Resolution::Addresses(all) = &lookup.resolution
        && all.len() > MOST_ADDRESSES
    {
        tracing::warn!(%chain, addresses = all.len(), "too many addresses: some are left out");
    }
}
