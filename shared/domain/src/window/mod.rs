//! When a notice may go: the sending window and the lifetime, on Oslo's clock.

#[cfg(test)]
mod any_hours;
mod configuration;
mod hours;
mod pace;
#[cfg(test)]
mod tests;

pub use configuration::InvalidWindow;
pub use hours::{Closing, Hours};
pub use pace::Pace;

use chrono::{DateTime, TimeDelta, Utc};

use crate::channel::{Channel, SendingTimePolicy};

/// How long a notice may keep trying, from when it was allowed to go.
pub const LIFETIME: TimeDelta = TimeDelta::hours(48);

/// What becomes of orders that do not say when their notices may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HouseRule {
    /// Both channels wait for working hours on working days: what the service promises.
    WorkingDays,
    /// As the incumbent does it: SMS from 09:00 to 17:00 every day, e-mail at any time.
    Altinn,
}

impl HouseRule {
    /// The rule of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::WorkingDays, Self::Altinn].into_iter().find(|rule| rule.name() == name)
    }

    /// Its name in configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::WorkingDays => "WorkingDays",
            Self::Altinn => "Altinn",
        }
    }
}

/// The hours in which notices may go that wait for them, and which those are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendingWindow {
    house: HouseRule,
    email: Hours,
    sms: Hours,
}

impl Default for SendingWindow {
    fn default() -> Self {
        Self::of(HouseRule::WorkingDays)
    }
}

impl SendingWindow {
    /// The first time, no earlier than `at`, at which a notice may go.
    pub fn opens(&self, channel: Channel, policy: SendingTimePolicy, at: DateTime<Utc>) -> DateTime<Utc> {
        self.hours(channel, policy).map_or(at, |hours| hours.next_open(at))
    }

    /// Whether a notice waits for the window at all.
    pub fn waits(&self, channel: Channel, policy: SendingTimePolicy) -> bool {
        self.hours(channel, policy).is_some()
    }

    /// When the turn of a notice comes that waits in line from an opening on. A line that is longer than the day
    /// goes on where it broke off when the window opens next; one that is longer than the notice lives gives
    /// it a turn before its end all the same, for late is better than never.
    pub fn in_line(
        &self,
        (channel, policy): (Channel, SendingTimePolicy),
        (opening, wait): (DateTime<Utc>, TimeDelta),
        expires: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let Some(hours) = self.hours(channel, policy) else { return opening };
        let room = |opens| hours.next_close(opens).min(expires).signed_duration_since(opens);
        let (mut opens, mut wait_left) = (opening, wait);
        while opens < expires && wait_left >= room(opens) {
            wait_left -= room(opens);
            opens = hours.next_open(hours.next_close(opens));
        }
        if opens < expires { opens + wait_left } else { opening + wrapped(wait, room(opening)) }
    }

    /// The time that a sweep can hand out to those who wait in line for a channel: from when it is open, as far
    /// as the sweep looks ahead, and not past the closing.
    pub fn line(
        &self,
        channel: Channel,
        now: DateTime<Utc>,
        ahead: TimeDelta,
    ) -> (DateTime<Utc>, DateTime<Utc>) {
        let hours = self.daytime(channel);
        let from = hours.next_open(now);
        (from, (now + ahead).min(hours.next_close(from)))
    }

    /// When a notice that falls due at `due` has tried for long enough: a lifetime after it was allowed to
    /// go, and never while the window is closed, for then it would not have had its chance.
    pub fn lifetime_end(
        &self,
        channel: Channel,
        policy: SendingTimePolicy,
        due: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let opens = self.opens(channel, policy, due);
        let end = opens.checked_add_signed(LIFETIME).unwrap_or(opens);
        match self.hours(channel, policy) {
            Some(hours) if hours.next_open(end) > end => hours.next_close(end),
            _ => end,
        }
    }

    /// The hours that a notice waits for; none that it does.
    fn hours(&self, channel: Channel, policy: SendingTimePolicy) -> Option<&Hours> {
        let waits = match (policy, self.house, channel) {
            (SendingTimePolicy::Anytime, ..)
            | (SendingTimePolicy::House, HouseRule::Altinn, Channel::Email) => false,
            (SendingTimePolicy::Daytime | SendingTimePolicy::House, ..) => true,
        };
        waits.then_some(self.daytime(channel))
    }

    fn daytime(&self, channel: Channel) -> &Hours {
        match channel {
            Channel::Email => &self.email,
            Channel::Sms => &self.sms,
        }
    }
}

/// What is left of a time after as many whole others as it holds; nothing where there is no room.
fn wrapped(time: TimeDelta, room: TimeDelta) -> TimeDelta {
    let rest = time.num_milliseconds().checked_rem_euclid(room.num_milliseconds().max(0));
    TimeDelta::milliseconds(rest.unwrap_or(0))
}
