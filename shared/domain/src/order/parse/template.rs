//! Reads a recipient's `template`: which one, in which language, and what is filled in.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Parser;
use super::settings::{Chosen, Content};
use crate::channel::{ChannelSchema, PerChannel};
use crate::contract::{TemplateLanguage, TemplateUse};
use crate::order::Settings;
use crate::request::given;
use crate::template::{OwnTemplate, Template, TemplateName, TemplateUsed, general};
use crate::text::{Audience, ChannelSettings, Source, Texts, Tokens, Unfit};

/// The owner's own templates that an order names, by their names.
pub type OwnTemplates = BTreeMap<TemplateName, OwnTemplate>;

/// The names of all templates that a body names anywhere and that do not come with the service.
pub fn template_names(body: &Value) -> Vec<TemplateName> {
    let inside = match body {
        Value::Object(members) => members.values().flat_map(template_names).collect(),
        Value::Array(items) => items.iter().flat_map(template_names).collect(),
        _ => vec![],
    };
    let name = named_template(body).and_then(|name| TemplateName::try_from(name).ok());
    let mut names: Vec<_> =
        name.into_iter().filter(|name| general::find(name).is_none()).chain(inside).collect();
    names.sort();
    names.dedup();
    names
}

/// The name of the template that a value has as its member.
fn named_template(value: &Value) -> Option<&str> {
    given(given(value.as_object()?, "template")?.as_object()?, "name")?.as_str()
}

/// How a template's texts are rendered.
struct Rendering<'a> {
    settings: ChannelSettings<'a>,
    schema: ChannelSchema,
    source: Source<'a>,
    audience: Audience,
}

impl<'r> Parser<'r> {
    /// The template of this name that the owner may use.
    pub(super) fn find_template(&self, name: &TemplateName) -> Option<&'r Template> {
        general::find(name).or_else(|| Some(&self.rules.templates.get(name)?.template))
    }

    /// Notes which template a shipment is made of.
    fn note_template(&mut self, name: TemplateName) {
        let own = self.rules.templates.get(&name).filter(|_| general::find(&name).is_none());
        self.template = Some(TemplateUsed { version: own.map(|own| own.version), name: name.into() });
    }

    /// What a recipient's template makes of its tokens, on every channel that the schema may use.
    pub(super) fn template_settings(
        &mut self,
        content: Content<'_>,
        schema: Option<ChannelSchema>,
        audience: Audience,
    ) -> Chosen {
        let chosen = self.read_template(content, schema, audience);
        chosen.unwrap_or_default()
    }

    fn read_template(
        &mut self,
        content: Content<'_>,
        schema: Option<ChannelSchema>,
        audience: Audience,
    ) -> Option<Chosen> {
        let member = content.template;
        let template = member.get(&mut self.faults)?;
        let name = template.name.required(&mut self.faults);
        let language = template.language.required(&mut self.faults);
        let no_tokens = Tokens::new();
        let tokens = template.tokens.get(&mut self.faults).map(|tokens| &tokens.0);
        let tokens = tokens.or_else(|| (!template.tokens.is_given()).then_some(&no_tokens));
        let name = name?;
        let found = self.find_template(name);
        let Some(found) = found else {
            template.name.fault("There is no such template.", &mut self.faults);
            return None;
        };
        self.note_template(name.clone());
        let (language, tokens, schema) = (language?.0, tokens?, schema?);
        // The texts of the reminder that comes by itself, where the template has some of its own.
        let texts = found.texts_of(self.is_reminder).unwrap_or(&found.texts);
        let (base, others) = match language {
            TemplateLanguage::One(language) => {
                (language.readable().iter().find(|language| texts.contains_key(language)).copied(), vec![])
            }
            TemplateLanguage::Recipients => {
                let base = found.language_among(&self.rules.owner.languages);
                (base, texts.keys().copied().filter(|language| Some(*language) != base).collect())
            }
        };
        let Some(base) = base else {
            template.language.fault("The template has no text in this language.", &mut self.faults);
            return None;
        };
        // What a reminder is made of was brought for its notification.
        if !self.is_reminder {
            self.fit(template, &texts[&base], tokens, schema);
        }
        let has_own = found.texts_of(self.is_reminder).is_some();
        let mut languages = BTreeMap::new();
        for language in std::iter::once(base).chain(others) {
            // A text that is not written as a reminder says that it is one.
            let prefix = if has_own { "" } else { language.reminder_prefix() };
            let source = Source { member, prefix, tokens, language };
            let rendering = Rendering { settings: content.settings, schema, source, audience };
            languages.insert(language, self.render(&texts[&language], &rendering));
        }
        let settings = languages.remove(&base)?;
        Some(Chosen { settings, languages })
    }

    /// Notes what a template lacks for its use here. All its languages are alike.
    fn fit(&mut self, template: &TemplateUse, texts: &Texts, tokens: &Tokens, schema: ChannelSchema) {
        let used = schema.channels().iter();
        if used.clone().any(|channel| texts.of(*channel).is_none()) {
            let message = "The template has no text for a channel that may be used.";
            template.name.fault(message, &mut self.faults);
        }
        let taken = used.filter_map(|channel| texts.of(*channel)).flat_map(|text| text.patterns());
        let missing = Unfit::of(taken, tokens).missing;
        let surplus = Unfit::of(texts.patterns(), tokens).surplus;
        let unfit = Unfit { missing, surplus };
        if unfit != Unfit::default() {
            template.tokens.fault(unfit, &mut self.faults);
        }
    }

    fn render(&mut self, texts: &Texts, rendering: &Rendering<'_>) -> Settings {
        let Rendering { settings, schema, source, audience } = rendering;
        PerChannel::by(|channel| {
            if !schema.uses(channel) {
                return None;
            }
            let composed = texts.compose(channel, &mut self.composer(*audience), *settings, source)?;
            Some(self.keep(composed))
        })
    }
}
