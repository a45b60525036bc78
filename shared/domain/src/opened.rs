//! When the opening of a message stops a reminder.
//!
//! Openings are kept as markers. Each is named by a hash, because the ids in them are a publisher's
//! text and could say anything.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::identity::Owner;
use crate::order::Association;

/// How long before an order was accepted a dialog may have been opened and still count as read: the
/// dialog is created, opened and notified about in an order that nobody controls.
const BEFORE_THE_ORDER: TimeDelta = TimeDelta::hours(1);

/// The name of a marker: 128 bits of a SHA-256 over owner, dialog and transmission.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MarkerKey(String);

/// Whether two spellings of an id are the same: a UUID can be written in several ways.
pub fn same_id(one: &str, other: &str) -> bool {
    canonical(one) == canonical(other)
}

impl MarkerKey {
    fn of(owner: &Owner, dialog_id: &str, transmission_id: Option<&str>) -> Self {
        let mut digest = Sha256::new();
        let dialog = canonical(dialog_id);
        let transmission = transmission_id.map(canonical);
        for part in [Some(owner.as_str()), Some(&dialog), transmission.as_deref()].into_iter().flatten() {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Self(URL_SAFE_NO_PAD.encode(&digest.finalize()[..16]))
    }

    /// The key as it is written in the table.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The ids are UUIDs as a rule, and those are the same however they are written: in either case, in braces, without
/// hyphens, or as a URN.
pub(crate) fn canonical(id: &str) -> String {
    let id = id.trim();
    Uuid::try_parse(id).map_or_else(|_| id.to_lowercase(), |id| id.hyphenated().to_string())
}

/// The markers that an opening leaves: that of the dialog, and that of the transmission if it names one.
pub fn markers(owner: &Owner, dialog_id: &str, transmission_id: Option<&str>) -> Vec<MarkerKey> {
    let dialog = MarkerKey::of(owner, dialog_id, None);
    let transmission = transmission_id.map(|id| MarkerKey::of(owner, dialog_id, Some(id)));
    std::iter::once(dialog).chain(transmission).collect()
}

/// The marker that the reminders of an order look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Which marker.
    #[serde(rename = "k")]
    pub marker: MarkerKey,
    /// The order names no transmission, so an opening long before it says nothing about it.
    #[serde(rename = "d", default, skip_serializing_if = "std::ops::Not::not")]
    whole_dialog: bool,
}

impl Watch {
    /// What an order about this dialog looks at.
    pub fn over(owner: &Owner, association: &Association) -> Self {
        let transmission = association.transmission_id.as_deref();
        Self {
            marker: MarkerKey::of(owner, &association.dialog_id, transmission),
            whole_dialog: transmission.is_none(),
        }
    }

    /// Whether an opening at `opened_at` counts for an order accepted at `accepted_at`.
    pub fn counts(&self, opened_at: DateTime<Utc>, accepted_at: DateTime<Utc>) -> bool {
        !self.whole_dialog || opened_at >= accepted_at - BEFORE_THE_ORDER
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Owner {
        Owner::try_from("991825827").unwrap()
    }

    fn watch(transmission: Option<&str>) -> Watch {
        let association = Association {
            dialog_id: "0192F6C1-9a6e-7c11-8b55-1d2f3a4b5c6d".into(),
            transmission_id: transmission.map(Into::into),
        };
        Watch::over(&owner(), &association)
    }

    fn left_by(transmission: Option<&str>) -> Vec<MarkerKey> {
        markers(&owner(), "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d", transmission)
    }

    #[test]
    fn an_order_about_a_transmission_is_stopped_by_that_transmission_only() {
        assert!(left_by(Some("t1")).contains(&watch(Some("t1")).marker));
        assert!(!left_by(Some("t2")).contains(&watch(Some("t1")).marker));
        assert!(!left_by(None).contains(&watch(Some("t1")).marker));
    }

    #[test]
    fn an_order_about_a_dialog_is_stopped_by_anything_in_it() {
        assert!(left_by(None).contains(&watch(None).marker));
        assert!(left_by(Some("t1")).contains(&watch(None).marker));
        assert!(!markers(&owner(), "another", None).contains(&watch(None).marker));
        let other = Owner::try_from("313600947").unwrap();
        assert!(!markers(&other, "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d", None).contains(&watch(None).marker));
    }

    #[test]
    fn an_opening_long_before_the_order_counts_only_for_its_transmission() {
        let accepted: DateTime<Utc> = "2026-11-02T12:00:00Z".parse().unwrap();
        let hour_before = accepted - TimeDelta::hours(1);
        assert!(watch(None).counts(hour_before, accepted));
        assert!(!watch(None).counts(hour_before - TimeDelta::milliseconds(1), accepted));
        assert!(watch(Some("t1")).counts(hour_before - TimeDelta::days(30), accepted));
    }

    #[test]
    fn a_uuid_is_the_same_in_every_spelling() {
        let owner = Owner::try_from("991825827").unwrap();
        let ordinary = MarkerKey::of(&owner, "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d", None);
        for spelling in [
            "0192F6C1-9A6E-7C11-8B55-1D2F3A4B5C6D",
            "{0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d}",
            "0192f6c19a6e7c118b551d2f3a4b5c6d",
            "urn:uuid:0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d",
            " 0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d ",
        ] {
            assert_eq!(MarkerKey::of(&owner, spelling, None), ordinary, "{spelling}");
        }
        assert_ne!(MarkerKey::of(&owner, "{dialog}", None), MarkerKey::of(&owner, "dialog", None));
    }
}
