//! How fast the providers take messages, as the deployment says.

use std::num::NonZeroU32;

use varsling_domain::channel::Channel;
use varsling_domain::window::Pace;

use crate::environment::{ConfigError, Environment};

/// The pace of each channel.
pub struct Rates {
    email: Pace,
    sms: Pace,
}

impl Rates {
    /// As `EMAIL_RATE` and `SMS_RATE` say, in messages a second.
    pub fn open(environment: &Environment) -> Result<Self, ConfigError> {
        let pace = |name| environment.parsed(name, str::parse::<NonZeroU32>).map(|rate| Pace { rate });
        Ok(Self { email: pace("EMAIL_RATE")?, sms: pace("SMS_RATE")? })
    }

    /// The pace of a channel.
    pub fn of(&self, channel: Channel) -> Pace {
        match channel {
            Channel::Email => self.email,
            Channel::Sms => self.sms,
        }
    }
}
