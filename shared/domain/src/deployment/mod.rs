//! What administrators have said of the deployment as a whole: what is held, and what becomes of what was under way when
//! its table was lost.

mod hold;
mod parse;
mod settlement;
mod view;

pub use hold::{Hold, InvalidScope, Scope};
pub use parse::{parse_hold, parse_settlement};
pub use settlement::{AfterRestore, Settlement, SettlementRule};
pub use view::DeploymentView;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::channel::Channel;
use crate::identity::Owner;

/// What is known of a deployment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deployment {
    /// What is held.
    pub holds: BTreeMap<Scope, Hold>,
    /// The name of the table that it was when somebody last looked; none where nobody has.
    pub table: Option<String>,
    /// When the table was first seen to be another's copy.
    pub restored: Option<Restored>,
    /// What was last said of what was under way when a table was lost.
    pub settlement: Option<Settlement>,
}

/// A table that was restored from another's backup: what it knows may be older than what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The name of the table that it was restored to.
    pub table: String,
    /// When it was first looked at: nothing that fell due before can be told from what was sent by then.
    pub at: DateTime<Utc>,
}

/// Why something is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// An administrator holds it.
    ByAdministrator,
    /// The table was restored, and nothing has been said of what was under way.
    Unsettled,
}

impl Deployment {
    /// Whether the table of this name is a copy of another one, of which nothing has been said yet.
    pub fn is_unsettled(&self, table: &str) -> bool {
        self.table.as_deref().is_some_and(|known| known != table)
    }

    /// Whether nothing of an owner is handed over on a channel now, and why.
    pub fn held(&self, table: &str, channel: Channel, owner: &Owner) -> Option<Held> {
        if self.is_unsettled(table) {
            return Some(Held::Unsettled);
        }
        let is_held = self.holds.keys().any(|scope| scope.covers(channel, owner));
        is_held.then_some(Held::ByAdministrator)
    }

    /// Until when the table that was lost may have sent: as far as is known of the restore that is to be settled, or was.
    pub fn lost_by(&self, table: &str) -> Option<DateTime<Utc>> {
        let settled = self.settlement.as_ref().filter(|_| !self.is_unsettled(table));
        self.restored_at(table).or(settled.map(|settlement| settlement.until))
    }

    /// Whether a restore that was seen at a time has been settled since.
    pub fn has_settled(&self, seen: DateTime<Utc>) -> bool {
        self.settlement.as_ref().is_some_and(|settlement| seen <= settlement.at)
    }

    /// When a table of this name was first seen to be a copy.
    pub fn restored_at(&self, table: &str) -> Option<DateTime<Utc>> {
        let restored = self.restored.as_ref().filter(|restored| restored.table == table)?;
        Some(restored.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Owner {
        Owner::try_from("991825827").unwrap()
    }

    fn holding(scope: Scope) -> Deployment {
        let hold = Hold { since: DateTime::UNIX_EPOCH, by: owner(), reason: None };
        Deployment { holds: [(scope, hold)].into(), table: Some("varsling".into()), ..Deployment::default() }
    }

    #[test]
    fn a_hold_covers_everything_a_channel_or_an_owner() {
        let other = Owner::try_from("226346139").unwrap();
        for (scope, email, sms, of_other) in [
            (Scope::Deployment, true, true, true),
            (Scope::Channel(Channel::Email), true, false, true),
            (Scope::Owner(owner()), true, true, false),
        ] {
            let deployment = holding(scope.clone());
            let held = |channel, owner: &Owner| deployment.held("varsling", channel, owner).is_some();
            let seen =
                (held(Channel::Email, &owner()), held(Channel::Sms, &owner()), held(Channel::Email, &other));
            assert_eq!(seen, (email, sms, of_other), "{scope:?}");
        }
    }

    #[test]
    fn a_restored_table_is_held_until_it_is_settled_and_a_new_one_is_not() {
        let restored = Deployment { table: Some("varsling".into()), ..Deployment::default() };
        assert_eq!(restored.held("varsling-2", Channel::Email, &owner()), Some(Held::Unsettled));
        assert_eq!(restored.held("varsling", Channel::Email, &owner()), None);
        assert_eq!(Deployment::default().held("varsling", Channel::Email, &owner()), None);
    }
}
