//! A new order becomes a chain.

use chrono::{DateTime, TimeDelta, Utc};

use super::due::REPORT_GRACE;
use super::resolve::{Scheduling, Wanted};
use super::{
    Attempts, Backlogs, Chain, ChainKind, DUE_WITHIN, Delay, DeliveryState, Lookup, Shipment, ShipmentState,
    lease,
};
use crate::channel::Channel;
use crate::identity::Owner;
use crate::ids::ChainId;
use crate::opened::Watch;
use crate::order::fingerprint::Fingerprint;
use crate::order::{Order, OrderedShipment, Recipient, Recipients, When};
use crate::priority::PriorityClass;
use crate::window::{LIFETIME, SendingWindow};

/// What a new order is accepted with.
#[derive(Debug, Clone)]
pub struct Accepting<'a> {
    /// Its id.
    pub id: ChainId,
    /// Whose it is.
    pub owner: Owner,
    /// What its body was.
    pub fingerprint: Fingerprint,
    /// When notices may go.
    pub window: &'a SendingWindow,
    /// How long the queues of the channels take to empty.
    pub backlogs: Backlogs,
    /// For how long everything but the evidence is kept once it is over.
    pub kept: Kept,
    /// The time.
    pub now: DateTime<Utc>,
}

/// For how many days an order is kept once it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept(pub u16);

impl Kept {
    fn time(self) -> TimeDelta {
        TimeDelta::days(self.0.into())
    }
}

impl Accepting<'_> {
    /// The chain of the order. Its notification is resolved at once where that takes neither a look-up nor a question,
    /// and is on a queue where it is due soon: the function that stores the chain queues [`Chain::messages`].
    pub fn accept(&self, order: &Order) -> Chain {
        let base = order.shipments.first().map_or(self.now, |first| self.reminder_base(first));
        let shipments: Vec<_> = order.shipments.iter().map(|shipment| self.planned(shipment, base)).collect();
        let is_list = shipments.iter().any(|shipment| shipment.listed.is_some());
        let mut chain = Chain {
            id: self.id,
            version: 0,
            entry: None,
            owner: self.owner.clone(),
            fingerprint: self.fingerprint.clone(),
            accepted_at: self.now,
            kept_until: self.latest_end(order) + self.kept.time(),
            kept_days: Some(self.kept.0).filter(|_| !is_list),
            class: PriorityClass::of(order),
            kind: ChainKind::Ordinary,
            parent: None,
            watch: order.association.as_ref().map(|association| Watch::over(&self.owner, association)),
            on_uncertain_outcome: order.on_uncertain_outcome,
            settled_at: None,
            particulars: None,
            shipments,
        };
        if let (Some(first), Some(ordered)) = (chain.shipments.first_mut(), order.shipments.first()) {
            first.state = self.first_state(first, ordered, chain.class);
        }
        chain.particulars = Some(order.particulars()).filter(|_| !chain.needs_order());
        chain.entry = chain.due();
        chain
    }

    /// The chain of an order whose owner waits for the answer of the provider, which is about to be called: the
    /// intention is stored before. Its text is not, which may be a code that nobody else is to read.
    pub fn accept_instant(&self, order: &Order, lifetime: TimeDelta) -> Chain {
        let mut chain = Chain { kind: ChainKind::Instant, ..self.accept(order) };
        for shipment in &mut chain.shipments {
            shipment.expires_at = self.now + lifetime;
            if let ShipmentState::Open(deliveries) = &mut shipment.state {
                for delivery in deliveries {
                    delivery.state = DeliveryState::Sending { since: self.now };
                    delivery.text = None;
                }
            }
        }
        chain.entry = chain.due();
        chain
    }

    fn planned(&self, ordered: &OrderedShipment, base: DateTime<Utc>) -> Shipment {
        let planned_at = ordered.when.after(base, self.now);
        Shipment {
            state: ShipmentState::Scheduled { at: planned_at },
            updated_at: self.now,
            schema: ordered.recipients.schema(),
            planned_at,
            expires_at: lifetime_end(&ordered.recipients, self.window, planned_at),
            delay: ordered.when.delay(),
            attempts: Attempts::default(),
            senders_reference: ordered.senders_reference.clone(),
            template: ordered.template.clone(),
            sender_replaced: ordered.sender_replaced,
            decision: None,
            listed: ordered.recipients.listed(),
            partly_resolved: false,
            condition_met_at: None,
            looked_up_at: None,
        }
    }

    /// The notification: resolved where the order itself says where it goes, else claimed where it is due soon.
    fn first_state(
        &self,
        first: &mut Shipment,
        ordered: &OrderedShipment,
        class: PriorityClass,
    ) -> ShipmentState {
        let planned_at = first.planned_at;
        if let Some((recipient, lookup)) = known_at_once(ordered) {
            let (window, backlogs, now) = (self.window, self.backlogs, self.now);
            let scheduling = Scheduling { window, backlogs, class, planned_at, now };
            return ShipmentState::Open(first.resolve(Wanted { recipient, lookup: &lookup }, &scheduling));
        }
        if planned_at > self.now + DUE_WITHIN {
            return ShipmentState::Scheduled { at: planned_at };
        }
        first.attempts.claims = 1;
        ShipmentState::Resolving { claim: 1, from: planned_at, lease_ends: lease::ends(planned_at, 0) }
    }

    /// From when reminders by days count: when the notification is allowed to go on its first channel. Resolving
    /// corrects this should another channel be taken.
    fn reminder_base(&self, first: &OrderedShipment) -> DateTime<Utc> {
        let first_choice = first.recipients.schema().first_choice();
        self.openings(first, first_choice).min().unwrap_or_else(|| first.when.after(self.now, self.now))
    }

    /// When everything is over at the latest, whichever channels are taken: reminders can count from the later
    /// opening.
    fn latest_end(&self, order: &Order) -> DateTime<Utc> {
        let Some(first) = order.shipments.first() else { return self.now };
        let channels = first.recipients.schema().channels();
        let base =
            self.openings(first, channels).max().unwrap_or_else(|| first.when.after(self.now, self.now));
        let ends = order.shipments.iter().map(|shipment| {
            lifetime_end(&shipment.recipients, self.window, shipment.when.after(base, self.now))
        });
        ends.max().unwrap_or(self.now) + REPORT_GRACE
    }

    /// When a shipment may go on each of some channels.
    fn openings(
        &self,
        shipment: &OrderedShipment,
        channels: &'static [Channel],
    ) -> impl Iterator<Item = DateTime<Utc>> {
        let due = shipment.when.after(self.now, self.now);
        channels.iter().filter_map(move |channel| {
            let policy = shipment.recipients.settings(*channel)?.policy;
            Some(self.window.opens(*channel, policy, due))
        })
    }
}

