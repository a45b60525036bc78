//! The table's stream: what was written, in shards by item, for the functions that are fed by it.

mod destination;
mod filter;
mod journal;
mod poller;
mod record;
mod seen;
mod source;

use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::AnyError;
use crate::database::Change;
use filter::Filter;
use journal::{Journal, Line};
use poller::Poller;
use record::{Record, SHARDS, shard};
use seen::Seen;

pub use destination::letter;
pub use poller::{Discarded, Outcome};
pub use source::{STREAM_SOURCES, STREAM_VIEW, StreamSource, View};

/// A source with its filters, and its place in each shard.
struct Reader {
    source: &'static StreamSource,
    filters: Vec<Filter>,
    pollers: Vec<Poller>,
    dead: usize,
}

/// A batch on its way to a function.
pub struct Batch {
    /// The event source.
    pub source: &'static StreamSource,
    /// Which shard it comes from.
    pub shard: usize,
    /// The records.
    pub records: Vec<Record>,
}

/// Records that a source has given up.
pub struct GivenUp {
    /// The event source.
    pub source: &'static StreamSource,
    /// Which shard they come from.
    pub shard: usize,
    /// What was given up, and why.
    pub discarded: Discarded,
}

/// The stream and all who read it.
#[derive(Default)]
pub struct Streams {
    readers: Vec<Reader>,
    sequence: u64,
    journal: Journal,
}

impl Reader {
    fn open(source: &'static StreamSource) -> Result<Self, String> {
        let filters = source.filters.iter().map(|text| Filter::parse(text)).collect::<Result<_, _>>()?;
        let pollers = (0..SHARDS).map(|_| Poller::new(source)).collect();
        Ok(Self { source, filters, pollers, dead: 0 })
    }

    fn wants(&self, record: Seen<'_>) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| filter.matches(record))
    }

    fn waiting(&self) -> usize {
        self.pollers.iter().map(Poller::len).sum()
    }
}

impl Streams {
    /// The stream for some sources; with what an earlier run has left in a folder.
    pub fn open(
        sources: &'static [StreamSource],
        folder: Option<&Path>,
        now: DateTime<Utc>,
    ) -> Result<Self, AnyError> {
        let readers = sources.iter().map(Reader::open).collect::<Result<_, _>>()?;
        // Later than any of an earlier run, whose clock is kept.
        let sequence = u64::try_from(now.timestamp_micros()).unwrap_or_default();
        let mut streams = Self { readers, sequence, journal: Journal::default() };
        if let Some(folder) = folder {
            let (journal, lines) = Journal::open(folder)?;
            for line in lines {
                streams.replay(line);
            }
            streams.journal = journal;
        }
        Ok(streams)
    }

    fn replay(&mut self, line: Line) {
        match line {
            Line::Put { source, shard, record } => {
                self.sequence = self.sequence.max(record.sequence);
                if let Some(poller) = self.poller(&source, shard) {
                    poller.push(record);
                }
            }
            Line::Done { source, shard, sequence } => {
                if let Some(poller) = self.poller(&source, shard) {
                    poller.skip(sequence);
                }
            }
        }
    }

    fn poller(&mut self, source: &str, shard: usize) -> Option<&mut Poller> {
        self.reader(source)?.pollers.get_mut(shard)
    }

    fn reader(&mut self, source: &str) -> Option<&mut Reader> {
        self.readers.iter_mut().find(|reader| reader.source.name == source)
    }

    /// Whether a source wants a change.
    pub fn wants(&self, change: &Change) -> bool {
        Seen::of(change, STREAM_VIEW)
            .is_some_and(|record| self.readers.iter().any(|reader| reader.wants(record)))
    }

    /// Takes a change of the table.
    pub fn take_change(&mut self, change: &Change, now: DateTime<Utc>) {
        let Some(seen) = Seen::of(change, STREAM_VIEW) else { return };
        let shard = shard(change.key_text());
        for reader in self.readers.iter_mut().filter(|reader| reader.wants(seen)) {
            self.sequence += 1;
            let Some(record) = Record::of(change, STREAM_VIEW, self.sequence, now) else { continue };
            let source = reader.source.name.to_owned();
            self.journal.write(&Line::Put { source, shard, record: record.clone() });
            reader.pollers[shard].push(record);
        }
    }

    /// Whether a batch can be handed over now.
    pub fn ready(&self, now: DateTime<Utc>) -> bool {
        self.pollers().any(|poller| poller.ready(now))
    }

    /// When a batch can be handed over that cannot be now.
    pub fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.pollers().filter_map(|poller| poller.next(now)).min()
    }

    fn pollers(&self) -> impl Iterator<Item = &Poller> {
        self.readers.iter().flat_map(|reader| &reader.pollers)
    }

    /// Gives up what is too old in shards that could be handed over now.
    pub fn expire(&mut self, now: DateTime<Utc>) -> Vec<GivenUp> {
        let mut given_up = Vec::new();
        for reader in &mut self.readers {
            for (shard, poller) in reader.pollers.iter_mut().enumerate().filter(|(_, p)| p.ready(now)) {
                let source = reader.source;
                given_up.extend(poller.expire(now).map(|discarded| GivenUp { source, shard, discarded }));
            }
        }
        for given_up in &given_up {
            self.note(given_up);
        }
        given_up
    }

    fn note(&mut self, given_up: &GivenUp) {
        if let Some(reader) = self.reader(given_up.source.name) {
            reader.dead += given_up.discarded.records.len();
        }
        self.done(given_up.source, given_up.shard, &given_up.discarded.records);
    }

    /// Hands over the next batch, if there is one.
    pub fn take(&mut self, now: DateTime<Utc>) -> Option<Batch> {
        self.readers.iter_mut().find_map(|reader| {
            let mut pollers = reader.pollers.iter_mut().enumerate();
            let (shard, poller) = pollers.find(|(_, poller)| poller.ready(now))?;
            Some(Batch { source: reader.source, shard, records: poller.take() })
        })
    }

    /// A batch has ended; what is given up for it.
    pub fn finish(&mut self, batch: &Batch, outcome: Outcome, now: DateTime<Utc>) -> Option<GivenUp> {
        let (source, shard) = (batch.source, batch.shard);
        let discarded = self.poller(source.name, shard)?.finish(outcome, now);
        let done = match outcome {
            Outcome::Done => batch.records.len(),
            Outcome::FailedAfter(done) => done,
            Outcome::Failed | Outcome::Forgotten => 0,
        };
        self.done(source, shard, &batch.records[..done]);
        let given_up = discarded.map(|discarded| GivenUp { source, shard, discarded })?;
        self.note(&given_up);
        Some(given_up)
    }

    fn done(&mut self, source: &StreamSource, shard: usize, records: &[Record]) {
        if let Some(last) = records.last() {
            let (source, sequence) = (source.name.to_owned(), last.sequence);
            self.journal.write(&Line::Done { source, shard, sequence });
        }
        if self.pollers().all(|poller| poller.len() == 0) {
            self.journal.clear();
        }
    }

    /// How many records of each source wait, and how many were given up.
    pub fn counts(&self) -> impl Iterator<Item = (String, Value)> {
        self.readers.iter().map(|reader| {
            (reader.source.name.to_owned(), json!({"waiting": reader.waiting(), "dead": reader.dead}))
        })
    }
}

#[cfg(test)]
pub mod tests;
