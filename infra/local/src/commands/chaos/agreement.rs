//! Whether feed, events and evidence say of an order what its shipments say.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::owner::Owner;
use crate::AnyError;

/// What was told last of each shipment and of each of its deliveries.
#[derive(Default)]
pub struct LastEvents {
    shipments: HashMap<String, Latest>,
    /// Of a shipment's deliveries, by their ids.
    deliveries: HashMap<String, BTreeMap<String, Latest>>,
}

/// A status, and as of when.
struct Latest {
    at: String,
    status: String,
}

/// A shipment as its owner reads it.
pub struct Read<'a> {
    /// Its id.
    pub id: &'a str,
    /// What the owner reads.
    pub shipment: &'a Value,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What is under way is followed by an end; of what happened at the same moment, the end is the later.
fn is_under_way(status: &str) -> bool {
    ["_New", "_Sending", "_Succeeded", "_Accepted"].iter().any(|end| status.ends_with(end))
}

fn note(latest: &mut Option<Latest>, event: &Value) {
    let (at, status) = (text(&event["at"]), text(&event["status"]));
    let is_later = latest.as_ref().is_none_or(|before| {
        before.at.as_str() < at || before.at == at && (is_under_way(&before.status) || !is_under_way(status))
    });
    if is_later {
        *latest = Some(Latest { at: at.to_owned(), status: status.to_owned() });
    }
}

impl LastEvents {
    /// Of all that was published. An event may come again, so the latest is the one that happened last.
    pub fn of(published: &[Value]) -> Self {
        let mut last = Self::default();
        for event in published {
            last.add(text(&event["detail-type"]), &event["detail"]);
        }
        last
    }

    fn add(&mut self, kind: &str, event: &Value) {
        let shipment = text(&event["shipmentId"]).to_owned();
        match kind {
            "Shipment status changed" => {
                let mut latest = self.shipments.remove(&shipment);
                note(&mut latest, event);
                self.shipments.extend(latest.map(|latest| (shipment, latest)));
            }
            "Notification status changed" => {
                let deliveries = self.deliveries.entry(shipment).or_default();
                let id = text(&event["notificationId"]).to_owned();
                let mut latest = deliveries.remove(&id);
                note(&mut latest, event);
                deliveries.extend(latest.map(|latest| (id, latest)));
            }
            _ => {}
        }
    }

    /// What the events say otherwise of a shipment.
    pub fn disagree(&self, read: &Read<'_>) -> Vec<String> {
        let Read { id, shipment } = read;
        let mut wrong = vec![];
        let told = self.shipments.get(*id).map(|latest| latest.status.as_str());
        if told != shipment["status"].as_str() {
            wrong.push(format!("events say of {id} {told:?}, and it is {shipment}"));
        }
        let deliveries = self.deliveries.get(*id).into_iter().flat_map(BTreeMap::values);
        let told = sorted(deliveries.map(|latest| latest.status.as_str()));
        if told != statuses(&shipment["recipients"]) {
            wrong.push(format!("events say of {id} {told:?}, and it is {shipment}"));
        }
        wrong
    }
}

/// What the evidence of an order says otherwise of a shipment.
pub fn evidence_disagrees(evidence: &Value, read: &Read<'_>) -> Vec<String> {
    let Read { id, shipment } = read;
    let of =
        evidence["shipments"].as_array().into_iter().flatten().find(|one| text(&one["shipmentId"]) == *id);
    let Some(of) = of else { return vec![format!("the evidence says nothing of {id}: {evidence}")] };
    let proved = of["notifications"].as_array().into_iter().flatten().map(proved_status);
    let agrees = of["status"] == shipment["status"] && sorted(proved) == statuses(&shipment["recipients"]);
    if agrees { vec![] } else { vec![format!("the evidence is {of}, and the shipment {shipment}")] }
}

/// The shipment's status for a status of the evidence. They differ where a provider accepted a notice and never reported: the
/// evidence says accepted, the shipment `Failed_TTL`.
fn proved_status(of: &Value) -> &str {
    match (text(&of["status"]), of["inferred"] == true) {
        ("Email_Succeeded", true) => "Email_Failed_TTL",
        ("SMS_Accepted", true) => "SMS_Failed_TTL",
        (status, _) => status,
    }
}

/// The evidence of an order.
pub async fn evidence(owner: &Owner, order: &str) -> Result<Value, AnyError> {
    owner.read(&format!("future/orders/{order}/evidence")).await
}

fn statuses(entries: &Value) -> Vec<&str> {
    sorted(entries.as_array().into_iter().flatten().map(|entry| text(&entry["status"])))
}

fn sorted<'a>(statuses: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut statuses: Vec<_> = statuses.collect();
    statuses.sort_unstable();
    statuses
}
