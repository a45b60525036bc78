//! What holds whatever events come in whatever order, twice or late.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::fixtures::{accept, at, email_shipment, looked_up, lookup_email, order, person_shipment};
use super::{
    Backlogs, Basis, Chain, ChildrenSeen, DeliveryEvent, DeliveryState, Ending, Event, Outcome, Report,
    ShipmentEvent, Sweep, Wait, apply, apply_all,
};
use crate::channel::ChannelSchema;
use crate::ids::DeliveryId;
use crate::order::{OnConditionFailure, OnUncertainOutcome, Order, When};
use crate::reached::WasReached;
use crate::status::Failure;

/// An event that may concern any shipment, under a claim that may be any, at any time.
#[derive(Debug, Clone, Copy)]
struct Happening {
    kind: usize,
    number: u8,
    /// How far the claim is from the one that stands.
    claim_is_off_by: i64,
    opened: bool,
    fraction: f64,
    seconds: i64,
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = (0_usize..29, 0_u8..2, -1_i64..=1, any::<bool>(), 0.0_f64..1.0, times());
    let one = one.prop_map(|(kind, number, claim_is_off_by, opened, fraction, seconds)| Happening {
        kind,
        number,
        claim_is_off_by,
        opened,
        fraction,
        seconds,
    });
    proptest::collection::vec(one, 1..60)
}

/// Mostly a little later, sometimes much later, sometimes earlier: clocks of machines differ.
fn times() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0_i64..120, 3 => 120_i64..7_200, 1 => 7_200_i64..259_200, 1 => -60_i64..0]
}

fn ordered(choice: OnUncertainOutcome) -> Order {
    let person = person_shipment(When::Now, ChannelSchema::EmailPreferred);
    Order { on_uncertain_outcome: choice, ..order(vec![person, email_shipment(When::AfterDays(1))]) }
}

impl Happening {
    fn event(&self, chain: &Chain, ordered: &Order, now: DateTime<Utc>) -> Event {
        let number = self.number;
        let id = chain.shipment_id(number).delivery(0);
        match self.kind {
            0..=3 => {
                Event::Woken(Sweep { backlogs: Backlogs::default(), opened_at: self.opened.then_some(now) })
            }
            4..=15 => Event::Shipment { number, event: self.shipment_event(chain, ordered, now) },
            _ => {
                let current = chain.delivery(id).map_or(1, |delivery| delivery.claim);
                Event::Delivery { id, event: self.delivery_event(self.claim(current), now) }
            }
        }
    }

    fn claim(&self, current: u64) -> u64 {
        current.saturating_add_signed(self.claim_is_off_by)
    }

    fn shipment_event(&self, chain: &Chain, ordered: &Order, now: DateTime<Utc>) -> ShipmentEvent {
        use ShipmentEvent as E;
        let claim = self.claim(chain.shipments[usize::from(self.number)].attempts.claims);
        let fraction = self.fraction;
        let otherwise = if self.opened { OnConditionFailure::Hold } else { OnConditionFailure::Send };
        match self.kind {
            4 | 5 => match looked_up(chain, self.number, ordered, &lookup_email(), now) {
                E::LookedUp { .. } if self.opened => {
                    let to = super::ResolvedTo::ChildrenToMake(3);
                    E::LookedUp { claim, resolved: super::Resolved { to, reminders: vec![] } }
                }
                E::LookedUp { resolved, .. } => E::LookedUp { claim, resolved },
                other => other,
            },
            6 => E::LookupFailed { claim, partly_resolved: false, fraction },
            7 if self.opened => E::ChildrenMade { claim },
            7 => E::OutOfTime { claim },
            8 if self.opened => E::ConditionMet { claim },
            8 => E::ConditionUnmet { claim },
            9 => E::ConditionUnanswered { claim, otherwise, fraction },
            10 => E::Released { claim },
            11 => E::Expired { claim },
            12 => E::ChildrenChecked {
                seen: ChildrenSeen { final_before: 1, some_went_on: true, reached: WasReached::Yes },
                check_at: now,
            },
            13 => E::ChildEnded { check_at: now },
            14 if self.opened => E::Opened,
            14 => E::GivenUp { until: now },
            _ => E::Cancelled,
        }
    }

