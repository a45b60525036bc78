//! Who gets what on which channel, and from when: what a look-up becomes. The rule is the same whether the recipients
//! are looked up when a shipment is due or known from the order.

use chrono::{DateTime, TimeDelta, Utc};

use super::accept::lifetime_end;
use super::delivery::{Basis, Delivery, DeliveryState};
use super::fallback::{self, Fallback};
use super::fan_out::{FanOut, MOST_IN_ONE_ITEM};
use super::{Backlogs, Chain, DUE_WITHIN, Delay, RecipientName, Shipment, ShipmentState, lease};
use crate::calendar::{calendar_days_after, hours_after};
use crate::channel::Channel;
use crate::identity::OrganizationNumber;
use crate::keywords::Facts;
use crate::language::Language;
use crate::links;
use crate::order::{Order, Recipient, TextSettings};
use crate::priority::PriorityClass;
use crate::recipients::{Address, Chosen, Resolution};
use crate::status::Failure;
use crate::window::SendingWindow;

/// At how many addresses one recipient is notified; who has more has a mailing list.
pub const MOST_ADDRESSES: usize = 250;

/// What the registers say of a recipient.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// The addresses, or why there are none.
    pub resolution: Resolution,
    /// The name, where a text asks for it and the register knows it.
    pub name: Option<String>,
    /// Whatever else the texts ask for.
    pub facts: Facts,
    /// The language that the recipient has chosen, where the register knows it.
    pub language: Option<Language>,
}

/// A shipment whose recipients are resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// What it is resolved to.
    pub to: ResolvedTo,
    /// Reminders whose time is known anew.
    pub reminders: Vec<Rescheduled>,
}

/// What a shipment is resolved to.
#[derive(Debug, Clone, PartialEq)]
pub enum ResolvedTo {
    /// Deliveries in its own chain.
    Deliveries(Vec<Delivery>),
    /// So many children, which are still to be made of the resolved set.
    ChildrenToMake(u16),
    /// Children that are made.
    Children(FanOut),
}

/// When a reminder is planned, now that it is known when the notification was allowed to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rescheduled {
    /// The reminder's number.
    pub number: u8,
    /// When it is planned.
    pub planned_at: DateTime<Utc>,
    /// When its lifetime ends.
    pub expires_at: DateTime<Utc>,
}

/// What deliveries are scheduled by.
#[derive(Debug, Clone, Copy)]
pub struct Scheduling<'a> {
    /// When notices may go.
    pub window: &'a SendingWindow,
    /// How long the queues of the channels take to empty.
    pub backlogs: Backlogs,
    /// The class of the deliveries.
    pub class: PriorityClass,
    /// When the shipment is planned.
    pub planned_at: DateTime<Utc>,
    /// The time.
    pub now: DateTime<Utc>,
}

/// A recipient with what the registers say of it.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The recipient as the order has it.
    pub recipient: &'a Recipient,
    /// What the registers say.
    pub lookup: &'a Lookup,
}

impl Lookup {
    /// Nobody is reached, for the reason that the resolution gives.
    pub fn nobody(resolution: Resolution, language: Option<Language>) -> Self {
        Self { resolution, name: None, facts: Facts::default(), language }
    }

    /// Of a recipient whom the order itself gives an address; none of others, who have to be looked up.
    pub fn of_given(recipient: &Recipient) -> Option<Self> {
        let Recipient::Address(given) = recipient else { return None };
        let given = Chosen::only(given.to.channel(), Address::from(&given.to));
        Some(Self::nobody(Resolution::Addresses(vec![given]), None))
    }
}

impl Wanted<'_> {
    /// Who gets what, not scheduled yet.
    fn deliveries(&self, schema_first: &[Channel], now: DateTime<Utc>) -> Vec<Delivery> {
        let failure = match &self.lookup.resolution {
            Resolution::Reserved => Failure::RecipientReserved,
            Resolution::NotIdentified => Failure::RecipientNotIdentified,
            Resolution::Malformed => Failure::InvalidFormat,
            Resolution::NotSupported => Failure::NotSupported,
            Resolution::Addresses(addresses) => return self.addressed(addresses, now),
        };
        Delivery::failed_on(schema_first, failure, Basis::Told, now)
    }

    /// The name that a text asks for, so that no phone makes a link of it where the owner wants none: anybody can
    /// register a name that reads as one.
    fn name_for(&self, channel: Channel, settings: &TextSettings) -> Option<RecipientName> {
        let name = self.lookup.name.as_deref().filter(|_| settings.names_recipient)?;
        let guarded = settings.guards_names.then(|| links::defused(name, channel));
        Some(RecipientName::new(guarded.as_deref().unwrap_or(name)))
    }

    fn addressed(&self, addresses: &[Chosen], now: DateTime<Utc>) -> Vec<Delivery> {
        let recipient = self.recipient.in_language(self.lookup.language);
        let deliveries = addresses.iter().take(MOST_ADDRESSES).filter_map(|chosen| {
            let settings = recipient.settings(chosen.channel)?;
            Some(Delivery {
                channel: chosen.channel,
                address: Some(chosen.address.clone()),
                name: self.name_for(chosen.channel, settings),
                facts: self.lookup.facts.only(&settings.asks),
                organization: organization(&recipient),
                text: Some(settings.text.clone()),
                policy: settings.policy,
                segments: settings.segments(),
                state: DeliveryState::waiting(now),
                updated_at: now,
                handed_over_at: None,
                claim: 1,
                refusals: 0,
                expired_leases: 0,
                fallback: self.fallback(&recipient, chosen).map(Box::new),
                is_fallback: false,
                sent_again: false,
                waited: None,
                provider_reply: None,
            })
        });
        let deliveries: Vec<_> = deliveries.collect();
        if deliveries.len() > MOST_IN_ONE_ITEM { fallback::each_on_its_own(deliveries) } else { deliveries }
    }

    /// What goes where the address that was chosen takes nothing.
    fn fallback(&self, recipient: &Recipient, chosen: &Chosen) -> Option<Fallback> {
        let (channel, address) = chosen.fallback.as_ref()?;
        let settings = recipient.settings(*channel)?;
        Some(Fallback {
            channel: *channel,
            address: address.clone(),
            name: self.name_for(*channel, settings),
            facts: self.lookup.facts.only(&settings.asks),
            text: settings.text.clone(),
            policy: settings.policy,
            segments: settings.segments(),
        })
    }
}

