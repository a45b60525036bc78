//! Leases: how long a message or a worker has before it counts as lost.

use chrono::{DateTime, TimeDelta, Utc};

use crate::channel::{Channel, PerChannel};
use crate::priority::PriorityClass;

/// How long a message has from the moment at which it becomes visible: far longer than a function may take, and long
/// enough for the queue to deliver it again when a worker was lost.
pub(super) const LEASE: TimeDelta = TimeDelta::minutes(5);

/// The longest lease of what was lost before: how late a notice can be once what kept losing it is mended.
pub(super) const LONGEST_LEASE: TimeDelta = TimeDelta::hours(1);

/// How often something may be lost before it is given up. With leases of at most an hour that is ten days, which is
/// longer than a notice lives, also over Easter: a permission that is missing, or a function that does not start, is
/// no reason to give up before the lifetime ends.
pub(super) const MOST_EXPIRED_LEASES: u32 = 250;

/// How long the queues of the channels take to empty, by the messages on them and the channels' rates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlogs {
    /// The queues of what is not urgent.
    pub normal: PerChannel<TimeDelta>,
    /// The queues of what is urgent.
    pub urgent: PerChannel<TimeDelta>,
}

impl Backlogs {
    /// How long the queue takes on which the deliveries of a class wait.
    pub fn on(&self, channel: Channel, class: PriorityClass) -> TimeDelta {
        *match class {
            PriorityClass::Normal | PriorityClass::Bulk => &self.normal,
            PriorityClass::Urgent => &self.urgent,
        }
        .of(channel)
    }
}

/// When the lease ends of something that may be worked on from `from`: twice as late with each time that it was lost,
/// because what looks lost may only be slow.
pub(super) fn ends(from: DateTime<Utc>, expired: u32) -> DateTime<Utc> {
    from + (LEASE * 2_i32.pow(expired.min(10))).min(LONGEST_LEASE)
}

/// When the lease ends of a delivery behind so long a queue. Were it shorter than the queue, the backlog would be
/// queued again and again behind itself.
pub(super) fn ends_behind(from: DateTime<Utc>, expired: u32, backlog: TimeDelta) -> DateTime<Utc> {
    let twice = backlog.checked_mul(2).unwrap_or(TimeDelta::MAX);
    let behind = from.checked_add_signed(twice).unwrap_or(DateTime::<Utc>::MAX_UTC);
    ends(from, expired).max(behind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::at;

    #[test]
    fn leases_double_with_each_loss_up_to_an_hour() {
        let minutes = [0, 1, 2, 3, 4, u32::MAX]
            .map(|expired| (ends(at("10:00:00"), expired) - at("10:00:00")).num_minutes());
        assert_eq!(minutes, [5, 10, 20, 40, 60, 60]);
    }

    #[test]
    fn a_lease_is_twice_as_long_as_the_queue() {
        let start = at("10:00:00");
        for (backlog, minutes) in [(0, 5), (120, 5), (150, 5), (151, 5), (3_600, 120)] {
            let lease = ends_behind(start, 0, TimeDelta::seconds(backlog)) - start;
            assert_eq!(lease.num_minutes(), minutes, "{backlog}");
        }
        assert_eq!(ends_behind(start, 0, TimeDelta::MAX), DateTime::<Utc>::MAX_UTC);
    }
}
