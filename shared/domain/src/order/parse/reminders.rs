//! Reads the reminders of an order.

use serde_json::Value;

use super::Parser;
use crate::order::recipient::RecipientKind;
use crate::order::{OrderedShipment, Recipients, When, limits};
use crate::request::{Member, Object, given};
use crate::template::TemplateName;

/// After one week without access the party is notified once more (eForvaltningsforskriften § 8).
const STATUTORY_DAYS: u32 = 7;

impl Parser<'_> {
    /// The reminders in their order; none if one of them could not be read.
    pub(super) fn reminders(&mut self, body: &Object<'_>) -> Option<Vec<OrderedShipment>> {
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

    /// The reminder that comes by itself: by the policy of the order, or with the template of its notification
    /// where the order names no reminders.
    pub(super) fn own_reminder(&mut self, body: &Object<'_>) -> Option<OrderedShipment> {
        let policy = body.member("reminderPolicy");
        let statutory = policy.choice(&[("Statutory", STATUTORY_DAYS)], &mut self.faults);
        let reminders = body.member("reminders");
        let names_reminders =
            reminders.as_value().and_then(Value::as_array).is_none_or(|list| !list.is_empty());
        let names_reminders = reminders.is_given() && names_reminders;
        if policy.is_given() && names_reminders {
            policy.fault("Is not allowed together with reminders.", &mut self.faults);
        }
        let days = statutory.or_else(|| self.days_of_template(body).filter(|_| !names_reminders))?;
        self.is_reminder = true;
        // Read for the second time: what is wrong with it has been said, unless it is so as a reminder only.
        let recipient = self.recipient(body);
        self.is_reminder = false;
        let on_condition_failure = self.on_condition_failure(&body.member("onConditionFailure"));
        let reference = body.member("sendersReference").text_if_any().map(str::to_owned);
        Some(OrderedShipment {
            senders_reference: reference,
            when: When::AfterDays(days),
            // It reminds of a notice that may not have been sent.
            condition_endpoint: body
                .member("conditionEndpoint")
                .text_if_any()
                .and_then(|text| text.parse().ok()),
            on_condition_failure,
            template: self.template.take(),
            sender_replaced: std::mem::take(&mut self.sender_replaced),
            recipients: Recipients::One(recipient?),
        })
    }

    fn days_of_template(&self, body: &Object<'_>) -> Option<u32> {
        let recipient = body.member("recipient").as_value()?.as_object()?;
        let kind = RecipientKind::all().find_map(|kind| given(recipient, kind.member()))?;
        self.days_of(given(kind.as_object()?, "template"))
    }

    /// How many days after the notification the reminder of a template comes, if it has one.
    pub(super) fn days_of(&self, template: Option<&Value>) -> Option<u32> {
        let name = TemplateName::try_from(given(template?.as_object()?, "name")?.as_str()?).ok()?;
        Some(self.find_template(&name)?.reminder.as_ref()?.delay_days)
    }

    fn reminder(&mut self, member: &Member<'_>) -> Option<OrderedShipment> {
        let reminder = member.object(&mut self.faults)?;
        let when = self.reminder_time(member, &reminder);
        self.is_in_reminders = true;
        let shipment = self.shipment(&reminder, when);
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

    fn reminder_time(&mut self, member: &Member<'_>, reminder: &Object<'_>) -> Option<When> {
        let days = reminder.member("delayDays");
        let (hours, time) = (reminder.member("delayHours"), reminder.member("requestedSendTime"));
        if [&days, &hours, &time].into_iter().filter(|member| member.is_given()).count() != 1 {
            let message = "Exactly one of delayDays, delayHours and requestedSendTime is required.";
            member.fault(message, &mut self.faults);
        }
        let at = self.time(&time).map(When::At);
        let days = days.whole_number(&limits::DELAY_DAYS, &mut self.faults).map(When::AfterDays);
        let hours = hours.whole_number(&limits::DELAY_HOURS, &mut self.faults).map(When::AfterHours);
        days.or(hours).or(at)
    }
}
