//! When a sweep looks at a chain next.
//!
//! The table's due index holds one entry for each chain: the earliest moment at which a sweep must act. What is planned
//! is acted on ahead of its time, so that queues can deliver to the second; what is leased once the lease has ended.
//! An entry that does not move costs nothing, so one that is earlier than it need be stays: the sweep that finds it
//! looks and moves it on.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Chain, Delivery, DeliveryState, Shipment, ShipmentState};

/// How far ahead the sweeps act on what is planned. A schedule fires anywhere within its minute, and one that is missed
/// must not make anything late.
pub const LOOK_AHEAD: TimeDelta = TimeDelta::minutes(3);

/// What is due so soon is queued when it is accepted: no queue holds a message back for longer.
pub const DUE_WITHIN: TimeDelta = super::effect::LONGEST_DELAY;

/// How long an uncertain outcome waits for the provider's event to tell it.
const UNCERTAIN_FOR: TimeDelta = TimeDelta::minutes(30);

/// The most that seniority puts an entry forward, in milliseconds.
const MOST_SENIORITY: i64 = 1_000;

/// How long after its lifetime an accepted delivery still waits for its report, as the incumbent does.
pub(super) const REPORT_GRACE: TimeDelta = TimeDelta::minutes(5);

/// A key space of the due index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Space {
    /// What the `schedule` sweep acts on.
    Due,
    /// What the `fire-reminder` sweep acts on.
    Reminder,
}

impl Space {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::Due, Self::Reminder];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Reminder => "reminder",
        }
    }
}

/// Where a chain stands in the due index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// In which key space.
    pub space: Space,
    /// When a sweep must act.
    pub at: DateTime<Utc>,
}

/// What puts a notice that has waited before those that wait for the same moment, such as an opening: a millisecond for
/// each hour since it was planned. Entries are worked through in the order of their times.
fn seniority(planned_at: DateTime<Utc>, at: DateTime<Utc>) -> TimeDelta {
    TimeDelta::milliseconds((at - planned_at).num_hours().clamp(0, MOST_SENIORITY))
}

/// Whether a sweep acts by now on what is planned for a time, wherever seniority has put its entry.
pub(super) fn is_acted_on(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at <= now + LOOK_AHEAD + TimeDelta::milliseconds(MOST_SENIORITY)
}

/// From when on the outcome of a call is uncertain.
pub(super) fn uncertain_from(since: DateTime<Utc>) -> DateTime<Utc> {
    since + UNCERTAIN_FOR
}

impl Chain {
    /// The first of the moments at which a sweep must act; none once everything is final.
    pub fn due(&self) -> Option<Due> {
        self.numbered().filter_map(|(number, shipment)| shipment.due(number)).min_by_key(|due| due.at)
    }

    /// The entry that goes with this state, where `stored` is the one that the table has. One that is early enough stays,
    /// also when its moment has come: the sweep that is about to find it moves it on.
    pub(super) fn next_entry(&self, stored: Option<Due>) -> Option<Due> {
        let due = self.due()?;
        let early_enough = stored.filter(|entry| entry.space == due.space && entry.at <= due.at);
        early_enough.or(Some(due))
    }

    /// The entry where a sweep is looking at the chain, for which one whose moment has come is of no more use.
    pub(super) fn next_entry_for_sweep(&self, stored: Option<Due>, now: DateTime<Utc>) -> Option<Due> {
        self.next_entry(stored.filter(|entry| entry.at > now))
    }
}

impl Shipment {
    fn due(&self, number: u8) -> Option<Due> {
        let space = match self.state {
            ShipmentState::Scheduled { .. } if number > 0 => Space::Reminder,
            _ => Space::Due,
        };
        self.due_at().map(|at| Due { space, at })
    }

