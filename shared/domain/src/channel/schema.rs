//! How an order chooses among the channels.

use serde::{Deserialize, Serialize};
use strum::VariantArray;

use super::Channel;

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
