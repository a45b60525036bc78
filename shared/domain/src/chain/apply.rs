//! The one place where a chain changes.

use chrono::{DateTime, TimeDelta, Utc};

use super::machine::{delivery, shipment};
use super::resolve::Rescheduled;
use super::{
    Backlogs, Chain, ChainKind, DeliveryEvent, Effect, Event, Ignored, Reason, ShipmentEvent, ShipmentState,
    Sweep, Told,
};
use crate::channel::{Channel, SendingTimePolicy};
use crate::deployment::{AfterRestore, Settlement};
use crate::ids::DeliveryId;
use crate::window::{LIFETIME, SendingWindow};

/// How long an order is kept after the end of what waits, at least: so that its owner can read what became of it.
const KEPT_AFTER_THE_END: TimeDelta = TimeDelta::days(1);

/// When the lifetime of something ends that is due at a time, in the strictest of all windows.
fn latest_lifetime_end(due: DateTime<Utc>) -> DateTime<Utc> {
    let window = SendingWindow::default();
    let ends =
        Channel::ALL.iter().map(|channel| window.lifetime_end(*channel, SendingTimePolicy::Daytime, due));
    ends.fold(due, DateTime::max)
}

/// What an event led to: the chain as it is to be stored and what follows from that, or why nothing changes.
pub type Transition = Result<Applied, Ignored>;

/// A changed chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The chain as it is to be stored.
    pub chain: Chain,
    /// What has to be done once it is stored.
    pub effects: Vec<Effect>,
    /// What there is to tell of the change.
    pub told: Told,
}

/// What follows when this happens to a chain.
pub fn apply(chain: &Chain, event: &Event, now: DateTime<Utc>) -> Transition {
    let mut after = match event {
        Event::Woken(sweep) => chain.wake(sweep, now).or_else(|ignored| chain.moved_on(ignored, now)),
        Event::Shipment { number, event } => chain.with_shipment(*number, event, now),
        Event::Settled(settlement) => chain.settled(settlement, now),
        Event::Delivery { id, event } => chain.with_delivery(*id, event, Backlogs::default(), now),
    }?;
    after.entry = match event {
        Event::Woken(_) | Event::Shipment { event: ShipmentEvent::ChildrenChecked { .. }, .. } => {
            after.next_entry_for_sweep(chain.entry, now)
        }
        Event::Shipment { .. } | Event::Settled(_) | Event::Delivery { .. } => after.next_entry(chain.entry),
    };
    Ok(Applied { effects: after.effects_since(chain), told: Told::since(chain, &after, now), chain: after })
}

/// What follows when these happen to a chain, one after the other; those that change nothing are passed over. Why the
/// last one changes nothing, where none does.
pub fn apply_all(chain: &Chain, events: &[Event], now: DateTime<Utc>) -> Transition {
    let mut last = Err(Ignored::NotYet);
    for event in events {
        let before = last.as_ref().map_or(chain, |applied: &Applied| &applied.chain);
        match apply(before, event, now) {
            Ok(applied) => last = Ok(applied),
            Err(ignored) => last = last.map_err(|_| ignored),
        }
    }
    let after = last?.chain;
    Ok(Applied { effects: after.effects_since(chain), told: Told::since(chain, &after, now), chain: after })
}

impl Chain {
    /// Does all that has come, in every shipment and delivery.
    fn wake(&self, sweep: &Sweep, now: DateTime<Utc>) -> Result<Self, Ignored> {
        let mut woken = Err(Ignored::NotYet);
        for (number, shipment) in self.numbered() {
            let chain = woken.as_ref().unwrap_or(self);
            let context = shipment::Context { now, reminder: self.reminder_reason(number, sweep.opened_at) };
            if let Ok(after) = shipment::transition(shipment, &ShipmentEvent::Woken, &context) {
                woken = Ok(chain.replacing(number, after));
            }
        }
        for id in self.delivery_ids() {
            let chain = woken.as_ref().unwrap_or(self);
            if let Ok(after) = chain.with_delivery(id, &DeliveryEvent::Woken, sweep.backlogs, now) {
                woken = Ok(after);
            }
        }
        woken
    }

