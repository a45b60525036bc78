//! `GET /local/orders`: the orders, the newest first, by owner, state and a part of an id or a reference.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};

use super::order_book::{ListedOrder, ListedOrders};
use crate::control::{Refusal, Shared};

/// How many orders a page has where nobody says, and at most.
const USUAL: usize = 50;
const MOST: usize = 500;

/// A page of the list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    orders: Vec<ListedOrder>,
    /// How many orders fit in all.
    count: usize,
    /// Whether the list goes on.
    has_more: bool,
}

/// Which orders are asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    owner: Option<String>,
    state: Option<String>,
    /// A part of an id or of a reference.
    text: Option<String>,
    /// The id of the order behind which the page begins.
    after: Option<String>,
    limit: Option<usize>,
}

/// The page that is asked for.
pub async fn list(State(simulator): Shared, Query(asked): Query<Asked>) -> Result<Json<Page>, Refusal> {
    let orders = simulator.orders.up_to_date(&simulator).map_err(|error| Refusal(error.to_string()))?;
    Ok(Json(asked.page(&orders)))
}

impl Asked {
    fn page(&self, all: &ListedOrders) -> Page {
        let limit = self.limit.unwrap_or(USUAL).min(MOST);
        let after = self.after.as_ref().and_then(|id| id.parse().ok());
        let fitting = all.behind(after).filter(|order| self.fits(order));
        let mut orders: Vec<_> = fitting.take(limit + 1).cloned().collect();
        let has_more = orders.len() > limit;
        orders.truncate(limit);
        Page { orders, count: all.behind(None).filter(|order| self.fits(order)).count(), has_more }
    }

    fn fits(&self, order: &ListedOrder) -> bool {
        self.owner.as_ref().is_none_or(|owner| order.owner == *owner)
            && self.state.as_ref().is_none_or(|state| order.state == *state)
            && self.text.as_ref().is_none_or(|text| has(order, &text.to_lowercase()))
    }
}

/// Whether an order's id or reference has a text in small letters.
fn has(order: &ListedOrder, text: &str) -> bool {
    let reference = order.senders_reference.as_deref().unwrap_or_default().to_lowercase();
    order.notification_order_id.to_string().contains(text) || reference.contains(text)
}
