//! All that is special about the texts of e-mails.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::attachment::Attachment;
use super::composer::{Composed, Composer, read_pattern};
use super::described::DescribedEmail;
use super::hash::absorb;
use super::html::in_language;
use super::template::{ChannelTemplate, Part, Rendered, Source};
use super::unprintable::{Unprintable, refused_tokens};
use super::{Pattern, Text, Tokens, has_control, has_control_beside_white_space};
use crate::address::EmailAddress;
use crate::contract::EmailTemplateText;
use crate::request::{Faults, Given, Words};

/// Characters of a subject.
pub const SUBJECT: usize = 512;
/// Characters of a body.
pub const BODY: usize = 10_000;

/// What is wrong with a body that no mail program shows as it is.
const CONTROL_IN_BODY: &str = "Must not contain control characters other than line breaks and tabs.";

/// How an e-mail's body is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ContentType {
    /// Plain text.
    #[default]
    Plain,
    /// HTML.
    Html,
}

impl ContentType {
    /// Its name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "Plain",
            Self::Html => "Html",
        }
    }
}

/// All that is sent in an e-mail but the address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailText {
    /// One line, no control characters.
    pub subject: String,
    /// As the owner wrote it.
    pub body: String,
    /// How the body is written.
    pub content_type: ContentType,
    /// The from-address; none means the deployment's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// The name that is shown with the from-address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<String>,
    /// Where answers go; nowhere but to the sender where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The files that it carries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

// A text can name people, so it does not print what it says.
impl std::fmt::Debug for EmailText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmailText(…)")
    }
}

impl EmailText {
    pub(super) fn absorb_into(&self, digest: &mut Sha256) {
        digest.update([b'E', u8::from(self.content_type == ContentType::Html)]);
        absorb(digest, &[&self.subject, &self.body], self.sender.as_deref());
        for (kind, part) in [(b"R", &self.reply_to), (b"N", &self.sender_name)] {
            if let Some(part) = part {
                digest.update(kind);
                absorb(digest, &[part], None);
            }
        }
        for file in &self.attachments {
            digest.update(b"A");
            absorb(digest, &[file.filename.as_str(), &file.mime_type, file.address.as_str()], None);
        }
    }
}

/// An e-mail with places in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "StoredEmailTemplate")]
pub struct EmailTemplate {
    /// One line.
    pub subject: Pattern,
    /// The body.
    pub body: Pattern,
    /// How the body is written.
    #[serde(default)]
    pub content_type: ContentType,
}

/// The e-mail that an order describes.
pub(crate) fn ordered(composer: &mut Composer<'_>, email: DescribedEmail<'_>) -> Option<Composed> {
    let DescribedEmail { content, sender } = email;
    composer.check_sender(sender);
    let subject = composer.subject(&content.subject);
    let body = composer.body(&content.body);
    let content_type = content.content_type.get(composer.faults).map(|content_type| content_type.0);
    let policy = composer.policy(&content.sending_time_policy);
    let subject = composer.reminding(&content.subject, subject?);
    let text = composer.email(subject, body?, content_type.unwrap_or_default());
    Some(Composed { text, policy })
}

