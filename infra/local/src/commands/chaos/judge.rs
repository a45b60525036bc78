//! What must hold once everything is over.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use varsling_domain::channel::{Channel, SendingTimePolicy};
use varsling_domain::window::SendingWindow;

use super::Seen;
use super::agreement::{self, LastEvents, Read};
use super::limits::{self, ON_ITS_WAY, Sent};
use super::order::{bounces, complains};
use super::owner::Owner;
use super::play::{Placed, Played, is_over, owners};
use super::privacy;
use crate::outbox::{Entry, channel_name};
use crate::system::System;
use crate::{AnyError, lock};

/// How far the clocks of two workers may be apart: one that is ahead begins too early, and finds its window open still.
const CLOCKS_APART: TimeDelta = TimeDelta::seconds(4);

/// What is known once everything is over.
struct Judge {
    owners: [Owner; 2],
    /// What the providers took, by its mark and where it went.
    sent: HashMap<(String, String), Vec<Entry>>,
    /// How often each shipment is in the feed, but for corrections.
    told: HashMap<String, usize>,
    /// The orders whose end an event told.
    ended: HashSet<String>,
    /// What the events told last.
    events: LastEvents,
    /// Since when an owner knows that an address takes nothing.
    known_since: HashMap<String, DateTime<Utc>>,
    /// Whom the orders' shipments name, by their marks.
    named: HashSet<(String, String)>,
    seen: Seen,
}

/// What became of the orders, and what of that must not be.
pub async fn judge(system: &System, played: &Played) -> Result<Seen, AnyError> {
    let owners = owners(system).await?;
    let all = Sent::of(system.simulator.outbox.entries());
    let mut sent: HashMap<_, Vec<Entry>> = HashMap::new();
    for one in &all {
        sent.entry((one.mark.clone(), one.entry.to.clone())).or_default().push(one.entry.clone());
    }
    let mut told = HashMap::new();
    for owner in &owners {
        told.extend(feed(owner).await?);
    }
    let events = LastEvents::of(&lock(&system.simulator.published));
    let (ended, named, known_since, seen) = (ended(system), HashSet::new(), HashMap::new(), Seen::default());
    let mut judge = Judge { owners, sent, told, ended, events, known_since, named, seen };
    for one in &played.placed {
        judge.order(one).await?;
    }
    judge.nothing_else_was_sent();
    let violations = &mut judge.seen.violations;
    violations.extend(limits::faster_than_the_rate(&all));
    violations.extend(limits::despite_holds(&all, &played.holds, &played.placed));
    violations.extend(limits::to_suppressed(&all, &judge.known_since));
    violations.extend(privacy::judge(system)?);
    Ok(Seen { orders: played.placed.len(), ..judge.seen })
}

/// The whole feed, page after page.
async fn feed(owner: &Owner) -> Result<HashMap<String, usize>, AnyError> {
    let (mut told, mut after) = (HashMap::new(), 0);
    loop {
        let page = owner.read(&format!("future/shipment/feed?seq={after}&pageSize=500")).await?;
        let entries = page.as_array().map(Vec::as_slice).unwrap_or_default();
        let Some(last) = entries.last() else { return Ok(told) };
        after = last["sequenceNumber"].as_u64().ok_or("an entry without a number")?;
        for entry in entries.iter().filter(|entry| entry["corrects"].is_null()) {
            *told.entry(text(&entry["shipmentId"])).or_default() += 1;
        }
    }
}

