//! How fast the providers take messages, as the deployment says, and who has which share of that.

use std::num::NonZeroU32;

use varsling_domain::channel::{Channel, PerChannel};
use varsling_function::environment::{ConfigError, Environment};

/// The rate of each channel, in messages a second.
#[derive(Debug, Clone, Copy)]
pub struct Rates(PerChannel<NonZeroU32>);

impl Rates {
    /// As `EMAIL_RATE` and `SMS_RATE` say.
    pub fn open(environment: &Environment) -> Result<Self, ConfigError> {
        PerChannel::try_by(|channel| of(channel, environment)).map(Self)
    }

    /// The rate of a channel.
    pub fn of(&self, channel: Channel) -> NonZeroU32 {
        *self.0.of(channel)
    }
}

/// The rate of a channel alone.
pub fn of(channel: Channel, environment: &Environment) -> Result<NonZeroU32, ConfigError> {
    environment.parsed(variable(channel), str::parse)
}

/// The variable with the rate of a channel.
fn variable(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "EMAIL_RATE",
        Channel::Sms => "SMS_RATE",
    }
}
