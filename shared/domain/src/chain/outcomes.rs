//! What became of a shipment's deliveries, in few words: for the log.

use std::collections::BTreeMap;
use std::fmt;

use super::Shipment;

/// How many deliveries have which status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcomes(BTreeMap<String, usize>);

impl Outcomes {
    /// Of a shipment.
    pub fn of(shipment: &Shipment) -> Self {
        let mut counts = BTreeMap::new();
        for delivery in shipment.deliveries() {
            if let Some(status) = delivery.status().wire_name(delivery.channel) {
                *counts.entry(status).or_default() += 1;
            }
        }
        Self(counts)
    }
}

/// Such as `Email_Delivered 2, Email_Failed_TTL 1`.
impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.0.iter().map(|(status, count)| format!("{status} {count}")).collect();
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
        let shipment = chain.shipment(0).unwrap();
        assert_eq!(Outcomes::of(shipment).to_string(), "Email_Delivered 1");
        assert_eq!(Outcomes::of(planned().shipment(0).unwrap()).to_string(), "");
    }
}
