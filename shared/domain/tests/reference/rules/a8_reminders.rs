//! A8: reminders, and the law behind them (eForvaltningsforskriften § 8).

use serde_json::json;
use varsling_domain::chain::{Backlogs, Event, Reason, Sweep, apply};
use varsling_domain::status::ShipmentStatus;
use varsling_domain::window::{HouseRule, SendingWindow};

use super::*;

fn statutory() -> Value {
    let mut body = order_to(&person("Email"));
    body["reminderPolicy"] = json!("Statutory");
    body["dialogportenAssociation"] = json!({"dialogId": "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d"});
    body
}

fn days() -> SendingWindow {
    SendingWindow::of(HouseRule::WorkingDays)
}

/// Once more when a week has passed: seven days on Oslo's clock, counted from when the notification was allowed
/// to go, also over a change of the clock.
#[test]
fn the_statutory_reminder_is_due_a_calendar_week_after_the_notification_may_go() {
    let cases = [
        ("2026-11-02T10:00:00+01:00", "2026-11-09T10:00:00+01:00"),
        // On Saturday it may go on Monday.
        ("2026-11-07T12:00:00+01:00", "2026-11-16T09:00:00+01:00"),
        ("2027-03-22T10:00:00+01:00", "2027-03-29T10:00:00+02:00"),
        ("2026-10-23T10:00:00+02:00", "2026-10-30T10:00:00+01:00"),
    ];
    for (at, due) in cases {
        let chain = accepted(&statutory(), &days(), utc(at));
        assert_eq!((chain.shipments.len(), chain.shipments[1].planned_at), (2, utc(due)), "{at}");
    }
}

/// A template brings its own reminder, or none: `VarselDPVMedRevarsel` after seven days, `…UtenRevarsel` never.
#[test]
fn a_template_brings_its_own_reminder() {
    for (name, reminders) in [("VarselDPVMedRevarsel", 1), ("VarselDPVUtenRevarsel", 0), ("TokenTextOnly", 0)]
    {
        let tokens = if name == "TokenTextOnly" { json!(["a", "b"]) } else { json!(["a"]) };
        let chain = accepted(&order_to(&from_template(name, "Email", "nb", &tokens)), &days(), now());
        assert_eq!(chain.shipments.len(), 1 + reminders, "{name}");
        let week = utc("2026-11-09T10:00:00+01:00");
        assert!(chain.shipments.iter().skip(1).all(|shipment| shipment.planned_at == week), "{name}");
    }
}

/// A reminder says that it is one, in its language, where its text does not.
#[test]
fn a_reminder_of_the_same_text_says_that_it_is_one() {
    for (language, prefix) in [("nb", "Påminnelse: "), ("nn", "Påminning: "), ("en", "Reminder: ")] {
        let order = order_to(&from_template("VarselDPVMedRevarsel", "Sms", language, &json!(["Vedtak."])));
        let texts = parse(&order).unwrap().texts;
        let bodies: Vec<_> = texts.iter().map(body).collect();
        assert_eq!(bodies, ["Vedtak.".to_owned(), format!("{prefix}Vedtak.")], "{language}");
    }
}

fn body(text: &varsling_domain::text::Text) -> String {
    match text {
        varsling_domain::text::Text::Email(text) => text.body.clone(),
        varsling_domain::text::Text::Sms(text) => text.body.clone(),
    }
}

/// Who has gained access to the message is not notified once more; everybody else is, also when an opening lies
/// so far back that it was of something else.
#[test]
fn only_a_message_that_has_not_been_opened_is_reminded_of() {
    let week = utc("2026-11-09T10:00:00+01:00");
    let cases = [
        (None, ShipmentStatus::Processing, Reason::NotOpened),
        (Some("2026-11-05T12:00:00+01:00"), ShipmentStatus::SendConditionNotMet, Reason::MessageOpened),
        (Some("2026-11-02T09:30:00+01:00"), ShipmentStatus::SendConditionNotMet, Reason::MessageOpened),
        (Some("2026-11-02T08:59:00+01:00"), ShipmentStatus::Processing, Reason::NotOpened),
    ];
    for (opened, status, reason) in cases {
        let chain = accepted(&statutory(), &days(), now());
        let sweep = Sweep { backlogs: Backlogs::default(), opened_at: opened.map(utc) };
        let woken = apply(&chain, &Event::Woken(sweep), week).unwrap().chain;
        let shipment = &woken.shipments[1];
        assert_eq!(
            (shipment.status(week), shipment.decision.unwrap().reason),
            (status, reason),
            "{opened:?}"
        );
    }
}

/// The law counts in calendar days and knows no working days; the notice itself still keeps to the window.
#[test]
fn a_reminder_falls_due_on_any_day_and_waits_for_the_window_like_any_other() {
    let window = days();
    // A week after the Wednesday before Ascension Day is a Wednesday; after the Thursday before 17 May 2029 it is a
    // holiday.
    for (at, due, goes) in [
        ("2026-05-06T10:00:00+02:00", "2026-05-13T10:00:00+02:00", "2026-05-13T10:00:00+02:00"),
        ("2029-05-10T12:00:00+02:00", "2029-05-18T09:00:00+02:00", "2029-05-18T09:00:00+02:00"),
        ("2026-12-18T10:00:00+01:00", "2026-12-25T10:00:00+01:00", "2026-12-28T09:00:00+01:00"),
    ] {
        let chain = accepted(&statutory(), &window, utc(at));
        let shipment = &chain.shipments[1];
        assert_eq!(shipment.planned_at, utc(due), "{at}");
        let policy = varsling_domain::channel::SendingTimePolicy::House;
        assert_eq!(window.opens(Channel::Email, policy, shipment.planned_at), utc(goes), "{at}");
    }
}

/// Notices about decisions are not sent to addresses that were not confirmed for 18 months, nor to those who have
/// reserved, unless the owner says that this one may: service messages do.
#[test]
fn an_owner_says_when_reservations_and_stale_addresses_do_not_count() {
    for (member, value) in
        [("ignoreReservation", true), ("useStaleContactInformation", true), ("ignoreReservation", false)]
    {
        let mut recipient = person("Email");
        recipient["recipientPerson"][member] = json!(value);
        let order = parse(&order_to(&recipient)).unwrap().order;
        let varsling_domain::order::Recipient::Person {
            ignore_reservation,
            use_stale_contact_information,
            ..
        } = *order.shipments[0].recipients.one().unwrap()
        else {
            panic!("not a person")
        };
        let read =
            if member == "ignoreReservation" { ignore_reservation } else { use_stale_contact_information };
        assert_eq!(read, value, "{member}");
    }
}
