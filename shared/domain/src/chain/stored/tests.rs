//! Items as they are stored: those of the first format are read, those of the current one are what they were, and old
//! and new can stand side by side.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use serde_json::Value;

use super::{FORMAT, FirstFormat, Format, v1};
use crate::chain::fixtures::{
    accept, accepted_email, after, apply_delivery, at, chain_with_reminder, delivered_email, instant_email,
    listed_shipment, order, planned, queued_email, queued_sms, sending_email, woken, woken_at,
};
use crate::chain::{Chain, DeliveryEvent, DeliveryState, FanOut, Report, ShipmentState};
use crate::ids::ChainId;
use crate::priority::PriorityClass;
use crate::status::{DeliveryStatus, Failure, ShipmentStatus};

fn golden(format: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(format)
}

fn stored(format: &str, name: &str) -> Value {
    let path = golden(format).join(format!("{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn read_first(item: Value) -> Chain {
    serde_json::from_value::<FirstFormat>(item).unwrap().into()
}

/// A chain in the first format, as a release before this one wrote it.
fn first(name: &str) -> Chain {
    let item = stored("first", name);
    let id: ChainId = item["pk"].as_str().unwrap().strip_prefix("chain#").unwrap().parse().unwrap();
    Chain { id, ..read_first(item) }
}

fn statuses(chain: &Chain, number: u8) -> Vec<DeliveryStatus> {
    chain.shipment(number).unwrap().deliveries().iter().map(crate::chain::Delivery::status).collect()
}

#[test]
fn every_item_of_the_first_format_is_read_and_looked_at_when_it_was_to_be() {
    for entry in std::fs::read_dir(golden("first")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let item = stored("first", name.strip_suffix(".json").unwrap());
        if item["pk"].is_null() {
            continue;
        }
        let chain = first(name.strip_suffix(".json").unwrap());
        let Some(millis) = item["da"].as_i64() else {
            assert!(chain.due().is_none() || name.starts_with("list-"), "{name}");
            continue;
        };
        // What was planned was stored under its time, and is now under the moment at which a sweep acts on it.
        let due = chain.due().unwrap().at.timestamp_millis();
        let ahead = TimeDelta::minutes(3).num_milliseconds();
        match item["dk"].as_str().unwrap().split_once('#').unwrap().0 {
            // What waits for a report only was looked at long before it mattered.
            "lease" if name == "accepted.json" => assert!(due > millis),
            "lease" => assert_eq!(due, millis, "{name}"),
            // Seniority puts it forward by no more than a second.
            _ => assert!((0..=1_000).contains(&(millis - ahead - due)), "{name}"),
        }
    }
}

#[test]
fn what_became_of_it_is_told_as_before() {
    let now = at("10:00:30");
    for (name, status, deliveries) in [
        ("scheduled", ShipmentStatus::Registered, vec![]),
        ("claimed-by-sweep", ShipmentStatus::Registered, vec![]),
        ("claimed-when-accepted", ShipmentStatus::Processing, vec![]),
        ("register-unavailable", ShipmentStatus::Processing, vec![]),
        ("condition-not-met", ShipmentStatus::SendConditionNotMet, vec![]),
        ("queued", ShipmentStatus::Processed, vec![DeliveryStatus::New]),
        ("sending", ShipmentStatus::Processed, vec![DeliveryStatus::Sending]),
        ("refused-for-now", ShipmentStatus::Processed, vec![DeliveryStatus::New]),
        ("accepted", ShipmentStatus::Processed, vec![DeliveryStatus::Accepted]),
        ("delivered", ShipmentStatus::Completed, vec![DeliveryStatus::Delivered]),
        ("bounced", ShipmentStatus::Completed, vec![DeliveryStatus::Failed(Failure::Bounced)]),
        ("failed-ttl", ShipmentStatus::Completed, vec![DeliveryStatus::Failed(Failure::Ttl)]),
        ("reserved", ShipmentStatus::Completed, vec![DeliveryStatus::Failed(Failure::RecipientReserved); 2]),
        ("not-supported", ShipmentStatus::Completed, vec![DeliveryStatus::Failed(Failure::NotSupported); 2]),
    ] {
        let chain = first(name);
        assert_eq!((chain.shipments[0].status(now), statuses(&chain, 0)), (status, deliveries), "{name}");
    }
    let stopped = first("reminder-stopped");
    assert_eq!(stopped.shipments[1].status(now), ShipmentStatus::SendConditionNotMet);
    assert_eq!(statuses(&first("reminder-taken-back"), 1), [DeliveryStatus::Stopped]);
}

#[test]
fn a_message_of_the_release_before_names_the_claim_that_stands() {
    let queued = first("queued");
    assert_eq!(queued.messages().len(), 1);
    let claim = stored("first", "queued")["s"][0]["n"][0]["t"]["l"]["c"].as_u64().unwrap();
    assert_eq!(queued.shipments[0].deliveries()[0].claim, claim);
    assert!(matches!(first("lost-once").shipments[0].state, ShipmentState::Resolving { claim: 2, .. }));
}

#[test]
fn lists_lanes_and_what_was_parked_go_on() {
    let listed = first("listed");
    assert_eq!(
        (listed.class, listed.parent.map(|parent| parent.chain)),
        (PriorityClass::Bulk, Some(first("list").id))
    );
    assert_eq!(first("list").children(0)[3], listed.id);
    assert!(first("list-partly-resolved").shipments[0].partly_resolved);
    assert!(matches!(
        first("list-resolved").shipments[0].state,
        ShipmentState::FannedOut(FanOut { children: 12, .. })
    ));
    assert_eq!(first("urgent").class, PriorityClass::Urgent);
    let opening = "2026-11-03T08:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let DeliveryState::Waiting { at, .. } = first("parked").shipments[0].deliveries()[0].state else {
        panic!()
    };
    assert!(at >= opening && at < opening + TimeDelta::seconds(5), "{at}");
}

fn current() -> BTreeMap<&'static str, Chain> {
    let throttled = DeliveryEvent::Throttled { claim: 1, until: at("10:00:10") };
    let sending = sending_email();
    let accepted = accepted_email();
    let bounced = DeliveryEvent::reported(Report::FailedForNow(Failure::Bounced));
    let with_reminder = chain_with_reminder();
    let due = with_reminder.shipments[1].planned_at;
    let mut list = accept(&order(vec![listed_shipment(12)]), at("10:00:00"));
    list.shipments[0].state = ShipmentState::FannedOut(FanOut::new(12, at("10:00:10")));
    let instant = instant_email(at("10:00:00"));
    let refused = DeliveryEvent::RefusedForNow { claim: 1, at_least: TimeDelta::zero(), fraction: 0.0 };
    let given_back = after(&instant, &apply_delivery(&instant, refused), at("10:00:01"));
    BTreeMap::from([
        ("given-back", given_back),
        ("scheduled", planned()),
        ("resolving", woken(&planned(), "11:57:00")),
        ("queued", queued_email()),
        ("waiting", queued_sms("20:00:00")),
        ("throttled", after(&sending, &apply_delivery(&sending, throttled), at("10:00:01"))),
        ("bounced", after(&accepted, &apply_delivery(&accepted, bounced), at("10:00:05"))),
        ("delivered", delivered_email()),
        ("reminder-stopped", woken_at(&with_reminder, due, Some(at("12:00:00")))),
        ("fanned-out", list),
        ("instant", instant),
        ("with-reminder", with_reminder),
        ("accepted", accepted),
        ("sending", sending),
    ])
}

