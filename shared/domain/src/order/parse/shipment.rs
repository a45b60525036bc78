//! Reads what the notification and its reminders have in common: reference, time, condition.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::Parser;
use crate::contract::{ChainRequest, Recipient, ShipmentMembers};
use crate::order::{ConditionEndpoint, OrderedShipment, Recipients, When, limits};
use crate::request::Given;

impl Parser<'_> {
    /// The first shipment, whose members are those of the body itself.
    pub(super) fn notification(&mut self, body: &ChainRequest) -> Option<OrderedShipment> {
        let when = self.when(&body.shipment.requested_send_time);
        self.shipment(&body.shipment, &body.recipient, when)
    }

    /// When a shipment is wanted that is wanted now where the order does not say.
    pub(super) fn when(&mut self, time: &Given<String>) -> Option<When> {
        if time.is_given() { self.time(time).map(When::At) } else { Some(When::Now) }
    }

    /// A shipment that is planned for a time; none if that could not be read.
    pub(super) fn shipment(
        &mut self,
        members: &ShipmentMembers,
        recipient: &Given<Recipient>,
        when: Option<When>,
    ) -> Option<OrderedShipment> {
        let recipient = self.recipient(recipient).map(Recipients::One);
        self.shipment_to(members, when, recipient)
    }

    /// The same to recipients that have been read, or could not be.
    pub(super) fn shipment_to(
        &mut self,
        members: &ShipmentMembers,
        when: Option<When>,
        recipients: Option<Recipients>,
    ) -> Option<OrderedShipment> {
        let reference = members.senders_reference.get(&mut self.faults);
        let condition_endpoint = self.condition_endpoint(&members.condition_endpoint);
        let on_condition_failure = self.choice(&members.on_condition_failure);
        Some(OrderedShipment {
            senders_reference: reference.map(|reference| reference.to_string()),
            when: when?,
            condition_endpoint,
            on_condition_failure,
            template: self.template.take(),
            sender_replaced: std::mem::take(&mut self.sender_replaced),
            recipients: recipients?,
        })
    }

    /// A time to come, rounded up to what is stored so that nothing is sent before it. "Now" by the client's clock may be
    /// over when it comes here.
    pub(super) fn time(&mut self, member: &Given<String>) -> Option<DateTime<Utc>> {
        let time = member.parsed_by(read_time, &mut self.faults)?;
        if self.rules.now.signed_duration_since(time) > limits::GRACE {
            member.fault("Must be now or later.", &mut self.faults);
            return None;
        }
        if time.signed_duration_since(self.rules.now) > TimeDelta::days(limits::DAYS_AHEAD) {
            let message = format_args!("Must be at most {} days from now.", limits::DAYS_AHEAD);
            member.fault(message, &mut self.faults);
            return None;
        }
        Some(whole_milliseconds(time))
    }

    fn condition_endpoint(&mut self, member: &Given<String>) -> Option<ConditionEndpoint> {
        let endpoint: ConditionEndpoint = member.parsed(&mut self.faults)?;
        let verdict = self.rules.endpoints.permits(&endpoint);
        verdict.map_err(|reason| member.fault(reason, &mut self.faults)).ok()?;
        let registered = &self.rules.owner.condition_hosts;
        if !registered.is_empty() && endpoint.host().is_none_or(|host| !registered.contains(&host)) {
            member.fault("Must be on a host that is registered for the owner.", &mut self.faults);
        }
        Some(endpoint)
    }
}

/// RFC 3339, and the same without seconds. Where only the zone is missing, that is what is said.
pub(crate) fn read_time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let with_zone = DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(&text.replace('Z', "+00:00"), "%Y-%m-%dT%H:%M%:z"));
    match with_zone {
        Ok(time) => Ok(time.to_utc()),
        Err(_) if is_without_zone(text) => Err("Must name its time zone: Z or an offset such as +01:00."),
        Err(_) => Err("Must be a date and time with time zone, such as 2026-11-02T08:30:00+01:00."),
    }
}

fn is_without_zone(text: &str) -> bool {
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .any(|format| NaiveDateTime::parse_from_str(text, format).is_ok())
}

fn whole_milliseconds(time: DateTime<Utc>) -> DateTime<Utc> {
    let beyond = i64::from(time.timestamp_subsec_nanos() % 1_000_000);
    let missing = if beyond == 0 { 0 } else { 1_000_000 - beyond };
    time.checked_add_signed(TimeDelta::nanoseconds(missing)).unwrap_or(time)
}
