//! Sends a notice while its owner waits: the intention is stored, the provider is called once, and the answer says
//! whether it has taken the notice. There is no queue and no other try than the owner's own.

mod attempt;
mod permit;
mod repeat;

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use chrono::{DateTime, Utc};
use serde_json::Value;
use varsling_admission::{self as admission, Admission, Admitted, unavailable};
use varsling_api::http::{self, Problem, PublicUrl};
use varsling_api::routes::{self, Endpoint};
use varsling_api::tokens::CREATE_SCOPE;
use varsling_domain::address::AllowedNumbers;
use varsling_domain::capabilities::Capabilities;
use varsling_domain::chain::{Accepting, Backlogs, Chain, Delivery, Kept, Lookup};
use varsling_domain::channel::{Channel, PerChannel};
use varsling_domain::deployment::Deployment;
use varsling_domain::finder::Finders;
use varsling_domain::identity::Owner;
use varsling_domain::ids::{ChainId, IdKey, OrderKind};
use varsling_domain::order::EndpointPolicy;
use varsling_domain::order::parse::{self, InstantForm, ParsedInstant, Rules};
use varsling_domain::owner::{Links, OwnerSettings};
use varsling_domain::reading::{AcceptedView, DryRun, Found};
use varsling_domain::request::{self, Faults};
use varsling_domain::text::Text;
use varsling_domain::window::SendingWindow;
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_function::metrics::{MetricName, Metrics};
use varsling_providers::Provider;
use varsling_queues::rates::Rates;
use varsling_queues::{QueueName, Queues};
use varsling_secrets::{self as secrets, Secrets};
use varsling_sending::{Budgets, Meter, Suppressions};
use varsling_ses::Ses;
use varsling_sns::Sns;
use varsling_store::{Created, EvidenceStore, RecentDeployment, Store};

use attempt::Attempt;
use repeat::Repeat;

/// The function.
pub struct SendInstant {
    store: Store,
    evidence: EvidenceStore,
    ses: Ses,
    sns: Sns,
    admission: Admission,
    public_url: PublicUrl,
    key: IdKey,
    links: Links,
    numbers: AllowedNumbers,
    window: SendingWindow,
    capabilities: Capabilities,
    rates: Rates,
    budgets: PerChannel<Budgets>,
    deployment: RecentDeployment,
    suppressions: Suppressions,
    queues: Queues,
    kept: Kept,
    metrics: Metrics,
    clock: Arc<dyn Clock>,
}

type Answer = Result<ApiGatewayV2httpResponse, Problem>;

impl Function for SendInstant {
    const NAME: &'static str = "send-instant";
    const VARIABLES: Variables = &[
        admission::VARIABLES,
        &[
            "TABLE_NAME",
            "EVIDENCE_TABLE_NAME",
            "PUBLIC_URL",
            secrets::ID_KEY,
            "CAPABILITIES",
            "LINKS",
            "SMS_NUMBERS",
            "SENDING_WINDOW",
            "SENDING_HOURS",
            "RETENTION_DAYS",
            "REPORTS_QUEUE_URL",
            "SUBJECT_PREFIX",
            "EMAIL_RATE",
            "EMAILS_PER_DAY",
            "EMAILS_PER_OWNER_AND_DAY",
            "EMAIL_IDENTITY",
            "EMAIL_SENDER",
            "CONFIGURATION_SET",
            "SES_TENANT_PREFIX",
            "SMS_RATE",
            "SMS_SEGMENTS_PER_DAY",
            "SMS_SEGMENTS_PER_OWNER_AND_DAY",
            "SMS_SENDER_ID",
            "SMS_SENDER_IDS_REGISTERED",
        ],
    ];
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        let key = Secrets::open(&configuration).id_key(environment).await?;
        let store = Store::open(&configuration, environment)?;
        Ok(Self {
            metrics: context.metrics.clone(),
            evidence: EvidenceStore::open(&store, environment)?,
            store,
            ses: Ses::open(&configuration, environment)?,
            sns: Sns::open(&configuration, context)?,
            admission: Admission::open(context)?,
            public_url: PublicUrl::open(environment)?,
            key: key.clone(),
            links: environment.parsed("LINKS", str::parse)?,
            numbers: environment.parsed("SMS_NUMBERS", str::parse)?,
            window: environment.window()?,
            capabilities: environment.parsed("CAPABILITIES", str::parse)?,
            rates: Rates::open(environment)?,
            budgets: permit::budgets(environment)?,
            deployment: RecentDeployment::default(),
            suppressions: Suppressions::new(key),
            queues: Queues::open(&configuration, environment, &[QueueName::Reports])?,
            kept: environment.parsed("RETENTION_DAYS", str::parse).map(Kept)?,
            clock: Arc::clone(&context.clock),
        })
    }

    async fn warm(&self) {
        let table = self.store.look_for_restore(self.clock.now());
        futures::join!(table, self.admission.warm(), self.ses.warm(), self.sns.warm());
    }

    async fn handler(
        &self,
        event: ApiGatewayV2httpRequest,
        deadline: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, HandlerError> {
        let answer = self.answer(&event, deadline).await;
        Ok(answer.unwrap_or_else(|problem| problem.answer(&event)))
    }
}

