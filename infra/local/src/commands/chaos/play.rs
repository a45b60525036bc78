//! What happens by a seed: orders are placed, read, opened and cancelled, and time passes, until everything is over.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Value, json};
use varsling_domain::ids::ShipmentId;

use super::super::client::OWNER;
use super::order::{BOUNCING, BOUNCING_PERSON, Chance, Draft, WIDE};
use super::owner::Owner;
use crate::AnyError;
use crate::system::System;

/// The owners: of the dialogs of the first, the inbox tells when they are opened.
const OWNERS: [&str; 2] = [OWNER, "991825827"];
/// The most that happens before it is left alone.
const MOST_STEPS: usize = 40;
/// How long everything may take until it is over: a reminder's five days, a lifetime, and Easter.
const PATIENCE: TimeDelta = TimeDelta::days(30);

/// What happened in a seed.
#[derive(Default)]
pub struct Played {
    /// The orders that were accepted.
    pub placed: Vec<Placed>,
    /// What was held, and from when to when.
    pub holds: Vec<HoldSpan>,
    /// What is held now.
    held: Option<HoldSpan>,
}

/// Something that administrators held.
#[derive(Clone)]
pub struct HoldSpan {
    /// What was held.
    pub scope: String,
    /// Since when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// An order that was accepted.
pub struct Placed {
    /// As it was ordered.
    pub draft: Draft,
    /// The order's id.
    pub id: String,
    /// Which of the owners it is of.
    pub owner: &'static str,
    /// The shipments' ids, the notification's first.
    pub shipments: Vec<String>,
    /// When its owner was told of a shipment that it is cancelled, by the shipment's id.
    pub cancelled_at: HashMap<String, DateTime<Utc>>,
    /// When its message was opened.
    pub opened_at: Option<DateTime<Utc>>,
}

impl Placed {
    /// What an answer says is cancelled; the rest was on its way.
    fn note_cancelled(&mut self, answer: &Value, now: DateTime<Utc>) {
        let shipments = answer["shipments"].as_array().into_iter().flatten();
        let cancelled = shipments.filter(|shipment| shipment["status"] == "Order_Cancelled");
        for id in cancelled.filter_map(|shipment| shipment["shipmentId"].as_str()) {
            self.cancelled_at.entry(id.to_owned()).or_insert(now);
        }
    }

    /// Its owner.
    pub fn owner_among<'a>(&self, owners: &'a [Owner]) -> &'a Owner {
        owners.iter().find(|owner| owner.number == self.owner).unwrap_or(&owners[0])
    }
}

/// Plays a seed to its end.
pub async fn play(system: &System, rng: &mut Rng) -> Result<Played, AnyError> {
    let owners = owners(system).await?;
    let [first, _] = &owners;
    first.client.people(&people()).await?;
    let mut played = Played::default();
    for number in 0..rng.usize(8..MOST_STEPS) {
        let owner = &owners[rng.usize(0..owners.len())];
        match rng.u8(0..21) {
            0..=9 => {
                let one = place(system, owner, rng, Next { number, is_held: played.held.is_some() }).await?;
                played.placed.push(one);
            }
            10 | 11 => open(system, first, rng, &mut played.placed).await?,
            12 | 13 => cancel(system, &owners, rng, &mut played.placed).await?,
            14..=16 => drop(owner.client.advance(rng.i64(1..600)).await?),
            17 => throttle(system, rng)?,
            18 => hold_or_release(system, owner, rng, &mut played).await?,
            _ => drop(owner.client.advance(rng.i64(600..100_000)).await?),
        }
    }
    release(system, first, &mut played).await?;
    until_over(system, &owners, &played.placed).await?;
    Ok(played)
}

/// An administrator holds something, or releases what is held.
async fn hold_or_release(
    system: &System,
    owner: &Owner,
    rng: &mut Rng,
    played: &mut Played,
) -> Result<(), AnyError> {
    if played.held.is_some() {
        return release(system, owner, played).await;
    }
    let scope = rng.choice(["email", "sms", "deployment", OWNERS[0], OWNERS[1]]).unwrap_or_default();
    owner.send("PUT", &format!("holds/{scope}"), &json!({"reason": "uro"})).await?;
    let now = system.simulator.now();
    played.held = Some(HoldSpan { scope: scope.to_owned(), from: now, until: now });
    Ok(())
}

/// What is held is held no longer.
async fn release(system: &System, owner: &Owner, played: &mut Played) -> Result<(), AnyError> {
    if let Some(held) = played.held.take() {
        let until = system.simulator.now();
        owner.send("DELETE", &format!("holds/{}", held.scope), &Value::Null).await?;
        played.holds.push(HoldSpan { until, ..held });
    }
    Ok(())
}

/// Both owners.
pub async fn owners(system: &System) -> Result<[Owner; 2], AnyError> {
    let [first, second] = OWNERS.map(|number| Owner::new(&system.url, number));
    Ok([first.await?, second.await?])
}

