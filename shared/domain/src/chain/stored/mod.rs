//! How chains are stored. Every item carries the number of its format, so that a release can read the next format
//! before one writes it, and code that meets a format of a later release leaves the item alone.

mod v1;

use serde::Deserialize;

use super::Chain;

/// The number of the format that this release writes. The first format had no number.
pub const FORMAT: u32 = 3;

/// The name under which a chain's item carries the number of its format.
pub const FORMAT_FIELD: &str = "fv";

/// The number of the format that releases before 0.3 wrote.
const SECOND: u32 = 2;

/// The attribute that has all of a chain.
pub const BODY: &str = "b";

/// How the item of a chain is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The first one, which has no number.
    First,
    /// An attribute for each member, and what is nested in lists and maps.
    Second,
    /// The one that this release writes: the whole chain as MessagePack in one attribute. That takes no more bytes than
    /// nested attributes, and a client reads and writes it in a fraction of the time. Only the version and the end of what is kept are attributes of
    /// their own, too, because writes look at them or change them alone.
    Current,
    /// One of a later release: the item is not for this one to touch.
    Later(u32),
}

impl Format {
    /// The format of this number; of an item without one, the first.
    pub fn of(number: Option<u32>) -> Self {
        match number {
            None | Some(0 | 1) => Self::First,
            Some(SECOND) => Self::Second,
            Some(FORMAT) => Self::Current,
            Some(later) => Self::Later(later),
        }
    }
}

/// A chain in the first format.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct FirstFormat(v1::Chain);

impl From<FirstFormat> for Chain {
    fn from(stored: FirstFormat) -> Self {
        stored.0.into()
    }
}

#[cfg(test)]
mod tests;
