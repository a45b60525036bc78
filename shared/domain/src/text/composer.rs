//! What the texts of all channels are composed by: the owner's settings, and what no text may hold.

use super::{Pattern, Text, Unprintable};
use crate::channel::SendingTimePolicy;
use crate::contract::TemplateUse;
use crate::keywords;
use crate::language::Language;
use crate::links;
use crate::owner::{Links, OwnerSettings};
use crate::request::{Choice, Faults, Given, Words};
use crate::text::Part;

/// Whether a register knows who reads a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// None does: a keyword is filled in with nothing.
    Address,
    /// A person, of whom more is known than the name.
    Person,
    /// An organisation, with a name and a number.
    Organization,
}

/// A text for a channel, and whether it waits for the window.
pub(crate) struct Composed {
    pub text: Text,
    pub policy: SendingTimePolicy,
}

/// Composes the texts of one recipient, or of one list.
pub(crate) struct Composer<'a> {
    /// What the owner has settled.
    pub owner: &'a OwnerSettings,
    /// Which links texts may hold whose owner has settled nothing about them.
    pub links: &'a Links,
    /// Whether the text is the reminder that comes by itself.
    pub is_reminder: bool,
    /// Who reads it.
    pub audience: Audience,
    /// What is wrong.
    pub faults: &'a mut Faults,
    /// What is accepted, and is not what the owner may think.
    pub warnings: &'a mut Faults,
    /// Whether the sender of an SMS is another than the order names.
    pub sender_replaced: &'a mut bool,
}

impl Composer<'_> {
    /// A text that somebody reads.
    pub(super) fn wording<const MOST: usize>(&mut self, member: &Given<Words<MOST>>) -> Option<String> {
        let text = member.required(self.faults)?;
        self.judge(member, text);
        Some(text.to_string())
    }

    /// What no text may hold, an owner's or a template's.
    pub(super) fn judge<T>(&mut self, member: &Given<T>, text: &str) {
        if self.audience == Audience::Address && keywords::any(text) {
            let message = "Keywords are filled in with nothing for who is given by an address.";
            member.fault(message, self.warnings);
        }
        if self.audience == Audience::Organization && !keywords::asked(text).is_empty() {
            member.fault("Has a keyword that only a person has an answer to.", self.faults);
        }
        if keywords::near_miss(text).is_some() {
            let message = "Has a keyword that there is not, or that no register here knows the answer to.";
            member.fault(message, self.faults);
        }
        if links::first_refused(text, self.owner.links.as_ref().unwrap_or(self.links)).is_some() {
            let message = "Has a link, or what looks like one, that the owner's settings do not allow.";
            member.fault(message, self.faults);
        }
    }

    /// The text of a reminder that comes by itself says that it is one, and must have room for it.
    pub(super) fn reminding<const MOST: usize>(
        &mut self,
        member: &Given<Words<MOST>>,
        text: String,
    ) -> String {
        if !self.is_reminder {
            return text;
        }
        let language = self.owner.languages.first().copied().unwrap_or(Language::Nb);
        let prefix = language.reminder_prefix();
        let room = MOST - prefix.chars().count();
        if text.chars().count() > room {
            let message =
                format_args!("Must be at most {room} characters: the reminder begins with {prefix:?}.");
            member.fault(message, self.faults);
        }
        format!("{prefix}{text}")
    }

    /// Whether the text waits for the window; by the house rule where the settings do not say.
    pub(super) fn policy(&mut self, member: &Given<Choice<SendingTimePolicy>>) -> SendingTimePolicy {
        member.get(self.faults).map(|policy| policy.0).unwrap_or_default()
    }

    /// What comes with a template is not given beside it.
    pub(super) fn refuse_beside_template<T>(&mut self, member: &Given<T>) {
        if member.is_given() {
            member.fault("Must not be given together with a template.", self.faults);
        }
    }

    /// Notes tokens that the template cannot take.
    pub(super) fn refuse_unprintable(
        &mut self,
        template: &Given<TemplateUse>,
        unprintable: Option<Unprintable>,
    ) {
        if let (Some(template), Some(unprintable)) = (template.value(), unprintable) {
            template.tokens.fault(unprintable, self.faults);
        }
    }

    /// Judges a part of a template's text as it is with its tokens.
    pub(super) fn measure(&mut self, member: &Given<TemplateUse>, part: &Part) {
        let Part { text, limit, name } = part;
        let whose = if self.is_reminder { " of the reminder" } else { "" };
        if part.is_too_long() {
            let message = format_args!("With its tokens the {name}{whose} has more than {limit} characters.");
            member.fault(message, self.faults);
        }
        if text.trim().is_empty() {
            member.fault(format_args!("With its tokens the {name}{whose} is empty."), self.faults);
        }
        self.judge(member, text);
    }
}

/// Reads a pattern of a template.
pub(super) fn read_pattern<const MOST: usize>(
    member: &Given<Words<MOST>>,
    faults: &mut Faults,
) -> Option<Pattern> {
    let text = member.required(faults)?;
    Pattern::try_from(&**text).map_err(|why| member.fault(why, faults)).ok()
}
