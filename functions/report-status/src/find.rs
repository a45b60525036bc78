//! `GET /future/orders` and `GET /orders`: the orders that have a reference of their owner's.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use varsling_api::http::{self, Problem};
use varsling_api::routes::Endpoint;
use varsling_domain::chain::Chain;
use varsling_domain::finder::Finder;
use varsling_domain::identity::Owner;
use varsling_domain::reading::{FoundOrder, FoundOrders, ListView, ListsView};
use varsling_domain::request::Faults;
use varsling_domain::status::ShipmentStatus;
use varsling_domain::view::ShipmentView;
use varsling_store::StoreError;
use varsling_store::pointers::{Between, Pointer, PointerPage};

use super::{Answer, ReportStatus, unavailable};

/// How many orders are in a page.
const PAGE: i32 = 50;
/// How many pages are looked through at most for orders of a status, before the owner is told to go on.
const MOST_PAGES: usize = 10;
/// How many orders the older route shows at most, which has no pages.
const MOST_LISTS: usize = 200;
/// How many bytes of orders it shows: a list has thousands of recipients, and Lambda answers with six megabytes at most.
const MOST_BYTES: usize = 4_000_000;

/// What is looked for.
struct Asked {
    owner: Owner,
    finder: Finder,
    state: Option<ShipmentStatus>,
    after: Option<Pointer>,
    now: DateTime<Utc>,
}

/// The whole of time: what is gone is gone, and what is planned may be years ahead.
const ALWAYS: Between = Between { from: DateTime::<Utc>::UNIX_EPOCH, until: DateTime::<Utc>::MAX_UTC };

impl ReportStatus {
    pub(super) async fn find_orders(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        let mut asked = self.asked_for(event).await?;
        let (mut orders, mut has_more) = (vec![], true);
        for _ in 0..MOST_PAGES {
            let page = self.page(&asked).await.map_err(unavailable)?;
            for chain in self.chains(&asked, &page).await.map_err(unavailable)? {
                orders.extend(self.found(&asked, &chain).await.map_err(unavailable)?);
            }
            has_more = page.has_more;
            asked.after = page.pointers.last().copied().or(asked.after);
            if !has_more || !orders.is_empty() {
                break;
            }
        }
        let cursor = asked.after.filter(|_| has_more).map(cursor);
        Ok(http::json(200, &FoundOrders { orders, cursor }, &[]))
    }

    pub(super) async fn find_lists(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        let mut asked = self.asked_for(event).await?;
        let (mut views, mut bytes, mut has_more) = (vec![], 0, true);
        while has_more && views.len() < MOST_LISTS && bytes < MOST_BYTES {
            let page = self.page(&asked).await.map_err(unavailable)?;
            for chain in self.chains(&asked, &page).await.map_err(unavailable)? {
                let shown = self.list_view(event, &chain).await?;
                bytes += shown.iter().map(|view| view.to_string().len()).sum::<usize>();
                views.extend(shown.into_iter().filter(|_| bytes < MOST_BYTES));
            }
            has_more = page.has_more;
            asked.after = page.pointers.last().copied().or(asked.after);
        }
        Ok(http::json(200, &ListsView::of(views), &[]))
    }

    async fn asked_for(&self, event: &ApiGatewayV2httpRequest) -> Result<Asked, Problem> {
        let owner = self.admission.owner_of_orders(&self.store, event).await?.owner;
        let query = &event.query_string_parameters;
        let mut faults = Faults::default();
        let reference = query.first("sendersReference").filter(|reference| !reference.is_empty());
        if reference.is_none() {
            faults.add("sendersReference", "Is required.");
        }
        let state = query.first("state").map(ShipmentStatus::named);
        if state == Some(None) {
            faults.add("state", "Must be the status of an order, such as Order_Completed.");
        }
        let after = query.first("cursor").map(read_cursor);
        if after == Some(None) {
            faults.add("cursor", "Must be the cursor of an earlier answer.");
        }
        if !faults.is_empty() {
            return Err(Problem::invalid(faults.into_map()));
        }
        let finder = Finder::of_reference(&self.key, &owner, reference.unwrap_or_default());
        let (state, after) = (state.flatten(), after.flatten());
        Ok(Asked { owner, finder, state, after, now: self.clock.now() })
    }

    async fn page(&self, asked: &Asked) -> Result<PointerPage, StoreError> {
        self.store.find(&asked.finder, ALWAYS, asked.after, PAGE).await
    }

    /// The orders of a page that there are: a pointer may be left of one that is gone, or never came to be.
    async fn chains(&self, asked: &Asked, page: &PointerPage) -> Result<Vec<Chain>, StoreError> {
        let ids: Vec<_> = page.pointers.iter().map(|pointer| pointer.chain).collect();
        let stored = self.store.load_chains(&ids).await?.into_iter().collect::<Result<Vec<_>, _>>()?;
        let kept = stored.into_iter().flatten().filter(|chain| asked.now < chain.kept_until);
        Ok(kept.filter(|chain| chain.owner == asked.owner).collect())
    }

    async fn found(&self, asked: &Asked, chain: &Chain) -> Result<Option<FoundOrder>, StoreError> {
        let mut views = vec![];
        let loaded = self.reader.all_children(chain).await?;
        for ((number, _), children) in chain.numbered().zip(&loaded) {
            views.extend(ShipmentView::of(chain, number, children));
        }
        let status = views.first().map(|view| view.status(asked.now));
        let is_wanted = asked.state.is_none() || asked.state == status;
        Ok(is_wanted.then(|| FoundOrder::of(chain, &views, asked.now)))
    }

    /// The orders of the contract's older part, each shipment as one.
    async fn list_view(
        &self,
        event: &ApiGatewayV2httpRequest,
        chain: &Chain,
    ) -> Result<Vec<serde_json::Value>, Problem> {
        let Some(order) = self.reader.order(chain).await.map_err(unavailable)? else { return Ok(vec![]) };
        let texts = self.reader.texts(chain, &order).await.map_err(unavailable)?;
        let numbered = (0..).zip(&order.shipments);
        let views = numbered.filter_map(|(number, ordered)| {
            let id = chain.shipment_id(number);
            let address = format!("{}{}", self.public_url.base(event), Endpoint::ShowList.path(id));
            let view = ListView::of(chain, number, ordered, &texts, &address)?;
            serde_json::to_value(view).ok()
        });
        Ok(views.collect())
    }
}

/// Where an answer ended, for the owner to send back.
fn cursor(Pointer { millis, chain }: Pointer) -> String {
    URL_SAFE_NO_PAD.encode(format!("{millis}.{chain}"))
}

fn read_cursor(text: &str) -> Option<Pointer> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (millis, chain) = text.split_once('.')?;
    Some(Pointer { millis: millis.parse().ok()?, chain: chain.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use varsling_domain::ids::ChainId;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        let chain = "0192f6c1-9a6e-8c11-8b55-1d2f3a4b5c00".parse::<ChainId>().unwrap();
        let pointer = Pointer { millis: 1_796_634_000_000, chain };
        assert_eq!(read_cursor(&cursor(pointer)), Some(pointer));
        for wrong in ["", "x", "MQ", "\u{e5}", "MS4x", &cursor(pointer)[1..]] {
            assert_eq!(read_cursor(wrong), None, "{wrong}");
        }
    }
}
