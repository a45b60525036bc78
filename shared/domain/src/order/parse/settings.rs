//! Reads what is sent on each channel, and keeps the texts apart from the order.

use std::collections::BTreeMap;

use super::Parser;
use crate::channel::{Channel, ChannelSchema, PerChannel};
use crate::contract::TemplateUse;
use crate::language::Language;
use crate::order::{Settings, TextSettings};
use crate::owner::Links;
use crate::request::Given;
use crate::text::{Audience, ChannelSettings, Composed, Composer};

/// What is sent on each channel, and the same in other languages.
#[derive(Default)]
pub(super) struct Chosen {
    pub settings: Settings,
    pub languages: BTreeMap<Language, Settings>,
}

/// What an order says about what a recipient is sent.
#[derive(Clone, Copy)]
pub(super) struct Content<'a> {
    pub template: &'a Given<TemplateUse>,
    pub settings: ChannelSettings<'a>,
}

impl Parser<'_> {
    /// The settings of every channel that the schema may use. Those of the others are read for their
    /// faults only.
    pub(super) fn channel_settings(
        &mut self,
        content: Content<'_>,
        schema: Option<ChannelSchema>,
        audience: Audience,
    ) -> Chosen {
        if content.template.is_given() {
            return self.template_settings(content, schema, audience);
        }
        let settings = PerChannel::by(|channel| {
            let is_used = may_use(schema, channel);
            let composed = content.settings.ordered(channel, &mut self.composer(audience), is_used)?;
            is_used.then(|| self.keep(composed))
        });
        Chosen { settings, languages: BTreeMap::new() }
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