impl Scheduling<'_> {
    /// A delivery that waits until it may go, or is queued where that is soon enough for a queue to hold it back.
    pub(super) fn schedule(&self, delivery: &Delivery) -> Delivery {
        if delivery.is_final() {
            return delivery.clone();
        }
        let at = self.window.opens(delivery.channel, delivery.policy, self.now.max(self.planned_at));
        let state = if at <= self.now + DUE_WITHIN {
            let lease_ends = lease::ends_behind(at, 0, self.backlogs.on(delivery.channel, self.class));
            DeliveryState::Queued { from: at, lease_ends }
        } else {
            DeliveryState::waiting(at)
        };
        Delivery { state, updated_at: self.now, ..delivery.clone() }
    }
}

impl Shipment {
    /// Who gets what of this shipment.
    pub fn resolve(&self, wanted: Wanted<'_>, scheduling: &Scheduling<'_>) -> Vec<Delivery> {
        let deliveries = wanted.deliveries(self.schema.first_choice(), scheduling.now);
        deliveries.iter().map(|delivery| scheduling.schedule(delivery)).collect()
    }

    /// When the notification was first allowed to go; none if it reached nobody.
    fn allowed_from(
        deliveries: &[Delivery],
        planned_at: DateTime<Utc>,
        window: &SendingWindow,
    ) -> Option<DateTime<Utc>> {
        let sent = deliveries.iter().filter(|delivery| delivery.address.is_some());
        sent.map(|delivery| window.opens(delivery.channel, delivery.policy, planned_at)).min()
    }
}

impl ResolvedTo {
    /// What deliveries become: so many that they do not fit into one item fan out into chains of their own.
    pub fn of(deliveries: Vec<Delivery>) -> Self {
        match u16::try_from(deliveries.len()) {
            Ok(children) if usize::from(children) > MOST_IN_ONE_ITEM => Self::ChildrenToMake(children),
            _ => Self::Deliveries(deliveries),
        }
    }
}

impl Chain {
    /// Reminders count from when the notification was allowed to go on the channels that it really takes.
    pub fn reschedule(
        &self,
        order: &Order,
        deliveries: &[Delivery],
        window: &SendingWindow,
    ) -> Vec<Rescheduled> {
        let first = self.shipments.first();
        let base = first.and_then(|first| Shipment::allowed_from(deliveries, first.planned_at, window));
        let Some(base) = base else { return vec![] };
        let reminders = self.numbered().zip(&order.shipments).skip(1);
        let planned = reminders.filter_map(|((number, shipment), ordered)| {
            let planned_at = shipment.delay.filter(|_| shipment.is_scheduled())?.after(base);
            let expires_at = lifetime_end(&ordered.recipients, window, planned_at);
            Some(Rescheduled { number, planned_at, expires_at })
        });
        planned.collect()
    }
}

impl Shipment {
    fn is_scheduled(&self) -> bool {
        matches!(self.state, ShipmentState::Scheduled { .. })
    }
}

impl Delay {
    /// The time that is meant, where the notification was allowed to go at `base`.
    pub(super) fn after(self, base: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Days(days) => calendar_days_after(base, days),
            Self::Hours(hours) => hours_after(base, hours),
        }
    }
}

fn organization(recipient: &Recipient) -> Option<OrganizationNumber> {
    match recipient {
        Recipient::Organization { number, .. } => Some(number.clone()),
        Recipient::Address(_) | Recipient::Person { .. } | Recipient::External { .. } => None,
    }
}

/// How long a queue takes for so many messages at so many in a second.
pub fn time_to_send(messages: u64, rate: std::num::NonZeroU32) -> TimeDelta {
    let millis = messages.saturating_mul(1_000).div_ceil(u64::from(rate.get()));
    i64::try_from(millis).ok().and_then(TimeDelta::try_milliseconds).unwrap_or(TimeDelta::MAX)
}
