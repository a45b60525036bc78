//! In which of its owner's lines a notification stands before an opening. What is urgent goes first, and the many
//! of one list have a line beside that of single notices, so that nobody waits for a whole crowd.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::order::{Order, Priority, Recipients};
use crate::window::Pace;

/// How many recipients a list may have whose notices go at once; those of a longer one go at the pace of the
/// provider, and leave it room for others.
pub const CROWD: u16 = 10;

/// How many urgent notices of one owner go before others at one opening; more would keep everybody else waiting,
/// and are like any other.
const MOST_URGENT: usize = 1_000;

/// How long after an opening the first turn comes of what is not urgent.
const AFTER_URGENT: TimeDelta = TimeDelta::seconds(1);

/// By how much the turns of urgent notices are closer to each other than those of others.
const CLOSER: i32 = 2_000;

/// A line of one owner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lane {
    /// Single notices.
    #[default]
    #[serde(rename = "o")]
    Ordinary,
    /// Urgent notices, which have their turns before all others.
    #[serde(rename = "u")]
    Urgent,
    /// The recipients of long lists.
    #[serde(rename = "c")]
    Crowd,
}

/// A line, had its owner the provider for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnLine {
    /// How long those before take to leave.
    pub behind: TimeDelta,
    /// How long after another one leaves.
    pub apart: TimeDelta,
}

impl Lane {
    /// Where the notices of an order stand.
    pub fn of(order: &Order) -> Self {
        let listed = order.steps.iter().filter_map(|step| step.recipients.listed()).max();
        match order.priority {
            Priority::Urgent => Self::Urgent,
            Priority::Normal if listed > Some(CROWD) => Self::Crowd,
            Priority::Normal => Self::Ordinary,
        }
    }

    /// How a line stands in which so many are before, at a provider's pace.
    pub fn line(self, pace: Pace, before: usize) -> OwnLine {
        let (behind, apart) = (pace.time(before), pace.time(1));
        match self {
            Self::Urgent if before < MOST_URGENT => {
                OwnLine { behind: behind / CLOSER, apart: apart / CLOSER }
            }
            Self::Urgent | Self::Ordinary | Self::Crowd => {
                OwnLine { behind: AFTER_URGENT.checked_add(&behind).unwrap_or(behind), apart }
            }
        }
    }
}

impl Recipients {
    /// Whether there are so many that they go at the provider's pace, also while the window is open.
    pub fn is_crowd(&self) -> bool {
        self.listed() > Some(CROWD)
    }
}

impl OwnLine {
    /// How long the next one waits, and the line as it stands for the one after.
    pub(super) fn take(&mut self) -> TimeDelta {
        let behind = self.behind;
        self.behind = behind.checked_add(&self.apart).unwrap_or(behind);
        behind
    }

    /// Lets so many pass, each on its channel.
    pub fn pass(lines: &mut [(Channel, Self)], channels: impl Iterator<Item = Channel>) {
        for channel in channels {
            if let Some((_, line)) = lines.iter_mut().find(|(taken, _)| *taken == channel) {
                line.take();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{email_step, order};
    use crate::order::When;
    use std::num::NonZeroU32;

    #[test]
    fn a_thousand_urgent_notices_of_an_owner_go_before_the_first_other() {
        for rate in [1, 20] {
            let pace = Pace { rate: NonZeroU32::new(rate).unwrap() };
            assert!(Lane::Urgent.line(pace, 999).behind < Lane::Ordinary.line(pace, 0).behind, "{rate}");
            assert_eq!(Lane::Urgent.line(pace, 1_000), Lane::Ordinary.line(pace, 1_000), "{rate}");
        }
        let pace = Pace { rate: NonZeroU32::new(20).unwrap() };
        let first = Lane::Ordinary.line(pace, 0);
        assert_eq!(Lane::Crowd.line(pace, 0), first);
        assert!(Lane::Ordinary.line(pace, usize::MAX).behind >= first.behind);
    }

    #[test]
    fn a_line_moves_on() {
        let mut line = OwnLine { behind: TimeDelta::seconds(1), apart: TimeDelta::seconds(2) };
        assert_eq!([line.take(), line.take()], [TimeDelta::seconds(1), TimeDelta::seconds(3)]);
        let mut lines = [(Channel::Email, line)];
        OwnLine::pass(&mut lines, [Channel::Email, Channel::Sms].into_iter());
        assert_eq!(lines[0].1.behind, TimeDelta::seconds(7));
    }

    #[test]
    fn an_order_says_what_is_urgent() {
        let ordered = order(vec![email_step(When::Now)]);
        assert_eq!(Lane::of(&ordered), Lane::Ordinary);
        assert_eq!(Lane::of(&Order { priority: Priority::Urgent, ..ordered }), Lane::Urgent);
    }
}
