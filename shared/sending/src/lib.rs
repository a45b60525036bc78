//! Sending: a message about a delivery becomes at most one call of the provider.
//!
//! The order of steps is: load, check, render, wait for a permit, read the opened marker, claim, call, write down. All
//! that can fail comes before the claim, and nothing is claimed that the rest of the invocation cannot carry. A worker
//! that dies before the claim leaves a message that comes again; one that dies between claim and answer leaves an
//! uncertain outcome, which waits for the provider's report; one that dies after the answer leaves the same, and the
//! report follows.

mod budgets;
mod demand;
mod meter;
mod pace;
mod parents;
mod sandbox;
mod sender;
mod suppressions;

pub use budgets::{Budgets, Limits, Want};
pub use demand::Shares;
pub use meter::Meter;
pub use pace::Pace;
pub use sandbox::{SimulatedCall, simulated};
pub use sender::Sender;
pub use suppressions::Suppressions;
