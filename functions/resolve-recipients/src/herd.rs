//! Who finds the window closed lines up for its opening: each owner's notifications in a line of their own, so
//! that nobody stands behind somebody else's thousands. The sweep lets the lines take turns.

use std::num::NonZeroU32;

use chrono::{DateTime, Utc};
use varsling_domain::chain::{Found, OwnLine};
use varsling_domain::channel::Channel;
use varsling_domain::identity::Owner;
use varsling_domain::order::Recipient;
use varsling_domain::recipients::Resolution;
use varsling_domain::window::{Pace, SendingWindow};
use varsling_platform::environment::{ConfigError, Environment};
use varsling_platform::store::{Store, StoreError};

/// How fast the lines of each channel leave.
pub struct Rates {
    email: Pace,
    sms: Pace,
}

impl Rates {
    /// As `EMAIL_RATE` and `SMS_RATE` say.
    pub fn open(environment: &Environment) -> Result<Self, ConfigError> {
        let pace = |name| environment.parsed(name, str::parse::<NonZeroU32>).map(|rate| Pace { rate });
        Ok(Self { email: pace("EMAIL_RATE")?, sms: pace("SMS_RATE")? })
    }

    fn of(&self, channel: Channel) -> Pace {
        match channel {
            Channel::Email => self.email,
            Channel::Sms => self.sms,
        }
    }
}

/// How the owner's lines stand before what was found, on each channel that has to wait.
pub async fn lines(
    store: &Store,
    rates: &Rates,
    (owner, recipient, found): (&Owner, &Recipient, &Found),
    (window, from): (&SendingWindow, DateTime<Utc>),
) -> Result<Vec<(Channel, OwnLine)>, StoreError> {
    let Resolution::Addresses(addresses) = &found.resolution else { return Ok(vec![]) };
    let mut lines = vec![];
    for channel in [Channel::Email, Channel::Sms] {
        let count = addresses.iter().filter(|(taken, _)| *taken == channel).count();
        let Some(settings) = recipient.settings(channel).filter(|_| count > 0) else { continue };
        let opening = window.opens(channel, settings.policy, from);
        if opening > from {
            let before = store.line_up(owner, channel, opening, count).await?;
            let pace = rates.of(channel);
            let behind = pace.time(usize::try_from(before).unwrap_or(usize::MAX));
            lines.push((channel, OwnLine { behind, apart: pace.time(1) }));
        }
    }
    Ok(lines)
}
