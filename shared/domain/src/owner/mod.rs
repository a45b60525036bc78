//! What a service owner has settled once for all its orders.

mod parse;

pub use parse::parse_settings;

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::{AllowedNumbers, EmailAddress};
use crate::channel::Channel;
use crate::language::Language;
use crate::order::{OnBadAddress, is_default};

/// Characters of an owner's name.
pub(crate) const NAME: usize = 100;
/// Sender ids beside the usual one.
pub(crate) const SENDERS: usize = 20;
/// Hosts in a list, of conditions or of links.
pub(crate) const HOSTS: usize = 50;

/// Ranges of numbers in a list.
pub(crate) const RANGES: usize = 50;
/// The largest daily budget.
pub(crate) const MOST_A_DAY: u32 = 1_000_000_000;

/// An owner's settings. One that has settled nothing has the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerSettings {
    /// The owner's name, as people know it: it is shown beside the address that its e-mails come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The sender id of its SMS; the deployment's own where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms_sender: Option<String>,
    /// The other sender ids that its SMS may go under.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sms_senders: Vec<String>,
    /// The from-address that is verified at SES for it; the deployment's own where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_sender: Option<EmailAddress>,
    /// Where answers to its e-mails go; nowhere where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<EmailAddress>,
    /// In which language people are written to who have chosen none, the best first.
    pub languages: Vec<Language>,
    /// The hosts, in lower case, that condition endpoints must be on and are shown our token; where there
    /// are none, they may be on any, and are shown none.
    pub condition_hosts: Vec<String>,
    /// Which links may stand in its texts; what the deployment says where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Links>,
    /// Whether the registers are asked when an order is placed, where the deployment does so.
    #[serde(skip_serializing_if = "Clone::clone")]
    pub look_up_when_ordering: bool,
    /// Whether it is turned away, and nothing of it is sent.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub blocked: bool,
    /// Whether it only tries the service: everything happens but the calls of the providers.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub test_owner: bool,
    /// What an address leads to that turns out to be bad.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(with = "String")]
    pub on_bad_address: OnBadAddress,
    /// Which numbers its SMS go to; what the deployment says where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms_numbers: Option<AllowedNumbers>,
    /// How many e-mails it sends a day at most; what the deployment says where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily_emails: Option<NonZeroU32>,
    /// How many segments of SMS it sends a day at most; what the deployment says where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily_sms_segments: Option<NonZeroU32>,
}

/// Whether texts may hold links, which people are told never to click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenLinks", into = "WrittenLinks")]
pub enum Links {
    /// Any.
    Allowed,
    /// None, nor anything that looks like one.
    Refused,
    /// Those to these domains and what is under them, in lower case.
    To(Vec<String>),
}

/// A word, or a list of domains.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum WrittenLinks {
    Word(String),
    Domains(Vec<String>),
}

crate::request::inline_schema!(Links, |generator| {
    <crate::contract::LinksRequest as JsonSchema>::json_schema(generator)
});

impl TryFrom<WrittenLinks> for Links {
    type Error = &'static str;

    fn try_from(written: WrittenLinks) -> Result<Self, Self::Error> {
        match written {
            WrittenLinks::Domains(domains) => Ok(Self::To(domains)),
            WrittenLinks::Word(word) if word == "Allowed" => Ok(Self::Allowed),
            WrittenLinks::Word(word) if word == "Refused" => Ok(Self::Refused),
            WrittenLinks::Word(_) => Err("neither Allowed nor Refused"),
        }
    }
}

impl std::str::FromStr for Links {
    type Err = &'static str;

    /// A deployment's choice.
    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::try_from(WrittenLinks::Word(word.to_owned()))
    }
}

impl From<Links> for WrittenLinks {
    fn from(links: Links) -> Self {
        match links {
            Links::Allowed => Self::Word("Allowed".into()),
            Links::Refused => Self::Word("Refused".into()),
            Links::To(domains) => Self::Domains(domains),
        }
    }
}

impl OwnerSettings {
    /// How much of a channel it sends a day at most, if that is settled: e-mails, or segments of SMS.
    pub fn daily_budget(&self, channel: Channel) -> Option<NonZeroU32> {
        match channel {
            Channel::Email => self.daily_emails,
            Channel::Sms => self.daily_sms_segments,
        }
    }

    /// A sender id that is registered for it, in whichever letter case it is asked for.
    pub fn sms_sender_named(&self, name: &str) -> Option<&str> {
        let mut registered = self.sms_sender.iter().chain(&self.sms_senders);
        registered.find(|sender| sender.eq_ignore_ascii_case(name)).map(String::as_str)
    }
}

impl Default for OwnerSettings {
    fn default() -> Self {
        Self {
            name: None,
            sms_sender: None,
            sms_senders: vec![],
            email_sender: None,
            reply_to: None,
            languages: vec![Language::Nb, Language::Nn, Language::En],
            condition_hosts: vec![],
            links: None,
            look_up_when_ordering: true,
            blocked: false,
            test_owner: false,
            on_bad_address: OnBadAddress::default(),
            sms_numbers: None,
            daily_emails: None,
            daily_sms_segments: None,
        }
    }
}
