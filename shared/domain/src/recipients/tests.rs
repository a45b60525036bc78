//! Who is chosen, and by which channel.

use super::*;
use ChannelSchema::{Email, EmailAndSms, EmailPreferred, Sms, SmsPreferred};

const EMAIL: &str = "a@example.no";
const MOBILE: &str = "+4799999999";
const RULES: PersonRules = PersonRules { ignore_reservation: false, use_stale_contact_information: false };

fn now() -> DateTime<Utc> {
    "2026-11-02T12:00:00Z".parse().unwrap()
}

fn address(text: &str) -> ContactAddress {
    let channel = if text.contains('@') { Channel::Email } else { Channel::Sms };
    ContactAddress::parse_registered(channel, text).unwrap()
}

/// The addresses of a person, confirmed in time.
fn confirmed(texts: &[&str]) -> PerChannel<Option<DatedAddress>> {
    PerChannel::by(|channel| {
        let mut all = texts.iter().map(|text| address(text));
        let address = all.find(|address| address.channel() == channel)?;
        Some(DatedAddress { address, confirmed_at: Some("2026-01-01T00:00:00Z".parse().unwrap()) })
    })
}

/// The e-mail address confirmed at another time, or at none, and the mobile number in time.
fn with_email_confirmed(at: Option<&str>) -> PersonContact {
    let all = confirmed(&[EMAIL, MOBILE]);
    let addresses = PerChannel::by(|channel| {
        let dated = all.get(channel)?.clone();
        let confirmed_at = at.map(|at| at.parse().unwrap());
        Some(if channel == Channel::Email { DatedAddress { confirmed_at, ..dated } } else { dated })
    });
    PersonContact { addresses, ..reachable() }
}

fn reachable() -> PersonContact {
    PersonContact {
        reserved: false,
        registered: true,
        language: None,
        may_be_notified: true,
        addresses: confirmed(&[EMAIL, MOBILE]),
        malformed: None,
    }
}

#[test]
fn an_address_that_no_provider_takes_is_told_where_nothing_else_fits() {
    let mobile_only =
        PersonContact { malformed: Some(Channel::Email), addresses: confirmed(&[MOBILE]), ..reachable() };
    assert_eq!(channels(person(Some(&mobile_only), EmailPreferred, RULES, now())), [Channel::Sms]);
    assert_eq!(person(Some(&mobile_only), Email, RULES, now()), Resolution::Malformed);
    let nothing_else = PersonContact { addresses: confirmed(&[]), ..mobile_only };
    assert_eq!(person(Some(&nothing_else), EmailAndSms, RULES, now()), Resolution::Malformed);
    assert_eq!(person(Some(&nothing_else), Sms, RULES, now()), Resolution::NotIdentified);
}

fn channels(resolution: Resolution) -> Vec<Channel> {
    match resolution {
        Resolution::Addresses(found) => found.into_iter().map(|chosen| chosen.channel).collect(),
        _ => vec![],
    }
}

#[test]
fn the_schema_chooses_among_the_addresses_that_exist() {
    let both = reachable();
    let email_only = PersonContact { addresses: confirmed(&[EMAIL]), ..both.clone() };
    let mobile_only = PersonContact { addresses: confirmed(&[MOBILE]), ..both.clone() };
    let e = vec![Channel::Email];
    let s = vec![Channel::Sms];
    let cases = [
        (Email, &e, &e, &vec![]),
        (Sms, &s, &vec![], &s),
        (EmailPreferred, &e, &e, &s),
        (SmsPreferred, &s, &e, &s),
        (EmailAndSms, &vec![Channel::Email, Channel::Sms], &e, &s),
    ];
    for (schema, with_both, with_email, with_mobile) in cases {
        assert_eq!(&channels(person(Some(&both), schema, RULES, now())), with_both, "{schema:?}");
        assert_eq!(&channels(person(Some(&email_only), schema, RULES, now())), with_email, "{schema:?}");
        assert_eq!(&channels(person(Some(&mobile_only), schema, RULES, now())), with_mobile, "{schema:?}");
    }
}

/// On which channel the only address of a resolution falls back.
fn fallback(resolution: Resolution) -> Option<Channel> {
    let Resolution::Addresses(found) = resolution else { return None };
    found.into_iter().find_map(|chosen| chosen.fallback).map(|(channel, _)| channel)
}

