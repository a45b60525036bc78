//! An owner's templates and settings, as they are put in.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

use crate::address::EmailAddress;
use crate::language::Language;
use crate::order::{OnBadAddress, limits};
use crate::owner::{HOSTS, MOST_A_DAY, NAME, RANGES, SENDERS};
use crate::request::{Choice, Given, Whole, Words, object_of};
use crate::text::{BODY, ContentType, LONGEST_SMS, SUBJECT};

/// A template (`PUT /templates/{name}`).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateRequest {
    /// The texts by their languages: `nb`, `nn`, `en` or `se`.
    #[schemars(schema_with = "by_language")]
    pub texts: Given<BTreeMap<String, Given<TemplateTexts>>>,
    /// The reminder that comes with the template.
    #[serde(default)]
    pub reminder: Given<TemplateReminder>,
}

/// The reminder that comes with a template.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateReminder {
    /// Days after the notification was allowed to go.
    pub delay_days: Given<Whole<1, { limits::DELAY_DAYS }>>,
    /// The texts by their languages, which are those of the notification.
    #[schemars(schema_with = "by_language")]
    pub texts: Given<BTreeMap<String, Given<TemplateTexts>>>,
}

/// Texts by the codes of their languages, and no others.
fn by_language(generator: &mut SchemaGenerator) -> Schema {
    let texts = generator.subschema_for::<TemplateTexts>();
    let mut shape = object_of(Language::ALL.iter().map(|language| (language.code(), texts.clone())));
    shape.insert("additionalProperties".into(), serde_json::json!({"type": "null"}));
    shape
}

/// The texts of a language: at least one of the members.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateTexts {
    /// The e-mail.
    #[serde(default)]
    pub email: Given<EmailTemplateText>,
    /// The SMS.
    #[serde(default)]
    pub sms: Given<SmsTemplateText>,
}

/// An e-mail with places for tokens.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailTemplateText {
    /// One line.
    pub subject: Given<Words<SUBJECT>>,
    /// The body.
    pub body: Given<Words<BODY>>,
    /// How the body is written.
    #[serde(default)]
    pub content_type: Given<Choice<ContentType>>,
}

/// An SMS with places for tokens.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SmsTemplateText {
    /// The body.
    pub body: Given<Words<LONGEST_SMS>>,
}

/// What is settled for an owner (`PUT /owners/{number}`).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnerSettingsRequest {
    /// The name that is shown with the address that e-mails come from.
    #[serde(default)]
    pub name: Given<Words<NAME>>,
    /// The sender id of SMS whose order gives none.
    #[schemars(with = "String")]
    #[serde(default)]
    pub sms_sender: Given<String>,
    /// The other sender ids that its orders may name.
    #[schemars(length(max = SENDERS))]
    #[serde(default)]
    pub sms_senders: Given<Vec<Given<String>>>,
    /// The address that e-mails come from.
    #[serde(default)]
    pub email_sender: Given<EmailAddress>,
    /// Where answers go.
    #[serde(default)]
    pub reply_to: Given<EmailAddress>,
    /// The order of preference, for people who have chosen no language.
    #[schemars(length(min = 1))]
    #[serde(default)]
    pub languages: Given<Vec<Given<Choice<Language>>>>,
    /// The hosts that condition endpoints must be on.
    #[schemars(length(max = HOSTS))]
    #[serde(default)]
    pub condition_hosts: Given<Vec<Given<String>>>,
    /// Which links texts may have.
    #[serde(default)]
    pub links: Given<LinksRequest>,
    /// Whether the registers are asked when an order is placed.
    #[serde(default)]
    pub look_up_when_ordering: Given<bool>,
    /// Whether the owner is turned away, and nothing of it is sent.
    #[serde(default)]
    pub blocked: Given<bool>,
    /// Whether it only tries the service: everything happens but the calls of the providers.
    #[serde(default)]
    pub test_owner: Given<bool>,
    /// What is done where the preferred channel has an address that takes nothing; an order can say `GiveUp` for itself.
    #[serde(default)]
    pub on_bad_address: Given<Choice<OnBadAddress>>,
    /// Which numbers its SMS go to, in place of what the deployment says: `EEA`, a calling code such as `+44`, or `*`,
    /// each for mobile numbers, or with `:any` for numbers of every kind.
    #[schemars(length(min = 1, max = RANGES))]
    #[serde(default)]
    pub sms_numbers: Given<Vec<Given<String>>>,
    /// How many e-mails a day it sends at most.
    #[serde(default)]
    pub daily_emails: Given<Whole<1, MOST_A_DAY>>,
    /// How many segments of SMS a day it sends at most.
    #[serde(default)]
    pub daily_sms_segments: Given<Whole<1, MOST_A_DAY>>,
}

/// Which links texts may have: `Allowed`, `Refused`, or to these domains and what is below them.
#[derive(Debug)]
pub enum LinksRequest {
    /// All, or none.
    Word(String),
    /// To these.
    Domains(Vec<Given<String>>),
}

impl<'de> Deserialize<'de> for LinksRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LinksVisitor)
    }
}

struct LinksVisitor;

impl<'de> Visitor<'de> for LinksVisitor {
    type Value = LinksRequest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Allowed, Refused, or a list of domains")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<LinksRequest, E> {
        Ok(LinksRequest::Word(word.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<LinksRequest, A::Error> {
        let mut domains = vec![];
        while let Some(domain) = items.next_element()? {
            domains.push(domain);
        }
        Ok(LinksRequest::Domains(domains))
    }
}

impl JsonSchema for LinksRequest {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Links".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [
            {"type": "string", "enum": ["Allowed", "Refused"]},
            {"type": "array", "items": {"type": "string"}, "maxItems": HOSTS},
        ]})
    }
}
