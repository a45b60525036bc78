//! The names of the table's attributes and index, as the template declares them.

/// The partition key; there is no sort key.
pub const PARTITION_KEY: &str = "pk";
/// The sparse index of what is open, keys only.
pub const DUE_INDEX: &str = "due";
/// Its partition key: key space and shard.
pub const DUE_KEY: &str = "dk";
/// Its sort key: when, in epoch milliseconds.
pub const DUE_AT: &str = "da";
/// When DynamoDB may delete the item, in epoch seconds.
pub const TTL: &str = "ttl";
/// What there is to tell of the last write; on writes alone that have something to tell, which the stream's filter lets
/// pass.
pub const TOLD: &str = "t";
/// What the key of an item begins with that is an event, and no chain.
pub const EVENT_PREFIX: &str = "event#";
