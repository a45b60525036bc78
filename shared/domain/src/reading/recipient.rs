//! The recipient of a notification or a reminder, as it is read back.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::StoredTexts;
use super::texts::TextView;
use crate::address::ContactAddress;
use crate::channel::Channel;
use crate::language::Language;
use crate::order::recipient::RecipientKind;
use crate::order::{Recipient, Resource, Settings, TextSettings};
use crate::request::{inline_schema, object_of};

/// A recipient by the member of the contract that names its kind.
pub(super) struct RecipientView<'a> {
    recipient: &'a Recipient,
    texts: &'a StoredTexts,
}

impl<'a> RecipientView<'a> {
    /// A recipient with its texts.
    pub fn of(recipient: &'a Recipient, texts: &'a StoredTexts) -> Self {
        Self { recipient, texts }
    }

    fn named(&self) -> Body<'a> {
        let texts = self.texts;
        match self.recipient {
            Recipient::Address(given) => Body {
                address: AddressView(Some(&given.to)),
                settings: TextsView::of_one(given.to.channel(), &given.settings, texts),
                ..Body::default()
            },
            Recipient::Person {
                number,
                schema,
                ignore_reservation,
                use_stale_contact_information,
                settings,
                languages,
                resource,
            } => Body {
                national_identity_number: Some(number.as_str()),
                channel_schema: Some(schema.name()),
                ignore_reservation: Some(*ignore_reservation),
                use_stale_contact_information: Some(*use_stale_contact_information),
                settings: TextsView::of(settings, texts),
                languages: languages.iter().map(|(one, all)| (*one, TextsView::of(all, texts))).collect(),
                ..Body::about(resource.as_ref())
            },
            Recipient::Organization { number, schema, settings, resource } => Body {
                org_number: Some(number.as_str()),
                channel_schema: Some(schema.name()),
                settings: TextsView::of(settings, texts),
                ..Body::about(resource.as_ref())
            },
            Recipient::External { identity, schema, settings } => Body {
                external_identity: Some(identity.as_str()),
                channel_schema: Some(schema.name()),
                settings: TextsView::of(settings, texts),
                ..Body::default()
            },
        }
    }
}

inline_schema!(RecipientView<'_>, |generator| {
    let body = generator.subschema_for::<Body<'_>>();
    object_of(RecipientKind::all().map(|kind| (kind.member(), body.clone())))
});

impl Serialize for RecipientView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.recipient.kind().member(), self.named())])
    }
}

/// What is said of a recipient of any kind.
#[derive(Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "OrderedRecipient")]
struct Body<'a> {
    #[serde(flatten)]
    address: AddressView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    national_identity_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    org_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_identity: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_schema: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ignore_reservation: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    use_stale_contact_information: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_action: Option<&'a str>,
    #[serde(flatten)]
    settings: TextsView<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    languages: BTreeMap<Language, TextsView<'a>>,
}

impl<'a> Body<'a> {
    fn about(resource: Option<&'a Resource>) -> Self {
        Self {
            resource_id: resource.map(|resource| resource.id.as_str()),
            resource_action: resource.and_then(|resource| resource.action.as_deref()),
            ..Self::default()
        }
    }
}

/// An address by the name that its channel has for it; nothing where there is none.
#[derive(Default)]
struct AddressView<'a>(Option<&'a ContactAddress>);

inline_schema!(AddressView<'_>, |generator| {
    let address = generator.subschema_for::<String>();
    object_of(Channel::ALL.iter().map(|channel| (channel.spec().members.address, address.clone())))
});

impl Serialize for AddressView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.map(|to| (to.channel().spec().members.address, to.as_str())))
    }
}

/// What is sent on each channel, by the member that its channel has for it.
#[derive(Default)]
pub(super) struct TextsView<'a>(Vec<(Channel, TextView<'a>)>);

impl<'a> TextsView<'a> {
    fn of(settings: &Settings, texts: &'a StoredTexts) -> Self {
        let given = Channel::ALL.iter().filter_map(|channel| Some((*channel, settings.get(*channel)?)));
        let stored = given.filter_map(|(channel, one)| Some((channel, TextView::of(one, texts)?)));
        Self(stored.collect())
    }

    fn of_one(channel: Channel, settings: &TextSettings, texts: &'a StoredTexts) -> Self {
        Self(TextView::of(settings, texts).map(|text| (channel, text)).into_iter().collect())
    }
}

inline_schema!(TextsView<'_>, |generator| {
    let text = generator.subschema_for::<TextView<'_>>();
    object_of(Channel::ALL.iter().map(|channel| (channel.spec().members.settings, text.clone())))
});

impl Serialize for TextsView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (channel, text) in &self.0 {
            map.serialize_entry(channel.spec().members.settings, text)?;
        }
        map.end()
    }
}
