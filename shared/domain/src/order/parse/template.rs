//! Reads a recipient's `template`: which one, in which language, and what is filled in.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Parser;
use super::settings::Chosen;
use crate::channel::{ChannelSchema, PerChannel};
use crate::language::Language;
use crate::order::Settings;
use crate::request::{Faults, Member, Object, given};
use crate::template::{OwnTemplate, Template, TemplateName, TemplateUsed, general};
use crate::text::{Audience, Source, Texts, Tokens, Unfit, has_control_beside_white_space};

/// The owner's own templates that an order names, by their names.
pub type OwnTemplates = BTreeMap<TemplateName, OwnTemplate>;

/// In which language a text is wanted.
#[derive(Clone, Copy)]
enum Wanted {
    One(Language),
    /// The one that the recipient has chosen.
    Recipients,
}

const LANGUAGES: [(&str, Wanted); 5] = [
    ("nb", Wanted::One(Language::Nb)),
    ("nn", Wanted::One(Language::Nn)),
    ("en", Wanted::One(Language::En)),
    ("se", Wanted::One(Language::Se)),
    ("Recipient", Wanted::Recipients),
];

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
    /// The member that the settings of the channels are beside.
    kind: &'a Object<'a>,
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
        kind: &Object<'_>,
        schema: Option<ChannelSchema>,
        audience: Audience,
    ) -> Chosen {
        let chosen = self.read_template(kind, schema, audience);
        chosen.unwrap_or_default()
    }

    fn read_template(
        &mut self,
        kind: &Object<'_>,
        schema: Option<ChannelSchema>,
        audience: Audience,
    ) -> Option<Chosen> {
        let member = kind.member("template");
        let template = member.object(&mut self.faults)?;
        let name = template.required("name", &mut self.faults);
        let wanted = template.required("language", &mut self.faults);
        let languages = wanted.choice(&LANGUAGES, &mut self.faults);
        let tokens = tokens(&template.member("tokens"), &mut self.faults);
        let named = name.parsed::<TemplateName>(&mut self.faults)?;
        let found = self.find_template(&named);
        let Some(found) = found else {
            name.fault("There is no such template.", &mut self.faults);
            return None;
        };
        self.note_template(named);
        let (languages, tokens, schema) = (languages?, tokens?, schema?);
        // The texts of the reminder that comes by itself, where the template has some of its own.
        let texts = found.texts_of(self.is_reminder).unwrap_or(&found.texts);
        let (base, others) = match languages {
            Wanted::One(language) => {
                (language.readable().iter().find(|language| texts.contains_key(language)).copied(), vec![])
            }
            Wanted::Recipients => {
                let base = found.language_among(&self.rules.owner.languages);
                (base, texts.keys().copied().filter(|language| Some(*language) != base).collect())
            }
        };
        let Some(base) = base else {
            wanted.fault("The template has no text in this language.", &mut self.faults);
            return None;
        };
        // What a reminder is made of was brought for its notification.
        if !self.is_reminder {
            self.fit(&template, &texts[&base], &tokens, schema);
        }
        let has_own = found.texts_of(self.is_reminder).is_some();
        let mut languages = BTreeMap::new();
        for language in std::iter::once(base).chain(others) {
            // A text that is not written as a reminder says that it is one.
            let prefix = if has_own { "" } else { language.reminder_prefix() };
            let source = Source { member: &member, prefix, tokens: &tokens };
            let rendering = Rendering { kind, schema, source, audience };
            languages.insert(language, self.render(&texts[&language], &rendering));
        }
        let settings = languages.remove(&base)?;
        Some(Chosen { settings, languages })
    }

    /// Notes what a template lacks for its use here. All its languages are alike.
    fn fit(&mut self, template: &Object<'_>, texts: &Texts, tokens: &Tokens, schema: ChannelSchema) {
        let used = schema.channels().iter();
        if used.clone().any(|channel| texts.of(*channel).is_none()) {
            let name = template.member("name");
            name.fault("The template has no text for a channel that may be used.", &mut self.faults);
        }
        let taken = used.filter_map(|channel| texts.of(*channel)).flat_map(|text| text.patterns());
        let missing = Unfit::of(taken, tokens).missing;
        let surplus = Unfit::of(texts.patterns(), tokens).surplus;
        let unfit = Unfit { missing, surplus };
        if unfit != Unfit::default() {
            template.member("tokens").fault(unfit, &mut self.faults);
        }
    }

    fn render(&mut self, texts: &Texts, rendering: &Rendering<'_>) -> Settings {
        let Rendering { kind, schema, source, audience } = rendering;
        PerChannel::by(|channel| {
            let template = texts.of(channel).filter(|_| schema.uses(channel))?;
            let settings = kind.member(channel.spec().members.settings).object(&mut self.faults);
            let composed = template.compose(&mut self.composer(*audience), settings.as_ref(), source);
            Some(self.keep(composed))
        })
    }
}

/// A list is by position, an object by name; none is no tokens at all.
pub fn tokens(member: &Member<'_>, faults: &mut Faults) -> Option<Tokens> {
    if !member.is_given() {
        return Some(Tokens::new());
    }
    let tokens =
        member.typed(read_tokens, "Must be a list of texts and numbers, or an object of them.", faults)?;
    if tokens.values().any(|value| has_control_beside_white_space(value)) {
        member.fault("Must not hold control characters.", faults);
    }
    Some(tokens)
}

fn read_tokens(value: &Value) -> Option<Tokens> {
    match value {
        Value::Array(items) => {
            let read = items.iter().enumerate().map(|(index, item)| Some((index.to_string(), token(item)?)));
            read.collect()
        }
        Value::Object(members) => {
            let read = members.iter().map(|(name, value)| Some((name.clone(), token(value)?)));
            read.collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// A text, or a number as it is written.
fn token(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned).or_else(|| Some(value.as_number()?.to_string()))
}
