//! The orders that the console lists, newest first. A write of a chain only notes which one it was; it is read when
//! somebody looks.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use axum::Json;
use axum::extract::{Query, State};
use chrono::{DateTime, Utc};
use dynoxide::{AttributeValue, Item};
use serde::{Deserialize, Serialize};
use varsling_domain::chain::stored::BODY;
use varsling_domain::chain::{Chain, ShipmentState};
use varsling_domain::ids::ChainId;

use crate::control::{Refusal, Shared};
use crate::database::{Change, Database};
use crate::simulator::{Simulator, stamp};
use crate::{AnyError, lock};

/// What chains' keys begin with.
const CHAIN: &str = "chain#";
/// What the keys of opened markers begin with.
const OPENED: &str = "opened#";
/// How many orders a page has where nobody says, and at most.
const USUAL: usize = 50;
const MOST: usize = 500;

/// Where an order is in the list: when it was accepted, and its id.
type Place = (DateTime<Utc>, String);

/// The orders, as far as somebody has looked.
#[derive(Default)]
pub struct OrderBook {
    /// The keys of the chains that were written since somebody looked.
    written: Mutex<BTreeSet<String>>,
    /// How many writes there were.
    writes: AtomicU64,
    known: Mutex<Known>,
}

/// What is known of them.
#[derive(Default)]
pub struct Known {
    orders: BTreeMap<Place, Row>,
    places: HashMap<String, Place>,
    /// The order that each child is of.
    parents: HashMap<ChainId, ChainId>,
}

/// An order in the list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    notification_order_id: String,
    owner: String,
    accepted_at: String,
    last_update: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<String>,
    status: &'static str,
    /// `Waiting`, `UnderWay` or `Over`, of all its shipments.
    state: &'static str,
    reminders: usize,
    /// How many recipients it lists; none where it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    listed: Option<u16>,
}

/// A page of the list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    orders: Vec<Row>,
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

impl OrderBook {
    /// Something was written: chains, or when a message was opened, may be among it.
    pub fn note(&self, changes: &[Change]) {
        let is_of_order = |key: &&str| key.starts_with(CHAIN) || key.starts_with(OPENED);
        let keys: Vec<_> = changes.iter().map(Change::key_text).filter(is_of_order).collect();
        if !keys.is_empty() {
            self.writes.fetch_add(1, Ordering::SeqCst);
            let chains = keys.into_iter().filter(|key| key.starts_with(CHAIN));
            lock(&self.written).extend(chains.map(ToOwned::to_owned));
        }
    }

    /// All chains of a database that has some already.
    pub fn note_all(&self, database: &Database) -> Result<(), AnyError> {
        let mut written = lock(&self.written);
        database.each_item(|item| {
            let key = crate::database::text(item, crate::database::KEY).unwrap_or_default();
            if key.starts_with(CHAIN) {
                written.insert(key.to_owned());
            }
        })
    }

    /// How many writes there were of what is shown of an order.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    /// The orders as they are now.
    pub fn look(&self, simulator: &Simulator) -> Result<MutexGuard<'_, Known>, AnyError> {
        let mut known = lock(&self.known);
        // Taken before they are read: a write that notes another one must not wait for that.
        let written = std::mem::take(&mut *lock(&self.written));
        let items = written.iter().map(|key| simulator.database.item(key)).collect::<Result<Vec<_>, _>>();
        match items {
            Ok(items) => {
                for (key, item) in written.iter().zip(items) {
                    known.learn(key, item, simulator.now());
                }
                Ok(known)
            }
            Err(error) => {
                // The next one who looks reads them again.
                lock(&self.written).extend(written);
                Err(error)
            }
        }
    }
}

impl Known {
    /// The order that a chain is of: its own, or that of its parent.
    pub fn order_of(&self, chain: ChainId) -> ChainId {
        self.parents.get(&chain).copied().unwrap_or(chain)
    }

    fn page(&self, asked: &Asked) -> Page {
        let limit = asked.limit.unwrap_or(USUAL).min(MOST);
        let mut orders: Vec<_> =
            self.behind(asked.after.as_deref(), asked).take(limit + 1).cloned().collect();
        let has_more = orders.len() > limit;
        orders.truncate(limit);
        Page { orders, count: self.orders.values().filter(|row| asked.fits(row)).count(), has_more }
    }

