//! The text of an SMS as the network counts it, and its sender as the network shows it.

mod gsm;
mod nearest;
mod segments;
mod sender_id;
mod sender_ids;

pub use nearest::nearest;
pub use segments::{Encoding, Segments};
pub use sender_id::{LONGEST_SENDER_ID, is_sender_id};
pub use sender_ids::{InvalidRegistrations, Registrations, SenderIds, sender_ids};
