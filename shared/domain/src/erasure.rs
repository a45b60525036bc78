//! Erasing what is held about somebody: what goes, and what stays and why (the General Data Protection Regulation, articles
//! 17 and 5 (1) e).

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::chain::Chain;
use crate::contract::EraseRequest;
use crate::identity::{NationalIdentityNumber, OrganizationNumber};
use crate::ids::ChainId;
use crate::order::Named;
use crate::reading::written;
use crate::request::{Faults, Given};

/// Why something stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub enum Stays {
    /// It is not over: a notice still goes out, or its report may still come. Taken back, it can be erased.
    UnderWay,
    /// The order is for others as well, and is kept for them until its time is over.
    InList,
    /// It was changed at that moment. Asked again, it goes.
    Changed,
}

/// What became of what was held about somebody.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct ErasureView {
    /// The orders that nobody can read any more; of lists, what became of this recipient.
    erased: Vec<ChainId>,
    /// What stays.
    left: Vec<LeftView>,
}

/// Something that stays.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct LeftView {
    notification_order_id: ChainId,
    /// The organisation number of the owner.
    owner: String,
    why: Stays,
    /// Until when.
    kept_until: String,
}

impl ErasureView {
    /// Notes what is erased.
    pub fn erase(&mut self, chain: &Chain) {
        self.erased.push(chain.id);
    }

    /// Notes what stays, once.
    pub fn leave(&mut self, chain: &Chain, why: Stays) {
        if self.left.iter().all(|left| left.notification_order_id != chain.id) {
            self.left.push(LeftView {
                notification_order_id: chain.id,
                owner: chain.owner.to_string(),
                why,
                kept_until: written(chain.kept_until),
            });
        }
    }

    /// How many are erased, and how many stay.
    pub fn counts(&self) -> [usize; 2] {
        [self.erased.len(), self.left.len()]
    }
}

/// Why a chain of somebody's must stay; nothing where it can go.
pub fn why_it_stays(chain: &Chain, now: DateTime<Utc>) -> Option<Stays> {
    let is_over = chain.is_final() && chain.reached_at(now).is_some();
    (!is_over).then_some(Stays::UnderWay)
}

/// Whom a body names.
pub fn parse_erase(body: &Value) -> Result<Named, Faults> {
    let mut faults = Faults::default();
    let body = Given::<EraseRequest>::body(body);
    let named = body.get(&mut faults).and_then(|request| {
        let (person, organization) = (&request.national_identity_number, &request.organization_number);
        if person.is_given() == organization.is_given() {
            body.fault("Exactly one of nationalIdentityNumber, organizationNumber is required.", &mut faults);
            return None;
        }
        if person.is_given() {
            let number = person.parsed_by(|text| NationalIdentityNumber::try_from(text), &mut faults);
            return number.map(Named::Person);
        }
        let number = organization.parsed_by(|text| OrganizationNumber::try_from(text), &mut faults);
        number.map(Named::Organization)
    });
    named.filter(|_| faults.is_empty()).ok_or(faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{accepted_email, at, delivered_email};
    use serde_json::json;

    #[test]
    fn what_is_over_goes_and_what_is_under_way_stays() {
        let now = at("10:00:00");
        assert_eq!(why_it_stays(&delivered_email(), now), None);
        assert_eq!(why_it_stays(&accepted_email(), now), Some(Stays::UnderWay));
    }

    #[test]
    fn a_body_names_one_person_or_organization() {
        let person = json!({"nationalIdentityNumber": "11837512435"});
        assert!(matches!(parse_erase(&person), Ok(Named::Person(_))));
        assert!(matches!(
            parse_erase(&json!({"organizationNumber": "991825827"})),
            Ok(Named::Organization(_))
        ));
        for wrong in [
            json!({}),
            json!([]),
            json!({"nationalIdentityNumber": "11837512436"}),
            json!({"nationalIdentityNumber": null}),
            json!({"nationalIdentityNumber": "11837512435", "organizationNumber": "991825827"}),
        ] {
            assert!(parse_erase(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_stays_is_named_once() {
        let mut view = ErasureView::default();
        view.leave(&accepted_email(), Stays::UnderWay);
        view.leave(&accepted_email(), Stays::InList);
        view.erase(&delivered_email());
        assert_eq!(view.counts(), [1, 1]);
    }
}
