//! The queues between the functions: what messages say, how long the queues are, and how fast they empty.

pub mod backlogs;
mod queues;
pub mod rates;
mod rounds;
mod untold;
pub mod variables;

pub use queues::{NotQueued, Outgoing, QueueError, QueueName, Queues};
pub use untold::UntoldMessage;
