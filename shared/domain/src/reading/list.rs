//! `GET /orders/{id}`: an order that lists its recipients, as it was accepted (section 1.9 of the contract).

use schemars::JsonSchema;
use serde::Serialize;

use super::{StoredTexts, written};
use crate::chain::Chain;
use crate::channel::{Channel, ChannelSchema};
use crate::identity::Owner;
use crate::ids::ShipmentId;
use crate::order::{
    ConditionEndpoint, Named, OrderedShipment, Recipient, RecipientList, Recipients, Resource, Settings,
    TextSettings,
};
use crate::request::{inline_schema, object_of};
use crate::text::Text;

/// An order as it was accepted.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListView<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition_endpoint: Option<&'a str>,
    #[serde(flatten)]
    content: ListContent<'a>,
    links: OrderLinks,
}

/// What every answer about such an order begins with.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head<'a> {
    id: ShipmentId,
    #[serde(skip_serializing_if = "Option::is_none")]
    senders_reference: Option<&'a str>,
    requested_send_time: String,
    creator: &'a Owner,
    created: String,
    notification_channel: &'static str,
}

/// Where the order and its status are found.
#[derive(Serialize, JsonSchema)]
struct OrderLinks {
    #[serde(rename = "self")]
    itself: String,
    status: String,
}

/// Who gets what.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListContent<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_schema: Option<&'static str>,
    ignore_reservation: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_action: Option<&'a str>,
    recipients: Vec<NamedView<'a>>,
    #[serde(flatten)]
    texts: ListTexts<'a>,
}

/// One of those who are listed, by the member that names it.
pub(super) struct NamedView<'a> {
    pub(super) member: &'static str,
    name: &'a str,
}

/// What is sent on each channel, by the members of a list.
#[derive(Default)]
struct ListTexts<'a>(Vec<(Channel, ListText<'a>)>);

#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum ListText<'a> {
    #[serde(rename_all = "camelCase")]
    Email {
        #[serde(skip_serializing_if = "Option::is_none")]
        from_address: Option<&'a str>,
        subject: &'a str,
        body: &'a str,
        content_type: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    Sms {
        #[serde(skip_serializing_if = "Option::is_none")]
        sender_number: Option<&'a str>,
        body: &'a str,
    },
}

impl<'a> ListView<'a> {
    /// The order of which this is a shipment, with the texts that are still kept. `address` is where the order is found.
    pub fn of(
        chain: &'a Chain,
        number: u8,
        ordered: &'a OrderedShipment,
        texts: &'a StoredTexts,
        address: &str,
    ) -> Option<Self> {
        let content = match &ordered.recipients {
            Recipients::List(list) => ListContent { channel_schema: None, ..ListContent::of(list, texts) },
            Recipients::One(recipient) => ListContent::of_one(recipient, texts),
        };
        Some(Self {
            head: Head::of(chain, number)?,
            condition_endpoint: ordered.condition_endpoint.as_ref().map(ConditionEndpoint::as_str),
            content,
            links: OrderLinks { itself: address.to_owned(), status: format!("{address}/status") },
        })
    }
}

impl<'a> Head<'a> {
    pub(super) fn of(chain: &'a Chain, number: u8) -> Option<Self> {
        let shipment = chain.shipment(number)?;
        Some(Self {
            id: chain.shipment_id(number),
            senders_reference: shipment.senders_reference.as_deref(),
            requested_send_time: written(shipment.planned_at),
            creator: &chain.owner,
            created: written(chain.accepted_at),
            notification_channel: shipment.schema.name(),
        })
    }
}

impl<'a> ListContent<'a> {
    pub(super) fn of(list: &'a RecipientList, texts: &'a StoredTexts) -> Self {
        Self {
            channel_schema: Some(ChannelSchema::name(list.schema)),
            ignore_reservation: list.ignore_reservation,
            recipients: list.named.iter().map(NamedView::of).collect(),
            texts: ListTexts::of(&list.settings, texts),
            ..Self::about(list.resource.as_ref())
        }
    }

    fn of_one(recipient: &'a Recipient, texts: &'a StoredTexts) -> Self {
        match recipient {
            Recipient::Person { number, ignore_reservation, settings, resource, .. } => Self {
                ignore_reservation: *ignore_reservation,
                recipients: vec![NamedView { member: "nationalIdentityNumber", name: number.as_str() }],
                texts: ListTexts::of(settings, texts),
                ..Self::about(resource.as_ref())
            },
            Recipient::Organization { number, settings, resource, .. } => Self {
                recipients: vec![NamedView { member: "organizationNumber", name: number.as_str() }],
                texts: ListTexts::of(settings, texts),
                ..Self::about(resource.as_ref())
            },
            Recipient::External { identity, settings, .. } => Self {
                recipients: vec![NamedView { member: "externalIdentity", name: identity.as_str() }],
                texts: ListTexts::of(settings, texts),
                ..Self::about(None)
            },
            Recipient::Address(given) => Self {
                recipients: vec![NamedView {
                    member: given.to.channel().spec().members.listed,
                    name: given.to.as_str(),
                }],
                texts: ListTexts::of_one(given.to.channel(), &given.settings, texts),
                ..Self::about(None)
            },
        }
    }

    fn about(resource: Option<&'a Resource>) -> Self {
        Self {
            channel_schema: None,
            ignore_reservation: false,
            resource_id: resource.map(|resource| resource.id.as_str()),
            resource_action: resource.and_then(|resource| resource.action.as_deref()),
            recipients: vec![],
            texts: ListTexts::default(),
        }
    }
}

impl<'a> NamedView<'a> {
    pub(super) fn of(named: &'a Named) -> Self {
        Self { member: named.member(), name: named.as_str() }
    }
}

inline_schema!(NamedView<'_>, |generator| {
    let name = generator.subschema_for::<String>();
    let by_channel = Channel::ALL.iter().map(|channel| channel.spec().members.listed);
    let members =
        ["nationalIdentityNumber", "organizationNumber", "externalIdentity"].into_iter().chain(by_channel);
    object_of(members.map(|member| (member, name.clone())))
});

impl Serialize for NamedView<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.member, self.name)])
    }
}

impl<'a> ListTexts<'a> {
    fn of(settings: &Settings, texts: &'a StoredTexts) -> Self {
        let given = Channel::ALL.iter().filter_map(|channel| Some((*channel, settings.get(*channel)?)));
        Self(given.filter_map(|(channel, one)| Some((channel, ListText::of(one, texts)?))).collect())
    }

    fn of_one(channel: Channel, settings: &TextSettings, texts: &'a StoredTexts) -> Self {
        Self(ListText::of(settings, texts).map(|text| (channel, text)).into_iter().collect())
    }
}

inline_schema!(ListTexts<'_>, |generator| {
    let text = generator.subschema_for::<ListText<'_>>();
    object_of(Channel::ALL.iter().map(|channel| (channel.spec().members.list_text, text.clone())))
});

impl Serialize for ListTexts<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(channel, text)| (channel.spec().members.list_text, text)))
    }
}

impl<'a> ListText<'a> {
    fn of(settings: &TextSettings, texts: &'a StoredTexts) -> Option<Self> {
        Some(match texts.get(&settings.text)?.as_ref() {
            Text::Email(text) => Self::Email {
                from_address: text.sender.as_deref(),
                subject: &text.subject,
                body: &text.body,
                content_type: text.content_type.name(),
            },
            Text::Sms(text) => Self::Sms { sender_number: text.sender.as_deref(), body: &text.body },
        })
    }
}
