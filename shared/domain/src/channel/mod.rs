//! The channels a notice can take, and what belongs to each. Only their addresses (`address`, and `order/recipient.rs` for
//! how they are stored) and their texts (`text`) stand elsewhere in the rules.

mod per_channel;
mod schema;

pub use per_channel::PerChannel;
pub use schema::ChannelSchema;

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

/// What belongs to a channel.
#[derive(Debug, Clone, Copy)]
pub struct ChannelSpec {
    /// Its name in keys, configuration, templates, paths and logs.
    pub name: &'static str,
    /// Its name in the contract: the kind of a recipient's entry, and the beginning of its statuses.
    pub kind: &'static str,
    /// Its name in a sentence.
    pub noun: &'static str,
    /// The contract's word for a delivery that the provider has taken.
    pub accepted: &'static str,
    /// The schema that uses this channel and no other.
    pub alone: ChannelSchema,
    /// Whether a deployment can be without it. It is then a capability.
    pub is_optional: bool,
    /// Whether a notice waits for the sending window where the house rule is the incumbent's and the order does not
    /// say.
    pub waits_under_altinn_rule: bool,
    /// How many messages a second its provider takes unless a deployment says otherwise.
    pub usual_rate: u32,
    /// The names of its members in requests.
    pub members: ChannelMembers,
}

/// The members of a request that belong to a channel.
#[derive(Debug, Clone, Copy)]
pub struct ChannelMembers {
    /// Of `recipient`: somebody who is reached at an address that the order gives.
    pub recipient: &'static str,
    /// Of that recipient: the address.
    pub address: &'static str,
    /// Of a recipient: what is sent.
    pub settings: &'static str,
    /// Of a listed recipient: the address.
    pub listed: &'static str,
    /// Of an order that lists its recipients: what is sent.
    pub list_text: &'static str,
}

impl Channel {
    /// All there are.
    pub const ALL: &'static [Self] = Self::VARIANTS;
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();

    /// What belongs to it.
    pub const fn spec(self) -> ChannelSpec {
        match self {
            Self::Email => ChannelSpec {
                name: "email",
                kind: "Email",
                noun: "e-mail",
                accepted: "Succeeded",
                alone: ChannelSchema::Email,
                is_optional: false,
                waits_under_altinn_rule: false,
                usual_rate: 14,
                members: ChannelMembers {
                    recipient: "recipientEmail",
                    address: "emailAddress",
                    settings: "emailSettings",
                    listed: "emailAddress",
                    list_text: "emailTemplate",
                },
            },
            Self::Sms => ChannelSpec {
                name: "sms",
                kind: "SMS",
                noun: "SMS",
                accepted: "Accepted",
                alone: ChannelSchema::Sms,
                is_optional: true,
                waits_under_altinn_rule: true,
                usual_rate: 20,
                members: ChannelMembers {
                    recipient: "recipientSms",
                    address: "phoneNumber",
                    settings: "smsSettings",
                    listed: "mobileNumber",
                    list_text: "smsTemplate",
                },
            },
        }
    }

    /// Its name in keys, configuration, templates, paths and logs.
    pub const fn name(self) -> &'static str {
        self.spec().name
    }

    /// The channel of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|channel| channel.name() == name)
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
