//! The statuses of shipments and deliveries, as the contract names them. They follow from the states in `chain`.

use serde::{Deserialize, Serialize};

use crate::channel::Channel;

/// How far a shipment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShipmentStatus {
    /// Accepted, waiting for its time.
    Registered,
    /// Its time has come; recipients are being resolved.
    Processing,
    /// Recipients are resolved; deliveries are under way.
    Processed,
    /// Every delivery has reached its final status.
    Completed,
    /// Not sent, because its condition was not met or the message had been opened.
    SendConditionNotMet,
    /// Not sent, because its owner cancelled it.
    Cancelled,
}

impl ShipmentStatus {
    /// All there are, in the order in which they come.
    pub const ALL: [Self; 6] = [
        Self::Registered,
        Self::Processing,
        Self::Processed,
        Self::Completed,
        Self::SendConditionNotMet,
        Self::Cancelled,
    ];

    /// By its name in the contract, in any letters.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.wire_name().eq_ignore_ascii_case(name))
    }

    /// Whether nothing more happens by itself.
    pub fn is_final(self) -> bool {
        match self {
            Self::Registered | Self::Processing | Self::Processed => false,
            Self::Completed | Self::SendConditionNotMet | Self::Cancelled => true,
        }
    }

    /// Its name in the contract.
    pub fn wire_name(self) -> &'static str {
        match self {
            Self::Registered => "Order_Registered",
            Self::Processing => "Order_Processing",
            Self::Processed => "Order_Processed",
            Self::Completed => "Order_Completed",
            Self::SendConditionNotMet => "Order_SendConditionNotMet",
            Self::Cancelled => "Order_Cancelled",
        }
    }
}

/// How far one delivery (one address on one channel) has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// Waiting for its time or for a sender.
    New,
    /// Claimed by a sender; whether the provider has it is not known yet.
    Sending,
    /// The provider has taken it.
    Accepted,
    /// The provider says that it arrived.
    Delivered,
    /// It will not arrive.
    Failed(Failure),
    /// It was taken back before it was handed over.
    Stopped,
}

impl DeliveryStatus {
    /// Its name in the contract; none for a delivery that was taken back, which the contract
    /// has no name for and the manifest leaves out.
    pub fn wire_name(self, channel: Channel) -> Option<String> {
        let spec = channel.spec();
        let name = match self {
            Self::New => "New",
            Self::Sending => "Sending",
            Self::Accepted => spec.accepted,
            Self::Delivered => "Delivered",
            Self::Failed(failure) => failure.wire_name(),
            Self::Stopped => return None,
        };
        Some(format!("{}_{name}", spec.kind))
    }
}

/// Why a delivery will not arrive.
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
    /// A file that the e-mail carries cannot be fetched.
    #[serde(rename = "L")]
    InvalidSasUrl,
    /// The files of the e-mail are too large.
    #[serde(rename = "P")]
    PayloadTooLarge,
}

impl Failure {
    /// Whether it says that the address takes nothing, so that another one may.
    pub fn is_of_the_address(self) -> bool {
        match self {
            Self::InvalidFormat
            | Self::InvalidRecipient
            | Self::SuppressedRecipient
            | Self::Bounced
            | Self::BarredReceiver => true,
            Self::Unspecified
            | Self::RecipientReserved
            | Self::RecipientNotIdentified
            | Self::Undelivered
            | Self::Rejected
            | Self::Ttl
            | Self::NotSupported
            | Self::InvalidSasUrl
            | Self::PayloadTooLarge => false,
        }
    }

    /// What it means, in a sentence.
    pub fn description(self) -> &'static str {
        match self {
            Self::Unspecified => "The notification was not delivered; no reason is known.",
            Self::RecipientReserved => "The recipient has reserved against digital communication.",
            Self::RecipientNotIdentified => "No address of the recipient is known.",
            Self::InvalidFormat => "The address is malformed.",
            Self::InvalidRecipient => "The provider calls the number invalid.",
            Self::SuppressedRecipient => {
                "The address has bounced before, and the provider sends nothing to it."
            }
            Self::Bounced => "The receiving server sent the notification back.",
            Self::BarredReceiver => "The receiver has barred such messages.",
            Self::Undelivered => "The operator could not deliver the notification.",
            Self::Rejected => "The operator refused the notification.",
            Self::Ttl => "The lifetime of the notification ended before it was delivered.",
            Self::NotSupported => "The deployment does not send to such recipients.",
            Self::InvalidSasUrl => "A file that the e-mail carries cannot be fetched from its address.",
            Self::PayloadTooLarge => "The files that the e-mail carries are too large.",
        }
    }

    /// Its name without that of the status.
    pub fn reason(self) -> &'static str {
        let name = self.wire_name();
        name.strip_prefix("Failed_").unwrap_or("Unspecified")
    }

    /// Its name in the contract, after that of the channel.
    pub fn wire_name(self) -> &'static str {
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
            Self::InvalidSasUrl => "Failed_InvalidSasUrl",
            Self::PayloadTooLarge => "Failed_PayloadTooLarge",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DeliveryStatus::{Accepted, Failed, Stopped};

    #[test]
    fn names_are_those_of_the_contract() {
        assert_eq!(Accepted.wire_name(Channel::Email).unwrap(), "Email_Succeeded");
        assert_eq!(Accepted.wire_name(Channel::Sms).unwrap(), "SMS_Accepted");
        assert_eq!(Failed(Failure::Ttl).wire_name(Channel::Sms).unwrap(), "SMS_Failed_TTL");
        assert_eq!(Failed(Failure::Unspecified).wire_name(Channel::Email).unwrap(), "Email_Failed");
        assert_eq!(Stopped.wire_name(Channel::Email), None);
    }
}