/// The recipient of a shipment whose order itself says where it goes, and what is known of it: neither a look-up nor a
/// question comes first.
fn known_at_once(ordered: &OrderedShipment) -> Option<(&Recipient, Lookup)> {
    let recipient = ordered.recipients.one().filter(|_| ordered.condition_endpoint.is_none())?;
    Some((recipient, Lookup::of_given(recipient)?))
}

/// The channels on which an order's notification may be queued as the order is accepted: for these alone it matters how
/// long the queues are. None where a look-up or a question comes first.
pub fn queued_at_once(order: &Order) -> &'static [Channel] {
    let first = order.shipments.first().filter(|first| known_at_once(first).is_some());
    first.map_or(&[], |first| first.recipients.schema().channels())
}

impl When {
    /// The time that is meant, where the notification was allowed to go at `base`.
    fn after(self, base: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Now => now,
            Self::At(at) => at.max(now),
            Self::AfterDays(days) => Delay::Days(days).after(base),
            Self::AfterHours(hours) => Delay::Hours(hours).after(base),
        }
    }

    fn delay(self) -> Option<Delay> {
        match self {
            Self::Now | Self::At(_) => None,
            Self::AfterDays(days) => Some(Delay::Days(days)),
            Self::AfterHours(hours) => Some(Delay::Hours(hours)),
        }
    }
}

/// When nothing may be sent any more: the lifetime counts from the opening of the window, of the later one where the
/// channel is not chosen yet.
pub(super) fn lifetime_end(
    recipients: &Recipients,
    window: &SendingWindow,
    due: DateTime<Utc>,
) -> DateTime<Utc> {
    let channels = recipients.schema().channels().iter();
    let ends = channels.filter_map(|channel| {
        Some(window.lifetime_end(*channel, recipients.settings(*channel)?.policy, due))
    });
    ends.max().unwrap_or(due + LIFETIME)
}
