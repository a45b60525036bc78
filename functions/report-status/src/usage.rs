//! `GET /owners/{orgNumber}/usage`: what an owner has used, by day; for the owner itself and for administrators.

use std::collections::BTreeMap;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use chrono::{DateTime, NaiveDate, Utc};
use varsling_api::http::{self, Problem};
use varsling_api::tokens::{ADMIN_SCOPE, CREATE_SCOPE};
use varsling_domain::budget;
use varsling_domain::channel::Channel;
use varsling_domain::identity::Owner;
use varsling_domain::usage::{DayRange, UsageCounts, UsageOfDay, UsageView};
use varsling_store::{Counted, StoreError};

use super::{Answer, ReportStatus, unavailable};

impl ReportStatus {
    pub(super) async fn show_usage(&self, event: &ApiGatewayV2httpRequest, number: &str) -> Answer {
        let administrator = self.admission.verifier().verify(http::authorization(event), ADMIN_SCOPE).await;
        let owner = Owner::try_from(number).ok();
        if let Err(no_administrator) = administrator {
            let caller = self.admission.admit(&self.store, event, CREATE_SCOPE).await?.owner;
            if Some(caller) != owner {
                return Err(no_administrator.into());
            }
        }
        let owner = owner.ok_or_else(Problem::not_found)?;
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
        let known = self.heads.known(owner, self.epoch);
        let newest = self.store.feed_head(owner, self.epoch, known).await?;
        self.heads.learn(owner, newest);
        let (mut ended, mut from) = (BTreeMap::new(), self.epoch.start());
        for day in std::iter::once(range.before()).chain(range.days()) {
            let page = self.last_page_of(owner, from, newest, budget::day_ends(day)).await?;
            ended.insert(day, page.ended);
            from = page.number;
        }
        Ok(ended)
    }

    /// The last page before a time, looked for behind one that is before it.
    async fn last_page_of(
        &self,
        owner: &Owner,
        from: u64,
        newest: u64,
        time: DateTime<Utc>,
    ) -> Result<Page, StoreError> {
        let number = self.store.last_feed_page_before(owner, from + 1, newest, time).await?;
        let found = self.store.feed_pages(owner, [number]).await?.remove(&number);
        Ok(Page { number, ended: found.map_or(0, |page| page.ended) })
    }
}

/// A page, and what it had counted.
struct Page {
    number: u64,
    ended: u64,
}

fn on(counts: &BTreeMap<NaiveDate, u64>, day: NaiveDate) -> u64 {
    counts.get(&day).copied().unwrap_or_default()
}
