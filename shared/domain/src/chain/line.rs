//! The line before an opening of the window: whose turn it is gets a second of its own, and is claimed for it.

use chrono::{DateTime, Utc};

use super::{Chain, Notification, Space, Task, Timer};
use crate::channel::Channel;
use crate::ids::NotificationId;
use crate::status::{Failure, NotificationStatus};

impl Chain {
    /// Whether somebody in line for a channel has a turn, or has waited a lifetime for it.
    pub fn has_turn(&self, channel: Channel, now: DateTime<Utc>) -> bool {
        !self.with_turn(channel, now).is_empty()
    }

    /// How many notifications in line for a channel have their turn and are to be sent yet.
    pub fn in_line(&self, channel: Channel, now: DateTime<Utc>) -> usize {
        let alive =
            |id: &NotificationId| self.step(id.shipment.step()).is_some_and(|step| now < step.expires);
        self.with_turn(channel, now).iter().filter(|id| alive(id)).count()
    }

    /// Claims those who have their turn, each for one of the seconds that the channel has left, as long as
    /// there are any; who has waited a lifetime is over. None when nothing was to be done.
    pub fn leave_line(
        &mut self,
        channel: Channel,
        seconds: &[DateTime<Utc>],
        now: DateTime<Utc>,
    ) -> Option<Vec<Task>> {
        let (mut tasks, mut acted, mut seconds) = (vec![], false, seconds.iter());
        for id in self.with_turn(channel, now) {
            let expires = self.step(id.shipment.step()).map_or(now, |step| step.expires);
            if now >= expires {
                acted |= self.end(id, NotificationStatus::Failed(Failure::Ttl), now);
            } else if let Some(at) = seconds.next() {
                tasks.extend(self.claim_for(id, *at));
                acted = true;
            }
        }
        acted.then_some(tasks)
    }

    fn with_turn(&self, channel: Channel, now: DateTime<Utc>) -> Vec<NotificationId> {
        let steps = self.steps.iter().zip(0_u8..);
        let all = steps.flat_map(|(step, number)| {
            step.notifications
                .iter()
                .zip(0_u16..)
                .map(move |(notification, ordinal)| (number, ordinal, notification))
        });
        let turns = all.filter(|(.., notification)| notification.has_turn(channel, now));
        turns.map(|(step, ordinal, _)| self.shipment(step).notification(ordinal)).collect()
    }

    fn claim_for(&mut self, id: NotificationId, at: DateTime<Utc>) -> Option<Task> {
        let claim = self.next_version();
        let notification = self.notification_mut(id)?;
        notification.not_before = Some(at);
        notification.timer = Some(Timer::lease_again(at, claim, notification.losses));
        let channel = notification.channel;
        Some(self.send_task(id, channel, at, claim))
    }
}

impl Notification {
    fn has_turn(&self, channel: Channel, now: DateTime<Utc>) -> bool {
        let space = Space::Line(channel);
        let has_come = |timer: Timer| timer.due(space).at <= now + space.look_ahead();
        let timer = self.timer.filter(|timer| matches!(timer, Timer::Line { .. }));
        self.channel == channel && self.status == NotificationStatus::New && timer.is_some_and(has_come)
    }
}
