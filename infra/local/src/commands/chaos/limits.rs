//! What bounds what is sent, whatever is ordered: the rate, what administrators hold, and addresses that take nothing.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::channel::Channel;

use super::order::{bounces, complains};
use super::play::{HoldSpan, Placed};
use crate::outbox::Entry;

/// How many messages a second each channel may send in a seed.
pub const RATE: u32 = 5;
/// How long what a sender has claimed may still be on its way.
pub const ON_ITS_WAY: TimeDelta = TimeDelta::minutes(3);
/// How long until every sender has seen that something is held.
const SEEN_AFTER: TimeDelta = TimeDelta::seconds(20);
/// Within which time so many seconds' worth may go, and one second's burst.
const WINDOW: TimeDelta = TimeDelta::seconds(10);
/// As long as the clocks of two workers are apart at most, each may begin its second before the other.
const CLOCKS_APART: usize = 4;

/// Something that was sent.
pub struct Sent {
    /// Which order's.
    pub mark: String,
    /// What the provider took.
    pub entry: Entry,
    /// When.
    pub at: DateTime<Utc>,
}

impl Sent {
    /// What the providers took.
    pub fn of(entries: Vec<Entry>) -> Vec<Self> {
        let sent = entries.into_iter().filter_map(|entry| {
            let mark = entry.body.split('.').next().unwrap_or_default().to_owned();
            let at = entry.at.parse().ok()?;
            Some(Self { mark, entry, at })
        });
        sent.collect()
    }

    /// On which channel.
    pub fn channel(&self) -> Channel {
        self.entry.channel
    }
}

/// What went faster than the rate.
pub fn faster_than_the_rate(sent: &[Sent]) -> Vec<String> {
    let channels = Channel::ALL.iter().filter_map(|channel| {
        let mut times: Vec<_> =
            sent.iter().filter(|one| one.channel() == *channel).map(|one| one.at).collect();
        times.sort_unstable();
        busiest(&times).map(|most| (channel.name(), most))
    });
    let most = 11 + CLOCKS_APART;
    let most = most * RATE as usize;
    let faster = channels.filter(|(_, sent)| *sent > most);
    faster
        .map(|(channel, sent)| format!("{sent} went by {channel} in ten seconds, of at most {most}"))
        .collect()
}

/// The most that went in ten seconds.
fn busiest(times: &[DateTime<Utc>]) -> Option<usize> {
    let within =
        |from: &DateTime<Utc>| times.iter().filter(|at| (*from..*from + WINDOW).contains(at)).count();
    times.iter().map(within).max()
}

/// What went although it was held.
pub fn despite_holds(sent: &[Sent], holds: &[HoldSpan], placed: &[Placed]) -> Vec<String> {
    let owners: HashMap<&str, &str> =
        placed.iter().flat_map(|one| one.draft.marks.iter().map(|mark| (mark.as_str(), one.owner))).collect();
    let mut wrong = vec![];
    for one in sent {
        let owner = owners.get(one.mark.as_str()).copied().unwrap_or_default();
        let covering = holds.iter().filter(|hold| covers(hold, one, owner));
        wrong.extend(
            covering.map(|hold| format!("{} went at {}, though {} was held", one.mark, one.at, hold.scope)),
        );
    }
    wrong
}

/// Whether a hold was in force when an owner's notice was sent.
fn covers(hold: &HoldSpan, one: &Sent, owner: &str) -> bool {
    [one.channel().name(), owner, "deployment"].contains(&hold.scope.as_str())
        && one.at > hold.from + SEEN_AFTER + ON_ITS_WAY
        && one.at < hold.until
}

/// What went to an address after a shipment's owner was told that it takes nothing.
pub fn to_suppressed(sent: &[Sent], known_since: &HashMap<String, DateTime<Utc>>) -> Vec<String> {
    let late = sent.iter().filter(|one| {
        let known = known_since.get(&one.entry.to);
        (bounces(&one.entry.to) || complains(&one.entry.to))
            && known.is_some_and(|known| one.at > *known + ON_ITS_WAY)
    });
    late.map(|one| format!("{} went at {} to an address that was suppressed", one.mark, one.at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_ten_seconds_count() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        assert_eq!(busiest(&[at(0), at(9), at(10), at(30)]), Some(2));
        assert_eq!(busiest(&[at(0), at(5), at(9), at(19)]), Some(3));
        assert_eq!(busiest(&[]), None);
    }
}
