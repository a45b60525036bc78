//! When a notice may go: the sending window and the lifetime, on Oslo's clock.

#[cfg(test)]
mod any_hours;
mod configuration;
mod hours;
#[cfg(test)]
mod tests;

pub use configuration::InvalidWindow;
pub use hours::{Closing, Hours, Span};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::channel::{Channel, PerChannel, SendingTimePolicy};

/// How long a notice may keep trying, from when it was allowed to go.
pub const LIFETIME: TimeDelta = TimeDelta::hours(48);

/// What becomes of orders that do not say when their notices may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HouseRule {
    /// Every channel waits for working hours on working days: what the service promises.
    WorkingDays,
    /// As the incumbent does it: SMS from 09:00 to 17:00 every day, e-mail at any time.
    Altinn,
}

impl HouseRule {
    /// The rule of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::WorkingDays, Self::Altinn].into_iter().find(|rule| rule.name() == name)
    }

    /// Whether a notice waits for the window when its order does not say.
    fn waits(self, channel: Channel) -> bool {
        match self {
            Self::WorkingDays => true,
            Self::Altinn => channel.spec().waits_under_altinn_rule,
        }
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
    hours: PerChannel<Hours>,
}

impl Default for SendingWindow {
    fn default() -> Self {
        Self::of(HouseRule::WorkingDays)
    }
}

impl SendingWindow {
    /// The first time, no earlier than `at`, at which a notice may go.
    pub fn opens(&self, channel: Channel, policy: SendingTimePolicy, at: DateTime<Utc>) -> DateTime<Utc> {
        self.hours_of(channel, policy).map_or(at, |hours| hours.next_open(at))
    }

    /// When a channel's hours are on a day, for notices that wait for them; none where it is closed all day.
    pub fn span(&self, channel: Channel, date: NaiveDate) -> Option<Span> {
        self.hours.of(channel).span(date)
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
        match self.hours_of(channel, policy) {
            Some(hours) if hours.next_open(end) > end => hours.next_close(end),
            _ => end,
        }
    }

    /// The hours that a notice waits for; none that it does.
    fn hours_of(&self, channel: Channel, policy: SendingTimePolicy) -> Option<&Hours> {
        let waits = match policy {
            SendingTimePolicy::Anytime => false,
            SendingTimePolicy::Daytime => true,
            SendingTimePolicy::House => self.house.waits(channel),
        };
        waits.then_some(self.hours.of(channel))
    }
}
