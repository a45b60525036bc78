//! Where a notice can be sent: e-mail addresses and mobile numbers.

mod allowed_numbers;
mod characters;
mod email_address;
mod mobile_number;

pub use allowed_numbers::{AllowedNumbers, InvalidRange, NumberRange};
pub use email_address::{EmailAddress, InvalidEmailAddress};
pub use mobile_number::{InvalidMobileNumber, MobileNumber};

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::sandbox;

/// An address of a channel, as an order or a register has it. The names in the table are single letters, because an
/// order can list thousands; `p` and `o` are taken by the other kinds of listed recipients (`Named`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContactAddress {
    /// For e-mail.
    #[serde(rename = "e")]
    Email(EmailAddress),
    /// For SMS.
    #[serde(rename = "s")]
    Mobile(MobileNumber),
}

/// A text is no address of its channel.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub enum InvalidAddress {
    /// No e-mail address.
    Email(#[from] InvalidEmailAddress),
    /// No mobile number.
    Mobile(#[from] InvalidMobileNumber),
}

impl ContactAddress {
    /// As an order gives it.
    pub fn parse_ordered(channel: Channel, text: &str) -> Result<Self, InvalidAddress> {
        Ok(match channel {
            Channel::Email => Self::Email(EmailAddress::try_from(text)?),
            Channel::Sms => Self::Mobile(MobileNumber::parse_ordered(text)?),
        })
    }

    /// As people have registered it.
    pub fn parse_registered(channel: Channel, text: &str) -> Result<Self, InvalidAddress> {
        Ok(match channel {
            Channel::Email => Self::Email(EmailAddress::try_from(text)?),
            Channel::Sms => Self::Mobile(MobileNumber::parse_registered(text)?),
        })
    }

    /// As people have registered it, with a register that has had them confirm it by a code.
    pub fn parse_verified(channel: Channel, text: &str) -> Result<Self, InvalidAddress> {
        match channel {
            Channel::Email => Self::parse_registered(channel, text),
            Channel::Sms => Ok(Self::Mobile(MobileNumber::parse_verified(text)?)),
        }
    }

    /// Whether a deployment or an owner lets it be sent to: every e-mail address, and the numbers that are allowed.
    pub fn is_allowed_by(&self, numbers: &AllowedNumbers) -> bool {
        match self {
            Self::Email(_) => true,
            Self::Mobile(number) => numbers.allow(number) || sandbox::has(self),
        }
    }

    /// Whether both are the same address, in whatever case an e-mail address is written.
    pub fn is_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Email(one), Self::Email(other)) => one.same_as(other),
            (one, other) => one == other,
        }
    }

    /// The channel that it is an address of.
    pub fn channel(&self) -> Channel {
        match self {
            Self::Email(_) => Channel::Email,
            Self::Mobile(_) => Channel::Sms,
        }
    }

    /// The address as its provider takes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Email(address) => address.as_str(),
            Self::Mobile(number) => number.as_str(),
        }
    }
}
