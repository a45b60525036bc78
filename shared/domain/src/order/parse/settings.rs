//! Reads what is sent on each channel, and keeps the texts apart from the order.

use std::collections::BTreeMap;

use super::Parser;
use crate::channel::{Channel, ChannelSchema, PerChannel};
use crate::language::Language;
use crate::order::{Settings, TextSettings};
use crate::owner::Links;
use crate::request::Object;
use crate::text::{self, Audience, Composed, Composer, Form};

/// What is sent on each channel, and the same in other languages.
#[derive(Default)]
pub(super) struct Chosen {
    pub settings: Settings,
    pub languages: BTreeMap<Language, Settings>,
}

/// Where the text of a channel is described.
pub(super) struct Described<'a> {
    /// The object that describes it.
    pub settings: Object<'a>,
    pub form: Form,
    /// Whether the order may use the channel; else it is read for its faults only.
    pub is_used: bool,
}

impl Parser<'_> {
    /// The settings of every channel that the schema may use. Those of the others are read for their
    /// faults only.
    pub(super) fn channel_settings(
        &mut self,
        kind: &Object<'_>,
        schema: Option<ChannelSchema>,
        audience: Audience,
    ) -> Chosen {
        if kind.member("template").is_given() {
            return self.template_settings(kind, schema, audience);
        }
        let settings = PerChannel::by(|channel| {
            let is_used = may_use(schema, channel);
            let member = kind.required_if(is_used, channel.spec().members.settings, &mut self.faults);
            let settings = member.object(&mut self.faults)?;
            self.described(channel, &Described { settings, form: Form::Chain, is_used }, audience)
        });
        Chosen { settings, languages: BTreeMap::new() }
    }

    /// The settings of the text that an object describes, if the order may use its channel.
    pub(super) fn described(
        &mut self,
        channel: Channel,
        described: &Described<'_>,
        audience: Audience,
    ) -> Option<TextSettings> {
        let Described { settings, form, is_used } = described;
        let composed = text::ordered(channel, &mut self.composer(audience), settings, *form)?;
        is_used.then(|| self.keep(composed))
    }

    /// What texts for an audience are composed by.
    pub(super) fn composer(&mut self, audience: Audience) -> Composer<'_> {
        Composer {
            owner: self.rules.owner,
            links: self.rules.links,
            is_reminder: self.is_reminder,
            audience,
            faults: &mut self.faults,
            warnings: &mut self.warnings,
            sender_replaced: &mut self.sender_replaced,
        }
    }

    /// A text's settings as the order holds them.
    pub(super) fn keep(&mut self, Composed { text, policy }: Composed) -> TextSettings {
        let links = self.rules.owner.links.as_ref().unwrap_or(self.rules.links);
        let settings =
            TextSettings { guards_names: *links != Links::Allowed, ..TextSettings::of(&text, policy) };
        if !self.texts.contains(&text) {
            self.texts.push(text);
        }
        settings
    }
}

/// Whether a schema may use a channel; none where the order has no schema that can be read.
pub(super) fn may_use(schema: Option<ChannelSchema>, channel: Channel) -> bool {
    schema.is_some_and(|schema| schema.uses(channel))
}
