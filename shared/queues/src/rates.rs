//! How fast the providers take messages, as the deployment says, and who has which share of that.

use std::num::NonZeroU32;

use varsling_domain::channel::{Channel, PerChannel};
use varsling_function::environment::{ConfigError, Environment};

use crate::variables;

/// The rate of each channel, in messages a second.
#[derive(Debug, Clone, Copy)]
pub struct Rates(PerChannel<NonZeroU32>);

impl Rates {
    /// As `EMAIL_RATE`, `SMS_RATE` and the like say.
    pub fn open(environment: &Environment) -> Result<Self, ConfigError> {
        let rates = Channel::ALL.iter().map(|channel| of(*channel, environment));
        let rates = rates.collect::<Result<Vec<_>, _>>()?;
        Ok(Self(PerChannel::by(|channel| rates[channel as usize])))
    }

    /// The rate of a channel.
    pub fn of(&self, channel: Channel) -> NonZeroU32 {
        *self.0.of(channel)
    }
}

/// The rate of a channel alone.
pub fn of(channel: Channel, environment: &Environment) -> Result<NonZeroU32, ConfigError> {
    environment.parsed(variables::rate(channel), str::parse)
}
