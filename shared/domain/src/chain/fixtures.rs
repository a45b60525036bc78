//! Chains in the states that the tests start from. The day is Monday 2 November 2026, in UTC.

use chrono::{DateTime, Utc};

use super::{Chain, Found};
use crate::address::{EmailAddress, MobileNumber};
use crate::channel::{Channel, ChannelSchema, SendingTimePolicy};
use crate::identity::{NationalIdentityNumber, Owner};
use crate::ids::{ChainId, IdKey, OrderKind};
use crate::order::fingerprint::Fingerprint;
use crate::order::{
    Association, EmailSettings, Named, OnConditionFailure, Order, OrderStep, Priority, Recipient,
    RecipientList, Recipients, Settings, SmsSettings, When,
};
use crate::recipients::{Address, Resolution};
use crate::text::{SmsText, Text};
use crate::window::SendingWindow;

pub fn at(time: &str) -> DateTime<Utc> {
    format!("2026-11-02T{time}Z").parse().unwrap()
}

pub fn email() -> Address {
    Address::from(&EmailAddress::try_from("kontakt@example.no").unwrap())
}

pub fn mobile() -> Address {
    Address::from(&number())
}

fn number() -> MobileNumber {
    MobileNumber::parse_ordered("+4799999999").unwrap()
}

fn email_settings() -> EmailSettings {
    let text = Text::Sms(SmsText { body: "e".into(), sender: None, simplified: false }).hash();
    EmailSettings {
        text,
        names_recipient: false,
        asks: std::collections::BTreeSet::new(),
        policy: SendingTimePolicy::Anytime,
    }
}

fn sms_settings() -> SmsSettings {
    let text = Text::Sms(SmsText { body: "s".into(), sender: None, simplified: false }).hash();
    SmsSettings {
        text,
        names_recipient: false,
        asks: std::collections::BTreeSet::new(),
        policy: SendingTimePolicy::Daytime,
        segments: 1,
    }
}

fn step(when: When, recipient: Recipient) -> OrderStep {
    OrderStep {
        senders_reference: None,
        when,
        condition_endpoint: None,
        on_condition_failure: OnConditionFailure::Send,
        template: None,
        recipients: Recipients::One(recipient),
    }
}

pub fn email_step(when: When) -> OrderStep {
    let address = EmailAddress::try_from("kontakt@example.no").unwrap();
    step(when, Recipient::Email { address, email: email_settings() })
}

pub fn sms_step(when: When) -> OrderStep {
    step(when, Recipient::Sms { number: number(), sms: sms_settings() })
}

pub fn person_step(when: When, schema: ChannelSchema) -> OrderStep {
    let number = NationalIdentityNumber::try_from("20914695016").unwrap();
    let settings = Settings { email: Some(email_settings()), sms: Some(sms_settings()) };
    let recipient = Recipient::Person {
        number,
        schema,
        ignore_reservation: false,
        use_stale_contact_information: false,
        settings,
        languages: std::collections::BTreeMap::new(),
        resource: None,
    };
    step(when, recipient)
}

/// So many e-mail addresses in one list.
pub fn listed_step(count: usize) -> OrderStep {
    let address = |number| EmailAddress::try_from(format!("a{number}@example.no").as_str()).unwrap();
    let named = (0..count).map(|number| Named::Email(address(number))).collect();
    let list = RecipientList {
        named,
        schema: ChannelSchema::Email,
        ignore_reservation: false,
        settings: Settings { email: Some(email_settings()), sms: None },
        languages: std::collections::BTreeMap::new(),
        resource: None,
        unsupported: std::collections::BTreeSet::new(),
    };
    OrderStep { recipients: Recipients::List(list), ..email_step(When::Now) }
}

pub fn order(steps: Vec<OrderStep>) -> Order {
    let association = Association { dialog_id: "d".into(), transmission_id: None };
    Order {
        idempotency_id: "1".into(),
        association: Some(association),
        on_uncertain_outcome: crate::order::OnUncertainOutcome::GiveUp,
        priority: Priority::Normal,
        steps,
    }
}

/// An accepted order, stored for the first time.
pub fn accept(order: &Order, now: DateTime<Utc>) -> Chain {
    let owner = Owner::try_from("991825827").unwrap();
    let id = ChainId::derive(&IdKey::new(&[7; 32]).unwrap(), OrderKind::Chain, &owner, "1");
    let fingerprint = Fingerprint::of(&serde_json::json!({}));
    let mut chain = Chain::accept(
        id,
        owner,
        fingerprint,
        order,
        (&SendingWindow::default(), chrono::TimeDelta::days(30)),
        now,
    );
    chain.version = 1;
    chain
}

/// An e-mail due at 10:00 with a reminder a day later, not resolved yet.
pub fn chain_with_reminder() -> Chain {
    accept(&order(vec![email_step(When::Now), email_step(When::AfterDays(1))]), at("10:00:00"))
}

pub fn unwatched(chain: Chain) -> Chain {
    Chain { watch: None, ..chain }
}

pub fn found_email() -> Found {
    Found {
        resolution: Resolution::Addresses(vec![(Channel::Email, email())]),
        name: None,
        facts: crate::keywords::Facts::default(),
        language: None,
        lines: vec![],
    }
}

/// An e-mail resolved at 10:00:00, waiting for a sender.
pub fn resolved_email() -> Chain {
    let ordered = order(vec![email_step(When::Now)]);
    let mut chain = accept(&ordered, at("10:00:00"));
    chain.resolve(0, &ordered, &found_email(), &SendingWindow::default(), at("10:00:00"));
    chain.version += 1;
    chain
}

/// An e-mail claimed at 10:00:00 by a sender.
pub fn sending_email() -> Chain {
    let mut chain = resolved_email();
    let id = chain.shipment(0).notification(0);
    chain.claim_send(id, at("10:00:00"));
    chain.version += 1;
    chain
}

/// A reminder that has fired and been resolved.
pub fn resolved_reminder() -> Chain {
    let ordered = order(vec![email_step(When::Now), email_step(When::AfterDays(1))]);
    let mut chain = accept(&ordered, at("10:00:00"));
    let due = chain.steps[1].due;
    chain.fire_reminders(None, due);
    chain.resolve(1, &ordered, &found_email(), &SendingWindow::default(), due);
    chain.version += 1;
    chain
}
