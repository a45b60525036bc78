//! An order of an e-mail with files (`POST /future/orders/composed-email`).

use schemars::JsonSchema;
use serde::Deserialize;

use super::members::{OrderMembers, ShipmentMembers};
use super::settings::EmailSettings;
use crate::request::{Flat, Given};
use crate::text::MOST_FILES;

/// An e-mail with files to one address.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ComposedEmailRequest {
    /// What the order says as a whole.
    #[schemars(flatten)]
    pub order: Flat<OrderMembers>,
    /// Its reference, time and condition.
    #[schemars(flatten)]
    pub shipment: Flat<ShipmentMembers>,
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
#[schemars(extend("required" = ["subject", "body"]))]
pub struct ComposedEmailSettings {
    /// The e-mail itself.
    #[schemars(flatten)]
    pub email: Flat<EmailSettings>,
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
