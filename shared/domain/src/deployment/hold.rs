//! Holds: what is held is not handed over, waits, and is not lost.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::identity::Owner;

/// The name of the scope that is everything.
const DEPLOYMENT: &str = "deployment";

/// What a hold covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Scope {
    /// Everything.
    Deployment,
    /// One channel.
    Channel(Channel),
    /// One owner.
    Owner(Owner),
}

/// A hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hold {
    /// Since when.
    pub since: DateTime<Utc>,
    /// The organisation of the administrator who holds it.
    pub by: Owner,
    /// Why, in the administrator's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A text is neither `deployment`, nor a channel's name, nor an organisation number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Must be deployment, a channel, or an organisation number.")]
pub struct InvalidScope;

impl Scope {
    /// Whether it covers what an owner sends on a channel.
    pub fn covers(&self, channel: Channel, owner: &Owner) -> bool {
        match self {
            Self::Deployment => true,
            Self::Channel(of) => *of == channel,
            Self::Owner(of) => of == owner,
        }
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        if text == DEPLOYMENT {
            return Ok(Self::Deployment);
        }
        let channel = Channel::named(text).map(Self::Channel);
        channel.or_else(|| Owner::try_from(text).ok().map(Self::Owner)).ok_or(InvalidScope)
    }
}

impl TryFrom<String> for Scope {
    type Error = InvalidScope;

    fn try_from(text: String) -> Result<Self, InvalidScope> {
        text.parse()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Deployment => f.write_str(DEPLOYMENT),
            Self::Channel(channel) => f.write_str(channel.name()),
            Self::Owner(owner) => f.write_str(owner.as_str()),
        }
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_written_as_it_was_read() {
        for text in ["deployment", "email", "sms", "991825827"] {
            assert_eq!(text.parse::<Scope>().unwrap().to_string(), text);
        }
        for text in ["", "Deployment", "fax", "9918258", "all"] {
            assert_eq!(text.parse::<Scope>(), Err(InvalidScope), "{text}");
        }
    }
}
