//! What is asked without an order: how a template looks, and who can be notified.

use schemars::JsonSchema;
use serde::Deserialize;

use super::members::RegisterNumbers;
use crate::language::Language;
use crate::request::{Choice, Flat, Given, GivenTokens};

/// How a template looks with its tokens (`POST /templates/{name}/preview`).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreviewRequest {
    /// In which language.
    pub language: Given<Choice<Language>>,
    /// What is filled in.
    #[serde(default)]
    pub tokens: Given<GivenTokens>,
}

/// About whom an owner asks (`POST /recipients/check`).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckRequest {
    /// Persons and organisations.
    #[schemars(length(min = 1, max = crate::check::MOST))]
    pub recipients: Given<Vec<Given<AskedRecipient>>>,
}

/// A person or an organisation: exactly one of the members.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AskedRecipient {
    /// The numbers of registers.
    #[schemars(flatten)]
    pub numbers: Flat<RegisterNumbers>,
}
