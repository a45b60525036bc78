//! The chains of a shipment's recipients, where each has its own: all that have not been handed over are taken back at
//! once. Those for which there is no time, or no answer from the table, look at their parent before they are sent.

use chrono::TimeDelta;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, StreamExt};
use varsling_domain::chain::{Chain, Event, Shipment, ShipmentEvent, ShipmentState};
use varsling_domain::view::ShipmentView;
use varsling_function::lambda::Deadline;
use varsling_function::trouble::Waiting;
use varsling_store::{StoreError, Stored};

use super::CancelOrder;

/// How many children are written at the same time.
const CONCURRENCY: usize = 32;
/// What is left of the invocation for the answer.
const FOR_THE_ANSWER: TimeDelta = TimeDelta::seconds(4);

impl CancelOrder {
    /// Whether the state machine is to be asked: of a shipment whose children are made, only if one of them has not been
    /// handed over.
    pub(super) async fn has_something_to_cancel(
        &self,
        chain: &Chain,
        number: u8,
    ) -> Result<bool, StoreError> {
        let Some(shipment) = chain.shipment(number) else { return Ok(false) };
        if shipment.is_cancelled() || !matches!(shipment.state, ShipmentState::FannedOut(_)) {
            return Ok(true);
        }
        let children = self.reader.children(chain, number).await?;
        let view = ShipmentView::of(chain, number, &children);
        let is_new = view.is_some_and(|view| view.deliveries.iter().any(|viewed| viewed.delivery.is_new()));
        Ok(is_new || children.iter().any(Option::is_none))
    }

    /// Takes back the children of a shipment that is cancelled.
    pub(super) fn cancel_children<'a>(
        &'a self,
        chain: &'a Chain,
        number: u8,
        deadline: Deadline,
    ) -> BoxFuture<'a, ()> {
        let children = chain.children(number);
        async move {
            if children.is_empty() || !chain.shipment(number).is_some_and(Shipment::is_cancelled) {
                return;
            }
            match self.store.load_chains(&children).await {
                Ok(stored) => {
                    let children = stored.into_iter().filter_map(|child| child.ok().flatten());
                    let open = children.filter(|child| !child.is_final());
                    let cancel = open.map(|child| self.cancel_child(child, deadline));
                    stream::iter(cancel).buffer_unordered(CONCURRENCY).collect::<()>().await;
                }
                Err(error) => error.log_waiting(&chain.id),
            }
        }
        .boxed()
    }

    async fn cancel_child(&self, child: Chain, deadline: Deadline) {
        let now = self.clock.now();
        if !deadline.leaves(FOR_THE_ANSWER, now) {
            return;
        }
        let id = child.id;
        let event = Event::Shipment { number: 0, event: ShipmentEvent::Cancelled };
        match self.store.apply(child, &[event], now).await {
            Ok(Stored::Changed(applied)) => self.cancel_children(&applied.chain, 0, deadline).await,
            Ok(Stored::Unchanged { .. }) => {}
            Err(error) => error.log_waiting(&id),
        }
    }
}
