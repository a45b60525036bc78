//! Accepts an order: texts first, then the order, then one conditional write of the chain that makes it
//! exist; then a message to the queue if it is due soon. The answer waits for the registers for a second at most.

mod answer;
mod dry_run;
mod look_up;
mod send_again;

use std::sync::Arc;

use aws_config::SdkConfig;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use chrono::{DateTime, Utc};
use futures::future::try_join_all;
use serde_json::Value;
use uuid::Uuid;
use varsling_admission::{self as admission, Admission, Admitted, unavailable};
use varsling_api::http::{self, Problem, PublicUrl};
use varsling_api::routes::{self, Endpoint};
use varsling_api::tokens::{COMPOSED_SCOPE, CREATE_SCOPE};
use varsling_dispatch::Dispatcher;
use varsling_domain::address::AllowedNumbers;
use varsling_domain::capabilities::Capabilities;
use varsling_domain::chain::{Accepting, Chain, Kept, queued_at_once};
use varsling_domain::finder::Finders;
use varsling_domain::identity::Owner;
use varsling_domain::ids::{ChainId, IdKey, OrderKind};
use varsling_domain::order::parse::{self, ParsedOrder, Rules};
use varsling_domain::order::{EndpointPolicy, Order};
use varsling_domain::owner::{Links, OwnerSettings};
use varsling_domain::priority::PriorityClass;
use varsling_domain::request::{self, Faults};
use varsling_domain::text::AttachmentHosts;
use varsling_domain::window::SendingWindow;
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_function::metrics::{MetricName, Metrics};
use varsling_function::trouble::Waiting;
use varsling_queues::backlogs::BacklogReader;
use varsling_queues::rates::Rates;
use varsling_queues::variables;
use varsling_queues::{QueueName, Queues};
use varsling_reading::OrderReader;
use varsling_registers::HttpContext;
use varsling_registers::look_up::{self as registers, LookUp};
use varsling_registers::maskinporten::Maskinporten;
use varsling_secrets::{self as secrets, Secrets};
use varsling_store::{Created, EvidenceStore, Store, StoreError};

use answer::{Accepted, Told};
use look_up::{Answered, LookUpWhenOrdering};

/// The function.
pub struct AcceptOrder {
    dispatcher: Dispatcher,
    backlogs: BacklogReader,
    look_up: LookUpWhenOrdering,
    admission: Admission,
    public_url: PublicUrl,
    key: IdKey,
    endpoints: EndpointPolicy,
    links: Links,
    numbers: AllowedNumbers,
    attachment_hosts: AttachmentHosts,
    reader: OrderReader,
    evidence: EvidenceStore,
    window: SendingWindow,
    capabilities: Capabilities,
    kept: Kept,
    metrics: Metrics,
    clock: Arc<dyn Clock>,
}

impl Function for AcceptOrder {
    const NAME: &'static str = "accept-order";
    const VARIABLES: Variables = &[
        &[
            "TABLE_NAME",
            "EVIDENCE_TABLE_NAME",
            "STEPS_QUEUE_URL",
            "PUBLIC_URL",
            secrets::ID_KEY,
            "CONDITION_ENDPOINTS",
            "LOOK_UP_WHEN_ORDERING",
            "LINKS",
            "ATTACHMENT_HOSTS",
            "SENDING_WINDOW",
            "SENDING_HOURS",
            "RETENTION_DAYS",
        ],
        admission::VARIABLES,
        registers::VARIABLES,
        variables::OF_DELIVERIES,
    ];
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        let names = [vec![QueueName::Steps], QueueName::of_channels()].concat();
        let queues = Queues::open(&configuration, environment, &names)?;
        let store = Store::open(&configuration, environment)?;
        Ok(Self {
            reader: OrderReader::new(store.clone()),
            evidence: EvidenceStore::open(&store, environment)?,
            metrics: context.metrics.clone(),
            backlogs: BacklogReader::new(queues.clone(), Rates::open(environment)?),
            dispatcher: Dispatcher { store, queues },
            look_up: look_up(context, &configuration).await?,
            admission: Admission::open(context)?,
            public_url: PublicUrl::open(environment)?,
            key: Secrets::open(&configuration).id_key(environment).await?,
            endpoints: environment.parsed("CONDITION_ENDPOINTS", str::parse)?,
            links: environment.parsed("LINKS", str::parse)?,
            numbers: environment.parsed("SMS_NUMBERS", str::parse)?,
            attachment_hosts: environment.parsed("ATTACHMENT_HOSTS", str::parse)?,
            window: environment.window()?,
            capabilities: environment.parsed("CAPABILITIES", str::parse)?,
            kept: environment.parsed("RETENTION_DAYS", str::parse).map(Kept)?,
            clock: Arc::clone(&context.clock),
        })
    }

    async fn warm(&self) {
        let queues = &self.dispatcher.queues;
        let table = self.store().look_for_restore(self.clock.now());
        futures::join!(table, queues.warm(), self.admission.warm(), self.look_up.warm());
    }

    async fn handler(
        &self,
        event: ApiGatewayV2httpRequest,
        _deadline: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, HandlerError> {
        let answer = self.accept(&event).await;
        Ok(answer.unwrap_or_else(|problem| problem.answer(&event)))
    }
}

