//! Sending again what failed: the order that is made of another one. It has the notification alone, for those recipients alone
//! of whom it is known that nothing reached them, and is due at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Order, Recipients, When};
use crate::chain::{Basis, Delivery, DeliveryState, Ending, Outcome};
use crate::reached::{Reached, WasReached};
use crate::reading::StoredTexts;
use crate::text::Text;
use crate::view::{ShipmentView, ViewedDelivery};

/// Why nothing is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.detail())]
pub enum NothingToSendAgain {
    /// Some of it is still under way.
    UnderWay,
    /// All was delivered, may have been, or was stopped on purpose.
    NothingFailed,
    /// Instant notices keep no text, and others not for ever.
    NoText,
}

impl NothingToSendAgain {
    /// What the owner reads.
    pub fn detail(self) -> &'static str {
        match self {
            Self::UnderWay => "The order is not over yet.",
            Self::NothingFailed => "Nothing of the order is known to have failed.",
            Self::NoText => "The text of the order is no longer kept.",
        }
    }
}

/// The texts of the order that sends again; all that it names, or none.
pub fn texts_of(order: &Order, stored: StoredTexts) -> Result<Vec<Text>, NothingToSendAgain> {
    let named = order.texts().collect::<BTreeSet<_>>().len();
    if stored.is_empty() || stored.len() < named {
        return Err(NothingToSendAgain::NoText);
    }
    Ok(stored.into_values().map(Arc::unwrap_or_clone).collect())
}

/// The order that sends again what failed of the notification of another one.
pub fn send_again(
    order: &Order,
    view: &ShipmentView<'_>,
    now: DateTime<Utc>,
) -> Result<Order, NothingToSendAgain> {
    if !view.status(now).is_final() {
        return Err(NothingToSendAgain::UnderWay);
    }
    let mut shipment = order.shipments.first().cloned().ok_or(NothingToSendAgain::NothingFailed)?;
    shipment.when = When::Now;
    match &mut shipment.recipients {
        Recipients::One(_) if has_failed(&view.deliveries) => {}
        Recipients::One(_) => return Err(NothingToSendAgain::NothingFailed),
        Recipients::List(list) => {
            let failed: Vec<_> =
                (0..).zip(&list.named).filter(|(place, _)| has_failed(&of(view, *place))).collect();
            list.named = failed.into_iter().map(|(_, named)| named.clone()).collect();
            list.unsupported.clear();
            if list.named.is_empty() {
                return Err(NothingToSendAgain::NothingFailed);
            }
        }
    }
    Ok(Order { idempotency_id: view.chain.id.to_string(), shipments: vec![shipment], ..order.clone() })
}

/// The deliveries to a recipient of a list.
fn of(view: &ShipmentView<'_>, place: u16) -> Vec<ViewedDelivery> {
    view.deliveries.iter().filter(|viewed| viewed.place == Some(place)).cloned().collect()
}

/// Whether a recipient's deliveries failed, at least one of them, and none of them reached or may have reached anybody.
fn has_failed(deliveries: &[ViewedDelivery]) -> bool {
    let none_arrived = deliveries.iter().all(|viewed| Reached::by(&viewed.delivery).answer == WasReached::No);
    none_arrived && deliveries.iter().any(|viewed| is_known_failure(&viewed.delivery))
}

/// A bounce that need not be the last word is none: the notice may still arrive.
fn is_known_failure(delivery: &Delivery) -> bool {
    matches!(delivery.state, DeliveryState::Done(Ending { outcome: Outcome::Failed(_), basis: Basis::Told }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{accepted_email, at, delivered_email, email_shipment, order};
    use crate::chain::{Chain, ShipmentState};
    use crate::status::Failure;

    fn tried(chain: &Chain) -> Result<Order, NothingToSendAgain> {
        let view = ShipmentView::of(chain, 0, &[]).unwrap();
        send_again(
            &order(vec![email_shipment(When::Now), email_shipment(When::AfterDays(7))]),
            &view,
            at("10:00:00"),
        )
    }

    #[test]
    fn what_is_under_way_or_was_delivered_is_not_sent_again() {
        assert_eq!(tried(&accepted_email()), Err(NothingToSendAgain::UnderWay));
        assert_eq!(tried(&delivered_email()), Err(NothingToSendAgain::NothingFailed));
    }

    /// The delivered e-mail with another end.
    fn ended(outcome: Outcome, basis: Basis) -> Chain {
        let mut chain = delivered_email();
        let ShipmentState::Open(deliveries) = &mut chain.shipments[0].state else { panic!() };
        deliveries[0].state = DeliveryState::Done(Ending { outcome, basis });
        chain
    }

    #[test]
    fn what_is_known_to_have_failed_is_sent_again_alone_at_once_and_under_an_id_of_its_own() {
        let failed = ended(Outcome::Failed(Failure::Bounced), Basis::Told);
        let again = tried(&failed).unwrap();
        assert_eq!((again.shipments.len(), again.shipments[0].when), (1, When::Now));
        assert_eq!(again.idempotency_id, failed.id.to_string());
    }

    #[test]
    fn what_nobody_knows_or_was_taken_back_is_not_sent_again() {
        for (outcome, basis) in [
            (Outcome::Failed(Failure::Bounced), Basis::Transient),
            (Outcome::Failed(Failure::Bounced), Basis::Inferred),
            (Outcome::Failed(Failure::Bounced), Basis::Unknown),
            (Outcome::Stopped, Basis::Told),
        ] {
            assert_eq!(
                tried(&ended(outcome, basis)),
                Err(NothingToSendAgain::NothingFailed),
                "{outcome:?} {basis:?}"
            );
        }
    }
}
