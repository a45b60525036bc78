//! What happened to an order, when and why: for somebody who asks why a notice came late, or not at all. It is made of
//! what is stored of the order anyway, so what was tried in vain is counted and not listed.

mod waits;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::written;
use crate::chain::{Basis, Chain, Delivery, DeliveryState, Ending, Outcome, Shipment, ShipmentState, Waited};
use crate::ids::{ChainId, ShipmentId};
use crate::manifest::DecisionView;
use crate::view::{ShipmentView, ViewedDelivery};
use waits::{Planned, ends_the_wait};

/// What happened to an order, the earliest first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelineView {
    notification_order_id: ChainId,
    events: Vec<TimelineEvent>,
}

/// Something that happened, or that is waited for.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct TimelineEvent {
    /// When; of what is waited for, until when.
    at: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    shipment_id: Option<ShipmentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What the provider said, in its own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_reply: Option<String>,
    #[serde(skip)]
    time: DateTime<Utc>,
}

impl TimelineEvent {
    fn new(event: &'static str, time: DateTime<Utc>) -> Self {
        let at = written(time);
        Self { at, event, shipment_id: None, notification_id: None, reason: None, provider_reply: None, time }
    }

    fn because(self, reason: impl Into<String>) -> Self {
        Self { reason: Some(reason.into()), ..self }
    }
}

