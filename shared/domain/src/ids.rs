//! The ids of orders, shipments and deliveries: derived with a key, and each found from the other.
//!
//! A chain's id is an HMAC over what makes the order the same order, so a repeated request finds its
//! own chain without an index and nobody without the key can guess one. The lowest eight bits say
//! which part of the chain is meant: 0 the chain, 1 the notification, 2… the reminders.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::channel::Channel;
use crate::identity::Owner;

/// The deployment's secret under which ids are derived.
#[derive(Clone)]
pub struct IdKey(Vec<u8>);

/// Too little entropy for a key that makes ids unguessable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id key needs at least 32 bytes")]
pub struct ShortIdKey;

impl IdKey {
    /// A key of at least 32 bytes.
    pub fn new(secret: &[u8]) -> Result<Self, ShortIdKey> {
        if secret.len() < 32 { Err(ShortIdKey) } else { Ok(Self(secret.to_vec())) }
    }
}

impl IdKey {
    /// The HMAC of some texts, of which no two lists have the same.
    pub(crate) fn mac(&self, parts: &[&str]) -> [u8; 32] {
        // HMAC takes keys of any length, so the error cannot occur.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return [0; 32] };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

/// What kind of order an idempotency id belongs to; each kind has its own space of ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderKind {
    /// One notification and its reminders.
    Chain,
    /// A notice on one channel to a list of recipients.
    ListOn(Channel),
    /// A notice to a list of recipients, on the channels that it names.
    List,
    /// An e-mail with files.
    Composed,
    /// A notice whose owner waits for the answer of the provider, on any channel.
    Instant,
    /// What failed of another order, which is what is named.
    Again,
}

impl OrderKind {
    fn label(self) -> Cow<'static, str> {
        match self {
            Self::Chain => "chain".into(),
            Self::ListOn(channel) => format!("{} list", channel.name()).into(),
            Self::List => "list".into(),
            Self::Composed => "composed".into(),
            Self::Instant => "instant".into(),
            Self::Again => "again".into(),
        }
    }
}

/// The id of an order chain (`notificationOrderId` of the contract).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ChainId(Uuid);

impl ChainId {
    /// The id of the order that an owner names by an idempotency id: a version 8 UUID (RFC 9562).
    pub fn derive(key: &IdKey, kind: OrderKind, owner: &Owner, idempotency_id: &str) -> Self {
        let mac = key.mac(&[kind.label().as_ref(), owner.as_str(), idempotency_id]);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&mac[..16]);
        Self::of(bytes)
    }

    /// The chain that a text names: by its own id, or by that of one of its shipments.
    pub fn named(text: &str) -> Option<Self> {
        text.parse().ok().or_else(|| text.parse::<ShipmentId>().ok().map(ShipmentId::chain))
    }

    /// The id before it is known; never stored.
    pub fn nil() -> Self {
        Self(Uuid::nil())
    }

    /// The id as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    fn of(bytes: [u8; 16]) -> Self {
        Self(with_part(Builder::from_custom_bytes(bytes).into_uuid(), 0))
    }

    /// The id of one of its shipments; number 0 is the notification.
    pub fn shipment(self, number: u8) -> ShipmentId {
        ShipmentId(with_part(self.0, number.saturating_add(1)))
    }

    /// The id of the chain of one of its children. Made of this id alone, which nobody can guess.
    #[must_use]
    pub fn child(self, shipment: u8, ordinal: u16) -> Self {
        // The name is that of the first children there were: those whom a list names.
        let digest = Sha256::new().chain_update(b"listed").chain_update(self.0.as_bytes());
        let digest = digest.chain_update(ordinal.to_be_bytes());
        let digest = if shipment == 0 { digest } else { digest.chain_update([shipment]) };
        let digest = digest.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Self::of(bytes)
    }

    /// A number in `0..shards`, evenly spread.
    pub fn shard(self, shards: u8) -> u8 {
        self.0.as_bytes()[0] % shards.max(1)
    }
}

/// The id of a shipment: the notification or one reminder of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct ShipmentId(Uuid);

impl ShipmentId {
    /// The shipment that a text names: by its own id, or the notification by that of its chain.
    pub fn named(text: &str) -> Option<Self> {
        text.parse().ok().or_else(|| text.parse::<ChainId>().ok().map(|chain| chain.shipment(0)))
    }

    /// The chain it belongs to.
    pub fn chain(self) -> ChainId {
        ChainId(with_part(self.0, 0))
    }

    /// Its place in the chain; 0 is the notification.
    pub fn number(self) -> u8 {
        self.0.as_bytes()[15].saturating_sub(1)
    }

    /// The id of its `ordinal`th delivery.
    pub fn delivery(self, ordinal: u16) -> DeliveryId {
        DeliveryId { shipment: self, ordinal }
    }
}

