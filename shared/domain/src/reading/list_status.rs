//! `GET /orders/{id}/status` and `GET /orders/{id}/notifications/{channel}` (section 1.9 of the contract).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::list::{Head, NamedView};
use super::written;
use crate::channel::Channel;
use crate::ids::ShipmentId;
use crate::order::RecipientList;
use crate::status::{DeliveryStatus, Failure, ShipmentStatus};
use crate::view::{ShipmentView, ViewedDelivery};

/// How far an order has come.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListStatusView<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    processing_status: StatusView,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    notifications_status_summary: BTreeMap<&'static str, Summary>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct StatusView {
    status: &'static str,
    description: &'static str,
    last_update: String,
}

/// How many notifications there are on one channel.
#[derive(Serialize, JsonSchema)]
struct Summary {
    links: ChannelLinks,
    generated: usize,
    succeeded: usize,
}

#[derive(Serialize, JsonSchema)]
struct ChannelLinks {
    #[serde(rename = "self")]
    itself: String,
}

/// The notifications of an order on one channel.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationsView<'a> {
    order_id: ShipmentId,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<&'a str>,
    generated: usize,
    succeeded: usize,
    notifications: Vec<NotificationView<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NotificationView<'a> {
    id: String,
    succeeded: bool,
    recipient: RecipientView<'a>,
    send_status: StatusView,
}

/// Who was notified, and where.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NotifiedRecipient")]
struct RecipientView<'a> {
    #[serde(flatten)]
    address: BTreeMap<&'static str, &'a str>,
    #[serde(flatten)]
    named: Option<NamedView<'a>>,
}

impl<'a> ListStatusView<'a> {
    /// How far the order has come that a view is of. `address` is where the order is found.
    pub fn of(view: &ShipmentView<'a>, address: &str, now: DateTime<Utc>) -> Option<Self> {
        let status = view.status(now);
        let summaries = Channel::ALL.iter().filter_map(|channel| {
            let deliveries: Vec<_> = on(view, *channel).collect();
            let links = ChannelLinks { itself: format!("{address}/notifications/{}", channel.name()) };
            let succeeded = deliveries.iter().filter(|one| has_succeeded(one)).count();
            let summary = Summary { links, generated: deliveries.len(), succeeded };
            (!deliveries.is_empty()).then_some((channel.name(), summary))
        });
        Some(Self {
            head: Head::of(view.chain, view.number)?,
            processing_status: StatusView {
                status: order_status(status).0,
                description: order_status(status).1,
                last_update: written(view.last_update(now)),
            },
            notifications_status_summary: summaries.collect(),
        })
    }
}

impl<'a> NotificationsView<'a> {
    /// The notifications on a channel, with whom the order names where it lists its recipients.
    pub fn of(view: &'a ShipmentView<'_>, channel: Channel, list: Option<&'a RecipientList>) -> Self {
        let notifications: Vec<_> = on(view, channel).map(|one| NotificationView::of(one, list)).collect();
        Self {
            order_id: view.chain.shipment_id(view.number),
            senders_reference: view.shipment.senders_reference.as_deref(),
            generated: notifications.len(),
            succeeded: notifications.iter().filter(|one| one.succeeded).count(),
            notifications,
        }
    }
}

impl<'a> NotificationView<'a> {
    fn of(viewed: &'a ViewedDelivery, list: Option<&'a RecipientList>) -> Self {
        let delivery = &viewed.delivery;
        let named = viewed.place.and_then(|place| list?.named.get(usize::from(place)));
        let listed = delivery.channel.spec().members.listed;
        // A listed address is both what the order named and where it was sent.
        let named = named.map(NamedView::of).filter(|named| named.member != listed);
        let address = delivery.address.as_ref().map(|address| (listed, address.as_str()));
        let status = delivery.status();
        Self {
            id: viewed.id.to_string(),
            succeeded: has_succeeded(viewed),
            recipient: RecipientView { address: address.into_iter().collect(), named },
            send_status: StatusView {
                status: delivery_status(status, delivery.channel),
                description: describe(status),
                last_update: written(delivery.updated_at),
            },
        }
    }
}

/// Every notification on a channel, also those that have no address.
fn on<'v>(view: &'v ShipmentView<'_>, channel: Channel) -> impl Iterator<Item = &'v ViewedDelivery> {
    view.deliveries
        .iter()
        .filter(move |viewed| viewed.delivery.channel == channel && !viewed.delivery.is_stopped())
}

/// Whether a provider has taken it and not said since that it failed.
fn has_succeeded(viewed: &ViewedDelivery) -> bool {
    matches!(viewed.delivery.status(), DeliveryStatus::Accepted | DeliveryStatus::Delivered)
}

/// The contract's older name of a status, which does not tell processed from completed, and what it means.
fn order_status(status: ShipmentStatus) -> (&'static str, &'static str) {
    match status {
        ShipmentStatus::Registered => ("Registered", "The order waits for its time."),
        ShipmentStatus::Processing => ("Processing", "The recipients are being looked up."),
        ShipmentStatus::Processed => ("Completed", "The notifications are made and are on their way."),
        ShipmentStatus::Completed => ("Completed", "The notifications have reached their final status."),
        ShipmentStatus::SendConditionNotMet => {
            ("SendConditionNotMet", "Nothing was sent: the condition was not met, or the message was opened.")
        }
        ShipmentStatus::Cancelled => ("Cancelled", "The order was cancelled before it was sent."),
    }
}

/// The contract's older name of a status.
fn delivery_status(status: DeliveryStatus, channel: Channel) -> &'static str {
    match status {
        DeliveryStatus::New | DeliveryStatus::Stopped => "New",
        DeliveryStatus::Sending => "Sending",
        DeliveryStatus::Accepted => channel.spec().accepted,
        DeliveryStatus::Delivered => "Delivered",
        // The older routes know no name for it.
        DeliveryStatus::Failed(Failure::Ttl) => "Failed",
        DeliveryStatus::Failed(failure) => failure.wire_name(),
    }
}

fn describe(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::New => "The notification waits to be sent.",
        DeliveryStatus::Stopped => "The notification was taken back before it was sent.",
        DeliveryStatus::Sending => "The notification is being handed over.",
        DeliveryStatus::Accepted => "The provider has taken the notification.",
        DeliveryStatus::Delivered => "The notification was delivered.",
        DeliveryStatus::Failed(failure) => failure.description(),
    }
}
