//! The provider in the model: what it is called for, and how it answers.

use crate::ids::DeliveryId;

/// A call of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Call {
    pub delivery: DeliveryId,
    pub claim: u64,
    /// Whether the provider has taken it.
    pub is_taken: bool,
}

/// What the provider does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    Taken,
    /// It has taken it, and the answer is lost.
    TakenInSilence,
    /// It never got it, and nobody knows.
    LostInSilence,
    Refused,
    Throttled,
}

impl Answer {
    pub const ALL: [Self; 5] =
        [Self::Taken, Self::TakenInSilence, Self::LostInSilence, Self::Refused, Self::Throttled];

    pub fn is_taken(self) -> bool {
        matches!(self, Self::Taken | Self::TakenInSilence)
    }
}
