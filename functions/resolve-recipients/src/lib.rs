//! A due step: asks its condition, looks its recipient up, and writes who gets what before it queues
//! anything, so that a repeat queues the same again whatever the registers say by then.

mod herd;
mod list;
mod look_up;

use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::chain::{Chain, Found, MOST_ADDRESSES, StepMessage, StepWork, Task};
use varsling_domain::ids::ChainId;
use varsling_domain::order::{EndpointPolicy, Order, Recipients};
use varsling_domain::recipients::Resolution;
use varsling_platform::chance::Chance;
use varsling_platform::clock::Clock;
use varsling_platform::consume::{self, GivenUp};
use varsling_platform::lambda::{Function, HandlerError, StartError};
use varsling_platform::maskinporten::Maskinporten;
use varsling_platform::queues::{QueueName, Queues};
use varsling_platform::rates::Rates;
use varsling_platform::registers::condition::{Answer, Conditions};
use varsling_platform::registers::{Line, RegisterError};
use varsling_platform::store::{Change, Store, StoreError};
use varsling_platform::surroundings::Surroundings;
use varsling_platform::trouble::Waiting;
use varsling_platform::{aws, sweep};

use herd::Herd;
use list::Listed;
use look_up::{Asking, LookUp, Shared};

/// What a condition endpoint can tell by that it is we who ask.
const CONDITION_SCOPE: &str = "altinn:system/notifications.condition.check";

/// How often what a register does not decide is asked again: over a quarter of an hour.
const INSISTENCE: u32 = 6;
/// How long before its end a step takes what there is; longer than any wait between two tries.
const LATE: TimeDelta = TimeDelta::minutes(45);

/// The function.
pub struct ResolveRecipients {
    store: Store,
    queues: Queues,
    conditions: Conditions,
    look_up: LookUp,
    herd: Herd,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
}

impl Function for ResolveRecipients {
    const NAME: &'static str = "resolve-recipients";
    const VARIABLES: &'static [&'static str] = &[
        "TABLE_NAME",
        "STEPS_QUEUE_URL",
        "EMAIL_QUEUE_URL",
        "SMS_QUEUE_URL",
        "KRR_URL",
        "KRR_SCOPE",
        "ORGANIZATIONS_URL",
        "PERSONAL_URL",
        "EXTERNAL_URL",
        "PROFILE_SCOPE",
        "DECISIONS_URL",
        "DECISIONS_SCOPE",
        "NAMES_URL",
        "NAMES_SCOPE",
        "REGISTER_HEADERS",
        "MASKINPORTEN_CLIENT_ID",
        "MASKINPORTEN_ISSUER",
        "MASKINPORTEN_TOKEN_URL",
        "MASKINPORTEN_KEY_SECRET",
        "CAPABILITIES",
        "CONDITION_ENDPOINTS",
        "SENDING_WINDOW",
        "SENDING_HOURS",
        "EMAIL_RATE",
        "SMS_RATE",
    ];
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(surroundings: &Surroundings) -> Result<Self, StartError> {
        let environment = &surroundings.environment;
        let configuration = aws::configuration(surroundings).await;
        let queues = [QueueName::Steps, QueueName::Email, QueueName::Sms];
        let line = Line::open(surroundings)?;
        let maskinporten = Maskinporten::open(&configuration, environment, line.client())?;
        let condition_tokens = maskinporten.as_ref().map(|client| client.tokens(CONDITION_SCOPE));
        let endpoints = environment.parsed("CONDITION_ENDPOINTS", str::parse::<EndpointPolicy>)?;
        Ok(Self {
            store: Store::open(&configuration, environment)?,
            queues: Queues::open(&configuration, environment, &queues)?,
            conditions: Conditions::new(
                endpoints,
                environment.optional("CONDITION_HTTP_PROXY"),
                condition_tokens,
            )?,
            look_up: LookUp::open(environment, &line, maskinporten.as_ref())?,
            herd: Herd { window: environment.window()?, rates: Rates::open(environment)? },
            clock: Arc::clone(&surroundings.clock),
            chance: Arc::clone(&surroundings.chance),
        })
    }

    async fn warm(&self) {
        futures::join!(self.store.warm(), self.queues.warm(), self.look_up.warm());
    }

    async fn handler(&self, event: SqsEvent) -> Result<SqsBatchResponse, HandlerError> {
        let shared = &self.look_up.shared();
        Ok(consume::each(event, GivenUp::ToLease, |message| self.work(message, shared)).await)
    }
}

impl ResolveRecipients {
    async fn work(&self, message: StepMessage, shared: &Shared) -> Result<(), StoreError> {
        let now = self.clock.now();
        let Some(chain) = self.store.load_chain(message.chain).await? else {
            tracing::warn!(chain = %message.chain, "there is no such chain");
            return Ok(());
        };
        match chain.step_work(message, now) {
            StepWork::Stale => Ok(()),
            StepWork::Early(task) => self.queue(chain, &[task], now).await,
            StepWork::Resolved(tasks) => self.queue(chain, &tasks, now).await,
            StepWork::Expired => self.expire(chain, message, now).await,
            StepWork::Resolve => self.resolve(chain, message, shared).await,
        }
    }

