//! `GET /future/shipment/feed`: what has come to its end, page after page.

use std::collections::HashMap;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::query_map::QueryMap;
use chrono::{DateTime, Utc};
use varsling_api::http::{self, Problem};
use varsling_domain::chain::Chain;
use varsling_domain::feed::{Epoch, FeedPage, PLACES, SHOWN_FOR, SequenceNumber};
use varsling_domain::identity::Owner;
use varsling_domain::ids::ChainId;
use varsling_domain::reading::{FeedEntryView, FeedPlace};
use varsling_domain::request::Faults;
use varsling_domain::view::ShipmentView;
use varsling_store::StoreError;

use super::{Answer, ReportStatus, unavailable};

/// The most entries in an answer.
const MOST: usize = 500;
/// How many pages are read at first: each has up to a thousand entries, or a single one.
const FIRST_PAGES: u64 = 16;
/// How many are read at a time at most.
const MOST_PAGES: u64 = 256;
/// The most recipients in an answer: Lambda answers with six megabytes at most, and a list has thousands.
const MOST_RECIPIENTS: usize = 20_000;

/// How many pages are read next to find so many more entries, if they are as full as those that were read.
fn next_round(missing: usize, read: u64, found: usize) -> u64 {
    let [missing, found] = [missing, found].map(|count| u64::try_from(count).unwrap_or(u64::MAX));
    let expected = missing.saturating_mul(read).div_ceil(found.max(1));
    // A few more: another round costs more than some pages.
    (expected + expected / 8 + 1).min(MOST_PAGES)
}

/// What is asked for.
struct Asked {
    after: SequenceNumber,
    most: usize,
    is_descending: bool,
}

impl Asked {
    fn of(event: &ApiGatewayV2httpRequest) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let query = &event.query_string_parameters;
        let seq = whole_number(query, "seq", &mut faults).unwrap_or_default();
        if seq < 0 {
            faults.add("seq", "Must not be negative.");
        }
        let size =
            whole_number(query, "pageSize", &mut faults).and_then(|size| usize::try_from(size.max(1)).ok());
        let order = query.first("orderBy").unwrap_or("asc").to_ascii_lowercase();
        if !matches!(order.as_str(), "asc" | "desc") {
            faults.add("orderBy", "Must be asc or desc.");
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let after = SequenceNumber(seq.try_into().unwrap_or_default());
        Ok(Self { after, most: size.unwrap_or(MOST).min(MOST), is_descending: order == "desc" })
    }

    /// Those entries of a page that are wanted, in the order in which they are.
    fn of_page(&self, page: &FeedPage) -> Vec<FeedPlace> {
        let places = page.entries.iter().enumerate().map(|(place, entry)| FeedPlace {
            sequence_number: SequenceNumber::of(page.number, place),
            shipment: entry.shipment,
            corrects: entry.corrects,
        });
        if self.is_descending {
            let before = places.filter(|place| self.after.0 == 0 || place.sequence_number < self.after);
            before.collect::<Vec<_>>().into_iter().rev().collect()
        } else {
            places.filter(|place| place.sequence_number > self.after).collect()
        }
    }
}

/// A parameter of the query that is a number; none where it is absent or something else.
fn whole_number(query: &QueryMap, name: &str, faults: &mut Faults) -> Option<i64> {
    let number = query.first(name)?.parse().ok();
    if number.is_none() {
        faults.add(name, "Must be a whole number.");
    }
    number
}

impl ReportStatus {
    pub(super) async fn show_feed(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        let owner = self.admission.owner_of_orders(&self.store, event).await?.owner;
        let asked = Asked::of(event).map_err(|faults| Problem::invalid(faults.into_map()))?;
        let now = self.clock.now();
        let places = if asked.is_descending {
            self.feed_backwards(&owner, &asked, now).await
        } else {
            self.feed_forwards(&owner, &asked, now).await
        };
        let entries = self.joined(&owner, places.map_err(unavailable)?, now).await.map_err(unavailable)?;
        Ok(http::json(200, &entries, &[]))
    }

    /// From the first entry behind the cursor that is still shown. A page that is not there ends the feed, as those behind
    /// it are written only after it, or in a later epoch; or it has expired, and none before one that is shown has.
    async fn feed_forwards(
        &self,
        owner: &Owner,
        asked: &Asked,
        now: DateTime<Utc>,
    ) -> Result<Vec<FeedPlace>, StoreError> {
        let shown_from = now - SHOWN_FOR;
        let (mut places, mut next, mut most) = (vec![], asked.after.page().max(1), FIRST_PAGES);
        let mut has_begun = false;
        while places.len() < asked.most {
            let pages = self.store.feed_pages(owner, next..next + most).await?;
            let dense: Vec<_> = (next..next + most).map_while(|number| pages.get(&number)).collect();
            let Some(first) = dense.first() else {
                // Behind a page that was read, none has expired.
                let shown =
                    if has_begun { None } else { self.behind_expired(owner, next, shown_from).await? };
                let Some(later) = shown.or_else(|| self.in_later_epoch(next)) else { break };
                next = later;
                continue;
            };
            has_begun = true;
            if first.written_at < shown_from {
                next = self.first_shown(owner, next, shown_from).await?;
                continue;
            }
            let (before, read) = (places.len(), u64::try_from(dense.len()).unwrap_or(most));
            places.extend(dense.iter().flat_map(|page| asked.of_page(page)));
            next += read;
            most = next_round(asked.most.saturating_sub(places.len()), read, places.len() - before);
        }
        places.truncate(asked.most);
        Ok(places)
    }

