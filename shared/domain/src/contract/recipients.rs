//! Who is notified, by an address or by a number of a register.

use schemars::JsonSchema;
use serde::Deserialize;

use super::members::{ContentMembers, ResourceMembers};
use super::settings::{EmailSettings, SmsSettings, TemplateUse};
use super::words::Channels;
use crate::identity::{ExternalIdentity, NationalIdentityNumber, OrganizationNumber};
use crate::request::{Choice, Flat, Given};

/// Somebody: exactly one of the members.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
    /// An e-mail address.
    #[serde(default)]
    pub recipient_email: Given<RecipientEmail>,
    /// A mobile number.
    #[serde(default)]
    pub recipient_sms: Given<RecipientSms>,
    /// A person, looked up in the contact and reservation register.
    #[serde(default)]
    pub recipient_person: Given<RecipientPerson>,
    /// An organisation, looked up in the register of notification addresses.
    #[serde(default)]
    pub recipient_organization: Given<RecipientOrganization>,
    /// Somebody without a national identity number, looked up among registered profiles.
    #[serde(default)]
    pub recipient_external_identity: Given<RecipientExternalIdentity>,
}

/// An e-mail address, and what is sent there.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecipientEmail {
    /// The address.
    #[schemars(with = "String", extend("format" = "email"))]
    pub email_address: Given<String>,
    /// What is sent; required without a template.
    #[serde(default)]
    pub email_settings: Given<EmailSettings>,
    /// The template that the text is made of.
    #[serde(default)]
    pub template: Given<TemplateUse>,
}

/// A mobile number, and what is sent there.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecipientSms {
    /// The number, with `+` or `00` and the country code.
    #[schemars(with = "String", pattern(r"^\s*(\+|00)"))]
    pub phone_number: Given<String>,
    /// What is sent; required without a template.
    #[serde(default)]
    pub sms_settings: Given<SmsSettings>,
    /// The template that the text is made of.
    #[serde(default)]
    pub template: Given<TemplateUse>,
}

/// A person, and what is sent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecipientPerson {
    /// The national identity number, of whichever kind.
    pub national_identity_number: Given<NationalIdentityNumber>,
    /// How the channel is chosen.
    pub channel_schema: Given<Choice<Channels>>,
    /// Notify even somebody who has reserved against digital communication.
    #[serde(default)]
    pub ignore_reservation: Given<bool>,
    /// Use addresses that have not been confirmed for 18 months.
    #[serde(default)]
    pub use_stale_contact_information: Given<bool>,
    /// What it concerns.
    #[schemars(flatten)]
    pub resource: Flat<ResourceMembers>,
    /// What is sent.
    #[schemars(flatten)]
    pub content: Flat<ContentMembers>,
}

/// An organisation, and what is sent.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecipientOrganization {
    /// The organisation number.
    pub org_number: Given<OrganizationNumber>,
    /// How the channel is chosen.
    pub channel_schema: Given<Choice<Channels>>,
    /// What it concerns.
    #[schemars(flatten)]
    pub resource: Flat<ResourceMembers>,
    /// What is sent.
    #[schemars(flatten)]
    pub content: Flat<ContentMembers>,
}

/// Somebody without a national identity number, and what is sent. A resource is read, and without effect.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RecipientExternalIdentity {
    /// Who, as a URN.
    pub external_identity: Given<ExternalIdentity>,
    /// How the channel is chosen.
    pub channel_schema: Given<Choice<Channels>>,
    /// What it concerns.
    #[schemars(flatten)]
    pub resource: Flat<ResourceMembers>,
    /// What is sent.
    #[schemars(flatten)]
    pub content: Flat<ContentMembers>,
}