#[test]
fn the_channel_that_is_not_preferred_is_fallen_back_to() {
    let both = reachable();
    let mobile_only = PersonContact { addresses: confirmed(&[MOBILE]), ..both.clone() };
    for (schema, channel) in [
        (EmailPreferred, Some(Channel::Sms)),
        (SmsPreferred, Some(Channel::Email)),
        (Email, None),
        (Sms, None),
        (EmailAndSms, None),
    ] {
        assert_eq!(fallback(person(Some(&both), schema, RULES, now())), channel, "{schema:?}");
    }
    assert_eq!(fallback(person(Some(&mobile_only), EmailPreferred, RULES, now())), None);
    let one = Contact(["a@example.no", MOBILE].map(address).to_vec());
    assert_eq!(fallback(organization(Some(&one), &[], EmailPreferred)), Some(Channel::Sms));
    let several = Contact(["a@example.no", "b@example.no", MOBILE].map(address).to_vec());
    assert_eq!(fallback(organization(Some(&several), &[], EmailPreferred)), Some(Channel::Sms));
}

#[test]
fn a_number_that_is_not_sent_to_counts_as_absent() {
    let sweden: AllowedNumbers = "+46".parse().unwrap();
    let contact = reachable().allowed_by(&sweden);
    assert_eq!(channels(person(Some(&contact), SmsPreferred, RULES, now())), [Channel::Email]);
    assert_eq!(person(Some(&contact), Sms, RULES, now()), Resolution::NotIdentified);
    let contact = Contact(["a@example.no", MOBILE].map(address).to_vec()).allowed_by(&sweden);
    assert_eq!(channels(organization(Some(&contact), &[], EmailAndSms)), [Channel::Email]);
}

#[test]
fn reservation_is_respected_unless_the_order_says_otherwise() {
    let reserved = PersonContact { reserved: true, ..reachable() };
    assert_eq!(person(Some(&reserved), Email, RULES, now()), Resolution::Reserved);
    let ignoring = PersonRules { ignore_reservation: true, ..RULES };
    assert_eq!(channels(person(Some(&reserved), Email, ignoring, now())), [Channel::Email]);
}

#[test]
fn staleness_is_judged_per_channel() {
    let contact = with_email_confirmed(Some("2025-05-02T12:00:00Z"));
    assert_eq!(channels(person(Some(&contact), EmailPreferred, RULES, now())), [Channel::Sms]);
    let lenient = PersonRules { use_stale_contact_information: true, ..RULES };
    assert_eq!(channels(person(Some(&contact), EmailPreferred, lenient, now())), [Channel::Email]);
    let contact = with_email_confirmed(Some("2025-05-02T12:00:01Z"));
    assert_eq!(channels(person(Some(&contact), EmailPreferred, RULES, now())), [Channel::Email]);
}

#[test]
fn an_undated_address_follows_the_registers_verdict() {
    let mut contact = with_email_confirmed(None);
    assert_eq!(channels(person(Some(&contact), Email, RULES, now())), [Channel::Email]);
    contact.may_be_notified = false;
    assert_eq!(person(Some(&contact), Email, RULES, now()), Resolution::NotIdentified);
}

#[test]
fn nobody_is_found_where_nobody_is_registered() {
    assert_eq!(person(None, Email, RULES, now()), Resolution::NotIdentified);
    let deleted = PersonContact { registered: false, ..reachable() };
    assert_eq!(person(Some(&deleted), Email, RULES, now()), Resolution::NotIdentified);
    assert_eq!(organization(None, &[], EmailAndSms), Resolution::NotIdentified);
}

#[test]
fn an_organisation_gets_it_at_every_address_of_the_channel() {
    let contact = Contact(["a@example.no", "b@example.no", MOBILE].map(address).to_vec());
    assert_eq!(channels(organization(Some(&contact), &[], EmailPreferred)), [Channel::Email; 2]);
    assert_eq!(channels(organization(Some(&contact), &[], EmailAndSms)).len(), 3);
}

fn acting(texts: &[&str]) -> Contact {
    Contact(texts.iter().map(|text| address(text)).collect())
}

#[test]
fn each_person_who_acts_gets_it_their_way_and_every_address_gets_it_once() {
    let official = acting(&["post@example.no"]);
    let people = [
        acting(&["Post@Example.no", "99999999"]),
        acting(&["004799999999"]),
        acting(&["+47 99 99 99 99"]),
        acting(&[]),
    ];
    let found = organization(Some(&official), &people, EmailPreferred);
    assert_eq!(channels(found), [Channel::Email, Channel::Sms]);
    assert_eq!(channels(organization(None, &people, Sms)), [Channel::Sms]);
    assert_eq!(organization(None, &[acting(&[])], EmailAndSms), Resolution::NotIdentified);
}

#[test]
fn who_registered_themselves_gets_it_at_what_they_registered() {
    let contact = acting(&["99999999"]);
    assert_eq!(channels(external(Some(&contact), EmailPreferred)), [Channel::Sms]);
    assert_eq!(external(Some(&contact), Email), Resolution::NotIdentified);
    assert_eq!(external(None, EmailAndSms), Resolution::NotIdentified);
}