    /// What may have been sent before the table was restored is given up, or goes on.
    fn settled(&self, settlement: &Settlement, now: DateTime<Utc>) -> Result<Self, Ignored> {
        if !settlement.concerns(self) {
            return Err(Ignored::AlreadyKnown);
        }
        let mut settled = self.living_on(settlement.at);
        settled.settled_at = Some(settlement.at);
        let event = ShipmentEvent::GivenUp { until: settlement.until };
        for (number, shipment) in self.numbered().filter(|_| settlement.may_have_sent(self)) {
            if settlement.decide(&self.owner, shipment.planned_at) == AfterRestore::GiveUp
                && let Ok(given_up) = settled.with_shipment(number, &event, now)
            {
                settled = given_up;
            }
        }
        Ok(settled)
    }

    /// What waited until the table was settled lives on from then.
    fn living_on(&self, from: DateTime<Utc>) -> Self {
        let mut chain = self.clone();
        let end = (from + LIFETIME).min(self.latest_end());
        for shipment in chain.shipments.iter_mut().filter(|shipment| !shipment.is_final()) {
            shipment.expires_at = shipment.expires_at.max(end);
        }
        chain
    }

    /// Nothing has come, so the entry that woke it is earlier than it need be, and is moved to where it belongs.
    fn moved_on(&self, ignored: Ignored, now: DateTime<Utc>) -> Result<Self, Ignored> {
        let is_early = self.next_entry_for_sweep(self.entry, now) != self.entry;
        if is_early { Ok(self.clone()) } else { Err(ignored) }
    }

    fn delivery_ids(&self) -> impl Iterator<Item = DeliveryId> {
        self.numbered().flat_map(|(number, shipment)| {
            let id = self.shipment_id(number);
            (0..).zip(shipment.deliveries()).map(move |(ordinal, _)| id.delivery(ordinal))
        })
    }

    fn with_shipment(&self, number: u8, event: &ShipmentEvent, now: DateTime<Utc>) -> Result<Self, Ignored> {
        let shipment = self.shipment(number).ok_or(Ignored::Unknown)?;
        let context = shipment::Context { now, reminder: None };
        let after = shipment::transition(shipment, event, &context)?;
        let changed = self.replacing(number, after);
        Ok(match event {
            ShipmentEvent::LookedUp { resolved, .. } => changed.rescheduled(&resolved.reminders),
            ShipmentEvent::Woken
            | ShipmentEvent::ChildrenMade { .. }
            | ShipmentEvent::LookupFailed { .. }
            | ShipmentEvent::OutOfTime { .. }
            | ShipmentEvent::ConditionMet { .. }
            | ShipmentEvent::ConditionUnmet { .. }
            | ShipmentEvent::ConditionUnanswered { .. }
            | ShipmentEvent::Released { .. }
            | ShipmentEvent::Expired { .. }
            | ShipmentEvent::ChildrenChecked { .. }
            | ShipmentEvent::ChildEnded { .. }
            | ShipmentEvent::Opened
            | ShipmentEvent::Cancelled
            | ShipmentEvent::GivenUp { .. } => changed,
        })
    }

