//! The status feed: for each owner a row of pages that are written once, each with the shipments that had come to their
//! end by then. What is told of a shipment is read from its chain when the page is read.
//!
//! Page n + 1 is written only after page n was seen, and none is changed, so that nothing ever appears before what a
//! reader has read. Counters that are handed out to several writers leave holes that fill later; pages do not.

use std::ops::RangeInclusive;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::chain::{Chain, Shipment, Subject, Told};
use crate::ids::ShipmentId;
use crate::order::is_default;

/// How many entries a page can have; the number of an entry is that of its page times this, plus its place.
pub const PLACES: u64 = 1_000;

/// How many pages an epoch can have. After a restore the pages begin in a new epoch, behind all that anybody has read.
const PAGES_OF_AN_EPOCH: u64 = 1_000_000_000;

/// How long an entry is shown.
pub const SHOWN_FOR: TimeDelta = TimeDelta::days(90);

/// How many pages a block has.
const BLOCK: u64 = 32;

/// How long a page is kept: longer than its entries are shown, and longer than what owners have used is counted by day.
const KEPT_FOR: TimeDelta = TimeDelta::days(430);

/// How much earlier than it can a page is taken to have expired: clocks differ.
const EARLY: TimeDelta = TimeDelta::days(1);

/// In which epoch pages are written, from 0 to 999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(u16);

/// Not the number of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 0 to 999")]
pub struct InvalidEpoch;

impl std::str::FromStr for Epoch {
    type Err = InvalidEpoch;

    fn from_str(text: &str) -> Result<Self, InvalidEpoch> {
        text.parse().ok().filter(|number| *number < 1_000).map(Self).ok_or(InvalidEpoch)
    }
}

impl Epoch {
    /// That of a page; the last one for what is beyond all.
    pub fn of_page(page: u64) -> Self {
        Self(u16::try_from(page / PAGES_OF_AN_EPOCH).unwrap_or(999))
    }

    /// The one before it.
    pub fn before(self) -> Option<Self> {
        self.0.checked_sub(1).map(Self)
    }

    /// The numbers of the pages of one of its blocks, which are counted from 1 on.
    pub fn block(self, block: u64) -> RangeInclusive<u64> {
        let before = self.start() + block.saturating_sub(1) * BLOCK;
        before + 1..=before + BLOCK
    }

    /// The number before that of its first page.
    pub fn start(self) -> u64 {
        u64::from(self.0) * PAGES_OF_AN_EPOCH
    }
}

/// The number of an entry, which only grows for an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct SequenceNumber(pub u64);

impl SequenceNumber {
    /// That of an entry.
    pub fn of(page: u64, place: usize) -> Self {
        Self(page * PLACES + u64::try_from(place).unwrap_or_default())
    }

    /// The page that it is on.
    pub fn page(self) -> u64 {
        self.0 / PLACES
    }
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedPage {
    /// Its number, from 1 on; kept in its key.
    #[serde(skip)]
    pub number: u64,
    /// When it was written.
    #[serde(rename = "w", with = "chrono::serde::ts_milliseconds")]
    pub written_at: DateTime<Utc>,
    /// What is on it.
    #[serde(rename = "e")]
    pub entries: Vec<FeedEntry>,
    /// Of how many orders the notification had come to its end, on this page and on all before it. Pages of releases
    /// that did not count say nothing.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<u64>,
}

impl FeedPage {
    /// Until when it is kept.
    pub fn kept_until(&self) -> DateTime<Utc> {
        self.written_at + KEPT_FOR
    }

    /// The block that begins with it, if one does.
    pub fn begins_block(&self) -> Option<FeedBlock> {
        let before = self.number.checked_sub(Epoch::of_page(self.number).start() + 1)?;
        before.is_multiple_of(BLOCK).then(|| FeedBlock {
            number: before / BLOCK + 1,
            begun_at: self.written_at,
            ended_before: self.ended_before(),
        })
    }

    /// Of how many orders the notification had come to its end before this page.
    pub fn ended_before(&self) -> Option<u64> {
        let here = self.entries.iter().filter(|entry| entry.ends_notification()).count();
        Some(self.ended?.saturating_sub(u64::try_from(here).unwrap_or_default()))
    }
}

/// The newest block of an owner's pages in an epoch. It is written before the first page of the block, so that no page is
/// in a later one; and it is kept, so that the newest page is found when no page is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedBlock {
    /// Its number, from 1 on.
    #[serde(rename = "b")]
    pub number: u64,
    /// When it was begun: no page of it is older.
    #[serde(rename = "w", with = "chrono::serde::ts_milliseconds")]
    pub begun_at: DateTime<Utc>,
    /// Of how many orders the notification had come to its end on all pages before it, if those counted.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub ended_before: Option<u64>,
}

