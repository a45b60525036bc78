//! Reads the reminders of an order.

use super::Parser;
use crate::contract::{ChainRequest, Reminder, ReminderPolicy, TemplateUse};
use crate::order::{OrderedShipment, When, limits};
use crate::request::{Choice, Given};

/// After one week without access the party is notified once more (eForvaltningsforskriften § 8).
const STATUTORY_DAYS: u32 = 7;

impl Parser<'_> {
    /// The reminders in their order; none if one of them could not be read.
    pub(super) fn reminders(&mut self, member: &Given<Vec<Given<Reminder>>>) -> Option<Vec<OrderedShipment>> {
        if !member.is_given() {
            return Some(vec![]);
        }
        let reminders = member.get(&mut self.faults)?;
        if reminders.len() > limits::REMINDERS {
            member.fault(format_args!("Must be at most {} reminders.", limits::REMINDERS), &mut self.faults);
        }
        let within = reminders.iter().take(limits::REMINDERS);
        let read: Vec<_> = within.map(|reminder| self.reminder(reminder)).collect();
        read.into_iter().collect()
    }

    /// The reminder that comes by itself: by the policy of the order, or with the template of its notification
    /// where the order names no reminders.
    pub(super) fn own_reminder(&mut self, body: &ChainRequest) -> Option<OrderedShipment> {
        let reminders = &body.reminders;
        let names_reminders =
            reminders.is_given() && reminders.value().is_none_or(|reminders| !reminders.is_empty());
        let statutory = self.policy_days(&body.reminder_policy, names_reminders);
        let days = statutory.or_else(|| self.days_of_template(body).filter(|_| !names_reminders))?;
        self.is_reminder = true;
        // Read for the second time: what is wrong with it has been said, unless it is so as a reminder only. It has the
        // condition, too: it reminds of a notice that may not have been sent.
        let shipment = self.shipment(&body.shipment, &body.recipient, Some(When::AfterDays(days)));
        self.is_reminder = false;
        shipment
    }

    /// After how many days the policy of an order reminds.
    fn policy_days(&mut self, policy: &Given<Choice<ReminderPolicy>>, names_reminders: bool) -> Option<u32> {
        if policy.is_given() && names_reminders {
            policy.fault("Is not allowed together with reminders.", &mut self.faults);
        }
        policy.get(&mut self.faults).map(|Choice(ReminderPolicy::Statutory)| STATUTORY_DAYS)
    }

    fn days_of_template(&self, body: &ChainRequest) -> Option<u32> {
        self.days_of(body.recipient.value()?.template()?)
    }

    /// How many days after the notification the reminder of a template comes, if it has one.
    pub(super) fn days_of(&self, template: &Given<TemplateUse>) -> Option<u32> {
        let name = template.value()?.name.value()?;
        Some(self.find_template(name)?.reminder.as_ref()?.delay_days)
    }

    fn reminder(&mut self, member: &Given<Reminder>) -> Option<OrderedShipment> {
        let reminder = member.get(&mut self.faults)?;
        let when = self.reminder_time(member, reminder);
        self.is_in_reminders = true;
        let shipment = self.shipment(&reminder.shipment, &reminder.recipient, when);
        self.is_in_reminders = false;
        shipment
    }

    /// Nobody is reminded of what they are told later.
    pub(super) fn refuse_early(
        &mut self,
        notification: Option<&OrderedShipment>,
        reminders: &[OrderedShipment],
    ) {
        let Some(When::At(notified)) = notification.map(|shipment| shipment.when) else { return };
        for (index, reminder) in reminders.iter().enumerate() {
            if matches!(reminder.when, When::At(at) if at < notified) {
                let path = format!("Reminders[{index}].RequestedSendTime");
                self.faults.add(path, "Must not be before the notification.");
            }
        }
    }

    fn reminder_time(&mut self, member: &Given<Reminder>, reminder: &Reminder) -> Option<When> {
        let Reminder { delay_days: days, delay_hours: hours, .. } = reminder;
        let time = &reminder.shipment.requested_send_time;
        if [days.is_given(), hours.is_given(), time.is_given()].iter().filter(|given| **given).count() != 1 {
            let message = "Exactly one of delayDays, delayHours and requestedSendTime is required.";
            member.fault(message, &mut self.faults);
        }
        let at = self.time(time).map(When::At);
        let days = days.get(&mut self.faults).map(|days| When::AfterDays(days.0));
        let hours = hours.get(&mut self.faults).map(|hours| When::AfterHours(hours.0));
        days.or(hours).or(at)
    }
}