/// The id of one delivery: one address on one channel. Its shipment's id and an ordinal, never
/// anything made of the address, written `<shipment>-<ordinal>` (letters, digits and dashes only,
/// which is what SES allows in a message tag).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeliveryId {
    /// The shipment it belongs to.
    pub shipment: ShipmentId,
    /// Its place in the shipment, from 0.
    pub ordinal: u16,
}

/// Text that is no id of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this service")]
pub struct UnknownId;

fn with_part(id: Uuid, part: u8) -> Uuid {
    let mut bytes = id.into_bytes();
    bytes[15] = part;
    Uuid::from_bytes(bytes)
}

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ShipmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.shipment, self.ordinal)
    }
}

impl FromStr for ChainId {
    type Err = UnknownId;

    fn from_str(text: &str) -> Result<Self, UnknownId> {
        let id = Uuid::try_parse(text).map_err(|_| UnknownId)?;
        if id.as_bytes()[15] == 0 { Ok(Self(id)) } else { Err(UnknownId) }
    }
}

impl FromStr for ShipmentId {
    type Err = UnknownId;

    fn from_str(text: &str) -> Result<Self, UnknownId> {
        let id = Uuid::try_parse(text).map_err(|_| UnknownId)?;
        if id.as_bytes()[15] == 0 { Err(UnknownId) } else { Ok(Self(id)) }
    }
}

impl FromStr for DeliveryId {
    type Err = UnknownId;

    fn from_str(text: &str) -> Result<Self, UnknownId> {
        let (shipment, ordinal) = text.rsplit_once('-').ok_or(UnknownId)?;
        Ok(Self { shipment: shipment.parse()?, ordinal: ordinal.parse().map_err(|_| UnknownId)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derive(owner: &str, idempotency_id: &str) -> ChainId {
        let key = IdKey::new(&[7; 32]).unwrap();
        ChainId::derive(&key, OrderKind::Chain, &Owner::try_from(owner).unwrap(), idempotency_id)
    }

    #[test]
    fn the_same_order_has_the_same_id_and_others_have_others() {
        assert_eq!(derive("991825827", "a"), derive("991825827", "a"));
        assert_ne!(derive("991825827", "a"), derive("991825827", "b"));
        assert_ne!(derive("991825827", "a"), derive("313600947", "a"));
    }

    #[test]
    fn another_key_gives_another_id() {
        let owner = Owner::try_from("991825827").unwrap();
        let id = ChainId::derive(&IdKey::new(&[8; 32]).unwrap(), OrderKind::Chain, &owner, "a");
        assert_ne!(id, derive("991825827", "a"));
        assert!(matches!(IdKey::new(b"short"), Err(ShortIdKey)));
    }

    #[test]
    fn an_id_is_a_version_8_uuid() {
        let id = derive("991825827", "a").0;
        assert_eq!(id.get_version_num(), 8);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
    }

    #[test]
    fn each_id_is_found_from_the_other() {
        let chain = derive("991825827", "a");
        for number in 0..=20 {
            let shipment = chain.shipment(number);
            assert_eq!((shipment.chain(), shipment.number()), (chain, number));
            assert_eq!(shipment.to_string().parse(), Ok(shipment));
            let delivery = shipment.delivery(3);
            assert_eq!(delivery.to_string().parse(), Ok(delivery));
        }
        assert_eq!(ChainId::named(&chain.shipment(3).to_string()), Some(chain));
        assert_eq!(ShipmentId::named(&chain.to_string()), Some(chain.shipment(0)));
        assert_eq!((ChainId::named("x"), ShipmentId::named("x")), (None, None));
        assert_eq!(chain.to_string().parse::<ShipmentId>(), Err(UnknownId));
        assert_eq!(chain.shipment(0).to_string().parse::<ChainId>(), Err(UnknownId));
    }

    #[test]
    fn each_child_has_a_chain_of_its_own() {
        let chain = derive("991825827", "a");
        let all = (0..4_u8).flat_map(|shipment| (0..500).map(move |ordinal| (shipment, ordinal)));
        let ids: std::collections::HashSet<_> =
            all.map(|(shipment, ordinal)| chain.child(shipment, ordinal)).collect();
        assert_eq!(ids.len(), 2_000);
        assert!(!ids.contains(&chain));
        assert_eq!(chain.child(0, 7), chain.child(0, 7));
        assert_ne!(chain.child(0, 7), derive("991825827", "b").child(0, 7));
        assert_eq!(chain.child(0, 7).to_string().parse(), Ok(chain.child(0, 7)));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in ["", "x", "-1", "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d-", "æ-1", "-"] {
            assert_eq!(text.parse::<DeliveryId>(), Err(UnknownId), "{text}");
        }
    }
}
