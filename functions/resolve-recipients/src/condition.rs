//! The condition endpoint of a shipment: asked right before its recipients are looked up.

use varsling_domain::chain::{Chain, ShipmentEvent, ShipmentState};
use varsling_domain::order::{ConditionEndpoint, OrderedShipment};
use varsling_function::clock;
use varsling_registers::condition::Answer;
use varsling_store::StoreError;

use super::{ResolveRecipients, Work};

impl ResolveRecipients {
    /// Asks the shipment's condition endpoint, if it has one. The chain as it is by then when the shipment goes on; none
    /// when it is stopped, waits to ask again, or is another worker's.
    pub(super) async fn ask_condition(
        &self,
        chain: Chain,
        work: &Work<'_>,
        ordered: &OrderedShipment,
    ) -> Result<Option<Chain>, StoreError> {
        let Some(endpoint) = &ordered.condition_endpoint else { return Ok(Some(chain)) };
        let event = self.condition_event(&chain, work, ordered, endpoint).await?;
        // A condition that was met before changes nothing, and the shipment goes on all the same.
        let stored = self.happen(chain, work.message, event).await?;
        Ok(Some(stored.chain().clone()).filter(|chain| goes_on(chain, work)))
    }

    /// Asks the endpoint, and returns the event that its answer means.
    async fn condition_event(
        &self,
        chain: &Chain,
        work: &Work<'_>,
        ordered: &OrderedShipment,
        endpoint: &ConditionEndpoint,
    ) -> Result<ShipmentEvent, StoreError> {
        let owner = self.owners.find(self.store(), &chain.owner, self.clock.now()).await?;
        let hosts = owner.unwrap_or_default().condition_hosts;
        let (claim, fraction) = (work.message.claim, self.jitter.fraction());
        let limit = self.limit(work);
        let answer = clock::within(limit.clock, limit.deadline, self.conditions.ask(endpoint, &hosts)).await;
        Ok(match answer.unwrap_or(Answer::None) {
            Answer::Yes => ShipmentEvent::ConditionMet { claim },
            Answer::No => ShipmentEvent::ConditionUnmet { claim },
            Answer::None => {
                let otherwise = ordered.on_condition_failure;
                ShipmentEvent::ConditionUnanswered { claim, otherwise, fraction }
            }
            // A failure on our side says nothing about the endpoint.
            Answer::Unasked => ShipmentEvent::LookupFailed { claim, partly_resolved: false, fraction },
        })
    }
}

/// Whether the message's claim on the shipment still holds.
fn goes_on(chain: &Chain, work: &Work<'_>) -> bool {
    let state = chain.shipment(work.message.shipment).map(|shipment| &shipment.state);
    matches!(state, Some(ShipmentState::Resolving { claim, .. }) if *claim == work.message.claim)
}
