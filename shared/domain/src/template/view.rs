//! Templates as their owners read them.

use schemars::JsonSchema;
use serde::Serialize;

use super::Template;

/// A template that an owner may use.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NamedTemplate<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it comes with the service.
    pub general: bool,
}

/// A template as it is shown. General ones have no version: they change with the service only.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateView<'a> {
    /// Its name.
    pub name: &'a str,
    /// Whether it comes with the service.
    pub general: bool,
    /// Its version, where it is the owner's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// What it says.
    #[serde(flatten)]
    pub template: &'a Template,
}
