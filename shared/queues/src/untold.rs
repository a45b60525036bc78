//! The message about an order of which it is not known whether all has been told.

use serde::{Deserialize, Serialize};
use varsling_domain::ids::ChainId;

use super::{Outgoing, QueueError, QueueName};

/// Names a chain of which it is not known whether all has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UntoldMessage {
    /// The chain.
    pub chain: ChainId,
}

impl UntoldMessage {
    /// The message on its queue.
    pub fn outgoing(self) -> Result<Outgoing, QueueError> {
        Outgoing::new(QueueName::Untold, &self)
    }
}