    fn delivery_event(&self, claim: u64, now: DateTime<Utc>) -> DeliveryEvent {
        use DeliveryEvent as E;
        let fraction = self.fraction;
        match self.kind {
            16..=18 => E::Claimed { claim },
            19 => E::PutOff { claim, until: now + TimeDelta::hours(1), why: Wait::Time, expires_at: None },
            20 => E::HandedOver { claim },
            21 => E::Refused { claim, failure: Failure::InvalidFormat },
            22 => E::RefusedForNow { claim, at_least: TimeDelta::zero(), fraction },
            23 => E::Throttled { claim, until: now + TimeDelta::seconds(10) },
            24 => E::NotSent { claim, fraction },
            25 => E::Released { claim },
            26 => E::Expired { claim },
            27 => E::NotCalled { claim },
            _ => E::reported(self.report()),
        }
    }

    fn report(&self) -> Report {
        match (self.opened, self.fraction < 0.5) {
            (true, true) => Report::Accepted,
            (true, false) => Report::Delivered,
            (false, true) => Report::Failed(Failure::Bounced),
            (false, false) => Report::FailedForNow(Failure::Bounced),
        }
    }
}

fn delivery_ids(chain: &Chain) -> [DeliveryId; 2] {
    [chain.shipment_id(0).delivery(0), chain.shipment_id(1).delivery(0)]
}

fn ending(chain: &Chain, id: DeliveryId) -> Option<Ending> {
    match chain.delivery(id)?.state {
        DeliveryState::Done(ending) => Some(ending),
        DeliveryState::Waiting { .. }
        | DeliveryState::GivenBack { .. }
        | DeliveryState::Queued { .. }
        | DeliveryState::Sending { .. }
        | DeliveryState::Accepted => None,
    }
}

fn is_sending(chain: &Chain, id: DeliveryId) -> bool {
    chain.delivery(id).is_some_and(|delivery| matches!(delivery.state, DeliveryState::Sending { .. }))
}

/// The only ways in which something that is over may change, as the design has them.
pub(super) fn may_become(before: Ending, after: Ending) -> bool {
    match (before.outcome, before.basis) {
        (Outcome::Delivered, _) => matches!(after.outcome, Outcome::Failed(_)) && after.basis == Basis::Told,
        (Outcome::Failed(_), Basis::Inferred | Basis::Unknown) => {
            !matches!(after.basis, Basis::Inferred | Basis::Unknown) && after.outcome != Outcome::Stopped
        }
        (Outcome::Failed(_), Basis::Transient) => {
            after.basis == Basis::Told && after.outcome != Outcome::Stopped
        }
        (Outcome::Failed(_), Basis::Told) | (Outcome::Stopped, _) => false,
    }
}

/// A chain that things happen to, and what is known of that.
struct History {
    chain: Chain,
    now: DateTime<Utc>,
    claimed: HashSet<(DeliveryId, u64)>,
}

