//! Parents look at their children: from the first that was not final to the first that is not final now.

use chrono::{DateTime, Utc};
use varsling_domain::chain::{Chain, Child, Event, FanOut, Reason, Shipment, ShipmentEvent};
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
            let final_before = self.final_before(chain, from).await?;
            let event = ShipmentEvent::ChildrenChecked { final_before, check_at: FanOut::next_check(now) };
            events.push(Event::Shipment { number: from.shipment, event });
        }
        Ok(events)
    }

    async fn final_before(&self, parent: &Chain, from: Child) -> Result<u16, StoreError> {
        let Some(shipment) = parent.shipment(from.shipment) else { return Ok(from.ordinal) };
        let ids = parent.children(from.shipment);
        let mut final_before = from.ordinal;
        for some in ids.get(usize::from(from.ordinal)..).unwrap_or_default().chunks(AT_A_TIME) {
            for child in self.store.load_chains(some).await? {
                if !is_over(shipment, child?.as_ref()) {
                    return Ok(final_before);
                }
                final_before += 1;
            }
        }
        Ok(final_before)
    }
}

/// Whether nothing more happens to a child; to one that is missing, once nobody makes it any more.
fn is_over(parent: &Shipment, child: Option<&Chain>) -> bool {
    match child {
        Some(child) => child.is_final(),
        None => matches!(
            parent.decision.map(|decision| decision.reason),
            Some(Reason::LifetimeEnded | Reason::AttemptsExhausted | Reason::Cancelled)
        ),
    }
}
