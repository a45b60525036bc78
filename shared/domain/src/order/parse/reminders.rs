//! Reads the reminders of an order.

use super::Parser;
use crate::order::{OrderStep, When, limits};
use crate::request::{Member, Object};

impl Parser {
    /// The reminders in their order; none if one of them could not be read.
    pub(super) fn reminders(&mut self, body: &Object<'_>) -> Option<Vec<OrderStep>> {
        let member = body.member("reminders");
        if !member.is_given() {
            return Some(vec![]);
        }
        let reminders = member.list(&mut self.faults)?;
        if reminders.len() > limits::REMINDERS {
            member.fault(format_args!("Must be at most {} reminders.", limits::REMINDERS), &mut self.faults);
        }
        let within = reminders.iter().take(limits::REMINDERS);
        let read: Vec<_> = within.map(|reminder| self.reminder(reminder)).collect();
        read.into_iter().collect()
    }

    fn reminder(&mut self, member: &Member<'_>) -> Option<OrderStep> {
        let reminder = member.object(&mut self.faults)?;
        let when = self.reminder_time(member, &reminder);
        self.step(&reminder, when)
    }

    fn reminder_time(&mut self, member: &Member<'_>, reminder: &Object<'_>) -> Option<When> {
        let (days, time) = (reminder.member("delayDays"), reminder.member("requestedSendTime"));
        if days.is_given() == time.is_given() {
            member.fault("Exactly one of delayDays and requestedSendTime is required.", &mut self.faults);
        }
        let at = self.time(&time).map(When::At);
        days.whole_number(&limits::DELAY_DAYS, &mut self.faults).map(When::AfterDays).or(at)
    }
}