fn ended(system: &System) -> HashSet<String> {
    let published = lock(&system.simulator.published);
    let of_orders = published.iter().filter(|event| event["detail-type"] == "Order status changed");
    of_orders.map(|event| text(&event["detail"]["notificationOrderId"])).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Judge {
    fn must(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.seen.violations.push(what());
        }
    }

    async fn order(&mut self, one: &Placed) -> Result<(), AnyError> {
        let is_told = self.ended.contains(&one.id);
        self.must(is_told, || format!("order {} ended, and no event says so", one.id));
        let evidence = agreement::evidence(one.owner_among(&self.owners), &one.id).await?;
        for (place, id) in one.shipments.iter().enumerate() {
            let shipment = one.owner_among(&self.owners).read(&format!("future/shipment/{id}")).await?;
            let mark = one.draft.marks[place.min(1)].clone();
            self.must(is_over(&shipment), || format!("{mark} is not over: {shipment}"));
            let times = self.told.get(id).copied().unwrap_or_default();
            self.must(times == 1, || format!("{mark} is in the feed {times} times"));
            let read = Read { id, shipment: &shipment };
            self.seen.violations.extend(self.events.disagree(&read));
            self.seen.violations.extend(agreement::evidence_disagrees(&evidence, &read));
            self.shipment(one, place, &shipment);
        }
        Ok(())
    }

    fn shipment(&mut self, one: &Placed, place: usize, shipment: &Value) {
        let mark = &one.draft.marks[place.min(1)];
        let recipients = shipment["recipients"].as_array().cloned().unwrap_or_default();
        for recipient in &recipients {
            let to = text(&recipient["destination"]);
            let status = text(&recipient["status"]);
            let place = (mark.clone(), to);
            let sent = self.sent.get(&place).map(Vec::len).unwrap_or_default();
            self.named.insert(place);
            self.status(one, mark, recipient, sent);
            // What SNS reports is known by its answer alone: where that is lost, nobody can tell whose report it is.
            let may_be_unknown = recipient["inferred"] == true && status.starts_with("SMS_");
            let is_known = status.ends_with("_Delivered") || status == "Email_Failed_Bounced";
            self.must(sent == 0 || is_known || may_be_unknown, || {
                format!("{mark} arrived, and is said to be {recipient}")
            });
        }
        let is_taken_back = text(&shipment["status"]) != "Order_Completed";
        let has_reason =
            !one.cancelled_at.is_empty() || one.opened_at.is_some() || one.draft.condition.is_some();
        self.must(!is_taken_back || has_reason, || {
            format!("{mark} was taken back, and nobody had asked for that: {shipment}")
        });
        self.when(one, place);
    }

    fn status(&mut self, one: &Placed, mark: &str, recipient: &Value, sent: usize) {
        let (to, status) = (text(&recipient["destination"]), text(&recipient["status"]));
        if (bounces(&to) || complains(&to)) && sent > 0 {
            self.note_known(&to, recipient);
        }
        // A delivery log that could not be recorded three times in a row is lost, and an alarm tells.
        let is_silent = status == "SMS_Failed_TTL" && sent > 0;
        let is_unknown = recipient["inferred"] == true && (status.ends_with("_Failed") || is_silent);
        let is_expected = match status.split_once('_').map(|(_, status)| status) {
            Some("Delivered") => sent > 0 && !bounces(&to),
            Some("Failed_Bounced") => sent > 0 && bounces(&to),
            Some("Failed_SuppressedRecipient") => sent == 0 && (bounces(&to) || complains(&to)),
            Some("Failed_RecipientReserved") => one.draft.is_for_nobody,
            Some("Failed" | "Failed_TTL") => is_unknown,
            _ => false,
        };
        self.must(is_expected, || format!("{mark} ended as {recipient}, and was sent {sent} times"));
        let most = if one.draft.sends_again { 2 } else { 1 };
        self.must(sent <= most, || format!("{mark} was sent {sent} times: {recipient}"));
        self.seen.sent += sent;
        self.seen.sent_again += sent.saturating_sub(1);
        self.seen.unknown += usize::from(is_unknown);
    }

    /// From the first report that an address takes nothing, its owner knows.
    fn note_known(&mut self, to: &str, recipient: &Value) {
        let Ok(at) = text(&recipient["lastUpdate"]).parse::<DateTime<Utc>>() else { return };
        // A complaint comes after the delivery, whose time that is.
        if bounces(to) {
            let known = self.known_since.entry(to.to_owned()).or_insert(at);
            *known = at.min(*known);
        }
    }

    /// Nothing goes before its time, outside its window, nor after it was cancelled or opened.
    fn when(&mut self, one: &Placed, place: usize) {
        let mark = one.draft.marks[place.min(1)].clone();
        let entries: Vec<_> =
            self.sent.iter().filter(|((of, _), _)| *of == mark).flat_map(|(_, all)| all.clone()).collect();
        for entry in entries {
            let Ok(at) = entry.at.parse::<DateTime<Utc>>() else { continue };
            self.must(at >= one.draft.wanted_at - CLOCKS_APART, || {
                format!("{mark} went at {at}, before its time")
            });
            let cancelled = one
                .cancelled_at
                .get(&one.shipments[place])
                .is_some_and(|cancelled| at > *cancelled + ON_ITS_WAY);
            self.must(!cancelled, || format!("{mark} went at {at}, after it was cancelled"));
            let opened = one.opened_at.filter(|_| place > 0).is_some_and(|opened| at > opened + ON_ITS_WAY);
            self.must(!opened, || format!("{mark} went at {at}, after its message was opened"));
            let is_in_window =
                is_open(one, place, &entry, at) || is_open(one, place, &entry, at + CLOCKS_APART);
            let is_unmet = place == 0 && one.draft.condition == Some(false);
            self.must(!is_unmet, || format!("{mark} went at {at}, although its condition is not met"));
            self.must(is_in_window || is_open(one, place, &entry, at - CLOCKS_APART), || {
                format!(
                    "{mark} went by {} at {at}, outside its window: {}",
                    channel_name(entry.channel),
                    one.draft.body
                )
            });
        }
    }

    /// Nothing went to anybody who is no recipient of the order that it is of.
    fn nothing_else_was_sent(&mut self) {
        let others: Vec<_> = self.sent.keys().filter(|place| !self.named.contains(place)).cloned().collect();
        self.must(others.is_empty(), || format!("nobody ordered {others:?}"));
    }
}

/// Whether the window was open for what was sent.
fn is_open(one: &Placed, place: usize, entry: &Entry, at: DateTime<Utc>) -> bool {
    let channel = entry.channel;
    let body = &one.draft.body;
    let recipient = if place == 0 { &body["recipient"] } else { &body["reminders"][0]["recipient"] };
    let settings = recipient.as_object().and_then(|kinds| kinds.values().next());
    let member = if channel == Channel::Sms { "smsSettings" } else { "emailSettings" };
    let policy = settings.map(|settings| text(&settings[member]["sendingTimePolicy"]));
    let policy = match policy.as_deref() {
        Some("Anytime") => SendingTimePolicy::Anytime,
        Some("Daytime") => SendingTimePolicy::Daytime,
        // A list says nothing, and an instant notice goes at once.
        _ if one.draft.path.contains("instant") => SendingTimePolicy::Anytime,
        _ => SendingTimePolicy::default(),
    };
    SendingWindow::default().opens(channel, policy, at) == at
}
