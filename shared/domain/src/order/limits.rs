//! The bounds of an order. Lengths of texts count characters, not bytes.

use chrono::TimeDelta;

/// Bytes of a request body; room for twenty reminders with long texts in two channels.
pub const REQUEST_BODY: usize = 1024 * 1024;
/// Characters of `idempotencyId`.
pub const IDEMPOTENCY_ID: usize = 256;
/// Characters of `sendersReference`.
pub const SENDERS_REFERENCE: usize = 256;
/// Characters of `dialogId` and of `transmissionId`, which are UUIDs as a rule.
pub const DIALOGPORTEN_ID: usize = 128;
/// Recipients of one order that lists them.
pub const RECIPIENTS: usize = 2_000;
/// Characters of all their numbers and addresses; with everything else the order must fit into one item of
/// DynamoDB, which holds 400 KB.
pub const RECIPIENTS_IN_ALL: usize = 300_000;
/// Reminders of one order.
pub const REMINDERS: usize = 20;
/// Different templates of its own that an order may name: one for each shipment, and one to spare.
pub const TEMPLATES: usize = REMINDERS + 2;
/// The most days from the notification to a reminder.
pub const DELAY_DAYS: u32 = 730;
/// The most hours from the notification to a reminder: as long as the days.
pub const DELAY_HOURS: u32 = DELAY_DAYS * 24;
/// How long ago `requestedSendTime` may have been: clocks differ, and a request takes its time.
pub const GRACE: TimeDelta = TimeDelta::minutes(5);
/// The fewest seconds that an instant SMS may live.
pub const SHORTEST_LIFE: u32 = 60;
/// The most seconds that an instant SMS may live.
pub const LONGEST_LIFE: u32 = 172_800;
/// How many days from now `requestedSendTime` may be.
pub const DAYS_AHEAD: i64 = 730;
/// Characters of `conditionEndpoint`.
pub const CONDITION_ENDPOINT: usize = 2_048;
/// Characters of `resourceId`.
pub const RESOURCE_ID: usize = 256;
/// Characters of `resourceAction`.
pub const RESOURCE_ACTION: usize = 64;