    /// The number of the first page that is shown behind one that is not there because it has expired; none where it was
    /// never written.
    async fn behind_expired(
        &self,
        owner: &Owner,
        missing: u64,
        shown_from: DateTime<Utc>,
    ) -> Result<Option<u64>, StoreError> {
        let epoch = Epoch::of_page(missing);
        if self.store.feed_head(owner, epoch).await?.number < missing {
            return Ok(None);
        }
        Ok(Some(self.first_shown(owner, missing, shown_from).await?))
    }

    /// The number of the first page of the present epoch, where another one is of an earlier one.
    fn in_later_epoch(&self, page: u64) -> Option<u64> {
        Some(self.epoch.start() + 1).filter(|first| page < *first)
    }

    /// The number of the first page behind a hidden one that is shown, or of the one that would follow the last.
    async fn first_shown(
        &self,
        owner: &Owner,
        hidden: u64,
        shown_from: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let head = self.store.feed_head(owner, Epoch::of_page(hidden)).await?;
        Ok(self.store.last_feed_page_before(owner, hidden, head.number, shown_from).await? + 1)
    }

    async fn feed_backwards(
        &self,
        owner: &Owner,
        asked: &Asked,
        now: DateTime<Utc>,
    ) -> Result<Vec<FeedPlace>, StoreError> {
        let shown_from = now - SHOWN_FOR;
        let newest = self.store.feed_head(owner, self.epoch).await?.number;
        let (mut places, mut most) = (vec![], FIRST_PAGES);
        let mut last = if asked.after.0 == 0 { newest } else { newest.min(asked.after.0.div_ceil(PLACES)) };
        while last > 0 && places.len() < asked.most {
            let from = last.saturating_sub(most - 1).max(1);
            let pages = self.store.feed_pages(owner, from..=last).await?;
            let shown = pages.values().rev().take_while(|page| page.written_at >= shown_from);
            let before = places.len();
            places.extend(shown.flat_map(|page| asked.of_page(page)));
            if pages.is_empty() || places.len() == before {
                break;
            }
            let (read, found) = (last - from + 1, places.len() - before);
            last = from - 1;
            most = next_round(asked.most.saturating_sub(places.len()), read, found);
        }
        places.truncate(asked.most);
        Ok(places)
    }

    /// The entries with what is known of their shipments: of the chains where they are kept, and else of what is proved.
    async fn joined(
        &self,
        owner: &Owner,
        places: Vec<FeedPlace>,
        now: DateTime<Utc>,
    ) -> Result<Vec<FeedEntryView>, StoreError> {
        let mut ids: Vec<_> = places.iter().map(|place| place.shipment.chain()).collect();
        ids.sort_unstable();
        ids.dedup();
        let stored = self.store.load_chains(&ids).await?.into_iter().collect::<Result<Vec<_>, _>>()?;
        let kept =
            stored.into_iter().flatten().filter(|chain| chain.owner == *owner && now < chain.kept_until);
        let chains: HashMap<ChainId, Chain> = kept.map(|chain| (chain.id, chain)).collect();
        let gone: Vec<_> = ids.into_iter().filter(|id| !chains.contains_key(id)).collect();
        let proved = self.evidence_of_all(&gone, now).await?;
        let (mut entries, mut recipients) = (Vec::with_capacity(places.len()), 0);
        for place in places {
            let id = place.shipment.chain();
            let entry = match chains.get(&id) {
                Some(chain) => self.entry(place, chain, now).await?,
                None => proved
                    .iter()
                    .find(|evidence| evidence.notification_order_id == id && evidence.owner == *owner)
                    .and_then(|evidence| FeedEntryView::of_evidence(place, evidence)),
            };
            recipients += entry.as_ref().map_or(0, FeedEntryView::size);
            entries.extend(entry);
            if recipients > MOST_RECIPIENTS {
                break;
            }
        }
        Ok(entries)
    }

    async fn entry(
        &self,
        place: FeedPlace,
        chain: &Chain,
        now: DateTime<Utc>,
    ) -> Result<Option<FeedEntryView>, StoreError> {
        let number = place.shipment.number();
        let children = if chain.children(number).is_empty() {
            vec![]
        } else {
            self.reader.children(chain, number).await?
        };
        Ok(ShipmentView::of(chain, number, &children).map(|view| FeedEntryView::of(place, &view, now)))
    }
}

#[cfg(test)]
mod tests {
    use super::next_round;

    #[test]
    fn the_next_round_is_as_long_as_the_pages_are_thin() {
        for (missing, read, found, expected) in
            [(436, 16, 64, 123), (484, 16, 16, 256), (1, 16, 499, 2), (0, 16, 500, 1), (500, 16, 0, 256)]
        {
            assert_eq!(next_round(missing, read, found), expected, "{missing} {read} {found}");
        }
    }
}
