//! The channels a notice can take, and how an order chooses among them.

use serde::{Deserialize, Serialize};
use strum::VariantArray;

/// One way to reach somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, VariantArray)]
pub enum Channel {
    /// E-mail, by SES.
    #[serde(rename = "E")]
    Email,
    /// Text message, by SNS.
    #[serde(rename = "S")]
    Sms,
}

impl Channel {
    /// All there are.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// Its name in keys, configuration and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }

    /// Its name in the contract, as the kind of a recipient's entry.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Email => "Email",
            Self::Sms => "SMS",
        }
    }
}

/// One value for each channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PerChannel<T> {
    email: T,
    sms: T,
}

impl<T> PerChannel<T> {
    /// The value that a function gives for each channel.
    pub fn by(value: impl Fn(Channel) -> T) -> Self {
        Self { email: value(Channel::Email), sms: value(Channel::Sms) }
    }

    /// The same, where the function may fail.
    pub fn try_by<E>(value: impl Fn(Channel) -> Result<T, E>) -> Result<Self, E> {
        Ok(Self { email: value(Channel::Email)?, sms: value(Channel::Sms)? })
    }

    /// The value of a channel.
    pub fn of(&self, channel: Channel) -> &T {
        match channel {
            Channel::Email => &self.email,
            Channel::Sms => &self.sms,
        }
    }
}

/// How an order wants the channel chosen (`channelSchema` of the contract). "Preferred" is about
/// which address exists, not about whether delivery succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, VariantArray)]
pub enum ChannelSchema {
    /// E-mail only.
    Email,
    /// SMS only.
    Sms,
    /// E-mail, or SMS where no e-mail address exists.
    EmailPreferred,
    /// SMS, or e-mail where no mobile number exists.
    SmsPreferred,
    /// Both, as far as the addresses exist.
    EmailAndSms,
}

impl ChannelSchema {
    /// All there are.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// Its name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "Email",
            Self::Sms => "Sms",
            Self::EmailPreferred => "EmailPreferred",
            Self::SmsPreferred => "SmsPreferred",
            Self::EmailAndSms => "EmailAndSms",
        }
    }

    /// Every channel the schema may end up using, the first choice first.
    pub fn channels(self) -> &'static [Channel] {
        match self {
            Self::Email => &[Channel::Email],
            Self::Sms => &[Channel::Sms],
            Self::EmailPreferred | Self::EmailAndSms => &[Channel::Email, Channel::Sms],
            Self::SmsPreferred => &[Channel::Sms, Channel::Email],
        }
    }

    /// Whether it may end up using a channel.
    pub fn uses(self, channel: Channel) -> bool {
        self.channels().contains(&channel)
    }

    /// Whether it uses all of its channels at once, and not the first one with an address.
    pub fn uses_all(self) -> bool {
        match self {
            Self::EmailAndSms => true,
            Self::Email | Self::Sms | Self::EmailPreferred | Self::SmsPreferred => false,
        }
    }

    /// The channels a notice takes when addresses exist for all of them, and so those on which it
    /// is reported when nothing could be sent.
    pub fn first_choice(self) -> &'static [Channel] {
        if self.uses_all() { self.channels() } else { &self.channels()[..1] }
    }
}

/// Whether a notice waits for the sending window (`sendingTimePolicy` of the contract).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SendingTimePolicy {
    /// As the deployment's house rule has it: the order says nothing.
    #[default]
    #[serde(rename = "H")]
    House,
    /// At any hour.
    #[serde(rename = "A")]
    Anytime,
    /// Inside the sending window only.
    #[serde(rename = "D")]
    Daytime,
}
