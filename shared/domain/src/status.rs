//! The statuses of shipments and notifications, their names in the contract, and the rule that they
//! only move forward.

use serde::{Deserialize, Serialize};

use crate::channel::Channel;

/// How far a shipment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepStatus {
    /// Accepted, waiting for its time.
    #[serde(rename = "R")]
    Registered,
    /// Its time has come; recipients are being resolved.
    #[serde(rename = "P")]
    Processing,
    /// Recipients are resolved; notifications are under way.
    #[serde(rename = "D")]
    Processed,
    /// Every notification has reached its final status.
    #[serde(rename = "C")]
    Completed,
    /// Not sent, because its condition was not met or the message had been opened.
    #[serde(rename = "N")]
    SendConditionNotMet,
}

impl StepStatus {
    /// Nothing more happens to it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::SendConditionNotMet)
    }

    /// Its name in the contract.
    pub fn wire_name(self) -> &'static str {
        match self {
            Self::Registered => "Order_Registered",
            Self::Processing => "Order_Processing",
            Self::Processed => "Order_Processed",
            Self::Completed => "Order_Completed",
            Self::SendConditionNotMet => "Order_SendConditionNotMet",
        }
    }
}

/// How far one notification (one address on one channel) has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotificationStatus {
    /// Waiting for its time or for a sender.
    #[serde(rename = "N")]
    New,
    /// Claimed by a sender; whether the provider has it is not known yet.
    #[serde(rename = "S")]
    Sending,
    /// The provider has taken it.
    #[serde(rename = "A")]
    Accepted,
    /// The provider says that it arrived.
    #[serde(rename = "D")]
    Delivered,
    /// It will not arrive.
    #[serde(rename = "F")]
    Failed(Failure),
    /// It was taken back before it was handed over.
    #[serde(rename = "X")]
    Stopped,
}

impl NotificationStatus {
    /// Nothing more happens to it.
    pub fn is_final(self) -> bool {
        self.rank() == FINAL
    }

    /// Whether `next` is further along. A status that isn't is old news and changes nothing, so
    /// reports may come late, twice or in any order, and the first final status stands.
    pub fn advances_to(self, next: Self) -> bool {
        next.rank() > self.rank()
    }

    fn rank(self) -> u8 {
        match self {
            Self::New => 0,
            Self::Sending => 1,
            Self::Accepted => 2,
            Self::Delivered | Self::Failed(_) | Self::Stopped => FINAL,
        }
    }

    /// Its name in the contract; none for a notification that was taken back, which the contract
    /// has no name for and the manifest leaves out.
    pub fn wire_name(self, channel: Channel) -> Option<String> {
        let name = match (self, channel) {
            (Self::New, _) => "New",
            (Self::Sending, _) => "Sending",
            (Self::Accepted, Channel::Email) => "Succeeded",
            (Self::Accepted, Channel::Sms) => "Accepted",
            (Self::Delivered, _) => "Delivered",
            (Self::Failed(failure), _) => failure.wire_name(),
            (Self::Stopped, _) => return None,
        };
        Some(match channel {
            Channel::Email => format!("Email_{name}"),
            Channel::Sms => format!("SMS_{name}"),
        })
    }
}

const FINAL: u8 = 3;

/// Why a notification will not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// No better reason is known.
    #[serde(rename = "F")]
    Unspecified,
    /// The person has reserved against digital communication.
    #[serde(rename = "R")]
    RecipientReserved,
    /// No address is registered.
    #[serde(rename = "N")]
    RecipientNotIdentified,
    /// The provider calls the e-mail address malformed.
    #[serde(rename = "I")]
    InvalidFormat,
    /// The provider calls the number invalid.
    #[serde(rename = "V")]
    InvalidRecipient,
    /// The address is on the provider's suppression list.
    #[serde(rename = "S")]
    SuppressedRecipient,
    /// The receiving server sent it back.
    #[serde(rename = "B")]
    Bounced,
    /// The receiver has barred such messages.
    #[serde(rename = "A")]
    BarredReceiver,
    /// The operator could not deliver it.
    #[serde(rename = "U")]
    Undelivered,
    /// The operator refused it.
    #[serde(rename = "J")]
    Rejected,
    /// Its lifetime ended first.
    #[serde(rename = "T")]
    Ttl,
    /// The deployment has no register for such a recipient, or does not send on the channel. Not a status of the
    /// incumbent's.
    #[serde(rename = "C")]
    NotSupported,
}

impl Failure {
    fn wire_name(self) -> &'static str {
        match self {
            Self::Unspecified => "Failed",
            Self::RecipientReserved => "Failed_RecipientReserved",
            Self::RecipientNotIdentified => "Failed_RecipientNotIdentified",
            Self::InvalidFormat => "Failed_InvalidFormat",
            Self::InvalidRecipient => "Failed_InvalidRecipient",
            Self::SuppressedRecipient => "Failed_SuppressedRecipient",
            Self::Bounced => "Failed_Bounced",
            Self::BarredReceiver => "Failed_BarredReceiver",
            Self::Undelivered => "Failed_Undelivered",
            Self::Rejected => "Failed_Rejected",
            Self::Ttl => "Failed_TTL",
            Self::NotSupported => "Failed_NotSupported",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NotificationStatus::{Accepted, Delivered, Failed, New, Sending, Stopped};

    #[test]
    fn statuses_only_move_forward() {
        let order =
            [vec![New], vec![Sending], vec![Accepted], vec![Delivered, Failed(Failure::Ttl), Stopped]];
        for (i, from) in order.iter().enumerate() {
            for (j, to) in order.iter().enumerate() {
                for (from, to) in from.iter().flat_map(|f| to.iter().map(move |t| (f, t))) {
                    assert_eq!(from.advances_to(*to), j > i, "{from:?} -> {to:?}");
                }
            }
        }
    }

    #[test]
    fn names_are_those_of_the_contract() {
        assert_eq!(Accepted.wire_name(Channel::Email).unwrap(), "Email_Succeeded");
        assert_eq!(Accepted.wire_name(Channel::Sms).unwrap(), "SMS_Accepted");
        assert_eq!(Failed(Failure::Ttl).wire_name(Channel::Sms).unwrap(), "SMS_Failed_TTL");
        assert_eq!(Failed(Failure::Unspecified).wire_name(Channel::Email).unwrap(), "Email_Failed");
        assert_eq!(Stopped.wire_name(Channel::Email), None);
    }
}