/// Where an owner's pages end in an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedHead {
    /// The number of the newest page that is kept, or of the one before its block where none of that is; that before the
    /// first page where there never was any.
    pub number: u64,
    /// Of how many orders the notification had come to its end up to there, if that is known without another page.
    pub ended: Option<u64>,
    /// When that page was written, or the block was begun; none where there never was any.
    since: Option<DateTime<Utc>>,
    /// The last number of the block.
    last: u64,
}

impl FeedHead {
    /// That of an owner who has no page in an epoch.
    pub fn before_all(epoch: Epoch) -> Self {
        Self { number: epoch.start(), ended: None, since: None, last: epoch.start() }
    }

    /// A page, in a block that ends with the page of this number.
    pub fn at_page(page: &FeedPage, last: u64) -> Self {
        Self { number: page.number, ended: page.ended, since: Some(page.written_at), last }
    }

    /// The beginning of a block of which no page is kept, or none is written yet.
    pub fn at_beginning(epoch: Epoch, block: &FeedBlock) -> Self {
        let pages = epoch.block(block.number);
        let number = pages.start() - 1;
        Self { number, ended: block.ended_before, since: Some(block.begun_at), last: *pages.end() }
    }

    /// The pages of the block that may have been written behind it and have expired since. None where it is young, for they
    /// would be younger. Their numbers must not come again: all of them are filled, the last one first, so that another
    /// writer goes on behind it.
    pub fn expired_behind(&self, now: DateTime<Utc>) -> RangeInclusive<u64> {
        let is_old = self.since.is_some_and(|since| since + KEPT_FOR - EARLY < now);
        self.number + 1..=if is_old { self.last } else { self.number }
    }
}

impl FeedEntry {
    /// Whether it tells of an order's notification for the first time.
    pub fn ends_notification(&self) -> bool {
        self.shipment.number() == 0 && !self.corrects
    }
}

/// That a shipment has come to an end, or to another one than was told before.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FeedEntry {
    /// The shipment.
    #[serde(rename = "s")]
    pub shipment: ShipmentId,
    /// What tells this end from another one of the same shipment.
    #[serde(rename = "o")]
    pub outcome: OutcomeMark,
    /// Whether the shipment is on an earlier page already.
    #[serde(rename = "c", default, skip_serializing_if = "is_default")]
    pub corrects: bool,
}

/// 64 bits of the SHA-256 of the statuses of a shipment and its deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OutcomeMark(String);

impl OutcomeMark {
    fn of(id: ShipmentId, shipment: &Shipment, now: DateTime<Utc>) -> Self {
        let mut digest = Sha256::new();
        digest.update(id.to_string());
        digest.update(shipment.status(now).wire_name());
        for delivery in shipment.deliveries() {
            digest.update(delivery.status().wire_name(delivery.channel).unwrap_or_default());
            digest.update([0]);
        }
        Self(URL_SAFE_NO_PAD.encode(&digest.finalize()[..8]))
    }
}

/// An entry, and since when it could have been written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The entry.
    pub entry: FeedEntry,
    /// When the shipment came to this end.
    pub since: DateTime<Utc>,
}