#[test]
fn the_current_format_is_what_it_was() {
    for (name, chain) in current() {
        let written = serde_json::to_value(&chain).unwrap();
        let path = golden("current").join(format!("{name}.json"));
        if std::env::var_os("WRITE_GOLDEN").is_some() {
            std::fs::write(path, serde_json::to_string_pretty(&written).unwrap() + "\n").unwrap();
        }
        assert_eq!(
            stored("current", name),
            written,
            "{name}: a change that an earlier release cannot read takes a new number"
        );
        let read = Chain { id: chain.id, entry: chain.entry, ..serde_json::from_value(written).unwrap() };
        assert_eq!(read, chain, "{name}");
    }
}

/// The attribute came later than the format. An earlier release reads an item without it, and takes it away where it
/// writes one: then the order cannot be read back, and nothing else is lost.
#[test]
fn an_item_without_particulars_is_read() {
    for (name, chain) in current() {
        let mut written = serde_json::to_value(&chain).unwrap();
        written.as_object_mut().unwrap().remove("n");
        let read: Chain = serde_json::from_value(written).unwrap();
        assert_eq!(read.shipments, chain.shipments, "{name}");
        assert_eq!(crate::order::Order::of_chain(&read), None, "{name}");
    }
}

fn stored_size(format: &str, name: &str) -> usize {
    let mut item = stored(format, name);
    for attribute in ["pk", "dk", "da", "ttl", "i"] {
        item.as_object_mut().unwrap().remove(attribute);
    }
    item.to_string().len()
}

#[test]
fn a_chain_takes_about_as_many_bytes_as_it_did() {
    for (name, before) in [("queued", "queued"), ("sending", "sending"), ("delivered", "delivered")] {
        let (is, was) = (stored_size("current", name), stored_size("first", before));
        assert!(is <= was + 40, "{name}: {is} bytes, {was} before");
    }
}

#[test]
fn what_the_release_before_would_have_written_is_read_as_the_same_chain() {
    for (name, chain) in current() {
        let Some(item) = v1::written_before(&chain) else { continue };
        let read = read_first(serde_json::to_value(&item).unwrap());
        let read = Chain { id: chain.id, entry: chain.entry, ..read };
        assert_eq!(read.due(), chain.due(), "{name}");
        assert_eq!(read.messages(), chain.messages(), "{name}");
        assert_eq!(statuses(&read, 0), statuses(&chain, 0), "{name}");
    }
}

#[test]
fn a_later_format_is_known_as_one() {
    assert_eq!(Format::of(None), Format::First);
    assert_eq!(Format::of(Some(FORMAT)), Format::Current);
    assert_eq!(Format::of(Some(FORMAT + 1)), Format::Later(FORMAT + 1));
}
