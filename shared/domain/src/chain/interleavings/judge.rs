//! What must hold in every state, and of every step from one to the next.

use crate::chain::{Basis, Chain, Delivery, DeliveryState, Ending, Outcome, Report, ShipmentState};
use crate::ids::DeliveryId;
use crate::order::OnUncertainOutcome;

use super::super::properties::may_become;
use super::job::Step;
use super::provider::Call;
use super::world::World;

/// What is wrong with a step, if something is.
pub fn judge(before: &World, after: &World) -> Result<(), String> {
    final_or_timed(after.chain())?;
    calls(before, after)?;
    one_worker_at_each(after)?;
    for id in after.ids() {
        if let (Some(was), Some(is)) = (before.chain().delivery(id), after.chain().delivery(id)) {
            forward(id, was, is)?;
        }
        true_to_the_provider(after, id)?;
    }
    heeds_the_owner(before, after)
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

/// Each state is final, or has a time at which a sweep looks at it.
fn final_or_timed(chain: &Chain) -> Result<(), String> {
    ensure(chain.is_final() == chain.entry.is_none(), || "no sweep will ever look at it".into())?;
    let due = chain.due().map(|due| due.at);
    ensure(due.is_none() || chain.entry.map(|entry| entry.at) <= due, || {
        "its sweep comes later than it must".into()
    })
}

/// Each claim leads to one call at most; what the provider has taken is sent again only where the order wants that.
fn calls(before: &World, after: &World) -> Result<(), String> {
    let Some(call) = after.calls.get(before.calls.len()) else { return Ok(()) };
    let same = |other: &&Call| (other.delivery, other.claim) == (call.delivery, call.claim);
    ensure(after.calls.iter().filter(same).count() == 1, || {
        format!("{} was called twice under one claim", call.delivery)
    })?;
    let taken = after.calls.iter().filter(|other| other.delivery == call.delivery && other.is_taken);
    let most = match after.chain().on_uncertain_outcome {
        OnUncertainOutcome::GiveUp => 1,
        OnUncertainOutcome::SendAgain => 2,
    };
    ensure(taken.count() <= most, || format!("the provider has taken {} too often", call.delivery))
}

/// No two workers are about to call the provider about the same.
fn one_worker_at_each(world: &World) -> Result<(), String> {
    let claimed = world.workers.iter().flatten().filter(|job| job.step == Step::Claimed);
    let mut about: Vec<_> = claimed.filter_map(|job| world.delivery_of(job)).collect();
    let all = about.len();
    about.dedup();
    ensure(about.len() == all, || "two workers are about to send the same".into())
}

/// Statuses go forward; back only with a new claim, for a call that came to nothing; and what is over changes only by a
/// report that beats what was known.
fn forward(id: DeliveryId, was: &Delivery, is: &Delivery) -> Result<(), String> {
    if let (DeliveryState::Done(was), DeliveryState::Done(is)) = (was.state, is.state) {
        return ensure(was == is || may_become(was, is), || format!("{id}: {was:?} became {is:?}"));
    }
    let is_forward = rank(is) >= rank(was) || is.claim > was.claim && !was.is_final();
    ensure(is_forward, || format!("{id}: {:?} became {:?}", was.state, is.state))
}

fn rank(delivery: &Delivery) -> u8 {
    match delivery.state {
        DeliveryState::Waiting { .. } | DeliveryState::Queued { .. } | DeliveryState::GivenBack { .. } => 0,
        DeliveryState::Sending { .. } => 1,
        DeliveryState::Accepted => 2,
        DeliveryState::Done(_) => 3,
    }
}

/// What is said to be known was reported, and what is only inferred says so.
fn true_to_the_provider(world: &World, id: DeliveryId) -> Result<(), String> {
    let Some(delivery) = world.chain().delivery(id) else { return Ok(()) };
    let calls = || world.calls.iter().filter(|call| call.delivery == id);
    let reported = world.reported.filter(|(about, _)| *about == id).map(|(_, report)| report);
    let holds = match delivery.state {
        DeliveryState::Accepted => calls().any(|call| call.is_taken),
        DeliveryState::Done(Ending { outcome: Outcome::Delivered, .. }) => {
            reported == Some(Report::Delivered)
        }
        DeliveryState::Done(Ending { outcome: Outcome::Failed(_), basis: Basis::Told }) => {
            matches!(reported, Some(Report::Failed(_))) || calls().any(|call| !call.is_taken)
        }
        DeliveryState::Done(Ending { outcome: Outcome::Failed(_), basis: Basis::Transient }) => {
            matches!(reported, Some(Report::FailedForNow(_)))
        }
        DeliveryState::Done(Ending {
            outcome: Outcome::Failed(_),
            basis: Basis::Inferred | Basis::Unknown,
        }) => reported.is_none() || matches!(reported, Some(Report::FailedForNow(_))),
        DeliveryState::Done(Ending { outcome: Outcome::Stopped, .. }) => {
            (world.is_cancelled || world.opened_at.is_some()) && !calls().any(|call| call.is_taken)
        }
        DeliveryState::Waiting { .. }
        | DeliveryState::Queued { .. }
        | DeliveryState::GivenBack { .. }
        | DeliveryState::Sending { .. } => true,
    };
    ensure(holds, || format!("{id} is {:?}, which nobody reported", delivery.state))
}

/// What is cancelled is not claimed any more, and no reminder begins once its message has been opened.
fn heeds_the_owner(before: &World, after: &World) -> Result<(), String> {
    for (number, shipment) in after.chain().numbered() {
        let Some(was) = before.chain().shipment(number) else { continue };
        let claims = |deliveries: &[Delivery]| deliveries.iter().filter(|one| rank(one) == 1).count();
        let is_claimed = claims(shipment.deliveries()) > claims(was.deliveries());
        ensure(!(is_claimed && was.is_cancelled()), || "what is cancelled was claimed".into())?;
        let begins = matches!(was.state, ShipmentState::Scheduled { .. })
            && matches!(shipment.state, ShipmentState::Resolving { .. });
        ensure(!(begins && number > 0 && before.opened_at.is_some()), || {
            "a reminder began although its message had been opened".into()
        })?;
    }
    Ok(())
}
