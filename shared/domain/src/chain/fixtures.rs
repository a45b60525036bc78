//! Chains in the states that the tests start from. The day is Monday 2 November 2026, in UTC.

use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Accepting, Backlogs, Chain, DeliveryEvent, Event, Kept, Lookup, Report, Scheduling, ShipmentEvent, Sweep,
    Wanted, apply,
};
use crate::address::ContactAddress;
use crate::channel::{Channel, ChannelSchema, SendingTimePolicy};
use crate::identity::{NationalIdentityNumber, Owner};
use crate::ids::{ChainId, DeliveryId, IdKey, OrderKind};
use crate::order::fingerprint::Fingerprint;
use crate::order::{
    Association, GivenAddress, Named, OnConditionFailure, Order, OrderedShipment, Priority, Recipient,
    RecipientList, Recipients, Settings, TextSettings, When,
};
use crate::recipients::{Address, Chosen, Resolution};
use crate::text::{SmsText, Text};
use crate::window::SendingWindow;

pub fn at(time: &str) -> DateTime<Utc> {
    format!("2026-11-02T{time}Z").parse().unwrap()
}

pub fn email() -> Address {
    Address::from(&address(Channel::Email, "kontakt@example.no"))
}

fn address(channel: Channel, text: &str) -> ContactAddress {
    ContactAddress::parse_ordered(channel, text).unwrap()
}

fn settings(body: &str, policy: SendingTimePolicy) -> TextSettings {
    let text = Text::Sms(SmsText { body: body.into(), sender: None, simplified: false });
    TextSettings::of(&text, policy)
}

fn email_settings() -> TextSettings {
    TextSettings { segments: 0, ..settings("e", SendingTimePolicy::Anytime) }
}

fn sms_settings() -> TextSettings {
    settings("s", SendingTimePolicy::Daytime)
}

fn both_settings() -> Settings {
    Settings::by(|channel| match channel {
        Channel::Email => Some(email_settings()),
        Channel::Sms => Some(sms_settings()),
    })
}

fn shipment(when: When, recipient: Recipient) -> OrderedShipment {
    OrderedShipment {
        senders_reference: None,
        when,
        condition_endpoint: None,
        on_condition_failure: OnConditionFailure::Send,
        template: None,
        sender_replaced: false,
        recipients: Recipients::One(recipient),
    }
}

pub fn email_shipment(when: When) -> OrderedShipment {
    let to = address(Channel::Email, "kontakt@example.no");
    shipment(when, Recipient::Address(GivenAddress { to, settings: email_settings() }))
}

pub fn sms_shipment(when: When) -> OrderedShipment {
    let to = address(Channel::Sms, "+4799999999");
    shipment(when, Recipient::Address(GivenAddress { to, settings: sms_settings() }))
}

pub fn person_shipment(when: When, schema: ChannelSchema) -> OrderedShipment {
    let number = NationalIdentityNumber::try_from("20914695016").unwrap();
    let settings = both_settings();
    let recipient = Recipient::Person {
        number,
        schema,
        ignore_reservation: false,
        use_stale_contact_information: false,
        settings,
        languages: std::collections::BTreeMap::new(),
        resource: None,
    };
    shipment(when, recipient)
}

fn numbered_address(number: usize) -> ContactAddress {
    address(Channel::Email, &format!("a{number}@example.no"))
}

/// So many e-mail addresses in one list.
pub fn listed_shipment(count: usize) -> OrderedShipment {
    let named = (0..count).map(|number| Named::Address(numbered_address(number))).collect();
    let list = RecipientList {
        named,
        schema: ChannelSchema::Email,
        ignore_reservation: false,
        settings: Settings::by(|channel| Some(email_settings()).filter(|_| channel == Channel::Email)),
        languages: std::collections::BTreeMap::new(),
        resource: None,
        unsupported: std::collections::BTreeSet::new(),
    };
    OrderedShipment { recipients: Recipients::List(list), ..email_shipment(When::Now) }
}

pub fn order(shipments: Vec<OrderedShipment>) -> Order {
    let association = Association { dialog_id: "d".into(), transmission_id: None };
    Order {
        idempotency_id: "1".into(),
        association: Some(association),
        on_bad_address: crate::order::OnBadAddress::default(),
        on_uncertain_outcome: crate::order::OnUncertainOutcome::GiveUp,
        priority: Priority::Normal,
        shipments,
    }
}

static WINDOW: OnceLock<SendingWindow> = OnceLock::new();

/// An accepted order, stored for the first time.
pub fn accept(order: &Order, now: DateTime<Utc>) -> Chain {
    Chain { version: 1, ..accepting(now).accept(order) }
}

