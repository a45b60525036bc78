//! The deployment as administrators read it.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{AfterRestore, Deployment, Hold, Settlement};
use crate::identity::Owner;
use crate::reading::written;

/// What is held, and what was settled.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentView {
    /// What is held.
    holds: Vec<HoldView>,
    /// Since when the table is seen to be restored, and nothing was said of what was under way: everything is held then.
    #[serde(skip_serializing_if = "Option::is_none")]
    unsettled_since: Option<String>,
    /// What was last said of what was under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    settlement: Option<SettlementView>,
}

/// A hold.
#[derive(Debug, Serialize, JsonSchema)]
struct HoldView {
    /// `deployment`, a channel, or an owner.
    scope: String,
    since: String,
    /// The organisation of the administrator who holds it.
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What was said of what was under way.
#[derive(Debug, Serialize, JsonSchema)]
struct SettlementView {
    at: String,
    /// Until when the table that was lost may have sent what this one does not know of.
    until: String,
    rules: Vec<RuleView>,
    otherwise: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SettlementRule")]
struct RuleView {
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned_before: Option<String>,
    decision: String,
}

impl DeploymentView {
    /// Of a deployment whose table has this name.
    pub fn of(deployment: &Deployment, table: &str) -> Self {
        let holds = deployment.holds.iter().map(|(scope, hold)| HoldView::of(&scope.to_string(), hold));
        let restored_at = deployment.restored_at(table).filter(|_| deployment.is_unsettled(table));
        Self {
            holds: holds.collect(),
            unsettled_since: restored_at.map(written),
            settlement: deployment.settlement.as_ref().map(SettlementView::of),
        }
    }
}

impl HoldView {
    fn of(scope: &str, hold: &Hold) -> Self {
        Self {
            scope: scope.to_owned(),
            since: written(hold.since),
            by: hold.by.to_string(),
            reason: hold.reason.clone(),
        }
    }
}

impl SettlementView {
    fn of(settlement: &Settlement) -> Self {
        let rules = settlement.rules.iter().map(|rule| RuleView {
            owner: rule.owner.as_ref().map(Owner::to_string),
            planned_before: rule.planned_before.map(|at: DateTime<Utc>| written(at)),
            decision: name(rule.decision).to_owned(),
        });
        Self {
            at: written(settlement.at),
            until: written(settlement.until),
            rules: rules.collect(),
            otherwise: name(settlement.otherwise).to_owned(),
        }
    }
}

fn name(decision: AfterRestore) -> &'static str {
    match decision {
        AfterRestore::GiveUp => "GiveUp",
        AfterRestore::SendAgain => "SendAgain",
    }
}
