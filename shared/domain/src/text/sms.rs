//! All that is special about the texts of SMS.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::composer::{Composed, Composer, read_pattern};
use super::described::DescribedSms;
use super::hash::absorb;
use super::template::{ChannelTemplate, Part, Rendered, Source};
use super::unprintable::{Unprintable, refused_tokens};
use super::{Pattern, Text, Tokens, has_control, has_control_beside_breaks};
use crate::channel::SendingTimePolicy;
use crate::contract::SmsTemplateText;
use crate::keywords;
use crate::request::{Faults, Given};
use crate::sms::{LONGEST_SENDER_ID, Segments, is_sender_id, nearest};

/// Characters of an SMS, which is what SNS takes.
pub const LONGEST_SMS: usize = 1_600;

/// All that is sent in an SMS but the number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsText {
    /// As the owner wrote it.
    pub body: String,
    /// The sender id; none means the deployment's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// Whether names are written in their nearest characters, as the rest is already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simplified: bool,
}

// A text can name people, so it does not print what it says.
impl std::fmt::Debug for SmsText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SmsText(…)")
    }
}

impl SmsText {
    /// How many messages it takes, before names are filled in. The bounds of a text keep this far below what a byte
    /// holds.
    pub(super) fn segments(&self) -> u8 {
        u8::try_from(Segments::of(&self.body).count).unwrap_or(u8::MAX)
    }

    pub(super) fn absorb_into(&self, digest: &mut Sha256) {
        digest.update(if self.simplified { b"N" } else { b"S" });
        absorb(digest, &[&self.body], self.sender.as_deref());
    }
}

/// An SMS with places in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "StoredSmsTemplate")]
pub struct SmsTemplate {
    /// The body.
    pub body: Pattern,
}

/// From whom and when an SMS goes, and whether its characters are simplified.
#[derive(Default)]
struct Manner {
    sender: Option<String>,
    policy: SendingTimePolicy,
    simplify: bool,
}

/// The SMS that an order describes.
pub(crate) fn ordered(composer: &mut Composer<'_>, sms: DescribedSms<'_>) -> Option<Composed> {
    let member = &sms.content.body;
    let body = composer.wording(member);
    let Manner { sender, policy, simplify } = composer.sms_manner(sms);
    let body = composer.reminding(member, body?);
    let body = if simplify { composer.simplified(member, &body) } else { body };
    if has_control_beside_breaks(&body) {
        let message = "Must not contain control characters other than line breaks.";
        member.fault(message, composer.faults);
    }
    composer.leave_room(member, &body);
    Some(Composed { text: Text::Sms(SmsText { body, sender, simplified: simplify }), policy })
}

impl Composer<'_> {
    fn sms_manner(&mut self, sms: DescribedSms<'_>) -> Manner {
        let sender = self.sms_sender(sms.sender);
        let policy = self.policy(&sms.content.sending_time_policy);
        let simplify = sms.content.simplify_characters.get(self.faults).copied().unwrap_or_default();
        Manner { sender: sender.or_else(|| self.owner.sms_sender.clone()), policy, simplify }
    }

    /// The sender that an order names, if SNS takes it and it is registered for the owner, as it is registered. Another
    /// one costs nobody the notice: the owner's or the deployment's is shown, and the owner is told.
    fn sms_sender(&mut self, member: &Given<String>) -> Option<String> {
        let sender = member.filled(self.faults)?.trim();
        if has_control(sender) {
            member.fault("Must not contain control characters.", self.faults);
        }
        if !is_sender_id(sender) {
            let message = format_args!(
                "Cannot be shown, and is replaced: it has at most {LONGEST_SENDER_ID} letters (a to z), digits and \
                 hyphens, one letter at least, no hyphen at the ends.",
            );
            member.fault(message, self.warnings);
            *self.sender_replaced = true;
            return None;
        }
        let registered = self.owner.sms_sender_named(sender);
        if registered.is_none() {
            member.fault(
                "Is not registered for the owner: its own or the deployment's is shown.",
                self.warnings,
            );
            *self.sender_replaced = true;
        }
        registered.map(str::to_owned)
    }

    /// An SMS in the nearest characters, which can be more of them.
    fn simplified<T>(&mut self, member: &Given<T>, body: &str) -> String {
        let simplified = nearest(body);
        // Only now may it hold what it must not.
        self.judge(member, &simplified);
        if is_too_long(&simplified) && !is_too_long(body) {
            let message = format_args!("Must be at most {LONGEST_SMS} characters as it is simplified.");
            member.fault(message, self.faults);
        }
        simplified
    }

    /// An SMS must have room for the name and the number that are filled in when it is sent.
    fn leave_room<T>(&mut self, member: &Given<T>, body: &str) {
        let fits = keywords::longest(body) <= LONGEST_SMS;
        if !fits && !is_too_long(body) {
            let message = format_args!(
                "Must be at most {LONGEST_SMS} characters when a name is filled in, which takes up to {}.",
                keywords::LONGEST_NAME
            );
            member.fault(message, self.faults);
        }
    }
}

/// The SMS of a template that a body describes.
pub(super) fn read(sms: &SmsTemplateText, faults: &mut Faults) -> Option<SmsTemplate> {
    let body = read_pattern(&sms.body, faults)?;
    if has_control_beside_breaks(body.as_str()) {
        sms.body.fault("Must not contain control characters other than line breaks.", faults);
    }
    Some(SmsTemplate { body })
}

impl SmsTemplate {
    /// The SMS of an order that names the template, sent as the order's settings say.
    pub(super) fn compose(
        &self,
        composer: &mut Composer<'_>,
        settings: Option<DescribedSms<'_>>,
        source: &Source<'_>,
    ) -> Composed {
        let manner = settings.map(|settings| {
            composer.refuse_beside_template(&settings.content.body);
            composer.sms_manner(settings)
        });
        let Manner { sender, policy, simplify } = manner
            .unwrap_or_else(|| Manner { sender: composer.owner.sms_sender.clone(), ..Manner::default() });
        let rendered = self.render(source.tokens).body.after(source.prefix);
        let body = if simplify { Part { text: nearest(&rendered.text), ..rendered } } else { rendered };
        // What is simplified away does not matter.
        let unprintable = self.unprintable(source.tokens).filter(|_| has_control_beside_breaks(&body.text));
        composer.refuse_unprintable(source.member, unprintable);
        composer.measure(source.member, &body);
        composer.leave_room(source.member, &body.text);
        Composed { text: Text::Sms(SmsText { body: body.text, sender, simplified: simplify }), policy }
    }
}

impl ChannelTemplate for SmsTemplate {
    fn patterns(&self) -> Vec<&Pattern> {
        vec![&self.body]
    }

    fn unprintable(&self, tokens: &Tokens) -> Option<Unprintable> {
        refused_tokens(&self.body, tokens, has_control_beside_breaks).map(Unprintable::InSms)
    }

    fn render(&self, tokens: &Tokens) -> Rendered {
        let body = Part { text: self.body.render(tokens, false), limit: LONGEST_SMS, name: "SMS" };
        Rendered { subject: None, body, content_type: None, is_segmented: true }
    }
}

fn is_too_long(sms: &str) -> bool {
    sms.chars().count() > LONGEST_SMS
}
