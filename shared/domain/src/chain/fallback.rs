//! Falling back to the other channel: where a notice prefers one, and the address there turns out to take nothing.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::delivery::{Basis, Delivery, DeliveryState, Outcome, RecipientName};
use super::shipment::Shipment;
use crate::channel::{Channel, SendingTimePolicy};
use crate::keywords::Facts;
use crate::order::is_default;
use crate::recipients::Address;
use crate::text::TextHash;

/// Where a delivery goes if its own address takes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fallback {
    /// The other channel.
    #[serde(rename = "h")]
    pub channel: Channel,
    /// Where to.
    #[serde(rename = "a")]
    pub address: Address,
    /// The recipient's name, where the text asks for it.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<RecipientName>,
    /// Whatever else the text asks for.
    #[serde(rename = "k", default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
    /// The stored text.
    #[serde(rename = "x")]
    pub text: TextHash,
    /// Whether it waits for the sending window.
    #[serde(rename = "p", default, skip_serializing_if = "is_default")]
    pub policy: SendingTimePolicy,
    /// How many messages an SMS takes, as it was ordered.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub segments: Option<u8>,
}

impl Delivery {
    /// The one that goes on the other channel, where its own address took nothing and there is another.
    pub(super) fn fallen_back(&self, now: DateTime<Utc>) -> Option<Self> {
        let DeliveryState::Done(ending) = self.state else { return None };
        let (Outcome::Failed(failure), Basis::Told) = (ending.outcome, ending.basis) else { return None };
        let fallback = self.fallback.as_deref().filter(|_| failure.is_of_the_address())?.clone();
        let Fallback { channel, address, name, facts, text, policy, segments } = fallback;
        Some(Self {
            channel,
            address: Some(address),
            name,
            facts,
            organization: self.organization.clone(),
            text: Some(text),
            policy,
            segments,
            state: DeliveryState::waiting(now),
            updated_at: now,
            handed_over_at: None,
            claim: 1,
            refusals: 0,
            expired_leases: 0,
            fallback: None,
            is_fallback: true,
            sent_again: false,
            waited: None,
            provider_reply: None,
        })
    }
}

impl Shipment {
    /// What goes on another channel once one of its deliveries has ended because its address takes nothing, and all others
    /// that would fall back to the same address have failed; unless that was over before, the shipment was taken back, or
    /// somebody gets it there anyway.
    pub(super) fn fallback(
        &self,
        before: &Delivery,
        after: &Delivery,
        now: DateTime<Utc>,
    ) -> Option<Delivery> {
        let fallback = after.fallen_back(now).filter(|_| !before.is_final() && !self.is_withdrawn())?;
        let stands_against =
            |other: &Delivery| is_sent_to(other, &fallback) || may_spare(other, before, &fallback);
        (!self.deliveries().iter().any(stands_against)).then_some(fallback)
    }
}

/// Whether a delivery goes where another would fall back to.
fn is_sent_to(delivery: &Delivery, fallback: &Delivery) -> bool {
    delivery.channel == fallback.channel
        && delivery
            .address
            .as_ref()
            .zip(fallback.address.as_ref())
            .is_some_and(|(one, other)| one.is_like(other))
}

/// Whether another address of the preferred channel may take what would fall back to the same one.
fn may_spare(other: &Delivery, failed: &Delivery, fallback: &Delivery) -> bool {
    let leads_there =
        other.fallback.as_ref().is_some_and(|to| Some(&to.address) == fallback.address.as_ref());
    let has_failed = matches!(other.state, DeliveryState::Done(ending) if ending.outcome.is_failure());
    leads_there && other.address != failed.address && !has_failed
}