async fn look_up(
    context: &FunctionContext,
    configuration: &SdkConfig,
) -> Result<LookUpWhenOrdering, StartError> {
    let environment = &context.environment;
    let http = HttpContext::open(context)?;
    let maskinporten = Maskinporten::open(configuration, environment, http.client())?;
    let look_up = LookUp::open(configuration, environment, &http, maskinporten.as_ref()).await?;
    let is_enabled = environment.is_enabled("LOOK_UP_WHEN_ORDERING")?;
    Ok(LookUpWhenOrdering::new(look_up, is_enabled, Arc::clone(&context.clock)))
}

/// A request to accept an order.
struct Request {
    owner: Owner,
    kind: OrderKind,
    body: Value,
    /// What the addresses in the answer begin with.
    base: String,
    now: DateTime<Utc>,
}

/// Which kind of order a route takes.
fn kind(event: &ApiGatewayV2httpRequest) -> Result<OrderKind, Problem> {
    match routes::resolve(event)?.route.endpoint {
        Endpoint::PlaceOrder => Ok(OrderKind::Chain),
        Endpoint::PlaceComposed => Ok(OrderKind::Composed),
        Endpoint::PlaceList => Ok(OrderKind::List),
        Endpoint::PlaceListOn(channel) => Ok(OrderKind::ListOn(channel)),
        Endpoint::SendAgain => Ok(OrderKind::Again),
        _ => Err(Problem::not_found()),
    }
}

/// The scope that a kind of order takes.
fn scope(kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::Composed => COMPOSED_SCOPE,
        OrderKind::Chain | OrderKind::ListOn(_) | OrderKind::List | OrderKind::Instant | OrderKind::Again => {
            CREATE_SCOPE
        }
    }
}

/// The id under which the gateway knows a request; a new one for each that comes without.
fn request_id(event: &ApiGatewayV2httpRequest) -> String {
    event.request_context.request_id.clone().unwrap_or_else(|| Uuid::new_v4().to_string())
}

impl AcceptOrder {
    async fn accept(&self, event: &ApiGatewayV2httpRequest) -> Result<ApiGatewayV2httpResponse, Problem> {
        let (kind, is_dry_run) = (kind(event)?, http::is_dry_run(event)?);
        if kind == OrderKind::Again {
            return self.send_again(event, is_dry_run).await;
        }
        let Admitted { owner, settings } = self.admission.admit(self.store(), event, scope(kind)).await?;
        let body = http::body(event)?;
        let body = request::read_body(&body).map_err(invalid)?;
        let base = self.public_url.base(event);
        let request = Request { owner, kind, body, base, now: self.clock.now() };
        let names = parse::template_names(&request.body);
        let templates = self.store().load_own_templates(&request.owner, names).await.map_err(unavailable)?;
        let rules = Rules {
            now: request.now,
            endpoints: self.endpoints,
            links: &self.links,
            numbers: &self.numbers,
            owner: &settings,
            templates: &templates,
        };
        let parsed = match request.kind {
            OrderKind::Chain => parse::parse_order(&request.body, &rules),
            OrderKind::Composed => parse::parse_composed(&request.body, &rules, &self.attachment_hosts),
            kind => parse::parse_list_order(kind, &request.body, &request_id(event), &rules),
        };
        match parsed.map_err(invalid).and_then(|parsed| self.supported(parsed)) {
            Ok(parsed) if is_dry_run => Box::pin(self.dry_run(&request, parsed, &settings)).await,
            Ok(parsed) => Box::pin(self.create(request, parsed, &settings)).await,
            Err(problem) if is_dry_run => Err(problem),
            Err(problem) => self.replay_or(request, problem).await,
        }
    }

    /// An order that the deployment can carry out.
    fn supported(&self, mut parsed: ParsedOrder) -> Result<ParsedOrder, Problem> {
        self.capabilities.settle(&mut parsed.order);
        let lacking = self.capabilities.lacking_for(&parsed.order);
        if lacking.is_empty() { Ok(parsed) } else { Err(Problem::not_supported(lacking)) }
    }

