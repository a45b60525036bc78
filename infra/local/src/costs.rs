//! What the functions' calls cost: how many there are, and which units of the database they consume.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::Serialize;
use serde_json::{Value, json};

use crate::aws::service::Service;
use crate::lock;
use crate::runtime::Caller;

/// What some calls cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// How many there were.
    pub calls: u64,
    /// Write units, those of the index included.
    pub write_units: f64,
    /// Read units.
    pub read_units: f64,
}

impl Cost {
    /// The sum of two.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            write_units: self.write_units + other.write_units,
            read_units: self.read_units + other.read_units,
        }
    }
}

/// Who called what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    /// Whether an execution environment was being started.
    starts: bool,
    function: String,
    /// Such as `dynamodb.PutItem`.
    operation: String,
}

/// Counts calls and their costs since they were counted from nothing.
#[derive(Default)]
pub struct Costs(Mutex<BTreeMap<Key, Cost>>);

impl Costs {
    /// A call was made that consumes no units.
    pub(crate) fn count(&self, caller: Caller<'_>, service: Service, operation: &str) {
        self.add(caller, service, operation, Cost { calls: 1, ..Cost::default() });
    }

    /// A call was made.
    pub(crate) fn add(&self, caller: Caller<'_>, service: Service, operation: &str, cost: Cost) {
        let operation = format!("{}.{operation}", service.name());
        let starts = caller.activity.is_some_and(|activity| activity.is_starting());
        let key = Key { starts, function: caller.function.to_owned(), operation };
        let mut costs = lock(&self.0);
        let entry = costs.entry(key).or_default();
        *entry = entry.plus(cost);
    }

    /// Counts from nothing again.
    pub fn reset(&self) {
        lock(&self.0).clear();
    }

    /// What a function's calls of an operation cost, such as `dynamodb.PutItem`; of all functions where none is
    /// named, of all operations of a service where only that is. What environments call as they start is apart.
    pub fn of(&self, function: Option<&str>, operation: &str) -> Cost {
        let costs = lock(&self.0);
        let counted = costs.iter().filter(|(key, _)| {
            !key.starts
                && function.is_none_or(|function| function == key.function)
                && (key.operation == operation || key.operation.split('.').next() == Some(operation))
        });
        counted.fold(Cost::default(), |sum, (_, cost)| sum.plus(*cost))
    }

    /// What everything cost, starts apart.
    pub fn total(&self) -> Cost {
        let costs = lock(&self.0);
        let counted = costs.iter().filter(|(key, _)| !key.starts);
        counted.fold(Cost::default(), |sum, (_, cost)| sum.plus(*cost))
    }

    /// All of it, by function and operation.
    pub fn list(&self) -> Value {
        json!({"functions": self.table(false), "starts": self.table(true), "total": self.total()})
    }

    fn table(&self, starts: bool) -> BTreeMap<String, BTreeMap<String, Cost>> {
        let mut functions = BTreeMap::<_, BTreeMap<_, _>>::new();
        for (key, cost) in lock(&self.0).iter().filter(|(key, _)| key.starts == starts) {
            functions.entry(key.function.clone()).or_default().insert(key.operation.clone(), *cost);
        }
        functions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_counted_by_function_and_operation() {
        let (costs, write) = (Costs::default(), Cost { calls: 1, write_units: 2.0, read_units: 0.0 });
        let email = Caller { function: "send-email", activity: None };
        costs.add(email, Service::DynamoDb, "PutItem", write);
        costs.add(email, Service::DynamoDb, "PutItem", write);
        costs.count(email, Service::Ses, "SendEmail");
        costs.count(Caller { function: "schedule", activity: None }, Service::DynamoDb, "Query");
        let put = costs.of(Some("send-email"), "dynamodb.PutItem");
        assert_eq!(put, Cost { calls: 2, write_units: 4.0, read_units: 0.0 });
        assert_eq!((costs.of(None, "dynamodb").calls, costs.total().calls), (3, 4));
        assert_eq!(costs.list()["functions"]["send-email"]["dynamodb.PutItem"]["writeUnits"], 4.0);
        costs.reset();
        assert_eq!(costs.total(), Cost::default());
    }
}
