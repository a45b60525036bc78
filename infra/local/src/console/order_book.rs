//! The orders of the local system as they are listed. A write of a chain only notes which one it was; it is read when the list
//! is asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use chrono::{DateTime, Utc};
use dynoxide::{AttributeValue, Item};
use serde::Serialize;
use varsling_domain::chain::stored::BODY;
use varsling_domain::chain::{Chain, DeliveryState, Shipment, ShipmentState};
use varsling_domain::ids::ChainId;

use crate::database::{self, Change, Database};
use crate::simulator::{Simulator, stamp};
use crate::{AnyError, lock};

/// What chains' keys begin with.
const CHAIN: &str = "chain#";
/// What the keys of opened markers begin with.
const OPENED: &str = "opened#";

/// Where an order is in the list: when it was accepted, and its id.
type Place = (DateTime<Utc>, ChainId);

/// The orders, and which chains were written since the list was last asked for.
#[derive(Default)]
pub struct OrderBook {
    /// The keys of those chains.
    written: Mutex<BTreeSet<String>>,
    /// How many writes there were.
    writes: AtomicU64,
    orders: Mutex<ListedOrders>,
}

/// The orders as they were read last.
#[derive(Default)]
pub struct ListedOrders {
    orders: BTreeMap<Place, ListedOrder>,
    places: HashMap<ChainId, Place>,
    /// The order that each child is of.
    parents: HashMap<ChainId, ChainId>,
}

/// An order in the list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedOrder {
    /// Its id.
    pub notification_order_id: ChainId,
    /// The organisation number of its owner.
    pub owner: String,
    accepted_at: String,
    last_update: String,
    /// The reference of its notification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub senders_reference: Option<String>,
    status: &'static str,
    /// `Waiting`, `UnderWay` or `Over`, of all its shipments.
    pub state: &'static str,
    reminders: usize,
    /// How many recipients it lists; none where it names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    listed: Option<u16>,
}

impl OrderBook {
    /// Items were written: chains and opened markers may be among them.
    pub fn note(&self, changes: &[Change]) {
        let keys: Vec<_> = changes.iter().map(Change::key_text).filter(|key| is_of_order(key)).collect();
        if !keys.is_empty() {
            self.writes.fetch_add(1, Ordering::SeqCst);
            let chains = keys.into_iter().filter(|key| key.starts_with(CHAIN));
            lock(&self.written).extend(chains.map(ToOwned::to_owned));
        }
    }

    /// Notes all chains of a database that has some already.
    pub fn note_all(&self, database: &Database) -> Result<(), AnyError> {
        let mut written = lock(&self.written);
        database.each_item(|item| {
            let key = database::text(item, database::KEY).unwrap_or_default();
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
    pub fn up_to_date(&self, simulator: &Simulator) -> Result<MutexGuard<'_, ListedOrders>, AnyError> {
        let mut orders = lock(&self.orders);
        // Taken before they are read: a write that notes another one must not wait for that.
        let written = std::mem::take(&mut *lock(&self.written));
        let items = written.iter().map(|key| simulator.database.item(key)).collect::<Result<Vec<_>, _>>();
        match items {
            Ok(items) => {
                for (key, item) in written.iter().zip(items) {
                    orders.learn(key, item.as_ref(), simulator.now());
                }
                Ok(orders)
            }
            Err(error) => {
                // They are read when the list is asked for again.
                lock(&self.written).extend(written);
                Err(error)
            }
        }
    }
}

fn is_of_order(key: &str) -> bool {
    key.starts_with(CHAIN) || key.starts_with(OPENED)
}

impl ListedOrders {
    /// The id of the order that a chain is of: its own, or that of its parent.
    pub fn order_of(&self, chain: ChainId) -> ChainId {
        self.parents.get(&chain).copied().unwrap_or(chain)
    }

    /// The order that the item with a key is of, if it is a chain's.
    pub fn order_of_key(&self, key: &str) -> Option<&ListedOrder> {
        let place = self.places.get(&self.order_of(id_of(key)?))?;
        self.orders.get(place)
    }

    /// All of them, the newest first; those behind one, where its id is given and is that of an order.
    pub fn behind(&self, after: Option<ChainId>) -> impl Iterator<Item = &ListedOrder> {
        let place = after.and_then(|id| self.places.get(&id)).copied();
        let end = place.map_or(Bound::Unbounded, Bound::Excluded);
        self.orders.range((Bound::Unbounded, end)).rev().map(|(_, order)| order)
    }

    fn learn(&mut self, key: &str, item: Option<&Item>, now: DateTime<Utc>) {
        let Some(id) = id_of(key) else { return };
        if let Some(place) = self.places.remove(&id) {
            self.orders.remove(&place);
        }
        let Some(chain) = item.and_then(read) else { return };
        if let Some(parent) = chain.parent {
            // It is shown with its order.
            self.parents.insert(id, parent.known.chain());
            return;
        }
        let place = (chain.accepted_at, id);
        self.orders.insert(place, ListedOrder::of(id, &chain, now));
        self.places.insert(id, place);
    }
}

fn id_of(key: &str) -> Option<ChainId> {
    key.strip_prefix(CHAIN)?.parse().ok()
}

fn read(item: &Item) -> Option<Chain> {
    let Some(AttributeValue::B(body)) = item.get(BODY) else { return None };
    rmp_serde::from_slice(body).ok()
}

impl ListedOrder {
    fn of(id: ChainId, chain: &Chain, now: DateTime<Utc>) -> Self {
        let first = chain.shipments.first();
        let updated = chain.shipments.iter().map(|shipment| shipment.updated_at).max();
        Self {
            notification_order_id: id,
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

/// Whether a shipment, or all that is left of its deliveries, waits for its time, the window or whatever else.
fn waits(shipment: &Shipment) -> bool {
    let mut left = shipment.deliveries().iter().filter(|delivery| !delivery.is_final());
    match shipment.state {
        ShipmentState::Scheduled { .. } | ShipmentState::Postponed { .. } => true,
        ShipmentState::Open(_) => left.all(|one| matches!(one.state, DeliveryState::Waiting { .. })),
        _ => false,
    }
}

fn state(chain: &Chain) -> &'static str {
    let mut left = chain.shipments.iter().filter(|shipment| !shipment.is_final()).peekable();
    if left.peek().is_none() {
        "Over"
    } else if left.all(waits) {
        "Waiting"
    } else {
        "UnderWay"
    }
}
