//! `GET /future/orders/{id}`: an order as it was accepted, with the state of each shipment. An addition to the contract,
//! by the names that the contract has for the request.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::list::ListContent;
use super::recipient::RecipientView;
use super::{StoredTexts, written};
use crate::chain::Chain;
use crate::ids::{ChainId, ShipmentId};
use crate::manifest::DecisionView;
use crate::order::{
    Association, ConditionEndpoint, OnConditionFailure, OnUncertainOutcome, Order, OrderedShipment, Priority,
    Recipients, When,
};
use crate::template::TemplateUsed;
use crate::view::ShipmentView;

/// An order as it was accepted, with the state of each shipment.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrderView<'a> {
    notification_order_id: ChainId,
    accepted_at: String,
    idempotency_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dialogporten_association: Option<AssociationView<'a>>,
    priority: &'static str,
    on_uncertain_outcome: &'static str,
    on_bad_address: &'static str,
    #[serde(flatten)]
    notification: Option<OrderedView<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reminders: Vec<OrderedView<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AssociationView<'a> {
    dialog_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    transmission_id: Option<&'a str>,
}

/// A shipment as it was ordered, and its state.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct OrderedView<'a> {
    shipment_id: ShipmentId,
    #[serde(rename = "type")]
    kind: &'static str,
    status: &'static str,
    last_update: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<&'a str>,
    planned_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_send_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_hours: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition_endpoint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_condition_failure: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    template: Option<&'a TemplateUsed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<RecipientView<'a>>,
    #[serde(flatten)]
    list: Option<ListContent<'a>>,
}

impl<'a> OrderView<'a> {
    /// The order of a chain, with a view of each shipment and the texts that are still kept.
    pub fn of(
        chain: &Chain,
        order: &'a Order,
        views: &[ShipmentView<'_>],
        texts: &'a StoredTexts,
        now: DateTime<Utc>,
    ) -> Self {
        let mut shipments = order
            .shipments
            .iter()
            .zip(views)
            .map(|(ordered, view)| OrderedView::of(ordered, view, texts, now));
        Self {
            notification_order_id: chain.id,
            accepted_at: written(chain.accepted_at),
            idempotency_id: &order.idempotency_id,
            dialogporten_association: order.association.as_ref().map(AssociationView::of),
            priority: match order.priority {
                Priority::Normal => "Normal",
                Priority::Urgent => "Urgent",
            },
            on_uncertain_outcome: match order.on_uncertain_outcome {
                OnUncertainOutcome::GiveUp => "GiveUp",
                OnUncertainOutcome::SendAgain => "SendAgain",
            },
            on_bad_address: order.on_bad_address.name(),
            notification: shipments.next(),
            reminders: shipments.collect(),
        }
    }
}

impl<'a> AssociationView<'a> {
    fn of(association: &'a Association) -> Self {
        Self { dialog_id: &association.dialog_id, transmission_id: association.transmission_id.as_deref() }
    }
}

impl<'a> OrderedView<'a> {
    fn of(
        ordered: &'a OrderedShipment,
        view: &ShipmentView<'_>,
        texts: &'a StoredTexts,
        now: DateTime<Utc>,
    ) -> Self {
        let (delay_days, delay_hours) = match ordered.when {
            When::Now | When::At(_) => (None, None),
            When::AfterDays(days) => (Some(days), None),
            When::AfterHours(hours) => (None, Some(hours)),
        };
        let is_by_time = delay_days.is_none() && delay_hours.is_none();
        let endpoint = ordered.condition_endpoint.as_ref();
        Self {
            shipment_id: view.chain.shipment_id(view.number),
            kind: view.chain.type_of(view.number),
            status: view.status(now).wire_name(),
            last_update: written(view.last_update(now)),
            decision: DecisionView::of(view.shipment, now),
            senders_reference: ordered.senders_reference.as_deref(),
            planned_at: written(view.shipment.planned_at),
            requested_send_time: is_by_time.then(|| written(view.shipment.planned_at)),
            delay_days,
            delay_hours,
            condition_endpoint: endpoint.map(ConditionEndpoint::as_str),
            on_condition_failure: endpoint.map(|_| match ordered.on_condition_failure {
                OnConditionFailure::Send => "Send",
                OnConditionFailure::Hold => "Hold",
            }),
            template: ordered.template.as_ref(),
            recipient: ordered.recipients.one().map(|one| RecipientView::of(one, texts)),
            list: match &ordered.recipients {
                Recipients::One(_) => None,
                Recipients::List(list) => Some(ListContent::of(list, texts)),
            },
        }
    }
}
