//! What a write has changed, and what it has cost.

use dynoxide::actions::batch_write_item::BatchWriteItemResponse;
use dynoxide::actions::delete_item::DeleteItemResponse;
use dynoxide::actions::put_item::PutItemResponse;
use dynoxide::actions::transact_write_items::TransactWriteItemsResponse;
use dynoxide::actions::update_item::UpdateItemResponse;
use dynoxide::types::{ConsumedCapacity, item_size, write_capacity_units};
use dynoxide::{DynoxideError, Item};
use serde::Serialize;

use super::due::Entry;
use super::table::{Table, key_text};

/// An item before and after a write.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// The item's key.
    pub key: Item,
    /// The item as it was, if there was one.
    pub old: Option<Item>,
    /// The item as it is, if there is one.
    pub new: Option<Item>,
}

impl Change {
    /// The units of the index that a write of the item consumes: one for an entry that comes or goes, so two for one
    /// that moves (Amazon DynamoDB developer guide, "Provisioned throughput considerations for Global Secondary
    /// Indexes"). An entry has nothing beside its keys, and is small.
    pub fn index_units(&self) -> f64 {
        let [old, new] = [&self.old, &self.new].map(|image| image.as_ref().and_then(Entry::of));
        if old == new { 0.0 } else { [old, new].iter().flatten().map(|_| 1.0).sum() }
    }

    /// The text that is the item's key.
    pub fn key_text(&self) -> &str {
        key_text(&self.key)
    }
}

/// A write that was carried out, and is not answered yet.
pub struct Written {
    /// What is answered.
    pub answer: Answer,
    /// The units that it consumed.
    pub units: f64,
    /// What it changed.
    pub changes: Vec<Change>,
}

/// What a write is answered.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    Put(PutItemResponse),
    Update(UpdateItemResponse),
    Delete(DeleteItemResponse),
    Batch(BatchWriteItemResponse),
    Transact(TransactWriteItemsResponse),
}

/// A call that was carried out.
pub struct Done {
    /// The answer.
    pub body: String,
    /// The units that it consumed.
    pub units: f64,
}

/// A call that was refused, which may have consumed units as well.
pub struct Failed {
    /// Why.
    pub error: DynoxideError,
    /// The units that it consumed.
    pub units: f64,
}

impl From<DynoxideError> for Failed {
    fn from(error: DynoxideError) -> Self {
        Self { error, units: 0.0 }
    }
}

impl Done {
    /// With an answer that can be written as JSON.
    pub fn new(answer: &impl Serialize, units: f64) -> Result<Self, Failed> {
        let body = serde_json::to_string(answer);
        let body = body.map_err(|error| DynoxideError::InternalServerError(error.to_string()))?;
        Ok(Self { body, units })
    }
}

impl Failed {
    /// A condition that was not met costs what writing the item that is there would have cost.
    pub fn of(table: &Table, key: &Item, error: DynoxideError) -> Self {
        let units = match &error {
            DynoxideError::ConditionalCheckFailedException(..) => {
                let existing = table.get(key.clone()).ok().flatten();
                write_capacity_units(existing.as_ref().map_or(0, item_size))
            }
            _ => 0.0,
        };
        Self { error, units }
    }
}

/// What a caller wants to be told, while the database is asked to tell more.
pub struct Wanted {
    values: bool,
    capacity: bool,
}

impl Wanted {
    /// Asks for units, and for the values that are named unless the caller wants others.
    pub fn beside(values: &mut Option<String>, ours: &str, capacity: &mut Option<String>) -> Self {
        Self { values: or_ask(values, ours), capacity: or_ask(capacity, "TOTAL") }
    }

    /// Takes back what only we have asked for; the units that were consumed.
    pub fn take_back(&self, values: &mut Option<Item>, capacity: &mut Option<ConsumedCapacity>) -> f64 {
        if !self.values {
            *values = None;
        }
        take_units(self.capacity, capacity)
    }
}

/// Asks for something unless the caller does; whether the caller does.
pub fn or_ask(asked: &mut Option<String>, ours: &str) -> bool {
    let is_wanted = asked.as_deref().is_some_and(|asked| asked != "NONE");
    if !is_wanted {
        *asked = Some(ours.to_owned());
    }
    is_wanted
}

/// The units that were consumed, which are told only to those who asked.
pub fn take_units(is_wanted: bool, capacity: &mut Option<ConsumedCapacity>) -> f64 {
    let units = capacity.as_ref().map_or(0.0, |capacity| capacity.capacity_units);
    if !is_wanted {
        *capacity = None;
    }
    units
}

/// The same of a call that concerns several tables.
pub fn take_all_units(is_wanted: bool, capacity: &mut Option<Vec<ConsumedCapacity>>) -> f64 {
    let units = capacity.iter().flatten().map(|capacity| capacity.capacity_units).sum();
    if !is_wanted {
        *capacity = None;
    }
    units
}
