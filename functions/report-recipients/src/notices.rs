//! Finds the notices of a person or an organisation, by any owner.

use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::{self, StreamExt, TryStreamExt};
use varsling_domain::chain::Chain;
use varsling_domain::finder::Finder;
use varsling_domain::order::{Named, Order};
use varsling_domain::view::ShipmentView;
use varsling_store::StoreError;
use varsling_store::pointers::{Between, Pointer};

use super::ReportRecipients;

/// How long after its notification a reminder can be planned, and some days for windows and holidays.
const LATEST_REMINDER: TimeDelta = TimeDelta::days(730 + 14);
/// How many orders are read at the same time.
const CONCURRENCY: usize = 16;
/// How many pointers are read at a time.
const PAGE: i32 = 200;
/// How many notices an answer has at most.
const MOST: usize = 1_000;

/// A shipment to somebody, with the chain and the order that it belongs to.
pub struct Notice {
    /// The chain with the deliveries: of somebody on a list, the chain of its own.
    pub chain: Chain,
    /// The number of the shipment in it.
    pub number: u8,
    /// The chain of the order, where that is another one.
    pub parent: Option<Chain>,
    /// The order as it was accepted, if it is still kept.
    pub order: Option<Order>,
    /// Its deliveries are read of these.
    pub children: Vec<varsling_domain::view::StoredChild>,
}

impl Notice {
    /// The chain of the order.
    pub fn root(&self) -> &Chain {
        self.parent.as_ref().unwrap_or(&self.chain)
    }

    /// The number of the shipment in the order.
    pub fn root_number(&self) -> u8 {
        self.chain.parent.map_or(self.number, |parent| parent.known.number())
    }

    /// The shipment with its deliveries.
    pub fn view(&self) -> Option<ShipmentView<'_>> {
        ShipmentView::of(&self.chain, self.number, &self.children)
    }
}

impl ReportRecipients {
    /// What somebody gets that is planned within a time, the newest first.
    pub(super) async fn notices(
        &self,
        subject: &Named,
        finder: &Finder,
        between: Between,
    ) -> Result<Vec<Notice>, StoreError> {
        // A reminder is found by when its notification was planned.
        let wide = Between { from: between.from - LATEST_REMINDER, ..between };
        let (mut notices, mut after): (Vec<Notice>, Option<Pointer>) = (vec![], None);
        loop {
            let page = self.store.find(finder, wide, after, PAGE).await?;
            let each =
                page.pointers.iter().copied().map(|pointer| self.notices_of(pointer, subject, between));
            let found: Vec<_> = stream::iter(each).buffered(CONCURRENCY).try_collect().await?;
            notices.extend(found.into_iter().flatten());
            after = page.pointers.last().copied();
            if !page.has_more || notices.len() >= MOST {
                break;
            }
        }
        notices.sort_by_key(|notice| std::cmp::Reverse(planned_at(notice)));
        notices.truncate(MOST);
        Ok(notices)
    }

    async fn notices_of(
        &self,
        pointer: Pointer,
        subject: &Named,
        between: Between,
    ) -> Result<Vec<Notice>, StoreError> {
        let now = self.clock.now();
        let chain = self.store.load_chain(pointer.chain).await?.filter(|chain| now < chain.kept_until);
        let Some(chain) = chain else { return Ok(vec![]) };
        let parent = match chain.parent {
            Some(parent) => self.store.load_chain(parent.known.chain()).await?,
            None => None,
        };
        let order = self.reader.order(parent.as_ref().unwrap_or(&chain)).await?;
        let mut notices = vec![];
        for (number, shipment) in chain.numbered() {
            let is_theirs =
                parent.is_some() || order.as_ref().is_some_and(|order| is_for(order, number, subject));
            if is_theirs && between.has(shipment.planned_at) {
                let children = self.reader.children(&chain, number).await?;
                let (chain, parent, order) = (chain.clone(), parent.clone(), order.clone());
                notices.push(Notice { chain, number, parent, order, children });
            }
        }
        Ok(notices)
    }
}

fn planned_at(notice: &Notice) -> Option<DateTime<Utc>> {
    notice.chain.shipment(notice.number).map(|shipment| shipment.planned_at)
}

/// Whether a shipment of an order is for somebody.
pub fn is_for(order: &Order, number: u8, subject: &Named) -> bool {
    let shipment = order.shipments.get(usize::from(number));
    shipment.and_then(|shipment| shipment.recipients.one()).is_some_and(|recipient| recipient.is(subject))
}
