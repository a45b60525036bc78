//! What Lambda's poller does with one shard for one event source: batches in order, one at a time, and what
//! follows when one fails.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::record::Record;
use super::source::StreamSource;

/// How long the stream keeps a record.
const RETENTION: i64 = 24 * 60 * 60;
/// How long after its first failure a batch is tried again, and the longest that this grows to.
const FIRST_PAUSE: i64 = 1;
const LONGEST_PAUSE: i64 = 60;

/// How a batch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it was handled.
    Done,
    /// So many were handled, and the next one failed.
    FailedAfter(usize),
    /// The invocation failed.
    Failed,
    /// It was handled, but that was not noted.
    Forgotten,
}

/// Why records were given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    RetryAttemptsExhausted,
    RecordAgeExceeded,
}

/// Records that were given up.
#[derive(Debug, PartialEq)]
pub struct Discarded {
    pub condition: Condition,
    pub records: Vec<Record>,
    /// How often they were tried.
    pub attempts: u32,
}

/// One shard, as one event source reads it.
pub struct Poller {
    source: &'static StreamSource,
    records: VecDeque<Record>,
    /// How many records are with an invocation.
    in_flight: usize,
    /// How often the batch at the head has failed.
    failures: u32,
    /// How many records the next batch has at most.
    limit: usize,
    /// When the batch at the head is tried again.
    retry_at: Option<DateTime<Utc>>,
}

impl Poller {
    /// At the beginning of a shard.
    pub fn new(source: &'static StreamSource) -> Self {
        let (records, limit) = (VecDeque::new(), source.batch);
        Self { source, records, in_flight: 0, failures: 0, limit, retry_at: None }
    }

    /// A record has come.
    pub fn push(&mut self, record: Record) {
        self.records.push_back(record);
    }

    /// Forgets the records up to one, which were done in an earlier run.
    pub fn skip(&mut self, sequence: u64) {
        self.records.retain(|record| record.sequence > sequence);
    }

    /// How many records wait or are with an invocation.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether a batch can be handed over now.
    pub fn ready(&self, now: DateTime<Utc>) -> bool {
        self.in_flight == 0 && self.opens_at().is_some_and(|at| at <= now)
    }

    /// When a batch can be handed over that cannot be now.
    pub fn next(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.opens_at().filter(|at| self.in_flight == 0 && *at > now)
    }

    /// When the next batch is handed over: once it is full or has been gathered for as long as the source says, and
    /// after one that failed, not before it is tried again.
    fn opens_at(&self) -> Option<DateTime<Utc>> {
        let first = self.records.front()?;
        let is_full = self.records.len() >= self.limit;
        let gathering = if is_full { 0 } else { self.source.window };
        let gathered = first.created + TimeDelta::seconds(gathering);
        Some(self.retry_at.map_or(gathered, |at| at.max(gathered)))
    }

    /// Gives up what is too old.
    pub fn expire(&mut self, now: DateTime<Utc>) -> Option<Discarded> {
        let age = TimeDelta::seconds(self.source.record_age.unwrap_or(RETENTION).min(RETENTION));
        let old = self.records.iter().take_while(|record| now - record.created > age).count();
        (old > 0).then(|| self.discard(old, Condition::RecordAgeExceeded))
    }

    /// Hands over the next batch.
    pub fn take(&mut self) -> Vec<Record> {
        let batch: Vec<_> = self.records.iter().take(self.limit).cloned().collect();
        self.in_flight = batch.len();
        batch
    }

    /// A batch has ended; what is given up for it.
    pub fn finish(&mut self, outcome: Outcome, now: DateTime<Utc>) -> Option<Discarded> {
        let size = std::mem::take(&mut self.in_flight);
        match outcome {
            Outcome::Done => self.advance(size),
            Outcome::Forgotten => self.retry_at = Some(now),
            Outcome::FailedAfter(done) if done > 0 => {
                self.advance(done);
                self.limit = size - done;
                return self.fail(now);
            }
            Outcome::Failed if self.source.bisects && size > 1 => {
                // A split is not counted as a retry.
                self.limit = size.div_ceil(2);
                self.retry_at = Some(now + TimeDelta::seconds(FIRST_PAUSE));
            }
            Outcome::FailedAfter(_) | Outcome::Failed => return self.fail(now),
        }
        None
    }

    fn advance(&mut self, count: usize) {
        self.records.drain(..count);
        (self.failures, self.limit, self.retry_at) = (0, self.source.batch, None);
    }

