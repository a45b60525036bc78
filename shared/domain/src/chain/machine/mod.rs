//! The transitions: which state follows from which state and event. Each has a function for each
//! state, which matches every event without a wildcard, so that a new state or event does not compile before each pair
//! has its answer.

pub(super) mod delivery;
pub(super) mod shipment;
