//! A delivery that is ready to be handed over.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use varsling_domain::identity::Owner;
use varsling_domain::ids::DeliveryId;
use varsling_domain::keywords::{self, Facts, Reader};
use varsling_domain::masking;
use varsling_domain::sms::nearest;
use varsling_domain::text::Text;

/// A delivery with its text.
pub struct Ready {
    /// Its id.
    pub id: DeliveryId,
    /// Under which claim it is handed over.
    pub claim: u64,
    /// Whose order it is.
    pub owner: Owner,
    /// Where to.
    pub address: String,
    /// What, with the keywords still in it.
    pub text: Arc<Text>,
    /// The recipient's name, for the text.
    pub name: String,
    /// The recipient's number, for the text.
    pub number: String,
    /// Whatever else the text asks for.
    pub facts: Facts,
    /// The time.
    pub now: DateTime<Utc>,
}

impl Ready {
    /// A part of the text with its keywords filled in, escaped where it is HTML, and identity numbers masked.
    pub fn fill(&self, text: &str, html: bool) -> String {
        masking::mask(&keywords::fill(text, &self.reader(&self.name), html), self.now)
    }

    /// The same in the nearest characters of an SMS, of which a name can have more: it is cut where it would take more
    /// room than was left for it.
    pub fn simplified(&self, text: &str) -> String {
        let name: String = nearest(&self.name).chars().take(keywords::LONGEST_NAME).collect();
        nearest(&masking::mask(&keywords::fill(text, &self.reader(&name), false), self.now))
    }

    fn reader<'a>(&'a self, name: &'a str) -> Reader<'a> {
        Reader { name, number: &self.number, facts: &self.facts }
    }
}
