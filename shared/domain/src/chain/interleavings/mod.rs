//! Every interleaving of the smallest case that has everything: a notification to two addresses and its reminder, two
//! workers, a queue that repeats and reorders, deaths between any two steps, a report that comes early, late, twice or
//! never, an opening and a cancellation at any point.
//!
//! The transitions are the real ones, by [`super::apply_all`]; only what surrounds them is modelled. The search goes
//! breadth first, so that what it finds is the shortest way there. Each search lets one kind of thing go wrong, bounded by
//! [`Bounds`]: what a state within them leads to is seen to the end of the bounds, and not beyond.

mod actions;
mod happen;
mod job;
mod judge;
mod provider;
mod search;
mod world;

use search::{Found, search};
use world::{Bounds, Planted, World};

use super::fixtures::{accept, after, at, email_shipment, order, person_shipment};
use super::{Chain, Event, Lookup, ShipmentEvent};
use crate::address::ContactAddress;
use crate::channel::{Channel, ChannelSchema};
use crate::order::{OnUncertainOutcome, Order, When};
use crate::recipients::{Address, Chosen, Resolution};

/// Nothing goes wrong, and time passes once to the next moment that means something: to the reminder, or to the end of a
/// lease.
const CALM: Bounds = Bounds { deaths: 0, repeats: 0, refusals: 0, silences: 0, passes: 1 };

/// What lets a planted fault show itself, and no more.
const PLANTED: Bounds = Bounds { repeats: 1, silences: 1, ..CALM };

fn address(text: &str) -> Chosen {
    let address = ContactAddress::parse_ordered(Channel::Email, text).unwrap();
    Chosen::only(Channel::Email, Address::from(&address))
}

fn ordered(choice: OnUncertainOutcome) -> Order {
    let person = person_shipment(When::Now, ChannelSchema::Email);
    Order { on_uncertain_outcome: choice, ..order(vec![person, email_shipment(When::AfterDays(1))]) }
}

/// The order with both its deliveries on the queue. The reminder goes to the first one's address.
fn queued(ordered: &Order) -> Chain {
    let accepted = accept(ordered, at("10:00:00"));
    let to = vec![address("kontakt@example.no"), address("mottaker@example.no")];
    let lookup = Lookup::nobody(Resolution::Addresses(to), None);
    let event = super::fixtures::looked_up(&accepted, 0, ordered, &lookup, at("10:00:00"));
    assert!(matches!(event, ShipmentEvent::LookedUp { .. }));
    after(&accepted, &Event::Shipment { number: 0, event }, at("10:00:00"))
}

fn found(choice: OnUncertainOutcome, planted: Planted, bounds: Bounds) -> Found {
    let ordered = ordered(choice);
    search(&World::new(queued(&ordered), ordered, planted, bounds))
}

/// Nothing is wrong, whatever happens within the bounds.
#[expect(clippy::disallowed_macros, reason = "a search says how far it has looked")]
fn holds(choice: OnUncertainOutcome, bounds: Bounds) {
    let found = found(choice, Planted::Nothing, bounds);
    println!("{choice:?}, {bounds:?}: {} states, {} steps, {} ends", found.states, found.steps, found.ends);
    if let Some(violation) = found.violation {
        panic!("{violation}");
    }
    assert!(found.states > 10_000 && found.ends > 1_000, "{} states, {} ends", found.states, found.ends);
}

#[test]
fn whatever_happens_when_something_dies() {
    holds(OnUncertainOutcome::SendAgain, Bounds { deaths: 1, ..CALM });
}

#[test]
fn whatever_happens_when_a_message_comes_twice() {
    holds(OnUncertainOutcome::GiveUp, Bounds { repeats: 1, ..CALM });
}

#[test]
fn whatever_happens_when_a_call_is_refused() {
    holds(OnUncertainOutcome::GiveUp, Bounds { refusals: 1, ..CALM });
}

#[test]
fn whatever_happens_when_a_call_has_no_answer() {
    holds(OnUncertainOutcome::GiveUp, Bounds { silences: 1, ..CALM });
    holds(OnUncertainOutcome::SendAgain, Bounds { silences: 1, ..CALM });
}

/// All of it in one search. It takes minutes in release, and is run so by itself:
/// `cargo test --release -p varsling-domain --lib everything_at_once -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes"]
fn whatever_happens_when_everything_goes_wrong_at_once() {
    holds(
        OnUncertainOutcome::SendAgain,
        Bounds { deaths: 1, repeats: 1, refusals: 1, silences: 1, passes: 1 },
    );
}

#[test]
fn a_claim_that_is_written_without_its_version_is_found_to_undo_what_came_between() {
    let violation =
        found(OnUncertainOutcome::GiveUp, Planted::UnconditionalClaim, PLANTED).violation.unwrap();
    assert!(violation.what.contains("became Sending"), "{violation}");
}

#[test]
fn a_lease_that_is_shorter_than_the_work_is_found_to_have_two_workers_at_it() {
    let violation = found(OnUncertainOutcome::SendAgain, Planted::ShortLease, PLANTED).violation.unwrap();
    assert!(violation.what.contains("two workers"), "{violation}");
}

#[test]
fn a_report_that_is_matched_by_its_address_is_found_to_tell_of_what_was_never_sent() {
    let violation = found(OnUncertainOutcome::GiveUp, Planted::ReportByAddress, PLANTED).violation.unwrap();
    assert!(violation.what.contains("nobody reported"), "{violation}");
}