    fn with_delivery(
        &self,
        id: DeliveryId,
        event: &DeliveryEvent,
        backlogs: Backlogs,
        now: DateTime<Utc>,
    ) -> Result<Self, Ignored> {
        let number = id.shipment.number();
        let (shipment, delivery) = self.shipment(number).zip(self.delivery(id)).ok_or(Ignored::Unknown)?;
        let context = delivery::Context {
            now,
            expires_at: shipment.expires_at,
            latest_end: self.latest_end(),
            on_uncertain_outcome: self.on_uncertain_outcome,
            backlog: backlogs.on(delivery.channel, self.class),
            is_instant: self.kind == ChainKind::Instant,
            is_withdrawn: shipment.is_withdrawn(),
        };
        let after = delivery::transition(delivery, event, &context)?;
        let fallback = shipment.fallback(delivery, &after, now);
        let mut deliveries = shipment.deliveries().to_vec();
        if let Some(place) = deliveries.get_mut(usize::from(id.ordinal)) {
            *place = after;
        }
        let lives_until = fallback.as_ref().map(|_| now + LIFETIME).or(event.lifetime_end());
        deliveries.extend(fallback);
        let state = ShipmentState::Open(deliveries);
        let lives_until = lives_until.map(|end| end.min(self.latest_end()));
        let expires_at = lives_until.map_or(shipment.expires_at, |end| end.max(shipment.expires_at));
        let changed = self.replacing(number, super::Shipment { state, expires_at, ..shipment.clone() });
        Ok(match event.put_off_for_reasons_of_ours() {
            Some(until) if number == 0 => changed.with_reminders_after(until),
            Some(_) | None => changed,
        })
    }

    /// Reminders count from when the notification was allowed to go: what holds all of it back moves them. They live as long
    /// as the strictest window asks for, since only the order says which is theirs.
    fn with_reminders_after(self, until: DateTime<Utc>) -> Self {
        let is_held_back = self.shipments.first().is_some_and(super::Shipment::is_all_new);
        let moved = self.numbered().skip(1).filter(|_| is_held_back).filter_map(|(number, shipment)| {
            let planned_at = shipment.delay?.after(until).max(shipment.planned_at);
            let moved_on = planned_at > shipment.planned_at;
            let end = if moved_on { latest_lifetime_end(planned_at) } else { shipment.expires_at };
            let expires_at = end.max(shipment.expires_at).min(self.latest_end());
            Some(Rescheduled { number, planned_at, expires_at })
        });
        let moved: Vec<_> = moved.collect();
        self.rescheduled(&moved)
    }

    /// When the lifetime of what waits ends at the latest: while the order is kept, or it would vanish without a word.
    fn latest_end(&self) -> DateTime<Utc> {
        self.kept_until - KEPT_AFTER_THE_END
    }

    fn replacing(&self, number: u8, shipment: super::Shipment) -> Self {
        let mut chain = self.clone();
        if let Some(place) = chain.shipments.get_mut(usize::from(number)) {
            *place = shipment;
        }
        chain
    }

    /// Reminders that count from when the notification was allowed to go, where that is known anew.
    fn rescheduled(mut self, reminders: &[Rescheduled]) -> Self {
        for reminder in reminders {
            if let Some(shipment) = self.shipments.get_mut(usize::from(reminder.number))
                && let ShipmentState::Scheduled { at } = &mut shipment.state
            {
                *at = reminder.planned_at;
                shipment.planned_at = reminder.planned_at;
                shipment.expires_at = reminder.expires_at;
            }
        }
        self
    }

    /// Whether a reminder is due within the look-ahead and waits for a decision.
    pub fn has_due_reminder(&self, now: DateTime<Utc>) -> bool {
        self.numbered().any(|(number, shipment)| {
            matches!(shipment.state, ShipmentState::Scheduled { at } if number > 0 && super::due::is_acted_on(at, now))
        })
    }

    /// Whether a shipment is a reminder; of a child, whether it delivers for one.
    pub fn is_reminder(&self, number: u8) -> bool {
        self.known_shipment_id(number).number() > 0
    }

    /// Whether an opening stops the reminders of this chain.
    pub fn is_stopped_by(&self, opened_at: DateTime<Utc>) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.counts(opened_at, self.accepted_at))
    }

    /// Why a due reminder fires, or does not; none for a notification.
    fn reminder_reason(&self, number: u8, opened_at: Option<DateTime<Utc>>) -> Option<Reason> {
        if number == 0 {
            return None;
        }
        Some(match opened_at {
            Some(at) if self.is_stopped_by(at) => Reason::MessageOpened,
            Some(_) | None if self.watch.is_none() => Reason::NoMessageNamed,
            Some(_) | None => Reason::NotOpened,
        })
    }
}