/// A request to send a notice at once.
struct Request {
    owner: Owner,
    form: InstantForm,
    body: Value,
    /// What the addresses in the answer begin with.
    base: String,
    deadline: Deadline,
    now: DateTime<Utc>,
}

/// What decides beside the request whether a notice is sent.
struct Standing {
    /// What is settled for its owner.
    settings: OwnerSettings,
    /// What administrators have said of the deployment.
    deployment: Deployment,
}

/// Where in the body a route has the recipient.
fn form(event: &ApiGatewayV2httpRequest) -> Result<InstantForm, Problem> {
    match routes::resolve(event)?.route.endpoint {
        Endpoint::SendInstant(channel) => Ok(InstantForm::Plain(channel)),
        Endpoint::SendInstantWrapped => Ok(InstantForm::Wrapped),
        _ => Err(Problem::not_found()),
    }
}

impl SendInstant {
    async fn answer(&self, event: &ApiGatewayV2httpRequest, deadline: Deadline) -> Answer {
        let form = form(event)?;
        let Admitted { owner, settings } = self.admission.admit(&self.store, event, CREATE_SCOPE).await?;
        let body = request::read_body(&http::body(event)?).map_err(invalid)?;
        let base = self.public_url.base(event);
        let request = Request { owner, form, body, base, deadline, now: self.clock.now() };
        let is_dry_run = http::is_dry_run(event)?;
        let parsed = self.parse(&request, &settings).await?;
        if is_dry_run {
            return Ok(self.dry_run(&request, &parsed));
        }
        let deployment = self.deployment.find(&self.store, request.now).await.map_err(unavailable)?;
        Box::pin(self.send(request, parsed, Standing { settings, deployment })).await
    }

    /// An order that the deployment can carry out.
    async fn parse(&self, request: &Request, owner: &OwnerSettings) -> Result<ParsedInstant, Problem> {
        let names = parse::template_names(&request.body);
        let templates = self.store.load_own_templates(&request.owner, names).await.map_err(unavailable)?;
        let rules = Rules {
            now: request.now,
            endpoints: EndpointPolicy::Public,
            links: &self.links,
            numbers: &self.numbers,
            owner,
            templates: &templates,
        };
        let mut instant = parse::parse_instant(request.form, &request.body, &rules).map_err(invalid)?;
        self.capabilities.settle(&mut instant.parsed.order);
        let lacking = self.capabilities.lacking_for(&instant.parsed.order);
        if lacking.is_empty() { Ok(instant) } else { Err(Problem::not_supported(lacking)) }
    }