    async fn resolve(&self, chain: Chain, message: StepMessage, shared: &Shared) -> Result<(), StoreError> {
        let order = self.store.load_order(&chain).await?;
        let Some(step) = order.steps.get(usize::from(message.step)) else { return Ok(()) };
        let is_begun = chain.step(message.step).is_some_and(|step| step.begun);
        let asked = if is_begun { Some(chain) } else { self.condition_met(chain, message, &order).await? };
        let Some(chain) = asked else { return Ok(()) };
        let now = self.clock.now();
        let asking = asking(&chain, message, shared, now);
        let recipient = match &step.recipients {
            Recipients::One(recipient) => recipient,
            Recipients::List(list) => {
                let listed = Listed { recipients: &step.recipients, list, asking: &asking, now };
                return Box::pin(self.resolve_list(chain, message, &listed)).await;
            }
        };
        match self.look_up.find(recipient, &asking).await {
            Ok(mut found) => {
                warn_of_many(message.chain, &found);
                let from = start(&chain, message, now);
                let waiting = (&step.recipients, std::slice::from_ref(&found));
                found.lines = self.herd.lines(&self.store, &chain, waiting, (from, &vec![])).await?;
                let window = &self.herd.window;
                let resolve = |chain: &mut Chain| chain.resolve(message.step, &order, &found, window, now);
                let (chain, tasks) = self.while_claimed(chain, message, now, resolve).await?;
                self.queue(chain, &tasks.unwrap_or_default(), now).await
            }
            Err(error) => self.wait(chain, message, error, now).await,
        }
    }

    /// A register gave no answer: the step waits.
    async fn wait(
        &self,
        chain: Chain,
        message: StepMessage,
        error: RegisterError,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        error.log_waiting(&chain.shipment(message.step));
        let fraction = self.chance.fraction();
        let wait = |chain: &mut Chain| chain.register_unavailable(message.step, fraction, now);
        self.while_claimed(chain, message, now, wait).await.map(drop)
    }

    /// Asks the step's condition endpoint, if it has one. The chain as it is by then when the step goes
    /// on; none when it is stopped, waits to ask again, or is another worker's.
    async fn condition_met(
        &self,
        chain: Chain,
        message: StepMessage,
        order: &Order,
    ) -> Result<Option<Chain>, StoreError> {
        let Some(step) = order.steps.get(usize::from(message.step)) else { return Ok(None) };
        let Some(endpoint) = &step.condition_endpoint else { return Ok(Some(chain)) };
        let hosts = self.store.load_owner_settings(&chain.owner).await?.condition_hosts;
        let answer = self.conditions.ask(endpoint, &hosts).await;
        let now = self.clock.now();
        let goes_on = |chain: &mut Chain| match answer {
            Answer::Yes => true,
            Answer::No => {
                chain.condition_not_met(message.step, now);
                false
            }
            Answer::None => {
                let fraction = self.chance.fraction();
                chain.condition_unanswered(message.step, step.on_condition_failure, fraction, now)
            }
            // Our own trouble says nothing about the endpoint.
            Answer::Unasked => {
                chain.register_unavailable(message.step, self.chance.fraction(), now);
                false
            }
        };
        if matches!(answer, Answer::Yes) {
            return Ok(Some(chain));
        }
        let (chain, goes_on) = self.while_claimed(chain, message, now, goes_on).await?;
        Ok(goes_on.unwrap_or(false).then_some(chain))
    }

    async fn expire(&self, chain: Chain, message: StepMessage, now: DateTime<Utc>) -> Result<(), StoreError> {
        let expire = |chain: &mut Chain| {
            if chain.step_work(message, now) == StepWork::Expired {
                chain.expire_step(message.step, now);
                Change::Write(())
            } else {
                Change::Keep(())
            }
        };
        self.store.amend(chain, expire).await.map(drop)
    }

    /// Applies a rule if the message's claim still stands in what is stored; none if it doesn't, because
    /// another worker has taken over.
    async fn while_claimed<T>(
        &self,
        chain: Chain,
        message: StepMessage,
        now: DateTime<Utc>,
        mut rule: impl FnMut(&mut Chain) -> T,
    ) -> Result<(Chain, Option<T>), StoreError> {
        let rule = |chain: &mut Chain| match chain.step_work(message, now) {
            StepWork::Resolve => Change::Write(Some(rule(chain))),
            _ => Change::Keep(None),
        };
        self.store.amend(chain, rule).await
    }

    async fn queue(&self, chain: Chain, tasks: &[Task], now: DateTime<Utc>) -> Result<(), StoreError> {
        sweep::dispatch(&self.store, &self.queues, chain, tasks, now).await
    }
}

/// How the registers are asked: as often as may help, and content with less when the step is about to end.
fn asking<'a>(chain: &Chain, message: StepMessage, shared: &'a Shared, now: DateTime<Utc>) -> Asking<'a> {
    let step = chain.step(message.step);
    Asking {
        shared,
        now,
        insists: step.is_none_or(|step| step.retries < INSISTENCE),
        is_late: step.is_some_and(|step| step.expires - LATE <= now),
    }
}

/// From when the notices of a step may go.
fn start(chain: &Chain, message: StepMessage, now: DateTime<Utc>) -> DateTime<Utc> {
    now.max(chain.step(message.step).map_or(now, |step| step.due))
}

fn warn_of_many(chain: ChainId, found: &Found) {
    if let Resolution::Addresses(all) = &found.resolution
        && all.len() > MOST_ADDRESSES
    {
        tracing::warn!(%chain, addresses = all.len(), "too many addresses: some are left out");
    }
}