impl Composer<'_> {
    /// An e-mail from the sender that is registered for the owner, else from the deployment's own.
    fn email(&self, subject: String, body: String, content_type: ContentType) -> Text {
        let sender = self.owner.email_sender.as_ref().map(|sender| sender.as_str().to_owned());
        let reply_to = self.owner.reply_to.as_ref().map(|address| address.as_str().to_owned());
        let sender_name = self.owner.name.clone();
        Text::Email(EmailText {
            subject,
            body,
            content_type,
            sender,
            sender_name,
            reply_to,
            attachments: vec![],
        })
    }

    /// The address that an order names is the one that is registered for the owner, in whichever letter case, or else the
    /// owner is told. A blank one says nothing, as in the contract.
    fn check_sender(&mut self, member: &Given<String>) {
        if member.filled(self.faults).is_none() {
            return;
        }
        let Some(named) = member.parsed::<EmailAddress>(self.faults) else { return };
        let registered = self.owner.email_sender.as_ref();
        if !registered.is_some_and(|registered| registered.as_str().eq_ignore_ascii_case(named.as_str())) {
            member.fault(
                "Is not registered for the owner: its own or the deployment's is shown.",
                self.warnings,
            );
            *self.sender_replaced = true;
        }
    }

    fn body(&mut self, member: &Given<Words<BODY>>) -> Option<String> {
        let body = self.wording(member)?;
        if has_control_beside_white_space(&body) {
            member.fault(CONTROL_IN_BODY, self.faults);
        }
        Some(body)
    }

    /// A subject is one line: its line breaks become spaces.
    fn subject(&mut self, member: &Given<Words<SUBJECT>>) -> Option<String> {
        let subject = on_one_line(&self.wording(member)?);
        if has_control(&subject) {
            member.fault("Must not contain control characters.", self.faults);
        }
        Some(subject)
    }
}

/// The e-mail of a template that a body describes.
pub(super) fn read(email: &EmailTemplateText, faults: &mut Faults) -> Option<EmailTemplate> {
    let subject = read_pattern(&email.subject, faults);
    if subject.as_ref().is_some_and(|subject| has_control(subject.as_str())) {
        email.subject.fault("Must be one line without control characters.", faults);
    }
    let body = read_pattern(&email.body, faults);
    if body.as_ref().is_some_and(|body| has_control_beside_white_space(body.as_str())) {
        email.body.fault(CONTROL_IN_BODY, faults);
    }
    let content_type = email.content_type.get(faults).map(|content_type| content_type.0).unwrap_or_default();
    Some(EmailTemplate { subject: subject?, body: body?, content_type })
}

impl EmailTemplate {
    fn rendered_subject(&self, tokens: &Tokens) -> Part {
        Part { text: self.subject.render(tokens, false), limit: SUBJECT, name: "subject" }
    }

    fn rendered_body(&self, tokens: &Tokens) -> Part {
        let text = self.body.render(tokens, self.content_type == ContentType::Html);
        Part { text, limit: BODY, name: "body" }
    }

    /// The e-mail of an order that names the template, sent as the order's settings say.
    pub(super) fn compose(
        &self,
        composer: &mut Composer<'_>,
        settings: Option<DescribedEmail<'_>>,
        source: &Source<'_>,
    ) -> Composed {
        let policy = settings.map(|settings| {
            composer.refuse_beside_template(&settings.content.subject);
            composer.refuse_beside_template(&settings.content.body);
            composer.refuse_beside_template(&settings.content.content_type);
            composer.check_sender(settings.sender);
            composer.policy(&settings.content.sending_time_policy)
        });
        composer.refuse_unprintable(source.member, self.unprintable(source.tokens));
        let subject = self.rendered_subject(source.tokens).after(source.prefix);
        let body = self.rendered_body(source.tokens);
        composer.measure(source.member, &subject);
        composer.measure(source.member, &body);
        let body = match self.content_type {
            ContentType::Html => in_language(&body.text, source.language),
            ContentType::Plain => body.text,
        };
        let text = composer.email(subject.text, body, self.content_type);
        Composed { text, policy: policy.unwrap_or_default() }
    }
}

impl ChannelTemplate for EmailTemplate {
    fn patterns(&self) -> Vec<&Pattern> {
        vec![&self.subject, &self.body]
    }

    fn unprintable(&self, tokens: &Tokens) -> Option<Unprintable> {
        refused_tokens(&self.subject, tokens, has_control).map(Unprintable::InSubject)
    }

    fn render(&self, tokens: &Tokens) -> Rendered {
        let (subject, body) = (Some(self.rendered_subject(tokens)), self.rendered_body(tokens));
        Rendered { subject, body, content_type: Some(self.content_type), is_segmented: false }
    }
}

/// A subject has no line breaks.
fn on_one_line(subject: &str) -> String {
    subject.replace("\r\n", " ").replace(['\r', '\n'], " ")
}