    fn due_at(&self) -> Option<DateTime<Utc>> {
        match &self.state {
            ShipmentState::Scheduled { at } | ShipmentState::Postponed { at } => {
                Some(*at - LOOK_AHEAD - seniority(self.planned_at, *at))
            }
            ShipmentState::Resolving { lease_ends, .. } | ShipmentState::FanningOut { lease_ends, .. } => {
                Some(*lease_ends)
            }
            ShipmentState::Open(deliveries) => {
                deliveries.iter().filter_map(|delivery| delivery.due_at(self)).min()
            }
            ShipmentState::FannedOut(fan_out) => Some(fan_out.check_at),
            ShipmentState::AllChildrenFinal { .. } | ShipmentState::Stopped => None,
        }
    }
}

impl Delivery {
    fn due_at(&self, shipment: &Shipment) -> Option<DateTime<Utc>> {
        match self.state {
            DeliveryState::Waiting { at, .. } => Some(at - LOOK_AHEAD - seniority(shipment.planned_at, at)),
            DeliveryState::Queued { lease_ends, .. } => Some(lease_ends),
            DeliveryState::Sending { since } => Some(uncertain_from(since)),
            DeliveryState::GivenBack { until } => Some(until),
            DeliveryState::Accepted => Some(shipment.expires_at + REPORT_GRACE),
            DeliveryState::Done(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{
        accepted_email, at, chain_with_reminder, planned, queued_email, sending_email, woken,
    };

    fn due(space: Space, at: DateTime<Utc>) -> Due {
        Due { space, at }
    }

    #[test]
    fn what_is_planned_is_acted_on_ahead_and_what_is_leased_when_the_lease_has_ended() {
        assert_eq!(planned().due(), Some(due(Space::Due, at("11:57:00"))));
        assert_eq!(woken(&planned(), "11:57:00").due(), Some(due(Space::Due, at("12:05:00"))));
        assert_eq!(queued_email().due(), Some(due(Space::Due, at("10:05:00"))));
        assert_eq!(sending_email().due(), Some(due(Space::Due, at("10:30:00"))));
        let accepted = accepted_email();
        assert_eq!(accepted.due(), Some(due(Space::Due, accepted.shipments[0].expires_at + REPORT_GRACE)));
    }

    #[test]
    fn what_an_earlier_opening_left_over_comes_before_what_is_new() {
        let opening = at("12:00:00");
        let [yesterday, tonight] = [20, 3].map(|hours| opening - TimeDelta::hours(hours));
        assert_eq!(seniority(opening, opening), TimeDelta::zero());
        assert!(seniority(yesterday, opening) > seniority(tonight, opening));
        assert_eq!(seniority(DateTime::UNIX_EPOCH, opening), TimeDelta::seconds(1));
    }

    #[test]
    fn the_first_moment_counts_whichever_sweep_it_is_for() {
        let mut chain = chain_with_reminder();
        assert_eq!(chain.due(), Some(due(Space::Due, at("10:05:00"))));
        chain.shipments[0].state = ShipmentState::Stopped;
        assert_eq!(chain.due(), Some(due(Space::Reminder, chain.shipments[1].planned_at - LOOK_AHEAD)));
        chain.shipments[1].state = ShipmentState::Stopped;
        assert_eq!(chain.due(), None);
    }

    #[test]
    fn an_entry_that_is_early_enough_stays_until_its_moment() {
        let chain = sending_email();
        let early = Some(due(Space::Due, at("10:05:00")));
        assert_eq!(chain.next_entry(early), early);
        assert_eq!(chain.next_entry_for_sweep(early, at("10:04:59")), early);
        assert_eq!(
            chain.next_entry_for_sweep(early, at("10:05:00")),
            chain.due(),
            "a sweep is looking at it"
        );
        assert_eq!(chain.next_entry(Some(due(Space::Due, at("10:45:00")))), chain.due(), "it is too late");
        assert_eq!(chain.next_entry(Some(due(Space::Reminder, at("10:05:00")))), chain.due());
        assert_eq!(chain.next_entry(None), chain.due());
    }
}
