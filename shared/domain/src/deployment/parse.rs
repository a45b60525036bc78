//! Reads holds and settlements from request bodies.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{AfterRestore, Deployment, Hold, Settlement, SettlementRule};
use crate::contract::{HoldRequest, SettlementRequest, SettlementRuleRequest};
use crate::identity::Owner;
use crate::order::parse::read_time;
use crate::request::{Choice, Faults, Given};

/// Rules of one settlement.
const MOST_RULES: usize = 100;

/// The hold that a body describes.
pub fn parse_hold(body: &Value, by: Owner, now: DateTime<Utc>) -> Result<Hold, Faults> {
    let mut faults = Faults::default();
    let body = Given::<HoldRequest>::body(body);
    let reason = body
        .get(&mut faults)
        .and_then(|body| body.reason.get(&mut faults))
        .map(|reason| String::from(&**reason));
    if faults.is_empty() { Ok(Hold { since: now, by, reason }) } else { Err(faults) }
}

/// The settlement that a body describes, for a table of a deployment. Where nobody has seen that the table is a copy, the
/// body says until when the one that was lost may have sent.
pub fn parse_settlement(
    body: &Value,
    deployment: &Deployment,
    table: &str,
    now: DateTime<Utc>,
) -> Result<Settlement, Faults> {
    let mut faults = Faults::default();
    let body = Given::<SettlementRequest>::body(body);
    let settlement = body.get(&mut faults).and_then(|body| {
        let given = body.until.parsed_by(read_time, &mut faults);
        let until = given.or_else(|| deployment.lost_by(table));
        if until.is_none() && !body.until.is_filled() {
            body.until.fault("Is required: this table is not known to be restored.", &mut faults);
        }
        if until.is_some_and(|until| until > now) {
            body.until.fault("Must not be ahead.", &mut faults);
        }
        let rules = rules(&body.rules, &mut faults);
        let otherwise = body.otherwise.get(&mut faults).map_or(AfterRestore::default(), |choice| choice.0);
        Some(Settlement { at: now, until: until?, rules, otherwise })
    });
    settlement.filter(|_| faults.is_empty()).ok_or(faults)
}

fn rules(member: &Given<Vec<Given<SettlementRuleRequest>>>, faults: &mut Faults) -> Vec<SettlementRule> {
    let items = member.get(faults).map(Vec::as_slice).unwrap_or_default();
    if items.len() > MOST_RULES {
        member.fault(format_args!("Must be at most {MOST_RULES}."), faults);
    }
    items.iter().take(MOST_RULES).filter_map(|item| rule(item.get(faults)?, faults)).collect()
}

fn rule(rule: &SettlementRuleRequest, faults: &mut Faults) -> Option<SettlementRule> {
    let owner = rule.owner.parsed_by(|text| Owner::try_from(text), faults);
    let planned_before = rule.planned_before.parsed_by(read_time, faults);
    let Choice(decision) = *rule.decision.required(faults)?;
    Some(SettlementRule { owner, planned_before, decision })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::Restored;
    use serde_json::json;

    fn now() -> DateTime<Utc> {
        "2026-12-07T12:00:00Z".parse().unwrap()
    }

    fn restored() -> Deployment {
        let at = "2026-12-07T11:00:00Z".parse().unwrap();
        Deployment {
            table: Some("varsling".into()),
            restored: Some(Restored { table: "varsling-2".into(), at }),
            ..Deployment::default()
        }
    }

    #[test]
    fn a_settlement_gives_up_what_is_not_named_until_the_restore() {
        let body = json!({"rules": [{"owner": "991825827", "plannedBefore": "2026-12-07T10:00:00Z", "decision": "SendAgain"}]});
        let settlement = parse_settlement(&body, &restored(), "varsling-2", now()).unwrap();
        assert_eq!(settlement.until, restored().restored.unwrap().at);
        assert_eq!(settlement.otherwise, AfterRestore::GiveUp);
        assert_eq!(settlement.rules[0].decision, AfterRestore::SendAgain);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let paths = |body: Value, deployment: &Deployment| -> Vec<String> {
            let faults = parse_settlement(&body, deployment, "varsling-2", now()).unwrap_err();
            faults.into_map().into_keys().collect()
        };
        assert_eq!(paths(json!({}), &Deployment::default()), ["Until"]);
        let body = json!({"until": "2026-12-07T12:00:01Z", "otherwise": "Forget",
            "rules": [{"owner": "1", "plannedBefore": "now", "decision": "GiveUp"}, {}]});
        let expected =
            ["Otherwise", "Rules[0].Owner", "Rules[0].PlannedBefore", "Rules[1].Decision", "Until"];
        assert_eq!(paths(body, &restored()), expected);
        assert!(parse_hold(&json!({"reason": 1}), Owner::try_from("991825827").unwrap(), now()).is_err());
    }
}
