//! The texts of the channels: what an order or a template describes, what becomes of it, and how it is stored.
//!
//! `email` and `sms` hold all that is special about one channel's texts; here they are put together.

mod alternative;
mod attachment;
pub(crate) mod characters;
mod composer;
mod described;
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
pub(crate) use composer::{Audience, Composed, Composer};
pub(crate) use described::{DescribedEmail, DescribedSms};
pub(crate) use email::ordered as ordered_email;
pub use email::{BODY, ContentType, EmailTemplate, EmailText, SUBJECT};
pub use hash::TextHash;
pub use html::{escape_html, in_language};
pub use pattern::{InvalidPattern, Pattern, Tokens, Unfit};
pub(crate) use sms::ordered as ordered_sms;
pub use sms::{LONGEST_SMS, SmsTemplate, SmsText};
pub(crate) use template::{ChannelTemplate, Part, Rendered, Source};
pub use unprintable::Unprintable;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::channel::Channel;
use crate::contract::{EmailSettings, SmsSettings, TemplateTexts};
use crate::request::{Faults, Given};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    pub(crate) fn read(texts: &TemplateTexts, faults: &mut Faults) -> Self {
        let (email, sms) = (texts.email.get(faults), texts.sms.get(faults));
        Self {
            email: email.and_then(|email| email::read(email, faults)),
            sms: sms.and_then(|sms| sms::read(sms, faults)),
        }
    }

    /// The text for a channel of an order that names the template; none where it has no text.
    pub(crate) fn compose(
        &self,
        channel: Channel,
        composer: &mut Composer<'_>,
        settings: ChannelSettings<'_>,
        source: &Source<'_>,
    ) -> Option<Composed> {
        match channel {
            Channel::Email => {
                let settings = settings.email.and_then(|email| email.get(composer.faults));
                Some(self.email.as_ref()?.compose(composer, settings.map(DescribedEmail::from), source))
            }
            Channel::Sms => {
                let settings = settings.sms.and_then(|sms| sms.get(composer.faults));
                Some(self.sms.as_ref()?.compose(composer, settings.map(DescribedSms::from), source))
            }
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

/// The settings of the channels, of those that a recipient can have.
#[derive(Clone, Copy, Default)]
pub(crate) struct ChannelSettings<'a> {
    pub email: Option<&'a Given<EmailSettings>>,
    pub sms: Option<&'a Given<SmsSettings>>,
}

impl ChannelSettings<'_> {
    /// The text that an order describes for a channel, and whether it waits for the window. Its description is required
    /// where the order uses the channel.
    pub fn ordered(&self, channel: Channel, composer: &mut Composer<'_>, is_used: bool) -> Option<Composed> {
        match channel {
            Channel::Email => {
                let settings = self.email?.required_if(is_used, composer.faults)?;
                ordered_email(composer, settings.into())
            }
            Channel::Sms => {
                let settings = self.sms?.required_if(is_used, composer.faults)?;
                ordered_sms(composer, settings.into())
            }
        }
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