/// What a change of a chain has for its owner's feed. A child's end is its parent's matter, unless it corrects what the
/// parent's end was made of: `parent_is_final` says whether that was told.
pub fn entries(chain: &Chain, told: &Told, parent_is_final: bool, now: DateTime<Utc>) -> Vec<Due> {
    let ends = chain.numbered().filter(|(_, shipment)| shipment.is_final());
    let due = ends.filter_map(|(number, shipment)| {
        let has_ended = told.subjects().contains(&Subject::Shipment(number));
        let is_corrected =
            told.subjects().iter().any(|one| matches!(one, Subject::Delivery(of, _) if *of == number));
        let is_told = match chain.parent {
            None => has_ended || is_corrected,
            Some(_) => is_corrected && !has_ended && parent_is_final,
        };
        let entry = FeedEntry {
            shipment: chain.known_shipment_id(number),
            outcome: OutcomeMark::of(chain.shipment_id(number), shipment, now),
            corrects: !has_ended,
        };
        is_told.then(|| Due { entry, since: shipment.reached_at(now) })
    });
    due.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{accepted_email, after, apply_delivery, at, delivered_email};
    use crate::chain::{DeliveryEvent, Event, Parent, Report, apply};
    use crate::status::Failure;

    #[test]
    fn an_entry_is_numbered_by_its_page_and_place() {
        let number = SequenceNumber::of(7, 12);
        assert_eq!((number, number.page()), (SequenceNumber(7_012), 7));
        assert_eq!("3".parse::<Epoch>().map(Epoch::start), Ok(3_000_000_000));
        let before = |text: &str| text.parse::<Epoch>().unwrap().before().map(Epoch::start);
        assert_eq!(["1", "0"].map(before), [Some(0), None]);
        for text in ["", "-1", "1000", "a"] {
            assert_eq!(text.parse::<Epoch>(), Err(InvalidEpoch), "{text}");
        }
    }

    fn page(number: u64) -> FeedPage {
        FeedPage { number, written_at: at("10:00:00"), entries: vec![], ended: Some(7) }
    }

    #[test]
    fn an_epoch_begins_with_a_block_and_all_of_it_is_in_blocks() {
        for epoch in (0..1_000).map(Epoch) {
            for block in 1..4 {
                let pages = epoch.block(block);
                let begun = page(*pages.start()).begins_block().unwrap();
                assert_eq!((begun.number, begun.ended_before), (block, Some(7)));
                assert_eq!(pages.end() + 1, *epoch.block(block + 1).start());
            }
        }
        let first: Vec<_> = (0..100).filter(|number| page(*number).begins_block().is_some()).collect();
        assert_eq!(first, [1, 33, 65, 97]);
    }

    #[test]
    fn behind_what_may_have_outlived_others_no_number_of_its_block_comes_again() {
        let first = Epoch(0);
        let now = |days| at("10:00:00") + TimeDelta::days(days);
        let behind = |number, days| FeedHead::at_page(&page(number), 64).expired_behind(now(days));
        assert!(behind(33, 400).is_empty(), "a later one would be there");
        assert_eq!(behind(33, 440), 34..=64);
        assert_eq!(behind(63, 440), 64..=64);
        assert!(behind(64, 440).is_empty(), "the next block would have been begun");
        let begun = page(33).begins_block().unwrap();
        let head = FeedHead::at_beginning(first, &begun);
        assert_eq!((head.number, head.ended), (32, Some(7)));
        assert!(head.expired_behind(now(400)).is_empty(), "its writer died before the page");
        assert_eq!(head.expired_behind(now(440)), 33..=64);
        assert!(FeedHead::before_all(first).expired_behind(now(440)).is_empty());
    }

    fn told(chain: &Chain, event: &Event, now: DateTime<Utc>) -> (Chain, Vec<Due>) {
        let applied = apply(chain, event, now).unwrap();
        let due = entries(&applied.chain, &applied.told, false, now);
        (after(chain, event, now), due)
    }

    #[test]
    fn an_end_is_told_once_and_a_correction_beside_it() {
        let accepted = accepted_email();
        let bounced =
            apply_delivery(&accepted, DeliveryEvent::reported(Report::FailedForNow(Failure::Bounced)));
        let (bounced, first) = told(&accepted, &bounced, at("10:00:05"));
        assert_eq!(first.len(), 1);
        assert!(!first[0].entry.corrects);
        let delivered = apply_delivery(&bounced, DeliveryEvent::reported(Report::Delivered));
        let (_, second) = told(&bounced, &delivered, at("10:01:00"));
        assert!(second[0].entry.corrects && second[0].entry.shipment == first[0].entry.shipment);
        assert_ne!(second[0].entry.outcome, first[0].entry.outcome);
    }

    #[test]
    fn a_child_is_told_of_by_its_parent_unless_it_is_corrected_afterwards() {
        let whole = delivered_email();
        let parent = Parent { chain: whole.id, shipment: 0, known: whole.shipment_id(0) };
        let child = Chain { id: whole.id.child(0, 3), parent: Some(parent), ..delivered_email() };
        let ended = Told::of_all(&child, at("10:00:10"));
        assert_eq!(entries(&child, &ended, true, at("10:00:10")), []);
        let bounced = apply_delivery(&child, DeliveryEvent::reported(Report::Failed(Failure::Bounced)));
        let applied = apply(&child, &bounced, at("10:05:00")).unwrap();
        assert_eq!(entries(&applied.chain, &applied.told, false, at("10:05:00")), []);
        let due = entries(&applied.chain, &applied.told, true, at("10:05:00"));
        assert_eq!(
            (due.len(), due[0].entry.shipment, due[0].entry.corrects),
            (1, whole.shipment_id(0), true)
        );
    }
}