    fn fail(&mut self, now: DateTime<Utc>) -> Option<Discarded> {
        self.failures += 1;
        if self.source.retries.is_some_and(|retries| self.failures > retries) {
            let size = self.limit.min(self.records.len());
            return Some(self.discard(size, Condition::RetryAttemptsExhausted));
        }
        let pause = FIRST_PAUSE.checked_shl(self.failures - 1).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
        self.retry_at = Some(now + TimeDelta::seconds(pause));
        None
    }

    fn discard(&mut self, count: usize, condition: Condition) -> Discarded {
        let attempts = self.failures;
        let records = self.records.iter().take(count).cloned().collect();
        self.advance(count);
        Discarded { condition, records, attempts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    static SOURCE: StreamSource = StreamSource {
        name: "changes",
        function: "record-delivery",
        batch: 4,
        window: 0,
        filters: &[],
        reports_failures: true,
        bisects: false,
        retries: Some(2),
        record_age: Some(60),
        dead_letters: None,
    };
    static BISECTING: StreamSource = StreamSource { bisects: true, ..SOURCE };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn with(source: &'static StreamSource, count: u64) -> Poller {
        let mut poller = Poller::new(source);
        (1..=count).for_each(|sequence| poller.push(Record { sequence, created: at(0), event: json!({}) }));
        poller
    }

    fn numbers(records: &[Record]) -> Vec<u64> {
        records.iter().map(|record| record.sequence).collect()
    }

    #[test]
    fn batches_come_in_order_and_one_at_a_time() {
        let mut poller = with(&SOURCE, 5);
        assert_eq!(numbers(&poller.take()), [1, 2, 3, 4]);
        assert!(!poller.ready(at(0)), "one is under way");
        assert_eq!(poller.finish(Outcome::Done, at(0)), None);
        assert_eq!(numbers(&poller.take()), [5]);
    }

    #[test]
    fn what_comes_before_the_first_failure_is_not_tried_again() {
        let mut poller = with(&SOURCE, 5);
        poller.take();
        assert_eq!(poller.finish(Outcome::FailedAfter(2), at(0)), None);
        assert_eq!((poller.ready(at(0)), poller.next(at(0))), (false, Some(at(1))));
        assert_eq!(numbers(&poller.take()), [3, 4]);
    }

    #[test]
    fn a_batch_that_fails_too_often_is_given_up_and_the_next_one_comes() {
        let mut poller = with(&SOURCE, 5);
        for _ in 0..2 {
            poller.take();
            assert_eq!(poller.finish(Outcome::Failed, at(0)), None);
        }
        poller.take();
        let discarded = poller.finish(Outcome::Failed, at(0)).unwrap();
        assert_eq!((discarded.condition, discarded.attempts), (Condition::RetryAttemptsExhausted, 3));
        assert_eq!(numbers(&discarded.records), [1, 2, 3, 4]);
        assert_eq!(numbers(&poller.take()), [5]);
    }

    #[test]
    fn a_failing_batch_is_halved_until_the_bad_record_is_alone() {
        let mut poller = with(&BISECTING, 4);
        let (mut given_up, mut rounds) = (Vec::new(), 0);
        while poller.len() > 0 {
            rounds += 1;
            assert!(rounds < 20, "it ends");
            let batch = numbers(&poller.take());
            let outcome = if batch.contains(&2) { Outcome::Failed } else { Outcome::Done };
            given_up.extend(poller.finish(outcome, at(0)));
        }
        assert_eq!(given_up.len(), 1);
        assert_eq!(numbers(&given_up[0].records), [2]);
    }

    #[test]
    fn a_record_that_is_too_old_is_given_up() {
        let mut poller = with(&SOURCE, 1);
        poller.push(Record { sequence: 9, created: at(30), event: json!({}) });
        assert_eq!(poller.expire(at(60)), None);
        let discarded = poller.expire(at(61)).unwrap();
        assert_eq!(
            (discarded.condition, numbers(&discarded.records)),
            (Condition::RecordAgeExceeded, vec![1])
        );
        assert_eq!(poller.len(), 1);
    }

    #[test]
    fn a_batch_whose_end_was_not_noted_comes_again() {
        let mut poller = with(&SOURCE, 1);
        let first = poller.take();
        poller.finish(Outcome::Forgotten, at(0));
        assert!(poller.ready(at(0)));
        assert_eq!(poller.take(), first);
    }

    #[test]
    fn pauses_between_retries_double_up_to_a_minute() {
        static PATIENT: StreamSource = StreamSource { retries: None, ..SOURCE };
        let mut poller = with(&PATIENT, 1);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            poller.take();
            poller.finish(Outcome::Failed, at(0));
            pauses.push((poller.next(at(0)).unwrap() - at(0)).num_seconds());
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    }
}
