//! What a template's texts have in common, whatever their channel.

use super::{ContentType, Pattern, Texts, Tokens, Unprintable};
use crate::channel::Channel;
use crate::contract::TemplateUse;
use crate::language::Language;
use crate::request::Given;

/// What a template has for one channel.
pub(crate) trait ChannelTemplate {
    /// What its text is made of.
    fn patterns(&self) -> Vec<&Pattern>;

    /// Which tokens bring characters to where they cannot stand, in an order that changes nothing of them.
    fn unprintable(&self, tokens: &Tokens) -> Option<Unprintable>;

    /// The text with its tokens filled in.
    fn render(&self, tokens: &Tokens) -> Rendered;
}

/// What a template's text is composed with.
pub(crate) struct Source<'a> {
    /// The member that names the template, at which faults are noted.
    pub member: &'a Given<TemplateUse>,
    /// What a text begins with that is not written as a reminder.
    pub prefix: &'a str,
    /// What is filled in.
    pub tokens: &'a Tokens,
    /// In which language the text is.
    pub language: Language,
}

/// A text with its tokens filled in.
pub(crate) struct Rendered {
    pub subject: Option<Part>,
    pub body: Part,
    /// How the body is written, where that can differ.
    pub content_type: Option<ContentType>,
    /// Whether its messages are counted.
    pub is_segmented: bool,
}

/// A part of a text that has a limit, by the name that the caller knows.
pub(crate) struct Part {
    pub text: String,
    pub limit: usize,
    pub name: &'static str,
}

impl Part {
    /// The same with something before it.
    pub(super) fn after(self, prefix: &str) -> Self {
        Self { text: prefix.to_owned() + &self.text, ..self }
    }

    pub(crate) fn is_too_long(&self) -> bool {
        self.text.chars().count() > self.limit
    }
}

impl Rendered {
    /// Its parts.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Part> {
        self.subject.iter().chain([&self.body])
    }
}

impl Texts {
    /// What it has for the channels.
    pub(crate) fn all(&self) -> impl Iterator<Item = &dyn ChannelTemplate> {
        Channel::ALL.iter().filter_map(|channel| self.of(*channel))
    }

    /// All of its patterns.
    pub fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.all().flat_map(ChannelTemplate::patterns)
    }
}
