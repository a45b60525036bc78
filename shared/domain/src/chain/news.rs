//! What there is to tell of a change: which deliveries, shipments and orders have come to something that their owner
//! wants to hear of. It is written beside the change, and published from there.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Chain, Delivery, Shipment};
use crate::status::DeliveryStatus;

/// How long the end of an order may wait to be told: seconds as a rule, and minutes where telling it has to be tried
/// again.
const TOLD_WITHIN: TimeDelta = TimeDelta::hours(1);

/// Something that there is something to tell of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A delivery, by the number of its shipment and its own: it was handed over, or is over.
    Delivery(u8, u16),
    /// A shipment, by its number: it is over.
    Shipment(u8),
    /// The chain as a whole: it is over.
    Chain,
}

/// What there is to tell of one change; as a rule nothing. As text it is what is stored beside the change: `0-3 0 *`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told(Vec<Subject>);

/// Text that names nothing to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a list of what there is to tell")]
pub struct InvalidTold;

impl Told {
    /// What there is to tell of a new chain.
    pub fn of_new(chain: &Chain, now: DateTime<Utc>) -> Self {
        Self::found(chain, now, None)
    }

    /// All that there ever was to tell of a chain, for one who does not know what has been told.
    pub fn of_all(chain: &Chain, now: DateTime<Utc>) -> Self {
        Self::found(chain, now, None)
    }

    /// What there is to tell of a change.
    pub(super) fn since(before: &Chain, after: &Chain, now: DateTime<Utc>) -> Self {
        Self::found(after, now, Some(before))
    }

    fn found(after: &Chain, now: DateTime<Utc>, before: Option<&Chain>) -> Self {
        let of_shipments = after.numbered().flat_map(|(number, shipment)| {
            let before = before.and_then(|before| before.shipment(number));
            told_of(number, shipment, before, now)
        });
        let mut told: Vec<_> = of_shipments.collect();
        if after.is_final() && (before.is_none_or(|before| !before.is_final()) || !told.is_empty()) {
            told.push(Subject::Chain);
        }
        Self(told)
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What there is to tell, the parts before the whole.
    pub fn subjects(&self) -> &[Subject] {
        &self.0
    }
}

fn told_of(number: u8, shipment: &Shipment, before: Option<&Shipment>, now: DateTime<Utc>) -> Vec<Subject> {
    let deliveries = (0_u16..).zip(shipment.deliveries()).filter(|(ordinal, delivery)| {
        let before = before.and_then(|before| before.deliveries().get(usize::from(*ordinal)));
        is_worth_telling(delivery) && before.is_none_or(|before| before.status() != delivery.status())
    });
    let mut told: Vec<_> = deliveries.map(|(ordinal, _)| Subject::Delivery(number, ordinal)).collect();
    let was = before.filter(|before| before.is_final()).map(|before| before.status(now));
    if shipment.is_final() && was != Some(shipment.status(now)) {
        told.push(Subject::Shipment(number));
    }
    told
}

fn is_worth_telling(delivery: &Delivery) -> bool {
    match delivery.status() {
        DeliveryStatus::New | DeliveryStatus::Sending => false,
        DeliveryStatus::Accepted
        | DeliveryStatus::Delivered
        | DeliveryStatus::Failed(_)
        | DeliveryStatus::Stopped => true,
    }
}

/// Whether the end of a chain should have been told by now. What is no longer kept is not told any more.
pub fn should_be_told(chain: &Chain, now: DateTime<Utc>) -> bool {
    let ended_at = chain.reached_at(now).filter(|_| chain.is_final() && now < chain.kept_until);
    ended_at.is_some_and(|ended_at| ended_at + TOLD_WITHIN <= now)
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delivery(shipment, delivery) => write!(f, "{shipment}-{delivery}"),
            Self::Shipment(shipment) => write!(f, "{shipment}"),
            Self::Chain => f.write_str("*"),
        }
    }
}

impl FromStr for Subject {
    type Err = InvalidTold;

    fn from_str(text: &str) -> Result<Self, InvalidTold> {
        match text.split_once('-') {
            Some((shipment, delivery)) => Ok(Self::Delivery(number(shipment)?, number(delivery)?)),
            None if text == "*" => Ok(Self::Chain),
            None => Ok(Self::Shipment(number(text)?)),
        }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subjects: Vec<_> = self.0.iter().map(Subject::to_string).collect();
        f.write_str(&subjects.join(" "))
    }
}

impl FromStr for Told {
    type Err = InvalidTold;

    fn from_str(text: &str) -> Result<Self, InvalidTold> {
        text.split_whitespace().map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

fn number<T: FromStr>(text: &str) -> Result<T, InvalidTold> {
    text.parse().map_err(|_| InvalidTold)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{
        accepted_email, apply_delivery, at, delivered_email, delivery_id, sending_email,
    };
    use crate::chain::{DeliveryEvent, Report};

    fn told(chain: &Chain, event: DeliveryEvent) -> String {
        super::super::apply(chain, &apply_delivery(chain, event), at("10:00:05")).unwrap().told.to_string()
    }

    #[test]
    fn a_hand_over_and_an_end_are_told_and_a_claim_is_not() {
        let sending = sending_email();
        assert_eq!(told(&sending, DeliveryEvent::HandedOver { claim: 1 }), "0-0");
        assert_eq!(told(&accepted_email(), DeliveryEvent::reported(Report::Delivered)), "0-0 0 *");
        assert_eq!(
            told(
                &sending,
                DeliveryEvent::RefusedForNow { claim: 1, at_least: chrono::TimeDelta::zero(), fraction: 0.0 }
            ),
            ""
        );
        assert_eq!(sending.delivery(delivery_id(&sending)).unwrap().status(), DeliveryStatus::Sending);
    }

    #[test]
    fn an_end_should_be_told_within_an_hour_for_as_long_as_it_is_kept() {
        let ended = delivered_email();
        let end = ended.reached_at(at("10:00:00")).unwrap();
        assert!(!should_be_told(&ended, end + TOLD_WITHIN - TimeDelta::milliseconds(1)));
        assert!(should_be_told(&ended, end + TOLD_WITHIN));
        assert!(!should_be_told(&ended, ended.kept_until));
        assert!(!should_be_told(&accepted_email(), end + TOLD_WITHIN), "it is not over");
    }

    #[test]
    fn it_is_read_as_it_is_written() {
        for text in ["", "0", "*", "0-0 0 *", "3-17 2-0"] {
            assert_eq!(text.parse::<Told>().unwrap().to_string(), text);
        }
        for wrong in ["x", "0-", "-1", "256", "0-65536", "**"] {
            assert_eq!(wrong.parse::<Told>(), Err(InvalidTold), "{wrong}");
        }
    }
}