    async fn send(&self, request: Request, instant: ParsedInstant, standing: Standing) -> Answer {
        let mut chain = self.chain(&request, &instant);
        let warnings = instant.parsed.warnings;
        let text = instant.parsed.texts.into_iter().next().ok_or_else(Problem::internal)?;
        let delivery = delivery(&chain).ok_or_else(Problem::internal)?.clone();
        let spent = self.evidence.has(chain.id, request.now);
        let permit = self.permit(&request, &standing, &delivery);
        let finders = Finders::of(&self.key, &instant.parsed.order, &chain);
        let pointers = self.store.put_pointers(&finders.others, &chain, finders.at);
        let (is_spent, permit, ()) = futures::try_join!(spent, permit, pointers).map_err(unavailable)?;
        let refused = permit.problem(&request);
        if is_spent || refused.is_some() {
            let stored = self.store.load_chain(chain.id).await.map_err(unavailable)?;
            let Some(stored) = stored else {
                self.return_permit(&request, permit).await;
                // The order is over: its id is used up once its chain is gone.
                return Err(refused.filter(|_| !is_spent).unwrap_or_else(Problem::spent_id));
            };
            let stored = self.settled(stored, &standing.deployment).await?;
            return self
                .repeat(Repeat { request, stored, text: Arc::new(text), permit, settings: standing.settings })
                .await;
        }
        match self.store.create_chain(&mut chain, request.now).await.map_err(unavailable)? {
            Created::New => {
                self.metrics.count(MetricName::OrdersAccepted, 1, &[]);
                self.attempt(
                    &request,
                    Attempt { chain, text: Arc::new(text), warnings, settings: standing.settings },
                )
                .await
            }
            Created::Existing(stored) => {
                let stored = self.settled(*stored, &standing.deployment).await?;
                self.repeat(Repeat {
                    request,
                    stored,
                    text: Arc::new(text),
                    permit,
                    settings: standing.settings,
                })
                .await
            }
        }
    }

    /// What is counted and measured of a channel's instant notices.
    fn meter(&self, channel: Channel) -> Meter {
        Meter::of_instant(channel, self.metrics.clone())
    }

    /// A stored order, once it is settled what becomes of it after a restore of the table.
    async fn settled(&self, stored: Chain, deployment: &Deployment) -> Result<Chain, Problem> {
        self.store.settle_chain(stored, deployment, self.clock.now()).await.map_err(unavailable)
    }

    /// What would be sent. Nothing is stored, and nothing is sent.
    fn dry_run(&self, request: &Request, instant: &ParsedInstant) -> ApiGatewayV2httpResponse {
        let chain = self.chain(request, instant);
        let recipients = instant.parsed.order.shipments.iter().map(|shipment| shipment.recipients.one());
        let found = recipients.map(|recipient| {
            let found = recipient
                .map(|recipient| Found { recipient: recipient.clone(), lookup: Lookup::of_given(recipient) });
            found.into_iter().collect()
        });
        let dry_run = DryRun { chain: &chain, window: &self.window, now: request.now };
        let view = dry_run.view(&found.collect::<Vec<_>>(), instant.parsed.warnings.clone());
        http::json(200, &view, &[])
    }

    fn chain(&self, request: &Request, instant: &ParsedInstant) -> Chain {
        let order = &instant.parsed.order;
        let owner = request.owner.clone();
        let accepting = Accepting {
            id: ChainId::derive(&self.key, OrderKind::Instant, &owner, &order.idempotency_id),
            owner,
            fingerprint: parse::fingerprint(&request.body, request.now),
            window: &self.window,
            backlogs: Backlogs::default(),
            kept: self.kept,
            now: request.now,
        };
        accepting.accept_instant(order, instant.lifetime)
    }

    /// How many may be sent in a second: half of what the channel takes.
    fn most(&self, channel: Channel) -> u32 {
        self.rates.of(channel).get().div_ceil(2)
    }

    async fn attempt(&self, request: &Request, attempt: Attempt) -> Answer {
        match attempt.text.as_ref() {
            Text::Email(_) => self.attempt_by(&self.ses, request, attempt).await,
            Text::Sms(_) => self.attempt_by(&self.sns, request, attempt).await,
        }
    }
}

/// Its only delivery.
fn delivery(chain: &Chain) -> Option<&Delivery> {
    chain.shipments.first()?.deliveries().first()
}

/// The ids, for an owner whose notice was sent, and what the owner may not think.
fn sent(status: u16, chain: &Chain, base: &str, warnings: &Faults) -> ApiGatewayV2httpResponse {
    let location = format!("{base}{}", Endpoint::ShowOrder.path(chain.id));
    http::json(status, &AcceptedView::of(chain, None, warnings), &[("Location", &location)])
}

fn invalid(faults: Faults) -> Problem {
    Problem::invalid(faults.into_map())
}
