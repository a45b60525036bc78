//! What administrators say of the deployment as a whole.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::deployment::AfterRestore;
use crate::request::{Choice, Given, Words};

/// Characters of the reason for a hold.
const REASON: usize = 200;

/// Holds what a scope covers (`PUT /holds/{scope}`).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HoldRequest {
    /// Why, for those who look at it later.
    #[serde(default)]
    pub reason: Given<Words<REASON>>,
}

/// Says what becomes of what was under way when the table was lost (`PUT /settlement`).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettlementRequest {
    /// Until when the table that was lost may have sent what this one does not know of; when the restored table was first
    /// looked at, where that is known.
    #[schemars(with = "String", extend("format" = "date-time"))]
    #[serde(default)]
    pub until: Given<String>,
    /// The first that fits counts.
    #[serde(default)]
    pub rules: Given<Vec<Given<SettlementRuleRequest>>>,
    /// What becomes of the others; they are given up where nothing is said.
    #[serde(default)]
    pub otherwise: Given<Choice<AfterRestore>>,
}

/// A decision for some shipments.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SettlementRuleRequest {
    /// Of which owner; of every one where it is left out.
    #[schemars(with = "String")]
    #[serde(default)]
    pub owner: Given<String>,
    /// Those that were planned before then; all where it is left out.
    #[schemars(with = "String", extend("format" = "date-time"))]
    #[serde(default)]
    pub planned_before: Given<String>,
    /// What becomes of them.
    pub decision: Given<Choice<AfterRestore>>,
}

/// Asks whether an address is suppressed (`POST /suppressions/find`): exactly one of the members.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindSuppressionRequest {
    /// An e-mail address.
    #[schemars(with = "String", extend("format" = "email"))]
    #[serde(default)]
    pub email_address: Given<String>,
    /// A mobile number, with `+` or `00` and the country code.
    #[schemars(with = "String", pattern(r"^\s*(\+|00)"))]
    #[serde(default)]
    pub mobile_number: Given<String>,
}

/// Asks that what is held about somebody is erased (`POST /recipients/erase`): exactly one of the members.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EraseRequest {
    /// A person.
    #[schemars(with = "String", pattern(r"^[0-9]{11}$"))]
    #[serde(default)]
    pub national_identity_number: Given<String>,
    /// An organisation.
    #[schemars(with = "String", pattern(r"^[0-9]{9}$"))]
    #[serde(default)]
    pub organization_number: Given<String>,
}

/// Has an owner's events posted (`PUT /webhooks/{webhook}`).
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct WebhookRequest {
    /// Where to: https, on a public host.
    #[schemars(with = "String", extend("format" = "uri"))]
    pub url: Given<String>,
}
