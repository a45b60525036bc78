//! Recipients with many addresses: each address is a chain of its own, and the order is over when they all are.

use chrono::TimeDelta;
use serde_json::json;
use varsling_domain::chain::{Event, ShipmentEvent};
use varsling_domain::ids::ShipmentId;
use varsling_function::aws;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Environment;
use varsling_store::Store;

use crate::outbox::events;
use crate::support::{Local, OWNER, Placed, SILENT, order, order_with_reminder, to_organization};

/// A system that knows an organisation with so many addresses.
async fn with_addresses(count: usize) -> Local {
    let local = Local::start().await;
    let emails: Vec<_> = (0..count).map(|number| format!("kontakt{number}@example.no")).collect();
    let unit = json!({"organizationNumber": SILENT, "name": "Stille AS", "emails": emails});
    local.people(json!({"organizations": [unit]})).await;
    local
}

async fn place(local: &Local, id: &str) -> Placed {
    local.order(&order(id, to_organization(SILENT, "Email"))).await
}

/// An order about a dialog, with a reminder in the evening to an organisation with many addresses, all parked until
/// the window opens.
async fn reminded_in_the_evening(local: &Local) -> Placed {
    let evening = local.now().await + TimeDelta::hours(12);
    let mut ordered = order_with_reminder("1", "dialog");
    let mut recipient = to_organization(SILENT, "Email");
    recipient["recipientOrganization"]["emailSettings"]["sendingTimePolicy"] = json!("Daytime");
    ordered["reminders"] = json!([{"requestedSendTime": evening, "recipient": recipient}]);
    let placed = local.order(&ordered).await;
    local.to(evening + TimeDelta::hours(1)).await;
    assert_eq!(
        local.statuses(&placed.reminders[0]).await,
        ["Email_New"; 40],
        "resolved, each in its own chain"
    );
    placed
}

#[tokio::test]
async fn children_of_a_reminder_heed_that_the_message_was_opened() {
    let local = with_addresses(40).await;
    let placed = reminded_in_the_evening(&local).await;
    local.opened(json!({"owner": OWNER, "dialogId": "dialog"})).await;
    local.advance(TimeDelta::days(1)).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no"], "the notification alone");
    let reminder = local.shipment(&placed.reminders[0]).await;
    assert_eq!(reminder["status"], "Order_SendConditionNotMet", "{reminder}");
}

/// The store of a local system, as an operator's tool would open it.
async fn store(local: &Local) -> Store {
    let values = [
        ("TABLE_NAME", "varsling".to_owned()),
        ("DUE_SHARDS", varsling_local::SHARDS.to_string()),
        ("AWS_REGION", "eu-north-1".to_owned()),
        ("AWS_ENDPOINT_URL", local.system.dynamodb_url.clone()),
    ];
    let environment = Environment::of(values.map(|(name, value)| (name.to_owned(), value)).into());
    let context = FunctionContext::of(environment);
    Store::open(&aws::configuration(&context).await, &context.environment).unwrap()
}

#[tokio::test]
async fn children_heed_that_their_parent_is_cancelled() {
    let local = with_addresses(40).await;
    let placed = reminded_in_the_evening(&local).await;
    let (store, now) = (store(&local).await, local.now().await);
    let reminder: ShipmentId = placed.reminders[0].parse().unwrap();
    let chain = store.load_chain(reminder.chain()).await.unwrap().unwrap();
    let cancelled = Event::Shipment { number: reminder.number(), event: ShipmentEvent::Cancelled };
    store.apply(chain, &[cancelled], now).await.unwrap();
    local.advance(TimeDelta::days(1)).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no"], "the notification alone");
    let reminder = local.shipment(&placed.reminders[0]).await;
    assert_eq!(reminder["status"], "Order_Cancelled", "{reminder}");
}

#[tokio::test]
async fn children_of_a_reminder_go_out_where_nothing_was_opened() {
    let local = with_addresses(40).await;
    let placed = reminded_in_the_evening(&local).await;
    local.advance(TimeDelta::days(1)).await;
    assert_eq!(sent(&local).await, [41, 41]);
    assert_eq!(local.shipment(&placed.reminders[0]).await["status"], "Order_Completed");
}

/// How many e-mails there were, and to how many addresses.
async fn sent(local: &Local) -> [usize; 2] {
    let mut sent_to = local.sent_to().await;
    let emails = sent_to.len();
    sent_to.sort();
    sent_to.dedup();
    [emails, sent_to.len()]
}

#[tokio::test]
async fn forty_addresses_are_forty_emails_and_each_is_delivered() {
    let local = with_addresses(40).await;
    let placed = place(&local, "1").await;
    local.advance(TimeDelta::seconds(3)).await;
    assert_eq!(sent(&local).await, [40, 40]);
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"; 40]);
    // The order itself is told to be over a minute or two after its last address.
    local.advance(TimeDelta::minutes(2)).await;
    assert_eq!(events(&local, "Order status changed").await.len(), 1);
}

/// Write units of an order to an organisation with so many addresses, until it is over and told.
async fn write_units(addresses: usize) -> f64 {
    let local = with_addresses(addresses).await;
    for warm in ["warm", "warmer"] {
        place(&local, warm).await;
        local.advance(TimeDelta::minutes(5)).await;
    }
    let before = local.system.costs().total().write_units;
    place(&local, "counted").await;
    local.advance(TimeDelta::minutes(5)).await;
    assert_eq!(sent(&local).await, [3 * addresses, addresses]);
    local.system.costs().total().write_units - before
}

#[tokio::test]
async fn an_address_among_many_costs_no_more_write_units_than_one_alone() {
    let (one, many) = (write_units(1).await, write_units(250).await);
    assert!(many / 250.0 <= one, "{many} write units for 250, {one} for one");
}

#[tokio::test]
async fn a_resolver_that_dies_at_any_call_makes_each_child_once() {
    for (service, operation) in [
        ("dynamodb", "GetItem"),
        ("dynamodb", "PutItem"),
        ("sqs", "SendMessage"),
        ("sqs", "SendMessageBatch"),
    ] {
        for effect in ["kill", "kill-after"] {
            let local = with_addresses(25).await;
            let of = json!({"service": service, "operation": operation, "effect": effect,
                "function": "resolve-recipients"});
            local.fault(of).await;
            let placed = place(&local, "1").await;
            local.advance(TimeDelta::hours(2)).await;
            assert_eq!(sent(&local).await, [25, 25], "{effect} at {operation}");
            assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Completed");
        }
    }
}
