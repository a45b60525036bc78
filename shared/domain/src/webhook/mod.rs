//! Webhooks: where an owner wants its events posted, how they are signed, and what becomes of a webhook that fails.

mod name;
mod parse;
mod post;
mod secret;
mod view;

pub use name::{InvalidWebhookName, WebhookName};
pub use parse::parse_webhook;
pub use post::{Post, WebhookMessage};
pub use secret::Secret;
pub use view::{WebhookView, WebhooksView};

use chrono::serde::{ts_milliseconds as millis, ts_milliseconds_option as optional_millis};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::order::ConditionEndpoint;

/// How many webhooks an owner has at most.
pub const MOST: usize = 5;

/// How long a webhook may fail, and how long an event is tried.
const PATIENCE: TimeDelta = TimeDelta::hours(24);

/// How long a webhook is left alone after its first failure; twice as long after each other one.
const FIRST_PAUSE: TimeDelta = TimeDelta::minutes(1);

/// The longest that it is left alone.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(4);

/// How long the secret before still signs beside the present one.
const OLD_SECRET: TimeDelta = TimeDelta::days(7);

/// Where an owner wants its events posted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    /// What the owner calls it.
    pub name: WebhookName,
    /// Where to.
    pub url: ConditionEndpoint,
    /// What posts are signed with.
    pub secret: Secret,
    /// What they were signed with before, beside the present one for some days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old_secret: Option<OldSecret>,
    /// How it fails, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing: Option<Failing>,
    /// When it was switched off, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_millis")]
    pub switched_off_at: Option<DateTime<Utc>>,
}

/// A secret that was replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OldSecret {
    secret: Secret,
    #[serde(with = "millis")]
    until: DateTime<Utc>,
}

/// How a webhook fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// Since when.
    #[serde(with = "millis")]
    pub since: DateTime<Utc>,
    /// How often it has.
    pub times: u32,
    /// Until when it is left alone.
    #[serde(with = "millis")]
    pub until: DateTime<Utc>,
}

/// What a post to a webhook came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostOutcome {
    /// It was taken.
    Taken,
    /// It was not.
    Failed,
    /// There is no such webhook any more, says its host (410).
    Gone,
}

/// What is to be done about an event for a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostWork {
    /// It is posted.
    Post,
    /// It waits: the webhook is left alone for a while.
    Wait,
    /// It is dropped: the webhook is switched off.
    SwitchedOff,
}

impl Webhook {
    /// A new one.
    pub fn new(name: WebhookName, url: ConditionEndpoint, secret: Secret) -> Self {
        Self { name, url, secret, old_secret: None, failing: None, switched_off_at: None }
    }

    /// The same somewhere else, and switched on.
    #[must_use]
    pub fn moved(self, url: ConditionEndpoint) -> Self {
        Self { url, failing: None, switched_off_at: None, ..self }
    }

    /// The same with a new secret; the present one signs beside it for some days.
    #[must_use]
    pub fn rotated(self, secret: Secret, now: DateTime<Utc>) -> Self {
        let old = OldSecret { secret: self.secret, until: now + OLD_SECRET };
        Self { secret, old_secret: Some(old), ..self }
    }

    /// Whether it is switched off.
    pub fn is_switched_off(&self) -> bool {
        self.switched_off_at.is_some()
    }

    /// What posts are signed with at a time.
    pub fn secrets(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Secret> {
        let old = self.old_secret.as_ref().filter(|old| now < old.until).map(|old| &old.secret);
        std::iter::once(&self.secret).chain(old)
    }

    /// What is to be done about an event for it.
    pub fn work(&self, now: DateTime<Utc>) -> PostWork {
        if self.is_switched_off() {
            return PostWork::SwitchedOff;
        }
        let is_left_alone = self.failing.is_some_and(|failing| now < failing.until);
        if is_left_alone { PostWork::Wait } else { PostWork::Post }
    }

    /// The webhook after a post; none where that changes nothing.
    pub fn after(&self, outcome: PostOutcome, now: DateTime<Utc>) -> Option<Self> {
        let failing = match outcome {
            PostOutcome::Taken => {
                return self.failing.is_some().then(|| Self { failing: None, ..self.clone() });
            }
            PostOutcome::Gone => return Some(Self { switched_off_at: Some(now), ..self.clone() }),
            PostOutcome::Failed => self.failing.unwrap_or(Failing { since: now, times: 0, until: now }),
        };
        let times = failing.times + 1;
        let pause = FIRST_PAUSE * 2_i32.saturating_pow(failing.times.min(16));
        let end = failing.since + PATIENCE;
        let switched_off_at = (now >= end).then_some(now);
        // The last try is at the end of the day, and not before.
        let until = (now + pause.min(LONGEST_PAUSE)).min(end.max(now));
        let failing = Failing { times, until, ..failing };
        Some(Self { failing: Some(failing), switched_off_at, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn webhook() -> Webhook {
        let url = ConditionEndpoint::try_from("https://example.no/varsling").unwrap();
        Webhook::new("archive".parse().unwrap(), url, Secret::of([7; 32]))
    }

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_000_000, 0).unwrap() + TimeDelta::hours(hours)
    }

    #[test]
    fn one_that_fails_is_left_alone_ever_longer_and_switched_off_after_a_day() {
        let (mut webhook, mut now, mut posts) = (webhook(), at(0), 0);
        while !webhook.is_switched_off() {
            assert_eq!(webhook.work(now), PostWork::Post);
            webhook = webhook.after(PostOutcome::Failed, now).unwrap();
            posts += 1;
            let until = webhook.failing.unwrap().until;
            assert!(until - now <= LONGEST_PAUSE);
            assert!(
                webhook.is_switched_off() || webhook.work(until - TimeDelta::seconds(1)) == PostWork::Wait
            );
            now = until;
        }
        assert_eq!(webhook.switched_off_at, Some(at(24)));
        assert!((10..20).contains(&posts), "{posts}");
        assert_eq!(webhook.work(now), PostWork::SwitchedOff);
        let on = webhook.clone().moved(webhook.url);
        assert_eq!(on.work(now), PostWork::Post);
    }

    #[test]
    fn one_that_recovers_begins_anew_and_one_that_is_gone_is_switched_off_at_once() {
        let failed = webhook().after(PostOutcome::Failed, at(0)).unwrap();
        assert_eq!(failed.after(PostOutcome::Taken, at(1)), Some(webhook()));
        assert_eq!(webhook().after(PostOutcome::Taken, at(1)), None);
        assert!(webhook().after(PostOutcome::Gone, at(0)).unwrap().is_switched_off());
    }

    #[test]
    fn one_event_that_is_never_taken_does_not_switch_off_a_webhook_that_takes_others() {
        let mut webhook = webhook();
        for hour in 0..30 {
            webhook = webhook.after(PostOutcome::Failed, at(hour)).unwrap();
            webhook = webhook.after(PostOutcome::Taken, at(hour)).unwrap();
        }
        assert!(!webhook.after(PostOutcome::Failed, at(30)).unwrap().is_switched_off());
    }

    #[test]
    fn two_secrets_sign_after_a_rotation_and_one_again_later() {
        let rotated = webhook().rotated(Secret::of([8; 32]), at(0));
        assert_eq!(rotated.secrets(at(0)).count(), 2);
        assert_eq!(rotated.secrets(at(0)).next(), Some(&Secret::of([8; 32])));
        assert_eq!(rotated.secrets(at(7 * 24)).count(), 1);
    }
}
