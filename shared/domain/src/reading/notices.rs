//! What somebody was notified of: for support (section 1.7 of the contract), and for the person (section 1.8).

use schemars::JsonSchema;
use serde::Serialize;

use super::written;
use crate::chain::{Chain, Delivery};
use crate::channel::Channel;
use crate::ids::ShipmentId;
use crate::order::{Association, Named, Order, Recipient, Recipients, Resource};
use crate::view::{ShipmentView, ViewedDelivery};

/// A shipment to somebody.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NoticeView {
    shipment_id: ShipmentId,
    creator_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<String>,
    requested_send_time: String,
    notification_channel: &'static str,
    notification_type: &'static str,
    delivery_attempts: Vec<AttemptView>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AttemptView {
    #[serde(skip_serializing_if = "Option::is_none")]
    national_identity_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_number: Option<String>,
    channel: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile_number: Option<String>,
    result: String,
    result_time: String,
}

impl NoticeView {
    /// Of a shipment with the chain of its order.
    pub fn of(
        root: &Chain,
        number: u8,
        order: Option<&Order>,
        view: &ShipmentView<'_>,
        subject: &Named,
    ) -> Self {
        let ordered = order.and_then(|order| order.shipments.get(usize::from(number)));
        let resource = ordered.and_then(|ordered| resource(&ordered.recipients));
        let deliveries = view.deliveries.iter().map(|viewed| &viewed.delivery);
        Self {
            shipment_id: root.shipment_id(number),
            creator_name: root.owner.as_str().to_owned(),
            resource_id: resource.map(|resource| resource.id.clone()),
            senders_reference: view.shipment.senders_reference.clone(),
            requested_send_time: written(view.shipment.planned_at),
            notification_channel: view.shipment.schema.name(),
            notification_type: root.type_of(number),
            delivery_attempts: deliveries.filter_map(|delivery| AttemptView::of(delivery, subject)).collect(),
        }
    }
}

fn resource(recipients: &Recipients) -> Option<&Resource> {
    match recipients {
        Recipients::One(Recipient::Person { resource, .. } | Recipient::Organization { resource, .. }) => {
            resource.as_ref()
        }
        Recipients::One(Recipient::External { .. } | Recipient::Address(_)) => None,
        Recipients::List(list) => list.resource.as_ref(),
    }
}

impl AttemptView {
    fn of(delivery: &Delivery, subject: &Named) -> Option<Self> {
        let (person, organization) = match subject {
            Named::Person(number) => (Some(number.as_str().to_owned()), None),
            Named::Organization(number) => (None, Some(number.as_str().to_owned())),
            Named::Address(_) => (None, None),
        };
        let address = |channel: Channel| {
            let address = delivery.address.as_ref().filter(|_| delivery.channel == channel);
            address.map(|address| address.as_str().to_owned())
        };
        Some(Self {
            national_identity_number: person,
            organization_number: organization,
            channel: delivery.channel.name(),
            email_address: address(Channel::Email),
            mobile_number: address(Channel::Sms),
            result: result(delivery)?,
            result_time: written(delivery.updated_at),
        })
    }
}

/// The status without the channel.
fn result(delivery: &Delivery) -> Option<String> {
    let status = delivery.status().wire_name(delivery.channel)?;
    status.split_once('_').map(|(_, result)| result.to_owned())
}

/// A notification, as the person who got it reads it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogEntryView {
    notification_id: String,
    dialog_id: String,
    transmission_id: Option<String>,
    #[serde(rename = "type")]
    kind: &'static str,
    channel: &'static str,
    destination: String,
    status: String,
    requested_send_time: String,
    last_update_time: String,
}

impl LogEntryView {
    /// Those of a shipment.
    pub fn all(view: &ShipmentView<'_>, association: &Association) -> Vec<Self> {
        view.deliveries.iter().filter_map(|viewed| Self::of(view, viewed, association)).collect()
    }

    fn of(view: &ShipmentView<'_>, viewed: &ViewedDelivery, association: &Association) -> Option<Self> {
        let delivery = &viewed.delivery;
        Some(Self {
            notification_id: viewed.id.to_string(),
            dialog_id: association.dialog_id.clone(),
            transmission_id: association.transmission_id.clone(),
            kind: view.chain.type_of(view.number),
            channel: delivery.channel.spec().kind,
            destination: delivery.address.as_ref().map_or_else(String::new, |a| a.as_str().to_owned()),
            status: result(delivery)?,
            requested_send_time: written(view.shipment.planned_at),
            last_update_time: written(delivery.updated_at),
        })
    }
}