    /// Stores a valid order, or finds that it is stored already.
    async fn create(
        &self,
        request: Request,
        parsed: ParsedOrder,
        owner: &OwnerSettings,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let ParsedOrder { order, texts, warnings } = parsed;
        let mut chain = self.chain(&request, &order).await;
        let finders = Finders::of(&self.key, &order, &chain);
        let texts = try_join_all(texts.into_iter().map(|text| self.store().put_text(&chain, text)));
        let spent = self.evidence.has(chain.id, request.now);
        let pointers = self.store().put_pointers(&finders.others, &chain, finders.at);
        let stored = futures::try_join!(texts, self.put_order(&chain, &order, &finders), pointers, spent);
        let (_, is_new, (), is_spent) = stored.map_err(unavailable)?;
        if (!is_new || is_spent)
            && let Some(stored) = self.store().load_chain(chain.id).await.map_err(unavailable)?
        {
            return self.replay(&request, &stored).await;
        }
        // The chain of an order that is over goes before its evidence.
        if is_spent {
            return Err(Problem::spent_id());
        }
        if !is_new {
            // An earlier attempt broke off before its chain was written.
            self.store().replace_order(&chain, &order, &finders).await.map_err(unavailable)?;
        }
        let answered = self.look_up.ask(&order, owner).await;
        let Answered::GoesOn(recipient_lookup) = answered else { return Err(Problem::missing_contact()) };
        match self.store().create_chain(&mut chain, request.now).await.map_err(unavailable)? {
            Created::New => {
                self.queue(&chain, &request).await;
                let recipient_lookup = recipient_lookup.as_ref();
                let told = Told { warnings: &warnings, recipient_lookup };
                Ok(Accepted { chain: &chain, order: None, told, base: &request.base }.created())
            }
            Created::Existing(stored) => self.replay(&request, &stored).await,
        }
    }

    /// Keeps the order as it was accepted, where anybody will have to look at it. False if there is one already.
    async fn put_order(&self, chain: &Chain, order: &Order, finders: &Finders) -> Result<bool, StoreError> {
        if chain.needs_order() { self.store().put_order(chain, order, finders).await } else { Ok(true) }
    }

    /// The order is accepted whatever happens here: what is not queued now, a sweep finds.
    async fn queue(&self, chain: &Chain, request: &Request) {
        self.metrics.count(MetricName::OrdersAccepted, 1, &[]);
        if let Err(error) = self.dispatcher.queue_effects(chain, &chain.messages(), request.now).await {
            error.log_waiting(&chain.id);
        }
    }

    /// A body that the rules refuse by now (its time has passed, or a register is gone) may still be one that was
    /// accepted.
    async fn replay_or(
        &self,
        request: Request,
        problem: Problem,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let Some(idempotency_id) = parse::idempotency_id(&request.body) else { return Err(problem) };
        let id = ChainId::derive(&self.key, request.kind, &request.owner, &idempotency_id);
        match self.store().load_chain(id).await.map_err(unavailable)? {
            Some(stored) => self.replay(&request, &stored).await,
            None => Err(problem),
        }
    }

    async fn replay(&self, request: &Request, stored: &Chain) -> Result<ApiGatewayV2httpResponse, Problem> {
        if request.now >= stored.kept_until {
            return Err(Problem::spent_id());
        }
        if !parse::is_same_order(&stored.fingerprint, &request.body, request.now) {
            return Err(Problem::other_order());
        }
        let order = self.store().find_order(stored).await.map_err(unavailable)?;
        let told = Told { warnings: &Faults::default(), recipient_lookup: None };
        Ok(Accepted { chain: stored, order: order.as_ref(), told, base: &request.base }.replayed())
    }

    async fn chain(&self, request: &Request, order: &Order) -> Chain {
        let owner = request.owner.clone();
        let accepting = Accepting {
            id: ChainId::derive(&self.key, request.kind, &owner, &order.idempotency_id),
            owner,
            fingerprint: parse::fingerprint(&request.body, request.now),
            window: &self.window,
            backlogs: self.backlogs.of(PriorityClass::of(order), queued_at_once(order), request.now).await,
            kept: self.kept,
            now: request.now,
        };
        accepting.accept(order)
    }

    fn store(&self) -> &Store {
        &self.dispatcher.store
    }
}

fn invalid(faults: Faults) -> Problem {
    Problem::invalid(faults.into_map())
}
