//! An order of an e-mail with files (`POST /future/orders/composed-email`).

use schemars::JsonSchema;
use serde::Deserialize;

use super::chain::DialogportenAssociation;
use crate::channel::SendingTimePolicy;
use crate::order::{OnConditionFailure, OnUncertainOutcome, Priority, limits};
use crate::request::{Choice, Given, Short, Words};
use crate::text::{BODY, ContentType, MOST_FILES, SUBJECT};

/// An e-mail with files to one address.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComposedEmailRequest {
    /// What tells this order from the owner's others: the same order with the same id is a replay.
    pub idempotency_id: Given<Words<{ limits::IDEMPOTENCY_ID }>>,
    /// The owner's own reference.
    #[serde(default)]
    pub senders_reference: Given<Short<{ limits::SENDERS_REFERENCE }>>,
    /// When the e-mail is wanted, with time zone; now where it is left out.
    #[schemars(with = "String", extend("format" = "date-time"))]
    #[serde(default)]
    pub requested_send_time: Given<String>,
    /// Where the owner is asked whether the e-mail is still to be sent.
    #[schemars(with = "String", length(max = limits::CONDITION_ENDPOINT), extend("format" = "uri"))]
    #[serde(default)]
    pub condition_endpoint: Given<String>,
    /// What is done when the condition endpoint gives no answer.
    #[serde(default)]
    pub on_condition_failure: Given<Choice<OnConditionFailure>>,
    /// The message in Dialogporten that the order is about.
    #[serde(default)]
    pub dialogporten_association: Given<DialogportenAssociation>,
    /// Whether a call without an answer from the provider is repeated.
    #[serde(default)]
    pub on_uncertain_outcome: Given<Choice<OnUncertainOutcome>>,
    /// Whether the e-mail goes before others.
    #[serde(default)]
    pub priority: Given<Choice<Priority>>,
    /// Where to, and what.
    pub recipient: Given<ComposedRecipient>,
}

/// An e-mail address, and what is sent there.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComposedRecipient {
    /// The address.
    #[schemars(with = "String", extend("format" = "email"))]
    pub email_address: Given<String>,
    /// What is sent.
    pub email_settings: Given<ComposedEmailSettings>,
}

/// An e-mail with files.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComposedEmailSettings {
    /// Line breaks become spaces.
    pub subject: Given<Words<SUBJECT>>,
    /// The text.
    pub body: Given<Words<BODY>>,
    /// How the body is written.
    #[serde(default)]
    pub content_type: Given<Choice<ContentType>>,
    /// An e-mail address; changes nothing, because nobody has verified that it is the owner's.
    #[schemars(with = "String")]
    #[serde(default)]
    pub sender_email_address: Given<String>,
    /// Whether the e-mail waits for the sending window.
    #[serde(default)]
    pub sending_time_policy: Given<Choice<SendingTimePolicy>>,
    /// The files.
    #[schemars(length(max = MOST_FILES))]
    #[serde(default)]
    pub attachments: Given<Vec<Given<Attachment>>>,
}

/// A file, which is fetched when the e-mail is sent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attachment {
    /// Its name in the e-mail.
    #[schemars(with = "String")]
    pub filename: Given<String>,
    /// Its type.
    #[schemars(with = "String")]
    pub mime_type: Given<String>,
    /// Where it is fetched: https, on a host that the deployment permits, as a rule with a signature.
    #[schemars(with = "String", extend("format" = "uri"))]
    pub sas_url: Given<String>,
}
