//! Reading orders back: as they were accepted, and how far they have come.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Local, MANY_ADDRESSES, NO_ADDRESS, RESERVED, SOMEBODY, order, text, to_email};

const BASE: &str = "/notifications/api/v1";

async fn read(local: &Local, path: &str) -> Value {
    let (status, answer) = local.get(&format!("{BASE}{path}")).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

/// Whether everything that was asked for is in the answer, as it was asked for.
fn assert_within(asked: &Value, answer: &Value, path: &str) {
    match asked {
        Value::Object(members) => {
            for (name, value) in members {
                assert_within(value, &answer[name], &format!("{path}.{name}"));
            }
        }
        Value::Array(items) => {
            assert_eq!(answer.as_array().map(Vec::len), Some(items.len()), "{path}");
            for (place, item) in items.iter().enumerate() {
                assert_within(item, &answer[place], &format!("{path}[{place}]"));
            }
        }
        value => assert_eq!(value, answer, "{path}"),
    }
}

#[tokio::test]
async fn an_order_is_read_back_as_it_was_accepted() {
    let local = Local::start().await;
    let text = json!({"subject": "Emne", "body": "<p>Tekst</p>", "contentType": "Html",
        "sendingTimePolicy": "Anytime"});
    let asked = json!({
        "idempotencyId": "1", "sendersReference": "sak-1", "requestedSendTime": "2026-12-08T11:00:00.000Z",
        "conditionEndpoint": "https://example.no/varsles", "onConditionFailure": "Hold", "priority": "Urgent",
        "onUncertainOutcome": "SendAgain",
        "dialogportenAssociation": {"dialogId": "dialog-1", "transmissionId": "transmission-1"},
        "recipient": {"recipientPerson": {"nationalIdentityNumber": SOMEBODY, "channelSchema": "EmailAndSms",
            "resourceId": "urn:altinn:resource:sak", "resourceAction": "access", "ignoreReservation": true,
            "useStaleContactInformation": true, "emailSettings": text,
            "smsSettings": {"body": "En SMS", "sendingTimePolicy": "Daytime"}}},
        "reminders": [
            {"delayDays": 7, "recipient": {"recipientOrganization": {"orgNumber": MANY_ADDRESSES,
                "channelSchema": "Email", "emailSettings": {"subject": "Emne", "body": "Tekst"}}}},
            {"requestedSendTime": "2026-12-18T09:00:00.000Z", "sendersReference": "sak-1-p2",
                "recipient": {"recipientSms": {"phoneNumber": "+4790000001", "smsSettings": {"body": "En SMS"}}}},
            {"delayDays": 9, "recipient": {"recipientExternalIdentity": {"channelSchema": "Email",
                "externalIdentity": "urn:altinn:person:idporten-email:kari@example.org",
                "emailSettings": {"subject": "Emne", "body": "Tekst"}}}},
        ],
    });
    let placed = local.order(&asked).await;
    let answer = read(&local, &format!("/future/orders/{}", placed.chain)).await;
    assert_within(&asked, &answer, "");
    assert_eq!(
        (&answer["shipmentId"], &answer["type"]),
        (&json!(placed.notification), &json!("Notification"))
    );
    assert_eq!(
        (&answer["status"], &answer["reminders"][0]["type"]),
        (&json!("Order_Registered"), &json!("Reminder"))
    );
    assert_eq!(answer["reminders"][2]["shipmentId"], placed.reminders[2].as_str());
    assert_eq!(
        read(&local, &format!("/future/orders/{}", placed.notification)).await,
        answer,
        "by its shipment"
    );
}

/// Such an order keeps no item of its own beside the chain.
#[tokio::test]
async fn an_order_to_an_address_is_read_back_while_it_is_kept() {
    let local = Local::start().await;
    let mut asked = order("1", to_email("mottaker@example.no"));
    asked["dialogportenAssociation"] = json!({"dialogId": "dialog-1"});
    asked["sendersReference"] = json!("sak-1");
    let placed = local.order(&asked).await;
    let path = format!("/future/orders/{}", placed.chain);
    let answer = read(&local, &path).await;
    assert_within(&asked, &answer, "");
    assert_eq!(
        (&answer["status"], &answer["requestedSendTime"]),
        (&json!("Order_Completed"), &json!("2026-12-07T09:00:00.000Z"))
    );
    local.advance(TimeDelta::days(40)).await;
    let (status, problem) = local.get(&format!("{BASE}{path}")).await;
    assert_eq!((status, &problem["detail"]), (404, &json!("Order not found")));
}

#[tokio::test]
async fn the_location_of_an_order_leads_to_it() {
    let local = Local::start().await;
    let list =
        json!({"subject": "Emne", "body": "Tekst", "recipients": [{"nationalIdentityNumber": SOMEBODY}]});
    for (path, body) in [("/future/orders", order("1", to_email("a@example.no"))), ("/orders/email", list)] {
        let request =
            local.http.post(local.url(&format!("{BASE}{path}"))).bearer_auth(&local.token).json(&body);
        let placed = request.send().await.unwrap();
        let location = placed.headers()["location"].to_str().unwrap().to_owned();
        assert!(
            location.starts_with(&format!("{}{BASE}{}", local.system.url, path.trim_end_matches("/email"))),
            "{location}"
        );
        let found = local.http.get(&location).bearer_auth(&local.token).send().await.unwrap();
        assert_eq!(found.status(), 200, "{location}");
    }
}

#[tokio::test]
async fn a_list_is_read_back_with_its_status_and_its_notifications() {
    let local = Local::start().await;
    let asked = json!({
        "notificationChannel": "EmailAndSms", "sendersReference": "ref-7", "ignoreReservation": false,
        "resourceId": "urn:altinn:resource:app_ttd_skjema-1", "resourceAction": "read", "conditionEndpoint": "https://example.no/betingelse",
        "recipients": [{"nationalIdentityNumber": SOMEBODY}, {"nationalIdentityNumber": NO_ADDRESS},
            {"nationalIdentityNumber": RESERVED}, {"emailAddress": "ola@example.no"}],
        "emailTemplate": {"subject": "Hei", "body": "Tekst", "contentType": "Html"},
        "smsTemplate": {"body": "Tekst"},
    });
    let mut posted = asked.clone();
    posted["conditionEndpoint"] = Value::Null;
    let (status, answer) = local.send("POST", &format!("{BASE}/orders"), &posted).await;
    assert_eq!(status, 202, "{answer}");
    let id = text(&answer["orderId"]);
    local.until_idle().await;
    local.advance(TimeDelta::seconds(5)).await;
    let order = read(&local, &format!("/orders/{id}")).await;
    let mut expected = posted;
    expected.as_object_mut().unwrap().remove("conditionEndpoint");
    assert_within(&expected, &order, "");
    assert_eq!((&order["id"], &order["creator"]), (&json!(id), &json!("226346139")));
    let address = format!("{}{BASE}/orders/{id}", local.system.url);
    assert_eq!(order["links"], json!({"self": address, "status": format!("{address}/status")}));

    let status = read(&local, &format!("/orders/{id}/status")).await;
    assert_eq!(status["processingStatus"]["status"], "Completed");
    let summary = &status["notificationsStatusSummary"];
    assert_eq!(summary["email"]["links"]["self"], format!("{address}/notifications/email"));
    assert_eq!(
        (&summary["email"]["generated"], &summary["email"]["succeeded"]),
        (&json!(4), &json!(2)),
        "also those without an address: {summary}"
    );
    assert_eq!(
        (&summary["sms"]["generated"], &summary["sms"]["succeeded"]),
        (&json!(3), &json!(1)),
        "{summary}"
    );

    let emails = read(&local, &format!("/orders/{id}/notifications/email")).await;
    assert_eq!(
        (&emails["orderId"], &emails["generated"], &emails["succeeded"]),
        (&json!(id), &json!(4), &json!(2))
    );
    let sent = &emails["notifications"][0];
    assert_eq!((&sent["succeeded"], &sent["sendStatus"]["status"]), (&json!(true), &json!("Delivered")));
    assert_eq!(sent["recipient"]["nationalIdentityNumber"], SOMEBODY);
    assert!(sent["recipient"]["emailAddress"].is_string(), "{sent}");
    let reserved = &emails["notifications"][2];
    assert_eq!(
        (&reserved["succeeded"], &reserved["sendStatus"]["status"]),
        (&json!(false), &json!("Failed_RecipientReserved"))
    );
    assert_eq!(emails["notifications"][3]["recipient"], json!({"emailAddress": "ola@example.no"}));
    let all: Vec<_> = local.outbox().await.iter().map(|entry| entry["notificationId"].clone()).collect();
    assert!(all.contains(&sent["id"]), "its id is that of the outbox");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_email("a@example.no"))).await;
    let other = local.token("991825827", None).await;
    for path in
        ["/future/orders/{id}", "/orders/{id}", "/orders/{id}/status", "/orders/{id}/notifications/sms"]
    {
        for (token, id) in [
            (&other, placed.notification.as_str()),
            (&local.token, "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d"),
            (&local.token, "x"),
        ] {
            let path = format!("{BASE}{}", path.replace("{id}", id));
            assert_eq!(local.send_as(token, "GET", &path, &Value::Null).await.0, 404, "{path}");
        }
        let own = format!("{BASE}{}", path.replace("{id}", &placed.notification));
        assert_eq!(local.get(&own).await.0, 200, "{own}");
    }
}