/// An organisation that has so many addresses that each gets a chain of its own, and a person whose mailbox is gone.
fn people() -> Value {
    let addresses: Vec<_> = (0..14).map(|place| format!("bred-{place}@example.no")).collect();
    json!({
        "persons": [{"nationalIdentityNumber": BOUNCING_PERSON, "name": "Snar Sky", "email": BOUNCING,
            "mobileNumber": "+4790000778"}],
        "organizations": [{"organizationNumber": WIDE, "name": "BRED SKOG", "emails": addresses,
            "mobileNumbers": ["+4790000777"]}],
    })
}

/// What the next order depends on, beside chance.
struct Next {
    /// Its number.
    number: usize,
    /// Whether something is held.
    is_held: bool,
}

/// A provider takes nothing for some minutes.
fn throttle(system: &System, rng: &mut Rng) -> Result<(), AnyError> {
    let service = if rng.bool() { "ses" } else { "sns" };
    let fault = json!({"service": service, "effect": "throttle", "seconds": rng.u32(10..900)});
    system.simulator.faults.order(serde_json::from_value(fault)?, system.simulator.now())?;
    Ok(())
}

async fn place(system: &System, owner: &Owner, rng: &mut Rng, next: Next) -> Result<Placed, AnyError> {
    let Next { number, is_held } = next;
    let draft = Chance { rng, number, now: system.simulator.now(), url: &system.url, is_held }.order();
    let answered = owner.send("POST", draft.path, &draft.body).await?;
    let body = match answered.status {
        200..300 => answered.body,
        status => return Err(format!("{} was answered with {status}: {}", draft.body, answered.body).into()),
    };
    let shipments = match &body["notification"]["shipmentId"] {
        Value::String(first) => {
            let reminders = body["notification"]["reminders"].as_array().into_iter().flatten();
            let reminders = reminders.filter_map(|reminder| reminder["shipmentId"].as_str());
            std::iter::once(first.as_str()).chain(reminders).map(str::to_owned).collect()
        }
        _ => body["orderId"].as_str().into_iter().map(str::to_owned).collect(),
    };
    let id =
        body["notificationOrderId"].as_str().or(body["orderId"].as_str()).ok_or("an order without an id")?;
    // Of a list the owner knows its only shipment.
    let id = id.parse::<ShipmentId>().map_or(id.to_owned(), |shipment| shipment.chain().to_string());
    Ok(Placed { draft, owner: owner.number, id, shipments, cancelled_at: HashMap::new(), opened_at: None })
}

/// The message of some order is opened.
async fn open(system: &System, owner: &Owner, rng: &mut Rng, placed: &mut [Placed]) -> Result<(), AnyError> {
    let open = placed.iter_mut().filter(|one| one.owner == owner.number && one.opened_at.is_none());
    let Some(one) = rng.choice(open.collect::<Vec<_>>()) else {
        return Ok(());
    };
    let Some(dialog) = &one.draft.dialog else { return Ok(()) };
    owner.client.open(dialog).await?;
    owner.client.advance(1).await?;
    one.opened_at = Some(system.simulator.now());
    Ok(())
}

/// Some order is cancelled, if it still can be.
async fn cancel(
    system: &System,
    owners: &[Owner],
    rng: &mut Rng,
    placed: &mut [Placed],
) -> Result<(), AnyError> {
    let chains = placed.iter_mut().filter(|one| one.draft.path == "future/orders");
    let Some(one) = rng.choice(chains.collect::<Vec<_>>()) else { return Ok(()) };
    let path = format!("future/orders/{}/cancel", one.id);
    let owner = one.owner_among(owners);
    let answered = owner.send("PUT", &path, &json!(null)).await?;
    match answered.status {
        200 => one.note_cancelled(&answered.body, system.simulator.now()),
        409 => {}
        status => return Err(format!("{path} was answered with {status}: {}", answered.body).into()),
    }
    Ok(())
}

/// Lets time pass until every order is over.
async fn until_over(system: &System, owners: &[Owner], placed: &[Placed]) -> Result<(), AnyError> {
    let until = system.simulator.now() + PATIENCE;
    for one in placed {
        let owner = one.owner_among(owners);
        for shipment in &one.shipments {
            while !is_over(&owner.read(&format!("future/shipment/{shipment}")).await?) {
                if system.simulator.now() > until {
                    // The judge says which they are.
                    return Ok(());
                }
                owner.client.advance(6 * 3_600).await?;
            }
        }
    }
    // Reports that are late, and what is told of them.
    owners[0].client.advance(24 * 3_600).await?;
    Ok(())
}

/// Whether a shipment is over.
pub fn is_over(shipment: &Value) -> bool {
    matches!(
        shipment["status"].as_str(),
        Some("Order_Completed" | "Order_Cancelled" | "Order_SendConditionNotMet")
    )
}
