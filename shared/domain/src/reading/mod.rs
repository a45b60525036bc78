//! Orders as their owners read them back: as they were accepted, and how far each shipment has come.

mod accepted;
mod cancelled;
mod chain;
mod dry_run;
mod feed;
mod found;
mod list;
mod list_status;
mod notices;
mod ordered;
mod recipient;
mod suppressions;
mod texts;
mod timeline;

pub use accepted::{AcceptedListView, AcceptedView};
pub use cancelled::{CancelledView, why_not_cancelled};
pub use chain::OrderView;
pub use dry_run::{DryRun, DryRunView, Found};
pub(crate) use feed::FeedRecipient;
pub use feed::{FeedEntryView, FeedPlace};
pub use found::{FoundOrder, FoundOrders, ListsView};
pub use list::ListView;
pub use list_status::{ListStatusView, NotificationsView};
pub use notices::{LogEntryView, NoticeView};
pub use ordered::Particulars;
pub use suppressions::{FoundSuppressionView, SuppressionView, SuppressionsView};
pub use texts::StoredTexts;
pub use timeline::TimelineView;

use chrono::{DateTime, SecondsFormat, Utc};

/// A time as the contract writes it.
pub(crate) fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
