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
        let Some(event) = self.condition_event(&chain, work, ordered, endpoint).await? else {
            return Ok(Some(chain));
        };
        let applied = self.happen(chain, work.message, event).await?.changed();
        Ok(applied.map(|applied| applied.chain).filter(|chain| goes_on(chain, work)))
    }

    /// Asks the endpoint, and returns the event that its answer means; none if it is yes.
    async fn condition_event(
        &self,
        chain: &Chain,
        work: &Work<'_>,
        ordered: &OrderedShipment,
        endpoint: &ConditionEndpoint,
    ) -> Result<Option<ShipmentEvent>, StoreError> {
        let owner = self.owners.find(self.store(), &chain.owner, self.clock.now()).await?;
        let hosts = owner.unwrap_or_default().condition_hosts;
        let (claim, fraction) = (work.message.claim, self.jitter.fraction());
        let limit = self.limit(work);
        let answer = clock::within(limit.clock, limit.deadline, self.conditions.ask(endpoint, &hosts)).await;
        Ok(match answer.unwrap_or(Answer::None) {
            Answer::Yes => None,
            Answer::No => Some(ShipmentEvent::ConditionUnmet { claim }),
            Answer::None => {
                let otherwise = ordered.on_condition_failure;
                Some(ShipmentEvent::ConditionUnanswered { claim, otherwise, fraction })
            }
            // A failure on our side says nothing about the endpoint.
            Answer::Unasked => Some(ShipmentEvent::LookupFailed { claim, partly_resolved: false, fraction }),
        })
    }
}

/// Whether the message's claim on the shipment still holds.
fn goes_on(chain: &Chain, work: &Work<'_>) -> bool {
    let state = chain.shipment(work.message.shipment).map(|shipment| &shipment.state);
    matches!(state, Some(ShipmentState::Resolving { claim, .. }) if *claim == work.message.claim)
}