impl TimelineView {
    /// Of an order, with a view of each shipment, and when its message was opened.
    pub fn of(
        chain: &Chain,
        views: &[ShipmentView<'_>],
        openings: &[DateTime<Utc>],
        now: DateTime<Utc>,
    ) -> Self {
        let mut events = vec![TimelineEvent::new("Accepted", chain.accepted_at)];
        let counting = openings
            .iter()
            .filter(|at| chain.watch.as_ref().is_some_and(|w| w.counts(**at, chain.accepted_at)));
        events.extend(counting.map(|at| TimelineEvent::new("MessageOpened", *at)));
        events.extend(views.iter().flat_map(|view| of_shipment(view, now)));
        events.sort_by_key(|event| event.time);
        Self { notification_order_id: chain.id, events }
    }
}

fn of_shipment(view: &ShipmentView<'_>, now: DateTime<Utc>) -> Vec<TimelineEvent> {
    let planned = Planned::of(view);
    let mut events: Vec<_> = planned.wait(view.shipment, now).into_iter().collect();
    let met = view.shipment.condition_met_at.map(|at| TimelineEvent::new("ConditionMet", at));
    let decided = view.shipment.decision.zip(DecisionView::of(view.shipment, now));
    let decided = decided.map(|(it, told)| TimelineEvent::new(told.event(), it.at).because(told.reason()));
    // What was decided after the condition was asked comes after its answer; a reminder fires before it is asked.
    events.extend(decided);
    events.extend(met);
    events.extend(of_state(view));
    events.extend(view.deliveries.iter().flat_map(|viewed| of_delivery(viewed, &planned)));
    // Last, so that it is behind what made it end at the same time.
    events.extend(of_end(view, now));
    let id = view.chain.shipment_id(view.number);
    events.into_iter().map(|event| TimelineEvent { shipment_id: Some(id), ..event }).collect()
}

/// That the shipment is over, if it is.
fn of_end(view: &ShipmentView<'_>, now: DateTime<Utc>) -> Option<TimelineEvent> {
    let status = view.status(now);
    let reason = format!("{} {}", status.wire_name(), view.reached().reason);
    status.is_final().then(|| TimelineEvent::new("Ended", view.last_update(now)).because(reason))
}

/// When the shipment was resolved, or is.
fn of_state(view: &ShipmentView<'_>) -> Option<TimelineEvent> {
    let shipment = view.shipment;
    let event = match &shipment.state {
        ShipmentState::Resolving { from, .. } => TimelineEvent::new("LookedUpFrom", *from),
        ShipmentState::Postponed { at } => TimelineEvent::new("WaitsUntil", *at),
        ShipmentState::FanningOut { from, .. } => TimelineEvent::new("LookedUp", *from),
        ShipmentState::Open(_) | ShipmentState::FannedOut(_) | ShipmentState::AllChildrenFinal { .. } => {
            let first = view.deliveries.iter().map(|viewed| viewed.looked_up_at).min();
            let at = first.unwrap_or(shipment.updated_at);
            // What ended by a decision at that time, and keeps no other, was not looked up.
            if shipment.decision.filter(ends_the_wait).is_some_and(|decision| decision.at == at) {
                return None;
            }
            TimelineEvent::new("LookedUp", at)
        }
        ShipmentState::Scheduled { .. } | ShipmentState::Stopped => return None,
    };
    Some(TimelineEvent { reason: tried_in_vain(shipment), ..event })
}

/// Who gave no answer, and how often.
fn tried_in_vain(shipment: &Shipment) -> Option<String> {
    let tried = shipment.attempts;
    let registers = (tried.lookups > 0).then(|| format!("RegisterUnanswered, {} times", tried.lookups));
    let conditions =
        (tried.conditions > 0).then(|| format!("ConditionUnanswered, {} times", tried.conditions));
    registers.or(conditions)
}

fn of_delivery(viewed: &ViewedDelivery, planned: &Planned) -> Vec<TimelineEvent> {
    let delivery = &viewed.delivery;
    let mut events: Vec<_> = planned.waited(delivery).into_iter().collect();
    events.extend(delivery.handed_over_at.map(|at| TimelineEvent::new("HandedOver", at)));
    events.extend(of_delivery_state(delivery, planned));
    let id = viewed.id.to_string();
    events.into_iter().map(|event| TimelineEvent { notification_id: Some(id.clone()), ..event }).collect()
}

fn of_delivery_state(delivery: &Delivery, planned: &Planned) -> Option<TimelineEvent> {
    Some(match delivery.state {
        DeliveryState::Waiting { at, why } => {
            let wait = Waited { until: at, why, refusals: delivery.refusals };
            TimelineEvent::new("WaitsUntil", at).because(planned.reason(wait))
        }
        DeliveryState::Queued { from, .. } => TimelineEvent::new("Queued", from),
        DeliveryState::Sending { since } => TimelineEvent::new("Sending", since),
        DeliveryState::GivenBack { until } => TimelineEvent::new("OwnerMayTryAgainUntil", until),
        DeliveryState::Accepted => return None,
        DeliveryState::Done(ending) => {
            let status = delivery.status().wire_name(delivery.channel);
            let reason = status.unwrap_or_else(|| "Stopped".to_owned());
            let provider_reply = delivery.provider_reply.as_ref().map(|reply| reply.as_str().to_owned());
            let event = TimelineEvent::new(name_of(ending), delivery.updated_at).because(reason);
            TimelineEvent { provider_reply, ..event }
        }
    })
}

/// What is told and what is assumed are two things.
fn name_of(ending: Ending) -> &'static str {
    match (ending.outcome, ending.basis) {
        (Outcome::Stopped, _) => "TakenBack",
        (_, Basis::Inferred | Basis::Unknown) => "Assumed",
        (_, Basis::Told | Basis::Transient) => "Reported",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{
        accept, accepted_email, after, apply_delivery, at, chain_with_reminder, delivered_email, delivery_id,
        looked_up, lookup_email, order, person_shipment, planned, queued_sms, sending_email, woken, woken_at,
    };
    use crate::chain::{DeliveryEvent, Event, ProviderReply, Report, ShipmentEvent};
    use crate::channel::ChannelSchema;
    use crate::order::When;
    use crate::status::Failure;
    use chrono::TimeDelta;

    fn events(chain: &Chain, now: DateTime<Utc>) -> Vec<(&'static str, String)> {
        let views: Vec<_> =
            chain.numbered().filter_map(|(number, _)| ShipmentView::of(chain, number, &[])).collect();
        let view = TimelineView::of(chain, &views, &[], now);
        view.events.into_iter().map(|event| (event.event, event.reason.unwrap_or_default())).collect()
    }

    #[test]
    fn an_email_is_accepted_handed_over_and_reported() {
        let told = events(&delivered_email(), at("10:01:00"));
        let names: Vec<_> = told.iter().map(|(event, _)| *event).collect();
        assert_eq!(names, ["Accepted", "LookedUp", "HandedOver", "Reported", "Ended"]);
        assert_eq!(told[3].1, "Email_Delivered");
        assert_eq!(told[4].1, "Order_Completed Delivered");
    }

    #[test]
    fn a_report_has_the_providers_own_words() {
        let accepted = accepted_email();
        let report = DeliveryEvent::Reported {
            report: Report::Failed(Failure::Bounced),
            reply: ProviderReply::of(&["Permanent", "NoEmail"]),
        };
        let bounced = after(&accepted, &apply_delivery(&accepted, report), at("10:00:05"));
        let view = ShipmentView::of(&bounced, 0, &[]).unwrap();
        let timeline = TimelineView::of(&bounced, &[view], &[], at("10:01:00"));
        let reported = timeline.events.iter().find(|event| event.event == "Reported").unwrap();
        assert_eq!(reported.provider_reply.as_deref(), Some("Permanent, NoEmail"));
    }

    #[test]
    fn a_reminder_says_what_it_waits_for_and_then_why_it_did_not_go() {
        let chain = chain_with_reminder();
        let due = chain.shipments[1].planned_at;
        assert!(events(&chain, at("10:00:00")).contains(&("WaitsUntil", "ReminderDelay".into())));
        let stopped = woken_at(&chain, due, Some(at("12:00:00")));
        let told = events(&stopped, due);
        assert!(told.contains(&("WaitedUntil", "ReminderDelay".into())));
        assert!(told.contains(&("Stopped", "MessageOpened".into())));
    }

    #[test]
    fn a_condition_that_was_met_and_the_look_up_behind_it_are_told() {
        let ordered = order(vec![person_shipment(When::At(at("12:00:00")), ChannelSchema::EmailPreferred)]);
        let due = woken(&accept(&ordered, at("10:00:00")), "12:00:00");
        let met = ShipmentEvent::ConditionMet { claim: due.shipments[0].attempts.claims };
        let met = after(&due, &Event::Shipment { number: 0, event: met }, at("12:00:01"));
        let event = looked_up(&met, 0, &ordered, &lookup_email(), at("12:00:02"));
        let looked_up = after(&met, &Event::Shipment { number: 0, event }, at("12:00:02"));
        let names: Vec<_> = events(&looked_up, at("12:00:03")).iter().map(|(event, _)| *event).collect();
        assert_eq!(names, ["Accepted", "WaitedUntil", "ConditionMet", "LookedUp", "Queued"]);
    }

    #[test]
    fn a_delivery_after_a_bounce_has_none_of_its_words() {
        let accepted = accepted_email();
        let bounce = DeliveryEvent::Reported {
            report: Report::FailedForNow(Failure::Bounced),
            reply: ProviderReply::of(&["Transient"]),
        };
        let bounced = after(&accepted, &apply_delivery(&accepted, bounce), at("10:00:05"));
        let arrived = apply_delivery(&bounced, DeliveryEvent::reported(Report::Delivered));
        let arrived = after(&bounced, &arrived, at("10:00:06"));
        assert_eq!(arrived.delivery(delivery_id(&arrived)).unwrap().provider_reply, None);
    }

    #[test]
    fn what_was_looked_up_and_then_cancelled_tells_both() {
        let parked = queued_sms("20:00:00");
        let cancelled = Event::Shipment { number: 0, event: ShipmentEvent::Cancelled };
        let cancelled = after(&parked, &cancelled, at("21:00:00"));
        let names: Vec<_> = events(&cancelled, at("21:00:01")).iter().map(|(event, _)| *event).collect();
        assert_eq!(names, ["Accepted", "LookedUp", "Stopped", "TakenBack", "Ended"]);
    }

    #[test]
    fn a_reminder_that_an_opening_stops_a_moment_early_waited_until_then() {
        let chain = chain_with_reminder();
        let early = chain.shipments[1].planned_at - TimeDelta::minutes(1);
        let told = events(&woken_at(&chain, early, Some(at("12:00:00"))), early);
        let names: Vec<_> = told.iter().map(|(event, _)| *event).collect();
        assert_eq!(names[names.len() - 3..], ["WaitedUntil", "Stopped", "Ended"], "{told:?}");
    }

    #[test]
    fn a_call_that_was_not_made_in_time_is_no_wait() {
        let sending = sending_email();
        let missed = apply_delivery(&sending, DeliveryEvent::NotCalled { claim: 1 });
        let missed = after(&sending, &missed, at("10:00:09"));
        let queued = woken(&missed, "10:01:00");
        assert_eq!(queued.delivery(delivery_id(&queued)).unwrap().waited, None);
    }

    #[test]
    fn what_was_cancelled_before_its_time_did_not_wait_until_then() {
        let planned = planned();
        let cancelled = Event::Shipment { number: 0, event: ShipmentEvent::Cancelled };
        let cancelled = after(&planned, &cancelled, at("11:00:00"));
        let names: Vec<_> = events(&cancelled, at("13:00:00")).iter().map(|(event, _)| *event).collect();
        assert_eq!(names, ["Accepted", "Stopped", "Ended"]);
    }

    #[test]
    fn a_wait_for_the_sending_window_is_told_when_it_is_over() {
        let parked = queued_sms("20:00:00");
        let told = events(&parked, at("20:00:01"));
        assert_eq!(told.last().unwrap(), &("WaitsUntil", "SendingWindow".into()));
        let opens = parked.delivery(delivery_id(&parked)).unwrap();
        let DeliveryState::Waiting { at: opens, .. } = opens.state else { panic!("{opens:?}") };
        let told = events(&woken_at(&parked, opens, None), opens);
        assert!(told.contains(&("WaitedUntil", "SendingWindow".into())), "{told:?}");
    }
}