    fn learn(&mut self, key: &str, item: Option<Item>, now: DateTime<Utc>) {
        let id = key.trim_start_matches(CHAIN);
        if let Some(place) = self.places.remove(id) {
            self.orders.remove(&place);
        }
        let Some(chain) = item.and_then(|item| read(&item)) else { return };
        if let Some(parent) = chain.parent {
            // It is shown with its order.
            self.parents.extend(id.parse().map(|child: ChainId| (child, parent.known.chain())));
            return;
        }
        let place = (chain.accepted_at, id.to_owned());
        self.orders.insert(place.clone(), Row::of(id, &chain, now));
        self.places.insert(id.to_owned(), place);
    }

    fn behind<'a>(&'a self, after: Option<&str>, asked: &'a Asked) -> Box<dyn Iterator<Item = &'a Row> + 'a> {
        let place = after.and_then(|id| self.places.get(id)).cloned();
        match place {
            Some(place) => {
                Box::new(self.orders.range(..place).rev().map(|(_, row)| row).filter(|row| asked.fits(row)))
            }
            None => Box::new(self.orders.values().rev().filter(|row| asked.fits(row))),
        }
    }
}

/// Whose order a chain belongs to, and its id: that of its parent, where it has one.
pub fn order_of(database: &Database, key: &str) -> Option<OrderOf> {
    let chain = read(&database.item(key).ok()??)?;
    let id = chain
        .parent
        .map_or_else(|| key.trim_start_matches(CHAIN).to_owned(), |parent| parent.known.chain().to_string());
    Some(OrderOf { notification_order_id: id, owner: chain.owner.to_string() })
}

/// An order, and whose it is.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderOf {
    notification_order_id: String,
    owner: String,
}

fn read(item: &Item) -> Option<Chain> {
    let Some(AttributeValue::B(body)) = item.get(BODY) else { return None };
    rmp_serde::from_slice(body).ok()
}

impl Row {
    fn of(id: &str, chain: &Chain, now: DateTime<Utc>) -> Self {
        let first = chain.shipments.first();
        let updated = chain.shipments.iter().map(|shipment| shipment.updated_at).max();
        Self {
            notification_order_id: id.to_owned(),
            owner: chain.owner.to_string(),
            accepted_at: stamp(chain.accepted_at),
            last_update: stamp(updated.unwrap_or(chain.accepted_at)),
            senders_reference: first.and_then(|shipment| shipment.senders_reference.clone()),
            status: first.map_or("", |shipment| shipment.status(now).wire_name()),
            state: state(chain),
            reminders: chain.shipments.len().saturating_sub(1),
            listed: first.and_then(|shipment| shipment.listed),
        }
    }
}

fn state(chain: &Chain) -> &'static str {
    let mut left = chain.shipments.iter().filter(|shipment| !shipment.is_final()).peekable();
    if left.peek().is_none() {
        "Over"
    } else if left.all(|shipment| {
        matches!(shipment.state, ShipmentState::Scheduled { .. } | ShipmentState::Postponed { .. })
    }) {
        "Waiting"
    } else {
        "UnderWay"
    }
}

impl Asked {
    fn fits(&self, row: &Row) -> bool {
        self.owner.as_ref().is_none_or(|owner| row.owner == *owner)
            && self.state.as_ref().is_none_or(|state| row.state == *state)
            && self.text.as_ref().is_none_or(|text| row.says(&text.to_lowercase()))
    }
}

impl Row {
    fn says(&self, text: &str) -> bool {
        let reference = self.senders_reference.as_deref().unwrap_or_default().to_lowercase();
        self.notification_order_id.contains(text) || reference.contains(text)
    }
}

/// `GET /local/orders`: a page of the list.
pub async fn list(State(simulator): Shared, Query(asked): Query<Asked>) -> Result<Json<Page>, Refusal> {
    let known = simulator.orders.look(&simulator).map_err(|error| Refusal(error.to_string()))?;
    Ok(Json(known.page(&asked)))
}
