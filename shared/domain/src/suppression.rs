//! Addresses that nothing is sent to any more, because they bounced or somebody complained. Sending to them again would
//! cost the whole account its reputation. What is stored is an HMAC of the address, never the address.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::ContactAddress;
use crate::channel::Channel;
use crate::contract::FindSuppressionRequest;
use crate::ids::{DeliveryId, IdKey};
use crate::request::{Faults, Given};

/// How long an address is left alone that bounced: a mailbox can be made anew.
const AFTER_A_BOUNCE: TimeDelta = TimeDelta::days(90);

/// What a suppressed address is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct SuppressionId(String);

/// Characters of 16 bytes in base 64, without padding.
const ID_LENGTH: usize = 22;

/// Not the id of a suppressed address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a suppressed address")]
pub struct InvalidSuppressionId;

impl SuppressionId {
    /// Of an address of a channel, in whatever letter case it is written.
    pub fn of(key: &IdKey, channel: Channel, address: &str) -> Self {
        let mac = key.mac(&["suppressed", channel.name(), &address.to_lowercase()]);
        Self(URL_SAFE_NO_PAD.encode(&mac[..16]))
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for SuppressionId {
    type Err = InvalidSuppressionId;

    fn from_str(text: &str) -> Result<Self, InvalidSuppressionId> {
        let is_one = text.len() == ID_LENGTH
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if is_one { Ok(Self(text.to_owned())) } else { Err(InvalidSuppressionId) }
    }
}

/// Why an address is suppressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SuppressedBecause {
    /// The receiving server said that there is no such mailbox.
    Bounced,
    /// Its owner called what it got spam.
    Complaint,
    /// It is on the provider's own list.
    ProvidersList,
}

impl SuppressedBecause {
    /// Its name, as it is stored and read.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bounced => "Bounced",
            Self::Complaint => "Complaint",
            Self::ProvidersList => "ProvidersList",
        }
    }
}

/// A suppressed address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Of which channel.
    #[serde(rename = "c")]
    pub channel: Channel,
    /// Why.
    #[serde(rename = "w")]
    pub because: SuppressedBecause,
    /// Since when.
    #[serde(rename = "s", with = "chrono::serde::ts_milliseconds")]
    pub since: DateTime<Utc>,
    /// Until when; for ever where there is none.
    #[serde(
        rename = "u",
        default,
        skip_serializing_if = "Option::is_none",
        with = "chrono::serde::ts_milliseconds_option"
    )]
    pub until: Option<DateTime<Utc>>,
    /// The delivery of which this was reported.
    #[serde(rename = "d")]
    pub delivery: String,
}

impl Suppression {
    /// What follows from a report.
    pub fn of(
        because: SuppressedBecause,
        channel: Channel,
        delivery: DeliveryId,
        now: DateTime<Utc>,
    ) -> Self {
        let until = match because {
            SuppressedBecause::Bounced | SuppressedBecause::ProvidersList => Some(now + AFTER_A_BOUNCE),
            SuppressedBecause::Complaint => None,
        };
        Self { channel, because, since: now, until, delivery: delivery.to_string() }
    }

    /// Whether it counts at a time.
    pub fn counts(&self, now: DateTime<Utc>) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// The address that a body asks about.
pub fn parse_find(body: &Value) -> Result<ContactAddress, Faults> {
    let mut faults = Faults::default();
    let body = Given::<FindSuppressionRequest>::body(body);
    let address = body.get(&mut faults).and_then(|request| {
        let asked = [(Channel::Email, &request.email_address), (Channel::Sms, &request.mobile_number)];
        if asked.iter().filter(|(_, member)| member.is_given()).count() != 1 {
            body.fault("Exactly one of emailAddress, mobileNumber is required.", &mut faults);
        }
        let (channel, member) = asked.into_iter().find(|(_, member)| member.is_filled())?;
        member.parsed_by(|text| ContactAddress::parse_ordered(channel, text), &mut faults)
    });
    address.filter(|_| faults.is_empty()).ok_or(faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{delivery_id, queued_email};

    fn key() -> IdKey {
        IdKey::new(b"a secret that is long enough for the key of ids").unwrap()
    }

    #[test]
    fn an_address_is_known_by_an_hmac_in_any_letter_case() {
        let of = |channel, address| SuppressionId::of(&key(), channel, address);
        assert_eq!(of(Channel::Email, "A@Example.no"), of(Channel::Email, "a@example.no"));
        assert_ne!(of(Channel::Email, "a@example.no"), of(Channel::Email, "b@example.no"));
        let id = of(Channel::Email, "a@example.no");
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert!(!id.as_str().contains("example"));
        for text in ["", "a", "a@example.no", "../../../../../etc/pw"] {
            assert!(text.parse::<SuppressionId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_bounce_expires_and_a_complaint_does_not() {
        let now = "2026-12-07T10:00:00Z".parse().unwrap();
        let delivery = delivery_id(&queued_email());
        let of = |because| Suppression::of(because, Channel::Email, delivery, now);
        let later = now + TimeDelta::days(90);
        assert!(of(SuppressedBecause::Bounced).counts(later - TimeDelta::seconds(1)));
        assert!(!of(SuppressedBecause::Bounced).counts(later));
        assert!(of(SuppressedBecause::Complaint).counts(later));
    }
}
