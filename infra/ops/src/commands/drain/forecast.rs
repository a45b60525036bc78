//! What a backlog is, and when it will have left at the channels' rates.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::report::Report;

/// How many messages a second the account may send; none where that is not known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rates {
    /// E-mails.
    pub email: Option<u64>,
    /// SMS.
    pub sms: Option<u64>,
}

/// What is on a queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct OnQueue {
    /// Its name.
    pub name: String,
    /// What can be received.
    pub waiting: u64,
    /// What is being worked on.
    pub under_way: u64,
    /// What can be received later.
    pub delayed: u64,
}

impl OnQueue {
    fn all(&self) -> u64 {
        self.waiting + self.under_way + self.delayed
    }
}

/// What is due and queued.
#[derive(Debug, Clone, Default)]
pub struct Backlog {
    /// How many chains are due, and not yet acted on.
    pub due: u64,
    /// Since when the first of them is.
    pub since: Option<DateTime<Utc>>,
    /// Every queue.
    pub queues: Vec<OnQueue>,
    /// When that was looked at.
    pub at: DateTime<Utc>,
}

impl Backlog {
    /// Everything that is left to do.
    pub fn all(&self) -> u64 {
        self.due + self.queues.iter().map(OnQueue::all).sum::<u64>()
    }

    /// How fast it has fallen since an earlier look, and when it ends if it goes on so.
    pub fn since(&self, before: &Self) -> String {
        let seconds = (self.at - before.at).num_seconds().max(1).unsigned_abs();
        let left = before.all().saturating_sub(self.all());
        let all = self.all();
        match all.saturating_mul(seconds).checked_div(left) {
            None => format!("{}: {all} left, and not fewer than before", self.at.format("%H:%M:%S")),
            Some(more) => format!(
                "{}: {all} left, {:.1} a second, at an end in {}",
                self.at.format("%H:%M:%S"),
                per_second(left, seconds),
                in_words(more)
            ),
        }
    }

    /// For people and programs. What is on the queues of a channel leaves at its rate; what is due joins it.
    pub fn report(&self, rates: &Rates) -> Report {
        let rows: Vec<_> = self.queues.iter().map(|queue| row(queue, self.seconds(queue, rates))).collect();
        let queues: Vec<_> = self
            .queues
            .iter()
            .map(|queue| {
                json!({"queue": queue.name, "waiting": queue.waiting, "underWay": queue.under_way,
                    "delayed": queue.delayed, "secondsAtRate": self.seconds(queue, rates)})
            })
            .collect();
        let age = self.since.map(|since| (self.at - since).max(TimeDelta::zero()).num_seconds());
        let json = json!({"at": self.at, "due": self.due, "oldestDue": self.since, "oldestDueAgeSeconds": age, "queues": queues});
        let heads = ["queue", "waiting", "under way", "delayed", "left at the channel's rate in"];
        let mut report = Report::table(json, &heads, &rows);
        let oldest =
            age.map_or_else(String::new, |age| format!(", the oldest for {}", in_words(age.unsigned_abs())));
        report.text.insert(0, format!("{} orders are due and not yet acted on{oldest}", self.due));
        report
    }

    fn seconds(&self, queue: &OnQueue, rates: &Rates) -> Option<u64> {
        let rate = match queue.name.split('-').next() {
            Some("email") => rates.email,
            Some("sms") => rates.sms,
            _ => None,
        };
        Some(self.of_channel(&queue.name).div_ceil(rate.filter(|rate| *rate > 0)?))
    }

    /// Normal and urgent notices share a channel's rate. What is urgent goes first.
    fn of_channel(&self, name: &str) -> u64 {
        let before =
            self.queues.iter().filter(|other| other.name == name || other.name == format!("{name}-urgent"));
        before.map(OnQueue::all).sum()
    }
}

fn row(queue: &OnQueue, seconds: Option<u64>) -> Vec<String> {
    let left = seconds.map_or_else(|| "-".to_owned(), in_words);
    let counts = [queue.waiting, queue.under_way, queue.delayed].map(|count| count.to_string());
    [vec![queue.name.clone()], counts.to_vec(), vec![left]].concat()
}

/// A rate for people.
fn per_second(count: u64, seconds: u64) -> f64 {
    let [count, seconds] =
        [count, seconds].map(|number| f64::from(u32::try_from(number).unwrap_or(u32::MAX)));
    count / seconds
}

/// A span of time for people.
fn in_words(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backlog(seconds: i64, waiting: u64) -> Backlog {
        let on = |name: &str, waiting| OnQueue { name: name.to_owned(), waiting, ..OnQueue::default() };
        let at = DateTime::from_timestamp(seconds, 0).unwrap();
        let queues = vec![on("email", waiting), on("email-urgent", 28), on("reports", 5)];
        Backlog { due: 0, since: None, queues, at }
    }

    #[test]
    fn a_channels_queue_leaves_at_its_rate_behind_what_is_urgent() {
        let (backlog, rates) = (backlog(0, 1_400), Rates { email: Some(14), sms: None });
        let seconds = |number: usize| backlog.seconds(&backlog.queues[number], &rates);
        assert_eq!([seconds(0), seconds(1), seconds(2)], [Some(102), Some(2), None]);
    }

    #[test]
    fn how_fast_it_falls_says_when_it_ends() {
        let told = backlog(70, 367).since(&backlog(60, 467));
        assert_eq!(told, "00:01:10: 400 left, 10.0 a second, at an end in 40 s");
        assert!(backlog(70, 467).since(&backlog(60, 467)).ends_with("not fewer than before"));
    }

    #[test]
    fn an_oldest_entry_has_an_age() {
        let since = DateTime::from_timestamp(0, 0);
        let backlog = Backlog { due: 3, since, ..backlog(600, 0) };
        let report = backlog.report(&Rates::default());
        assert_eq!(report.text[0], "3 orders are due and not yet acted on, the oldest for 10 min");
        assert_eq!(report.json["oldestDueAgeSeconds"], 600);
    }
}
