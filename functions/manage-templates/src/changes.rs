//! The record of each change that an administrator makes, written before it is made.

use serde::Serialize;
use varsling_api::http::Problem;
use varsling_domain::identity::Owner;
use varsling_store::administration::AdministratorChange;

use super::{ManageTemplates, unavailable};

/// What an administrator is about to do, and to what.
pub(super) struct Action<'a> {
    pub(super) by: &'a Owner,
    pub(super) name: &'static str,
    pub(super) about: &'a str,
}

impl ManageTemplates {
    /// Notes a change from what is there to what is to be there.
    pub(super) async fn note<T: Serialize>(
        &self,
        action: Action<'_>,
        before: Option<&T>,
        after: Option<&T>,
    ) -> Result<(), Problem> {
        let Action { by, name, about } = action;
        let change = AdministratorChange { by, action: name, about, before, after, at: self.clock.now() };
        self.store.put_administrator_change(&change).await.map_err(unavailable)
    }
}
