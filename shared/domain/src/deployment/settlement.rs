//! What becomes of what was under way when a table was lost and restored: nobody knows what was sent between the backup
//! and the loss, so an administrator says whether it is given up or sent again.

use chrono::serde::ts_milliseconds as millis;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::identity::Owner;

/// What becomes of a shipment that may have been sent before its table was restored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AfterRestore {
    /// It is given up: it may never have been sent.
    #[default]
    GiveUp,
    /// It goes on: it may be sent twice.
    SendAgain,
}

/// A decision for some shipments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SettlementRule {
    /// Of which owner; of every one where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// Those that were planned before then; all where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_before: Option<DateTime<Utc>>,
    /// What becomes of them.
    pub decision: AfterRestore,
}

/// What was said of what was under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settlement {
    /// When.
    #[serde(with = "millis")]
    pub at: DateTime<Utc>,
    /// Until when the table that was lost may have sent what this one does not know of.
    #[serde(with = "millis")]
    pub until: DateTime<Utc>,
    /// The first that fits counts.
    #[serde(default)]
    pub rules: Vec<SettlementRule>,
    /// What becomes of the others.
    #[serde(default)]
    pub otherwise: AfterRestore,
}

impl Settlement {
    /// What becomes of an owner's shipment that was planned for a time.
    pub fn decide(&self, owner: &Owner, planned_at: DateTime<Utc>) -> AfterRestore {
        let fits = |rule: &&SettlementRule| {
            rule.owner.as_ref().is_none_or(|of| of == owner)
                && rule.planned_before.is_none_or(|before| planned_at < before)
        };
        self.rules.iter().find(fits).map_or(self.otherwise, |rule| rule.decision)
    }

    /// Whether it has something to say of a chain: one from before it that it has not met yet.
    pub fn concerns(&self, chain: &Chain) -> bool {
        chain.accepted_at < self.at && chain.settled_at.is_none_or(|at| at < self.at) && !chain.is_final()
    }

    /// Whether the table that was lost may have sent something of a chain. What was accepted later only waited.
    pub fn may_have_sent(&self, chain: &Chain) -> bool {
        chain.accepted_at < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(number: &str) -> Owner {
        Owner::try_from(number).unwrap()
    }

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-12-07T{text}Z").parse().unwrap()
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let rule = |of: Option<&str>, before: Option<&str>, decision| SettlementRule {
            owner: of.map(owner),
            planned_before: before.map(at),
            decision,
        };
        let settlement = Settlement {
            at: at("12:00:00"),
            until: at("11:00:00"),
            rules: vec![
                rule(Some("991825827"), Some("09:00:00"), AfterRestore::GiveUp),
                rule(Some("991825827"), None, AfterRestore::SendAgain),
                rule(None, Some("08:00:00"), AfterRestore::SendAgain),
            ],
            otherwise: AfterRestore::GiveUp,
        };
        for (number, planned, decision) in [
            ("991825827", "08:59:59", AfterRestore::GiveUp),
            ("991825827", "09:00:00", AfterRestore::SendAgain),
            ("226346139", "07:00:00", AfterRestore::SendAgain),
            ("226346139", "10:00:00", AfterRestore::GiveUp),
        ] {
            assert_eq!(settlement.decide(&owner(number), at(planned)), decision, "{number} {planned}");
        }
    }
}
