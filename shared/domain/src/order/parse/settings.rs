//! Reads what is sent on each channel, and keeps the texts apart from the order.

use std::collections::BTreeMap;

use super::Parser;
use crate::address::EmailAddress;
use crate::channel::{Channel, ChannelSchema, SendingTimePolicy};
use crate::keywords;
use crate::language::Language;
use crate::links;
use crate::order::{EmailSettings, Settings, SmsSettings, limits};
use crate::request::{Member, Object};
use crate::sms::nearest;
use crate::text::{ContentType, EmailText, SmsText, Text, TextHash, has_control, has_control_beside_breaks};

/// Whether a register knows who reads a text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// None does: a keyword would arrive as it stands.
    Address,
    /// A person, of whom more is known than the name.
    Person,
    /// An organisation, with a name and a number.
    Organization,
}

/// What is sent on each channel, and the same in other languages.
#[derive(Default)]
pub(super) struct Chosen {
    pub settings: Settings,
    pub languages: BTreeMap<Language, Settings>,
}

/// A text for a channel, and whether it waits for the window.
pub(super) struct Composed<T> {
    pub text: T,
    pub policy: SendingTimePolicy,
}

/// From whom and when an e-mail goes.
#[derive(Default)]
pub(super) struct EmailManner {
    pub sender: Option<String>,
    pub policy: SendingTimePolicy,
}

/// From whom and when an SMS goes, and whether its characters are simplified.
#[derive(Default)]
pub(super) struct SmsManner {
    pub sender: Option<String>,
    pub policy: SendingTimePolicy,
    pub simplify: bool,
}

const CONTENT_TYPES: [(&str, ContentType); 2] = [("Plain", ContentType::Plain), ("Html", ContentType::Html)];

/// Under which name the sender of an SMS is in its settings.
pub(super) const SMS_SENDER: &str = "sender";

