//! The texts of the channels: what an order or a template describes, what becomes of it, and how it is stored.
//!
//! `email` and `sms` hold all that is special about one channel's texts; here they are put together.

mod alternative;
mod attachment;
pub(crate) mod characters;
mod composer;
mod email;
mod hash;
mod html;
pub(crate) mod markup;
mod mime_types;
mod pattern;
mod sms;
mod template;
mod unprintable;

pub use alternative::plain_alternative;
pub use attachment::{
    Attachment, AttachmentHosts, FileAddress, FileName, MOST_BYTES, MOST_FILES, parse_mime_type,
};
pub(crate) use composer::{Audience, Composed, Composer, Form};
pub use email::{ContentType, EmailTemplate, EmailText};
pub use hash::TextHash;
pub use html::escape_html;
pub use pattern::{InvalidPattern, Pattern, Tokens, Unfit};
pub use sms::{LONGEST_SMS, SmsTemplate, SmsText};
pub(crate) use template::{ChannelTemplate, Part, Rendered, Source};
pub use unprintable::Unprintable;

use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::channel::Channel;
use crate::request::{Faults, Object};

/// A text of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Text {
    /// For an e-mail.
    Email(EmailText),
    /// For an SMS.
    Sms(SmsText),
}

impl Text {
    /// What people read of it.
    pub fn parts(&self) -> Vec<&str> {
        match self {
            Self::Email(text) => vec![&text.subject, &text.body],
            Self::Sms(text) => vec![&text.body],
        }
    }

    /// Adds everything in it to the hash that names it.
    fn absorb_into(&self, digest: &mut Sha256) {
        match self {
            Self::Email(text) => text.absorb_into(digest),
            Self::Sms(text) => text.absorb_into(digest),
        }
    }

    /// How many messages it takes, where its channel counts them.
    pub fn segments(&self) -> Option<u8> {
        match self {
            Self::Email(_) => None,
            Self::Sms(text) => Some(text.segments()),
        }
    }
}

/// The texts of one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// The e-mail, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailTemplate>,
    /// The SMS, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms: Option<SmsTemplate>,
}

impl Texts {
    /// What a body describes for one language.
    pub(crate) fn read(texts: &Object<'_>, faults: &mut Faults) -> Self {
        let [email, sms] = ["email", "sms"].map(|name| texts.member(name).object(faults));
        Self {
            email: email.and_then(|email| email::read(&email, faults)),
            sms: sms.and_then(|sms| sms::read(&sms, faults)),
        }
    }

    /// What a channel's text is made of; none where it has no text.
    pub(crate) fn of(&self, channel: Channel) -> Option<&dyn ChannelTemplate> {
        match channel {
            Channel::Email => self.email.as_ref().map(|email| email as &dyn ChannelTemplate),
            Channel::Sms => self.sms.as_ref().map(|sms| sms as &dyn ChannelTemplate),
        }
    }
}

/// The text that an order describes for a channel, and whether it waits for the window.
pub(crate) fn ordered(
    channel: Channel,
    composer: &mut Composer<'_>,
    settings: &Object<'_>,
    form: Form,
) -> Option<Composed> {
    match channel {
        Channel::Email => email::ordered(composer, settings, form),
        Channel::Sms => sms::ordered(composer, settings, form),
    }
}

/// Whether a text holds a control character: a subject is one line, and may not.
pub fn has_control(text: &str) -> bool {
    text.contains(char::is_control)
}

/// Whether a text holds a control character other than a line break or a tab: no body of an e-mail may (RFC 5322,
/// section 2.2).
pub fn has_control_beside_white_space(text: &str) -> bool {
    text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

/// Whether a text holds a control character other than a line break: an SMS may not.
pub fn has_control_beside_breaks(text: &str) -> bool {
    text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r'))
}
