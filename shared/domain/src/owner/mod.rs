//! What a service owner has settled once for all its orders.

mod parse;

pub use parse::parse_settings;

use serde::{Deserialize, Serialize};

use crate::address::EmailAddress;
use crate::language::Language;

/// An owner's settings. One that has settled nothing has the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerSettings {
    /// The owner's name, as people know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The sender id of its SMS; the deployment's own where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms_sender: Option<String>,
    /// The from-address that is verified at SES for it; the deployment's own where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_sender: Option<EmailAddress>,
    /// Where answers to its e-mails go; nowhere where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<EmailAddress>,
    /// In which language people are written to who have chosen none, the best first.
    pub languages: Vec<Language>,
    /// The hosts, in lower case, that condition endpoints may be on and be shown our token; any host and
    /// no token where there are none.
    pub condition_hosts: Vec<String>,
    /// What may stand in its texts.
    pub links: Links,
}

/// Whether texts may hold links, which people are told never to click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Links {
    /// Any.
    Allowed,
    /// None, nor anything that looks like one.
    Refused,
    /// Those to these domains and what is under them, in lower case.
    To(Vec<String>),
}

impl Default for OwnerSettings {
    fn default() -> Self {
        Self {
            name: None,
            sms_sender: None,
            email_sender: None,
            reply_to: None,
            languages: vec![Language::Nb, Language::Nn, Language::En],
            condition_hosts: vec![],
            links: Links::Allowed,
        }
    }
}