const POLICIES: [(&str, SendingTimePolicy); 2] =
    [("Anytime", SendingTimePolicy::Anytime), ("Daytime", SendingTimePolicy::Daytime)];

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
        let [uses_email, uses_sms] = used(schema);
        let email = self.email_settings(kind, uses_email, audience);
        let sms = self.sms_settings(kind, uses_sms, audience);
        let settings = Settings {
            email: email.filter(|_| uses_email).map(|email| self.keep_email(email)),
            sms: sms.filter(|_| uses_sms).map(|sms| self.keep_sms(sms)),
        };
        Chosen { settings, languages: BTreeMap::new() }
    }

    /// The e-mail that `emailSettings` describes, and whether it waits for the window.
    pub(super) fn email_settings(
        &mut self,
        kind: &Object<'_>,
        required: bool,
        audience: Audience,
    ) -> Option<Composed<EmailText>> {
        let settings = kind.required_if(required, "emailSettings", &mut self.faults);
        let settings = settings.object(&mut self.faults)?;
        self.email(&settings, audience)
    }

    /// The e-mail that an object describes.
    pub(super) fn email(&mut self, settings: &Object<'_>, audience: Audience) -> Option<Composed<EmailText>> {
        let subject = self.subject(settings, audience);
        let body = self.wording(settings, "body", limits::EMAIL_BODY, audience);
        let content_type = settings.member("contentType").choice(&CONTENT_TYPES, &mut self.faults);
        let EmailManner { sender, policy } = self.email_manner(settings);
        let content_type = content_type.unwrap_or_default();
        let subject = self.reminding(&settings.member("subject"), subject?, limits::EMAIL_SUBJECT);
        let body = body?;
        let (sender_name, reply_to) = (self.rules.owner.name.clone(), self.reply_to());
        let text = EmailText { subject, body, content_type, sender, sender_name, reply_to };
        Some(Composed { text, policy })
    }

    /// The SMS that `smsSettings` describes, and whether it waits for the window.
    pub(super) fn sms_settings(
        &mut self,
        kind: &Object<'_>,
        required: bool,
        audience: Audience,
    ) -> Option<Composed<SmsText>> {
        let settings = kind.required_if(required, "smsSettings", &mut self.faults);
        let settings = settings.object(&mut self.faults)?;
        self.sms(&settings, SMS_SENDER, audience)
    }

    /// The SMS that an object describes, which has its sender under a name.
    pub(super) fn sms(
        &mut self,
        settings: &Object<'_>,
        sender: &str,
        audience: Audience,
    ) -> Option<Composed<SmsText>> {
        let body = self.wording(settings, "body", limits::SMS_BODY, audience);
        let SmsManner { sender, policy, simplify } = self.sms_manner(settings, sender);
        let member = settings.member("body");
        let body = self.reminding(&member, body?, limits::SMS_BODY);
        let body = if simplify { self.simplified(&member, &body, audience) } else { body };
        if has_control_beside_breaks(&body) {
            let message = "Must not contain control characters other than line breaks.";
            member.fault(message, &mut self.faults);
        }
        self.leave_room(&member, &body);
        Some(Composed { text: SmsText { body, sender, simplified: simplify }, policy })
    }

    /// An SMS must have room for the name and the number that are filled in when it is sent.
    pub(super) fn leave_room(&mut self, member: &Member<'_>, body: &str) {
        let fits = keywords::longest(body) <= limits::SMS_BODY;
        if !fits && body.chars().count() <= limits::SMS_BODY {
            let message = format_args!(
                "Must be at most {} characters when a name is filled in, which takes up to {}.",
                limits::SMS_BODY,
                keywords::LONGEST_NAME
            );
            member.fault(message, &mut self.faults);
        }
    }

    /// An SMS in the nearest characters, which can be more of them.
    fn simplified(&mut self, member: &Member<'_>, body: &str, audience: Audience) -> String {
        let simplified = nearest(body);
        // Only now may it hold what it must not.
        self.judge(member, &simplified, audience);
        if is_too_long(&simplified) && !is_too_long(body) {
            let message =
                format_args!("Must be at most {} characters as it is simplified.", limits::SMS_BODY);
            member.fault(message, &mut self.faults);
        }
        simplified
    }

    /// From whom and when an e-mail goes: from the sender that is registered for the owner, else from the
    /// deployment's own. Whatever the order says, nobody has verified that it is the owner's.
    pub(super) fn email_manner(&mut self, settings: &Object<'_>) -> EmailManner {
        self.check_email_sender(&settings.member("senderEmailAddress"));
        let policy = self.policy(&settings.member("sendingTimePolicy")).unwrap_or_default();
        EmailManner { sender: self.registered_sender(), policy }
    }

    /// The sender that is registered for the owner.
    pub(super) fn registered_sender(&self) -> Option<String> {
        self.rules.owner.email_sender.as_ref().map(|sender| sender.as_str().to_owned())
    }

    /// From whom and when an SMS goes, and whether its characters are simplified.
    pub(super) fn sms_manner(&mut self, settings: &Object<'_>, sender: &str) -> SmsManner {
        let sender = self.sms_sender(&settings.member(sender));
        let policy = self.policy(&settings.member("sendingTimePolicy")).unwrap_or_default();
        let simplify = settings.member("simplifyCharacters").flag(&mut self.faults);
        let sender = sender.or_else(|| self.rules.owner.sms_sender.clone());
        SmsManner { sender, policy, simplify }
    }

    /// Where answers go.
    pub(super) fn reply_to(&self) -> Option<String> {
        self.rules.owner.reply_to.as_ref().map(|address| address.as_str().to_owned())
    }

    /// The text of a reminder that comes by itself says that it is one, and must have room for it.
    fn reminding(&mut self, member: &Member<'_>, text: String, limit: usize) -> String {
        if !self.is_reminder {
            return text;
        }
        let language = self.rules.owner.languages.first().copied().unwrap_or(Language::Nb);
        let prefix = language.reminder_prefix();
        let room = limit - prefix.chars().count();
        if text.chars().count() > room {
            let message =
                format_args!("Must be at most {room} characters: the reminder begins with {prefix:?}.");
            member.fault(message, &mut self.faults);
        }
        format!("{prefix}{text}")
    }

    /// An e-mail's settings as the order holds them.
    pub(super) fn keep_email(&mut self, email: Composed<EmailText>) -> EmailSettings {
        let Composed { text, policy } = email;
        let texts = [&text.subject, &text.body];
        let names_recipient = texts.iter().any(|text| keywords::names_recipient(text));
        let asks = texts.iter().flat_map(|text| keywords::asked(text)).collect();
        EmailSettings { text: self.keep(Text::Email(text)), names_recipient, asks, policy }
    }

    /// An SMS's settings as the order holds them.
    pub(super) fn keep_sms(&mut self, sms: Composed<SmsText>) -> SmsSettings {
        let Composed { text, policy } = sms;
        SmsSettings::of(self.keep(Text::Sms(text.clone())), &text.body, policy)
    }

    fn keep(&mut self, text: Text) -> TextHash {
        let hash = text.hash();
        if !self.texts.contains(&text) {
            self.texts.push(text);
        }
        hash
    }

    /// A subject is one line: its line breaks become spaces.
    fn subject(&mut self, settings: &Object<'_>, audience: Audience) -> Option<String> {
        let subject = on_one_line(&self.wording(settings, "subject", limits::EMAIL_SUBJECT, audience)?);
        if has_control(&subject) {
            settings.member("subject").fault("Must not contain control characters.", &mut self.faults);
        }
        Some(subject)
    }

    /// A text that somebody reads.
    fn wording(
        &mut self,
        settings: &Object<'_>,
        name: &str,
        limit: usize,
        audience: Audience,
    ) -> Option<String> {
        let member = settings.required(name, &mut self.faults);
        let text = member.words(limit, &mut self.faults)?;
        self.judge(&member, text, audience);
        Some(text.to_owned())
    }

    /// What no text may hold, an owner's or a template's.
    pub(super) fn judge(&mut self, member: &Member<'_>, text: &str, audience: Audience) {
        if audience == Audience::Address && keywords::any(text) {
            let message = "Keywords are only filled in for persons and organisations.";
            member.fault(message, &mut self.faults);
        }
        if audience == Audience::Organization && !keywords::asked(text).is_empty() {
            member.fault("Has a keyword that only a person has an answer to.", &mut self.faults);
        }
        if keywords::unknown(text).is_some() {
            let message = "Has a keyword that there is not, or that no register here knows the answer to.";
            member.fault(message, &mut self.faults);
        }
        if links::first_refused(text, self.rules.owner.links.as_ref().unwrap_or(self.rules.links)).is_some() {
            let message = "Has a link, or what looks like one, that the owner's settings do not allow.";
            member.fault(message, &mut self.faults);
        }
    }

    /// A blank sender says nothing, as in the contract.
    pub(super) fn check_email_sender(&mut self, member: &Member<'_>) {
        if member.text(&mut self.faults).is_some_and(|text| !text.trim().is_empty()) {
            member.parsed::<EmailAddress>(&mut self.faults);
        }
    }

    fn sms_sender(&mut self, member: &Member<'_>) -> Option<String> {
        let sender = member.text(&mut self.faults).map(str::trim).filter(|sender| !sender.is_empty())?;
        if !limits::is_sms_sender(sender) {
            let message = format_args!(
                "Must be at most {} letters, digits and hyphens, one letter at least, no hyphen at the ends.",
                limits::SMS_SENDER
            );
            member.fault(message, &mut self.faults);
        }
        Some(sender.to_owned())
    }

    fn policy(&mut self, member: &Member<'_>) -> Option<SendingTimePolicy> {
        match member.number() {
            Some(1) => Some(SendingTimePolicy::Anytime),
            Some(2) => Some(SendingTimePolicy::Daytime),
            _ => member.choice(&POLICIES, &mut self.faults),
        }
    }
}

/// A subject has no line breaks.
fn on_one_line(subject: &str) -> String {
    subject.replace("\r\n", " ").replace(['\r', '\n'], " ")
}

/// Whether a schema may use e-mail, and SMS; neither where the order has none that can be read.
pub(super) fn used(schema: Option<ChannelSchema>) -> [bool; 2] {
    [Channel::Email, Channel::Sms].map(|channel| schema.is_some_and(|schema| schema.uses(channel)))
}

fn is_too_long(sms: &str) -> bool {
    sms.chars().count() > limits::SMS_BODY
}
