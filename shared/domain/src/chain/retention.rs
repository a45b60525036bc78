//! Until when a chain is kept.

use chrono::{DateTime, TimeDelta, Utc};

use super::Chain;

/// By how much the retention must become shorter to be worth two writes.
const WORTH: TimeDelta = TimeDelta::days(7);

/// The end of the retention of a chain that is over, where that is more than a week before the end that was set when
/// it was accepted, for the case that everything takes as long as it can.
pub fn shortened(chain: &Chain, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let days = chain.kept_days.filter(|_| chain.is_final())?;
    let end = chain.reached_at(now)?.checked_add_signed(TimeDelta::days(days.into()))?;
    (end + WORTH < chain.kept_until).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::ShipmentState;
    use crate::chain::fixtures::{accepted_email, at, chain_with_reminder, delivered_email};

    #[test]
    fn what_is_not_over_is_kept_as_it_was_set() {
        assert_eq!(shortened(&accepted_email(), at("10:00:00")), None);
    }

    #[test]
    fn an_end_that_is_brought_forward_by_days_only_stands() {
        assert_eq!(shortened(&delivered_email(), at("10:00:00")), None);
    }

    #[test]
    fn reminders_that_will_not_come_are_not_waited_for() {
        let mut chain = chain_with_reminder();
        chain.kept_until += TimeDelta::days(90);
        for shipment in &mut chain.shipments {
            shipment.state = ShipmentState::Stopped;
        }
        assert_eq!(shortened(&chain, at("10:00:00")), Some(at("10:00:00") + TimeDelta::days(30)));
        chain.kept_days = None;
        assert_eq!(shortened(&chain, at("10:00:00")), None);
    }
}
