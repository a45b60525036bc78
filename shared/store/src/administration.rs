//! The record of each change that an administrator makes: who, what, before, after and when. It is kept as long as evidence,
//! and no function reads it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use varsling_domain::identity::Owner;

use super::{Item, Store, StoreError, schema, string, ttl, unreadable};

const KIND: &str = "administrator's change";

/// What an administrator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum AdministratorAction {
    /// Writes an owner's settings.
    PutOwner,
    /// Holds a scope.
    Hold,
    /// Releases a scope.
    Release,
    /// Settles what was under way when the table was lost.
    Settle,
    /// Lifts a suppression.
    LiftSuppression,
    /// Takes an order or a shipment back.
    Cancel,
    /// Sends dead letters back to the queue that they came from.
    SendBack,
    /// Has a chain that was set aside looked at again.
    PutBack,
    /// Erases what is held about somebody.
    Erase,
    /// Sends again what failed of an order.
    SendAgain,
}

/// Who makes a change.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(untagged)]
pub enum Administrator<'a> {
    /// The organisation of a token with the administrators' scope.
    Organization(&'a Owner),
    /// A principal of the AWS account, by its ARN.
    Principal(&'a str),
}

/// A change that an administrator is about to make. It is stored with whole names: there are few of these, and people read
/// them.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct AdministratorChange<'a, T> {
    /// Who does it.
    pub by: Administrator<'a>,
    /// What is done.
    pub action: AdministratorAction,
    /// What it is done to: an organisation number, a scope, a table's name, an id, a queue or an HMAC.
    pub about: &'a str,
    /// The value before the change; none where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<&'a T>,
    /// The value after the change; none where it is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<&'a T>,
    /// When.
    pub at: DateTime<Utc>,
}

impl<'a> AdministratorChange<'a, ()> {
    /// A change that has no value before and after it: what is done says all.
    pub fn of(by: Administrator<'a>, action: AdministratorAction, about: &'a str, at: DateTime<Utc>) -> Self {
        Self { by, action, about, before: None, after: None, at }
    }
}

impl Store {
    /// Writes the record. Callers do so before they make the change: no change is without a record, and a change that fails
    /// has one too.
    pub async fn put_administrator_change<T: Serialize>(
        &self,
        change: &AdministratorChange<'_, T>,
    ) -> Result<(), StoreError> {
        let mut item: Item = serde_dynamo::to_item(change).map_err(unreadable(KIND))?;
        item.insert(schema::PARTITION_KEY.to_owned(), string(&key(change.at)));
        item.extend([ttl(change.at + TimeDelta::days(self.evidence_days))]);
        self.put(KIND, item).await
    }
}

/// Keys sort by time. The random part keeps two changes of one second apart.
fn key(at: DateTime<Utc>) -> String {
    format!("administration#{}#{}", at.format("%Y-%m-%dT%H:%M:%SZ"), uuid::Uuid::new_v4())
}
