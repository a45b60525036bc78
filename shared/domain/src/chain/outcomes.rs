//! What became of a shipment's deliveries, in few words: for the log and for metrics.

use std::collections::BTreeMap;
use std::fmt;

use super::{Basis, DeliveryState, Shipment};

/// What a delivery came to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outcome {
    /// Its status, as owners read it.
    pub status: String,
    /// How that is known.
    pub basis: &'static str,
}

/// How many deliveries came to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcomes(BTreeMap<Outcome, usize>);

impl Outcomes {
    /// Of a shipment.
    pub fn of(shipment: &Shipment) -> Self {
        let mut counts = BTreeMap::new();
        for delivery in shipment.deliveries() {
            if let Some(status) = delivery.status().wire_name(delivery.channel) {
                *counts.entry(Outcome { status, basis: basis(delivery.state) }).or_default() += 1;
            }
        }
        Self(counts)
    }

    /// Each, and how often.
    pub fn counts(&self) -> impl Iterator<Item = (&Outcome, usize)> {
        self.0.iter().map(|(outcome, count)| (outcome, *count))
    }
}

/// How an end is known. What is not over is taken for what its provider said last.
fn basis(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Done(ending) => match ending.basis {
            Basis::Told | Basis::Transient => "Reported",
            Basis::Inferred => "Inferred",
            Basis::Unknown => "Unknown",
        },
        _ => "Reported",
    }
}

/// Such as `Email_Delivered 2, Email_Failed_TTL 1`.
impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut by_status: BTreeMap<&str, usize> = BTreeMap::new();
        for (outcome, count) in &self.0 {
            *by_status.entry(&outcome.status).or_default() += count;
        }
        let parts: Vec<_> = by_status.iter().map(|(status, count)| format!("{status} {count}")).collect();
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{delivered_email, planned};

    #[test]
    fn deliveries_are_counted_by_their_status() {
        let chain = delivered_email();
        let outcomes = Outcomes::of(chain.shipment(0).unwrap());
        assert_eq!(outcomes.to_string(), "Email_Delivered 1");
        let counts: Vec<_> = outcomes.counts().map(|(outcome, count)| (outcome.basis, count)).collect();
        assert_eq!(counts, [("Reported", 1)]);
        assert_eq!(Outcomes::of(planned().shipment(0).unwrap()).to_string(), "");
    }
}