impl History {
    fn meet(&mut self, happening: &Happening, ordered: &Order) -> Result<(), TestCaseError> {
        self.now += TimeDelta::seconds(happening.seconds);
        let event = happening.event(&self.chain, ordered, self.now);
        let Ok(applied) = apply(&self.chain, &event, self.now) else { return Ok(()) };
        let before = std::mem::replace(&mut self.chain, applied.chain);
        self.chain.version += 1;
        for id in delivery_ids(&self.chain) {
            self.check_claim(&before, id)?;
            if let (Some(was), Some(is)) = (ending(&before, id), ending(&self.chain, id)) {
                prop_assert!(was == is || may_become(was, is), "{was:?} became {is:?} by {event:?}");
                let is_report =
                    matches!(event, Event::Delivery { event: DeliveryEvent::Reported { .. }, .. });
                prop_assert!(was == is || is_report, "changed by {event:?}");
            }
            prop_assert!(
                ending(&before, id).is_none() || ending(&self.chain, id).is_some(),
                "it is open again"
            );
        }
        prop_assert_eq!(self.chain.is_final(), self.chain.due().is_none());
        let entry = self.chain.entry.map(|entry| entry.at);
        prop_assert!(entry <= self.chain.due().map(|due| due.at) || self.chain.due().is_none());
        prop_assert_eq!(entry.is_none(), self.chain.is_final(), "every open chain is found by a sweep");
        prop_assert!(
            before.is_final() || !self.chain.is_final() || !applied.told.is_empty(),
            "an end is told"
        );
        let queued = applied.effects.iter().all(|effect| self.chain.messages().contains(effect));
        prop_assert!(queued, "a message that the state knows nothing of");
        Ok(())
    }

    fn check_claim(&mut self, before: &Chain, id: DeliveryId) -> Result<(), TestCaseError> {
        if is_sending(&self.chain, id) && !is_sending(before, id) {
            let claim = self.chain.delivery(id).map_or(0, |delivery| delivery.claim);
            prop_assert!(self.claimed.insert((id, claim)), "{id} was claimed twice under {claim}");
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_is_undone_nothing_claimed_twice_and_nothing_forgotten(
        happenings in happenings(), sends_again in any::<bool>(),
    ) {
        let choice = if sends_again { OnUncertainOutcome::SendAgain } else { OnUncertainOutcome::GiveUp };
        let ordered = ordered(choice);
        let start = at("10:00:00");
        let mut history = History { chain: accept(&ordered, start), now: start, claimed: HashSet::new() };
        for happening in &happenings {
            history.meet(happening, &ordered)?;
        }
    }

    #[test]
    fn left_to_the_sweeps_everything_ends(happenings in happenings()) {
        let ordered = ordered(OnUncertainOutcome::SendAgain);
        let start = at("10:00:00");
        let mut history = History { chain: accept(&ordered, start), now: start, claimed: HashSet::new() };
        for happening in &happenings {
            history.meet(happening, &ordered)?;
        }
        let mut chain = history.chain;
        let mut sweeps = 0;
        while let Some(entry) = chain.entry {
            let sweep = Event::Woken(Sweep { backlogs: Backlogs::default(), opened_at: None });
            let now = entry.at.max(history.now);
            let checks = chain.children_to_check(now).into_iter().map(|child| Event::Shipment {
                number: child.shipment,
                event: ShipmentEvent::ChildrenChecked { seen: ChildrenSeen { final_before: u16::MAX, some_went_on: true, reached: WasReached::Yes }, check_at: now },
            });
            let applied = apply_all(&chain, &std::iter::once(sweep).chain(checks).collect::<Vec<_>>(), now);
            prop_assert!(applied.is_ok(), "an entry that no sweep can act on: {entry:?}");
            chain = applied.unwrap().chain;
            sweeps += 1;
            prop_assert!(sweeps < 2_000, "it never ends");
        }
        prop_assert!(chain.is_final());
    }

    #[test]
    fn an_event_that_comes_twice_changes_nothing_more(happenings in happenings()) {
        let ordered = ordered(OnUncertainOutcome::GiveUp);
        let mut now = at("10:00:00");
        let mut chain = accept(&ordered, now);
        for happening in &happenings {
            now += TimeDelta::seconds(happening.seconds);
            let event = happening.event(&chain, &ordered, now);
            let Ok(applied) = apply(&chain, &event, now) else { continue };
            chain = applied.chain;
            if let Ok(twice) = apply(&chain, &event, now) {
                let same = matches!(event, Event::Shipment {
                    event: ShipmentEvent::ConditionUnanswered { .. } | ShipmentEvent::ChildrenChecked { .. }, ..
                });
                prop_assert!(same, "{event:?} twice: {:?}", twice.chain);
            }
        }
    }
}