/// Of many deliveries, each of which gets a chain of its own that does not see the others: without the fallbacks that
/// another of them has too, or goes to anyway.
pub(super) fn each_on_its_own(mut deliveries: Vec<Delivery>) -> Vec<Delivery> {
    let goes_to = deliveries.iter().filter_map(|delivery| delivery.address.clone());
    let falls_to = deliveries.iter().filter_map(|delivery| Some(delivery.fallback.as_ref()?.address.clone()));
    let all: Vec<Address> = goes_to.chain(falls_to).collect();
    for delivery in &mut deliveries {
        let count = |to: &Fallback| all.iter().filter(|other| other.is_like(&to.address)).count();
        delivery.fallback = delivery.fallback.take().filter(|to| count(to) == 1);
    }
    deliveries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::ContactAddress;
    use crate::chain::fixtures::{accepted_email, apply_delivery, at, delivery_id};
    use crate::chain::{Chain, DeliveryEvent, Report, ShipmentEvent, ShipmentState, apply};
    use crate::chain::{Event, apply_all};
    use crate::status::{DeliveryStatus, Failure};

    fn mobile() -> Address {
        Address::from(&ContactAddress::parse_ordered(Channel::Sms, "+4790000001").unwrap())
    }

    /// An e-mail that its provider has, with a number to fall back to.
    fn accepted() -> Chain {
        let mut chain = accepted_email();
        let ShipmentState::Open(deliveries) = &mut chain.shipments[0].state else { panic!() };
        let text = deliveries[0].text.clone().unwrap();
        deliveries[0].fallback = Some(Box::new(Fallback {
            channel: Channel::Sms,
            address: mobile(),
            name: None,
            facts: Facts::default(),
            text,
            policy: SendingTimePolicy::Daytime,
            segments: Some(1),
        }));
        chain
    }

    fn reported(chain: &Chain, report: Report) -> Chain {
        let event = apply_delivery(chain, DeliveryEvent::reported(report));
        apply(chain, &event, at("11:00:00")).unwrap().chain
    }

    fn channels(chain: &Chain) -> Vec<Channel> {
        chain.shipments[0].deliveries().iter().map(|delivery| delivery.channel).collect()
    }

    #[test]
    fn an_address_that_takes_nothing_is_followed_by_the_other_one_once() {
        let bounced = reported(&accepted(), Report::Failed(Failure::Bounced));
        assert_eq!(channels(&bounced), [Channel::Email, Channel::Sms]);
        let fallen = &bounced.shipments[0].deliveries()[1];
        assert_eq!(
            (fallen.status(), fallen.is_fallback, &fallen.fallback),
            (DeliveryStatus::New, true, &None)
        );
        assert!(!bounced.is_final(), "it goes on");
        assert!(bounced.shipments[0].expires_at >= at("11:00:00") + crate::window::LIFETIME);
        let again = apply_delivery(&bounced, DeliveryEvent::reported(Report::Failed(Failure::Bounced)));
        assert!(apply(&bounced, &again, at("11:00:01")).is_err());
    }

    #[test]
    fn of_several_addresses_the_last_one_that_takes_nothing_leads_there() {
        let mut chain = accepted();
        let ShipmentState::Open(deliveries) = &mut chain.shipments[0].state else { panic!() };
        let address = Address::from(&ContactAddress::parse_ordered(Channel::Email, "b@example.no").unwrap());
        deliveries.push(Delivery { address: Some(address), ..deliveries[0].clone() });
        let first = reported(&chain, Report::Failed(Failure::Bounced));
        assert_eq!(channels(&first), [Channel::Email, Channel::Email]);
        let id = first.shipment_id(0).delivery(1);
        let report = |report| Event::Delivery { id, event: DeliveryEvent::reported(report) };
        let second = apply(&first, &report(Report::Failed(Failure::Bounced)), at("11:00:01")).unwrap().chain;
        assert_eq!(channels(&second), [Channel::Email, Channel::Email, Channel::Sms]);
        let taken = apply(&first, &report(Report::Delivered), at("11:00:01")).unwrap().chain;
        assert_eq!(channels(&taken).len(), 2);
    }

    #[test]
    fn many_that_do_not_see_each_other_fall_back_to_no_address_twice() {
        let ShipmentState::Open(deliveries) = accepted().shipments.remove(0).state else { panic!() };
        let one = deliveries[0].clone();
        let alone = each_on_its_own(vec![one.clone()]);
        assert!(alone[0].fallback.is_some());
        let sharing = each_on_its_own(vec![one.clone(), one.clone()]);
        assert!(sharing.iter().all(|delivery| delivery.fallback.is_none()));
        let going =
            Delivery { channel: Channel::Sms, address: Some(mobile()), fallback: None, ..one.clone() };
        assert!(each_on_its_own(vec![one, going])[0].fallback.is_none());
    }

    #[test]
    fn only_what_says_that_the_address_is_bad_leads_there() {
        for report in [
            Report::Delivered,
            Report::FailedForNow(Failure::Bounced),
            Report::Failed(Failure::Rejected),
            Report::Failed(Failure::Unspecified),
        ] {
            assert_eq!(channels(&reported(&accepted(), report)), [Channel::Email], "{report:?}");
        }
        let delivered = reported(&accepted(), Report::Delivered);
        let corrected = reported(&delivered, Report::Failed(Failure::Bounced));
        assert_eq!(channels(&corrected), [Channel::Email], "what was over sends nothing more");
    }

    #[test]
    fn what_was_taken_back_or_goes_there_anyway_is_not_sent() {
        let mut taken_back = accepted();
        taken_back.shipments[0].decision =
            Some(crate::chain::Decision { reason: crate::chain::Reason::Cancelled, at: at("10:30:00") });
        assert_eq!(channels(&reported(&taken_back, Report::Failed(Failure::Bounced))), [Channel::Email]);
        let mut both = accepted();
        let ShipmentState::Open(deliveries) = &mut both.shipments[0].state else { panic!() };
        deliveries.push(Delivery { channel: Channel::Sms, address: Some(mobile()), ..deliveries[0].clone() });
        assert_eq!(channels(&reported(&both, Report::Failed(Failure::Bounced))).len(), 2);
    }

    #[test]
    fn it_can_be_cancelled_while_it_waits() {
        let bounced = reported(&accepted(), Report::Failed(Failure::Bounced));
        let cancel = Event::Shipment { number: 0, event: ShipmentEvent::Cancelled };
        let cancelled = apply_all(&bounced, &[cancel], at("11:00:01")).unwrap().chain;
        assert!(cancelled.is_final());
        assert!(cancelled.delivery(delivery_id(&cancelled)).is_some_and(Delivery::is_final));
    }
}
