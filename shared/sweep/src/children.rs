//! Parents look at their children: from the first that was not final to the first that is not final now.

use chrono::{DateTime, Utc};
use varsling_domain::chain::{Chain, Child, ChildrenSeen, Event, FanOut, Reason, Shipment, ShipmentEvent};
use varsling_domain::reached::{Reached, WasReached};
use varsling_store::StoreError;

use super::run::Sweeper;

/// How many children are read at a time.
const AT_A_TIME: usize = 100;

impl Sweeper {
    /// What there is to say of the children of a chain's shipments that are to be looked at now.
    pub(super) async fn check_children(
        &self,
        chain: &Chain,
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, StoreError> {
        let mut events = vec![];
        for from in chain.children_to_check(now) {
            let seen = self.look_at_children(chain, from).await?;
            let event = ShipmentEvent::ChildrenChecked { seen, check_at: FanOut::next_check(now) };
            events.push(Event::Shipment { number: from.shipment, event });
        }
        Ok(events)
    }

    async fn look_at_children(&self, parent: &Chain, from: Child) -> Result<ChildrenSeen, StoreError> {
        let mut seen =
            ChildrenSeen { final_before: from.ordinal, some_went_on: false, reached: WasReached::No };
        let Some(shipment) = parent.shipment(from.shipment) else { return Ok(seen) };
        let ids = parent.children(from.shipment);
        for some in ids.get(usize::from(from.ordinal)..).unwrap_or_default().chunks(AT_A_TIME) {
            for child in self.store.load_chains(some).await? {
                let child = child?;
                if !is_over(shipment, child.as_ref()) {
                    return Ok(seen);
                }
                seen.final_before += 1;
                seen.some_went_on |= !is_taken_back(shipment, child.as_ref());
                seen.reached = child
                    .as_ref()
                    .map_or(seen.reached, |child| seen.reached.max(Reached::of_chain(child).answer));
            }
        }
        Ok(seen)
    }
}

/// Whether nothing of a child was sent or reported; of one that is missing, whether its parent was cancelled.
fn is_taken_back(parent: &Shipment, child: Option<&Chain>) -> bool {
    match child {
        Some(child) => child.shipments.iter().all(Shipment::is_taken_back),
        None => parent.is_cancelled(),
    }
}

/// Whether nothing more happens to a child; to one that is missing, once nobody makes it any more.
fn is_over(parent: &Shipment, child: Option<&Chain>) -> bool {
    match child {
        Some(child) => child.is_final(),
        None => matches!(
            parent.decision.map(|decision| decision.reason),
            Some(
                Reason::LifetimeEnded
                    | Reason::AttemptsExhausted
                    | Reason::Cancelled
                    | Reason::GivenUpAfterRestore
            )
        ),
    }
}
