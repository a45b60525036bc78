//! Takes back what has not been handed over: an order, or one of its shipments. Whether a notice is taken back or handed
//! over is settled by the version of its chain, so that it is one or the other.

mod children;

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use chrono::{DateTime, Utc};
use varsling_admission::{self as admission, Admission, Asker, unavailable};
use varsling_api::http::{self, Problem, PublicUrl};
use varsling_api::routes::{self, Endpoint};
use varsling_domain::chain::{Chain, Event, Ignored, Shipment, ShipmentEvent};
use varsling_domain::identity::Owner;
use varsling_domain::ids::{ChainId, ShipmentId};
use varsling_domain::reading::{CancelledView, ListStatusView, why_not_cancelled};
use varsling_domain::view::ShipmentView;
use varsling_function::aws;
use varsling_function::clock::Clock;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_reading::OrderReader;
use varsling_store::administration::{Administrator, AdministratorAction, AdministratorChange};
use varsling_store::{Store, Stored};

/// The function.
pub struct CancelOrder {
    store: Store,
    reader: OrderReader,
    public_url: PublicUrl,
    admission: Admission,
    clock: Arc<dyn Clock>,
}

type Answer = Result<ApiGatewayV2httpResponse, Problem>;

impl Function for CancelOrder {
    const NAME: &'static str = "cancel-order";
    const VARIABLES: Variables = &[&["TABLE_NAME", "PUBLIC_URL"], admission::VARIABLES];
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let environment = &context.environment;
        let configuration = aws::configuration(context).await;
        let store = Store::open(&configuration, environment)?;
        Ok(Self {
            reader: OrderReader::new(store.clone()),
            store,
            public_url: PublicUrl::open(environment)?,
            admission: Admission::open(context)?,
            clock: Arc::clone(&context.clock),
        })
    }

    async fn warm(&self) {
        futures::join!(self.store.warm(), self.admission.warm());
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

/// What is to be cancelled.
struct Request {
    chain: Chain,
    /// The numbers of the shipments.
    shipments: Vec<u8>,
    deadline: Deadline,
    now: DateTime<Utc>,
}

impl CancelOrder {
    async fn answer(&self, event: &ApiGatewayV2httpRequest, deadline: Deadline) -> Answer {
        let asked = routes::resolve(event)?;
        let endpoint = asked.route.endpoint;
        let Asker { owner, administrator } = self.admission.owner_of_orders(&self.store, event).await?;
        let missing =
            if endpoint == Endpoint::CancelShipment { Problem::no_shipment } else { Problem::no_order };
        let id = asked.parameter("id");
        let (chain, shipment) = match endpoint {
            Endpoint::CancelOrder => (ChainId::named(id).ok_or_else(missing)?, None),
            Endpoint::CancelShipment | Endpoint::CancelList => {
                let shipment = ShipmentId::named(id).ok_or_else(missing)?;
                (shipment.chain(), Some(shipment.number()))
            }
            _ => return Err(Problem::not_found()),
        };
        let now = self.clock.now();
        let chain = self.reader.chain(chain, &owner, now).await.map_err(unavailable)?.ok_or_else(missing)?;
        let all = chain.numbered().map(|(number, _)| number);
        let shipments: Vec<_> = all.filter(|number| shipment.is_none_or(|one| one == *number)).collect();
        if shipments.is_empty() {
            return Err(missing());
        }
        if let Some(by) = administrator {
            self.record(&by, id, now).await?;
        }
        let chain = self.cancel(Request { chain, shipments, deadline, now }).await?;
        match (endpoint, shipment) {
            (Endpoint::CancelShipment, Some(number)) => self.show_shipment(&chain, number).await,
            (Endpoint::CancelList, Some(number)) => self.show_list(event, &chain, number).await,
            _ => self.show_order(&chain).await,
        }
    }

    /// Writes down that an administrator takes an order or a shipment back.
    async fn record(&self, by: &Owner, id: &str, now: DateTime<Utc>) -> Result<(), Problem> {
        let by = Administrator::Organization(by);
        let change = AdministratorChange::of(by, AdministratorAction::Cancel, id, now);
        self.store.put_administrator_change(&change).await.map_err(unavailable)
    }

    /// The chain with its shipments taken back, as far as they had not been handed over.
    async fn cancel(&self, request: Request) -> Result<Chain, Problem> {
        let Request { chain, shipments, deadline, now } = request;
        let mut events = vec![];
        for number in &shipments {
            if self.has_something_to_cancel(&chain, *number).await.map_err(unavailable)? {
                events.push(Event::Shipment { number: *number, event: ShipmentEvent::Cancelled });
            }
        }
        if events.is_empty() {
            return Err(Problem::conflict(why_not_cancelled(Ignored::OnItsWay)));
        }
        let chain = match self.store.apply(chain, &events, now).await.map_err(unavailable)? {
            Stored::Changed(applied) => applied.chain,
            Stored::Unchanged { chain, ignored } => {
                let mut meant = shipments.iter().filter_map(|number| chain.shipment(*number));
                if !meant.any(Shipment::is_cancelled) {
                    return Err(Problem::conflict(why_not_cancelled(ignored)));
                }
                chain
            }
        };
        for number in shipments {
            self.cancel_children(&chain, number, deadline).await;
        }
        Ok(chain)
    }

    async fn view<'a>(&self, chain: &'a Chain, number: u8) -> Result<ShipmentView<'a>, Problem> {
        let children = self.reader.children(chain, number).await.map_err(unavailable)?;
        ShipmentView::of(chain, number, &children).ok_or_else(Problem::no_shipment)
    }

    async fn show_shipment(&self, chain: &Chain, number: u8) -> Answer {
        let manifest = self.reader.manifest(chain, number, self.clock.now()).await.map_err(unavailable)?;
        Ok(http::json(200, &manifest.ok_or_else(Problem::no_shipment)?, &[]))
    }

    async fn show_list(&self, event: &ApiGatewayV2httpRequest, chain: &Chain, number: u8) -> Answer {
        let address = self.public_url.base(event) + &Endpoint::ShowList.path(chain.shipment_id(number));
        let view = self.view(chain, number).await?;
        let status = ListStatusView::of(&view, &address, self.clock.now());
        Ok(http::json(200, &status.ok_or_else(Problem::no_order)?, &[]))
    }

    async fn show_order(&self, chain: &Chain) -> Answer {
        let mut views = vec![];
        for (number, _) in chain.numbered() {
            views.push(self.view(chain, number).await?);
        }
        Ok(http::json(200, &CancelledView::of(chain, &views, self.clock.now()), &[]))
    }
}
