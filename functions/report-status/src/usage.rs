//! `GET /owners/{orgNumber}/usage`: what an owner has used, by day; for the owner itself and for administrators.

use std::collections::BTreeMap;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use chrono::{DateTime, NaiveDate, Utc};
use futures::stream::{self, StreamExt, TryStreamExt};
use varsling_api::http::{self, Problem};
use varsling_domain::budget;
use varsling_domain::channel::Channel;
use varsling_domain::feed::Epoch;
use varsling_domain::identity::Owner;
use varsling_domain::usage::{DayRange, UsageCounts, UsageOfDay, UsageView};
use varsling_store::{Counted, StoreError};

use super::{Answer, ReportStatus, unavailable};

/// How many days are looked for at the same time.
const CONCURRENCY: usize = 16;

impl ReportStatus {
    pub(super) async fn show_usage(&self, event: &ApiGatewayV2httpRequest, number: &str) -> Answer {
        let owner = self.admission.owner_or_administrator(&self.store, event, number).await?;
        let [from, to] = ["from", "to"].map(|name| event.query_string_parameters.first(name));
        let range = DayRange::parse(from, to, self.clock.now());
        let range = range.map_err(|faults| Problem::invalid(faults.into_map()))?;
        Ok(http::json(200, &self.usage(&owner, range).await.map_err(unavailable)?, &[]))
    }

    async fn usage(&self, owner: &Owner, range: DayRange) -> Result<UsageView, StoreError> {
        let (emails, segments, failures, ended) = futures::try_join!(
            self.store.usage_of(owner, Counted::Sent(Channel::Email), range.days()),
            self.store.usage_of(owner, Counted::Sent(Channel::Sms), range.days()),
            self.store.usage_of(owner, Counted::Failures, range.days()),
            self.ended_until(owner, range),
        )?;
        let mut before = on(&ended, range.before());
        let days = range.days().map(|date| {
            let until = on(&ended, date);
            let counts = UsageCounts {
                orders: until.saturating_sub(std::mem::replace(&mut before, until)),
                emails: on(&emails, date),
                sms_segments: on(&segments, date),
                failures: on(&failures, date),
            };
            UsageOfDay { date, counts }
        });
        Ok(UsageView::of(days.collect()))
    }

    /// How many orders had ended by the end of each day, and of the day before the first: the pages of the feed count
    /// them.
    async fn ended_until(
        &self,
        owner: &Owner,
        range: DayRange,
    ) -> Result<BTreeMap<NaiveDate, u64>, StoreError> {
        let newest = self.store.feed_head(owner, self.epoch).await?.number;
        let days = std::iter::once(range.before()).chain(range.days());
        let counted = days.map(|day| async move {
            let head = Head { epoch: self.epoch, newest };
            Ok::<_, StoreError>((day, self.ended_before(owner, head, budget::day_ends(day)).await?))
        });
        stream::iter(counted).buffered(CONCURRENCY).try_collect().await
    }

    /// How many orders had ended before a time. Before the first page of an epoch, the epoch before it counts.
    async fn ended_before(&self, owner: &Owner, head: Head, time: DateTime<Utc>) -> Result<u64, StoreError> {
        let Head { epoch, newest } = head;
        let page = self.store.last_feed_page_before(owner, epoch.start() + 1, newest, time).await?;
        let before = epoch.before().filter(|_| page == epoch.start());
        let Some(before) = before else {
            return Ok(self.store.counted_until(owner, epoch, page).await?.unwrap_or_default());
        };
        let newest = self.store.feed_head(owner, before).await?.number;
        Box::pin(self.ended_before(owner, Head { epoch: before, newest }, time)).await
    }
}

/// The newest page of an epoch.
#[derive(Clone, Copy)]
struct Head {
    epoch: Epoch,
    newest: u64,
}

fn on(counts: &BTreeMap<NaiveDate, u64>, day: NaiveDate) -> u64 {
    counts.get(&day).copied().unwrap_or_default()
}
