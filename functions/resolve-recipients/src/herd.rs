//! What is parked for an opening of the window leaves at the provider's rate: each owner's notifications in a
//! line of their own, so that nobody stands behind somebody else's thousands. Between owners the queues take
//! turns.

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::chain::Found;
use varsling_domain::channel::Channel;
use varsling_domain::identity::Owner;
use varsling_domain::order::Recipient;
use varsling_domain::recipients::Resolution;
use varsling_domain::window::SendingWindow;
use varsling_platform::environment::{ConfigError, Environment};
use varsling_platform::store::{Store, StoreError};

/// How many messages a provider takes in a second.
pub struct Rates {
    email: u32,
    sms: u32,
}

impl Rates {
    /// As `EMAIL_RATE` and `SMS_RATE` say.
    pub fn open(environment: &Environment) -> Result<Self, ConfigError> {
        let rate = |name| environment.parsed(name, str::parse::<std::num::NonZeroU32>);
        Ok(Self { email: rate("EMAIL_RATE")?.get(), sms: rate("SMS_RATE")?.get() })
    }

    fn of(&self, channel: Channel) -> u32 {
        match channel {
            Channel::Email => self.email,
            Channel::Sms => self.sms,
        }
    }
}

/// How long after the opening what was found may go, on each channel that has to wait for it.
pub async fn behind(
    store: &Store,
    rates: &Rates,
    (owner, recipient, found): (&Owner, &Recipient, &Found),
    (window, from): (&SendingWindow, DateTime<Utc>),
) -> Result<Vec<(Channel, TimeDelta)>, StoreError> {
    let Resolution::Addresses(addresses) = &found.resolution else { return Ok(vec![]) };
    let mut behind = vec![];
    for channel in [Channel::Email, Channel::Sms] {
        let count = addresses.iter().filter(|(taken, _)| *taken == channel).count();
        let Some(settings) = recipient.settings(channel).filter(|_| count > 0) else { continue };
        let opening = window.opens(channel, settings.policy, from);
        if opening > from {
            let before = store.line_up(owner, channel, opening, count).await?;
            behind.push((channel, TimeDelta::milliseconds(before * 1_000 / i64::from(rates.of(channel)))));
        }
    }
    Ok(behind)
}
