//! A5: who is notified, at which addresses, and what nobody is to read.

use varsling_domain::channel::{Channel, ChannelSchema};
use varsling_domain::masking::mask;
use varsling_domain::recipients::{Contact, PersonRules, Resolution, organization, person as look_up};

use super::*;

/// A person is notified by KRR only, on the channels whose address was confirmed in the last 18 months, each
/// channel by its own date; unless the order uses stale ones.
#[test]
fn an_address_counts_for_eighteen_months_each_channel_by_itself() {
    let both = [(Channel::Email, EMAIL), (Channel::Sms, MOBILE)];
    let cases = [
        ((Some(17), Some(17)), false, &both[..]),
        ((Some(19), Some(17)), false, &both[1..]),
        ((Some(17), Some(19)), false, &both[..1]),
        ((Some(18), Some(18)), false, &[]),
        ((Some(19), Some(19)), true, &both[..]),
        ((None, None), true, &[]),
    ];
    for ((email, mobile), use_stale, reached) in cases {
        let rules = PersonRules { ignore_reservation: false, use_stale_contact_information: use_stale };
        let contact = registered(email, mobile);
        let found = look_up(Some(&contact), ChannelSchema::EmailAndSms, rules, now());
        assert_eq!(addresses(&found), reached, "{email:?} {mobile:?} {use_stale}");
    }
}

/// Who is not in KRR, or has reserved, is not notified; a reservation can be set aside by the order, where the
/// older service heeded it only when it was told to.
#[test]
fn whom_krr_does_not_know_or_who_has_reserved_is_not_notified() {
    let contact = registered(Some(1), None);
    let reserved = PersonContact { reserved: true, ..contact.clone() };
    let deleted = PersonContact { registered: false, ..contact.clone() };
    let cases = [
        (None, false, Resolution::NotIdentified),
        (Some(&deleted), false, Resolution::NotIdentified),
        (Some(&reserved), false, Resolution::Reserved),
        (Some(&reserved), true, look_up(Some(&contact), ChannelSchema::Email, rules(false), now())),
    ];
    for (contact, ignore, expected) in cases {
        assert_eq!(look_up(contact, ChannelSchema::Email, rules(ignore), now()), expected);
    }
}

fn rules(ignore_reservation: bool) -> PersonRules {
    PersonRules { ignore_reservation, use_stale_contact_information: false }
}

/// An organisation's official addresses are always notified; those of people who act for it besides, each on the
/// channel that the person has an address for.
#[test]
fn people_who_act_for_an_organisation_are_notified_beside_its_official_addresses() {
    let official = Contact(vec![email("post@example.no")]);
    let people =
        [Contact(vec![email("a@example.no"), mobile("+4790000002")]), Contact(vec![mobile("+4790000003")])];
    let cases = [
        (Some(&official), &people[..0], vec!["post@example.no"]),
        (Some(&official), &people[..], vec!["post@example.no", "a@example.no", "+4790000003"]),
        (None, &people[..1], vec!["a@example.no"]),
        (None, &people[..0], vec![]),
    ];
    for (official, people, reached) in cases {
        let found = organization(official, people, ChannelSchema::EmailPreferred);
        let found: Vec<_> = addresses(&found).into_iter().map(|(_, address)| address).collect();
        assert_eq!(found, reached);
    }
}

/// The same number in another spelling, or the same e-mail address in another case, is one notice.
#[test]
fn one_address_in_several_spellings_is_one_notice() {
    for spellings in [["+4790000001", "004790000001"], ["90000001", "+47 90000001"]] {
        let numbers = spellings.map(mobile);
        assert_eq!(numbers[0], numbers[1], "{spellings:?}");
    }
    let official = Contact(vec![email("post@example.no"), mobile("90000001")]);
    let person = Contact(vec![email("POST@example.no"), mobile("004790000001")]);
    let found = organization(Some(&official), &[person], ChannelSchema::EmailAndSms);
    assert_eq!(addresses(&found).len(), 2);
}

/// The last five digits of every identity number are masked in whatever leaves.
#[test]
fn identity_numbers_are_masked_in_all_that_is_sent() {
    let cases = [
        ("Fødselsnummer 20914695016.", "Fødselsnummer 209146*****."),
        ("209146 95016", "209146 *****"),
        ("Sak 20914695017", "Sak 20914695017"),
        ("org 991825827, tlf 90000001", "org 991825827, tlf 90000001"),
    ];
    for (text, sent) in cases {
        assert_eq!(mask(text, "2026-11-02T10:00:00Z".parse().unwrap()), sent);
    }
}