/// An e-mail whose owner waits for the answer, stored for the first time.
pub fn instant_email(now: DateTime<Utc>) -> Chain {
    let order = order(vec![email_shipment(When::Now)]);
    Chain { version: 1, ..accepting(now).accept_instant(&order, TimeDelta::minutes(5)) }
}

fn accepting(now: DateTime<Utc>) -> Accepting<'static> {
    let owner = Owner::try_from("991825827").unwrap();
    Accepting {
        id: ChainId::derive(&IdKey::new(&[7; 32]).unwrap(), OrderKind::Chain, &owner, "1"),
        owner,
        fingerprint: Fingerprint::of(&serde_json::json!({})),
        window: WINDOW.get_or_init(SendingWindow::default),
        backlogs: Backlogs::default(),
        kept: Kept(30),
        now,
    }
}

/// A person who is to be looked up at 12:00.
pub fn planned() -> Chain {
    let person = person_shipment(When::At(at("12:00:00")), ChannelSchema::EmailPreferred);
    accept(&order(vec![person]), at("10:00:00"))
}

/// An e-mail due at 10:00, with a reminder a day later.
pub fn chain_with_reminder() -> Chain {
    accept(&order(vec![email_shipment(When::Now), email_shipment(When::AfterDays(1))]), at("10:00:00"))
}

pub fn lookup_email() -> Lookup {
    Lookup::nobody(Resolution::Addresses(vec![Chosen::only(Channel::Email, email())]), None)
}

/// What a worker reports who has looked up the recipient of a shipment.
pub fn looked_up(
    chain: &Chain,
    number: u8,
    ordered: &Order,
    lookup: &Lookup,
    now: DateTime<Utc>,
) -> ShipmentEvent {
    let shipment = chain.shipment(number).unwrap();
    let window = &SendingWindow::default();
    let backlogs = Backlogs::default();
    let scheduling =
        Scheduling { window, backlogs, class: chain.class, planned_at: shipment.planned_at, now };
    let recipient = ordered.shipments[usize::from(number)].recipients.one().unwrap();
    let deliveries = shipment.resolve(Wanted { recipient, lookup }, &scheduling);
    let reminders = if number == 0 { chain.reschedule(ordered, &deliveries, window) } else { vec![] };
    let resolved = super::Resolved { to: super::ResolvedTo::Deliveries(deliveries), reminders };
    ShipmentEvent::LookedUp { claim: shipment.attempts.claims, resolved }
}

/// The chain after an event that must change it, stored.
pub fn after(chain: &Chain, event: &Event, now: DateTime<Utc>) -> Chain {
    let applied = apply(chain, event, now).unwrap();
    Chain { version: chain.version + 1, ..applied.chain }
}

/// What happens to the only delivery of a chain.
pub fn apply_delivery(chain: &Chain, event: DeliveryEvent) -> Event {
    Event::Delivery { id: delivery_id(chain), event }
}

pub fn delivery_id(chain: &Chain) -> DeliveryId {
    chain.shipment_id(0).delivery(0)
}

/// The chain after a sweep at a time of the day.
pub fn woken(chain: &Chain, time: &str) -> Chain {
    woken_at(chain, at(time), None)
}

pub fn woken_at(chain: &Chain, now: DateTime<Utc>, opened_at: Option<DateTime<Utc>>) -> Chain {
    after(chain, &Event::Woken(Sweep { backlogs: Backlogs::default(), opened_at }), now)
}

/// An e-mail on the queue since 10:00.
pub fn queued_email() -> Chain {
    accept(&order(vec![email_shipment(When::Now)]), at("10:00:00"))
}

/// An SMS that was ordered at a time of the day.
pub fn queued_sms(time: &str) -> Chain {
    accept(&order(vec![sms_shipment(When::Now)]), at(time))
}

/// An e-mail claimed at 10:00.
pub fn sending_email() -> Chain {
    let chain = queued_email();
    after(&chain, &apply_delivery(&chain, DeliveryEvent::Claimed { claim: 1 }), at("10:00:00"))
}

/// An e-mail handed over at 10:00:01.
pub fn accepted_email() -> Chain {
    let chain = sending_email();
    after(&chain, &apply_delivery(&chain, DeliveryEvent::HandedOver { claim: 1 }), at("10:00:01"))
}

/// An e-mail that arrived at 10:00:05.
pub fn delivered_email() -> Chain {
    let chain = accepted_email();
    after(&chain, &apply_delivery(&chain, DeliveryEvent::reported(Report::Delivered)), at("10:00:05"))
}
