//! The order of a chain that keeps none: one notification to an address that the order gave is all in the chain.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::address::ContactAddress;
use crate::chain::{Chain, Delivery, Shipment};
use crate::order::{
    Association, GivenAddress, OnBadAddress, OnConditionFailure, Order, OrderedShipment, Priority, Recipient,
    Recipients, TextSettings, When, is_default,
};
use crate::priority::PriorityClass;
use crate::text::TextHash;

/// What only a reader of the order asks for, where the order itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particulars {
    /// The idempotency id.
    #[serde(rename = "i")]
    idempotency_id: String,
    /// The dialog that the notice is about, if it is about one.
    #[serde(rename = "d", default, skip_serializing_if = "is_default")]
    dialog: Option<String>,
    /// The transmission in it, if it is about one.
    #[serde(rename = "t", default, skip_serializing_if = "is_default")]
    transmission: Option<String>,
}

impl Particulars {
    fn association(&self) -> Option<Association> {
        let dialog_id = self.dialog.clone()?;
        Some(Association { dialog_id, transmission_id: self.transmission.clone() })
    }
}

impl Order {
    /// The particulars of an order.
    pub(crate) fn particulars(&self) -> Particulars {
        let association = self.association.as_ref();
        Particulars {
            idempotency_id: self.idempotency_id.clone(),
            dialog: association.map(|association| association.dialog_id.clone()),
            transmission: association.and_then(|association| association.transmission_id.clone()),
        }
    }

    /// The order of a chain that keeps none; none where the chain was accepted by an earlier release, or reaches nobody
    /// at an address of the order's.
    pub fn of_chain(chain: &Chain) -> Option<Self> {
        let particulars = chain.particulars.as_ref()?;
        Some(Self {
            idempotency_id: particulars.idempotency_id.clone(),
            association: particulars.association(),
            on_uncertain_outcome: chain.on_uncertain_outcome,
            // An order whose chain is all that is kept gives its addresses, one each.
            on_bad_address: OnBadAddress::default(),
            priority: match chain.class {
                PriorityClass::Urgent => Priority::Urgent,
                PriorityClass::Normal | PriorityClass::Bulk => Priority::Normal,
            },
            shipments: chain.shipments.iter().map(Shipment::ordered).collect::<Option<_>>()?,
        })
    }
}

impl Shipment {
    fn ordered(&self) -> Option<OrderedShipment> {
        let recipient = Recipient::Address(self.deliveries().first()?.given()?);
        Some(OrderedShipment {
            senders_reference: self.senders_reference.clone(),
            when: When::At(self.planned_at),
            condition_endpoint: None,
            on_condition_failure: OnConditionFailure::default(),
            template: self.template.clone(),
            sender_replaced: self.sender_replaced,
            recipients: Recipients::One(recipient),
        })
    }
}

impl Delivery {
    fn given(&self) -> Option<GivenAddress> {
        let to = ContactAddress::parse_registered(self.channel, self.address.as_ref()?.as_str()).ok()?;
        let settings = TextSettings {
            text: self.text.clone().unwrap_or_else(TextHash::of_nothing),
            names_recipient: false,
            asks: BTreeSet::new(),
            policy: self.policy,
            guards_names: false,
            segments: self.segments.unwrap_or_default(),
        };
        Some(GivenAddress { to, settings })
    }
}
