//! Requests as real clients send them, which read the contract more loosely than it is written.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{
    Local, OWNER, SILENT, SOMEBODY, order, order_with_reminder, to_email, to_organization, to_person, to_sms,
};

#[tokio::test]
async fn an_order_whose_enums_are_numbers_and_whose_unset_members_are_null_is_sent() {
    let local = Local::start().await;
    let texts =
        json!({"subject": "Ny melding", "body": "Hei.", "contentType": 0, "senderEmailAddress": null});
    let recipient = json!({"recipientPerson": {"resourceId": "urn:altinn:resource:te-melding-1",
        "nationalIdentityNumber": SOMEBODY, "channelSchema": 2, "emailSettings": texts,
        "smsSettings": {"body": "Hei."}}});
    let reminder = json!({"sendersReference": "corr-1", "delayDays": 7, "conditionEndpoint": null, "recipient": recipient});
    let body = json!({"sendersReference": "corr-1", "requestedSendTime": local.now().await + TimeDelta::seconds(20),
        "conditionEndpoint": null, "dialogportenAssociation": null, "idempotencyId": "1", "recipient": recipient,
        "reminders": [reminder]});
    assert_eq!(local.post(&body).await.0, 201);
    local.advance(TimeDelta::minutes(1)).await;
    assert_eq!(local.outbox().await[0]["contentType"], "Plain");
    let wrong =
        order("2", json!({"recipientPerson": {"nationalIdentityNumber": SOMEBODY, "channelSchema": 5}}));
    let (status, problem) = local.post(&wrong).await;
    assert_eq!(status, 400);
    assert!(problem["errors"]["Recipient.RecipientPerson.ChannelSchema"].is_array(), "{problem}");
}

#[tokio::test]
async fn a_time_and_a_condition_in_other_letters_are_heeded() {
    let local = Local::start().await;
    let mut later = order("1", to_email("mottaker@example.no"));
    later["requestedSendtime"] = json!(local.now().await + TimeDelta::days(3));
    assert_eq!(local.post(&later).await.0, 201);
    local.advance(TimeDelta::days(1)).await;
    assert_eq!(local.sent_to().await, Vec::<String>::new());
    local.advance(TimeDelta::days(3)).await;
    assert_eq!(local.sent_to().await, ["mottaker@example.no"]);
}

#[tokio::test]
async fn a_byte_order_mark_and_a_clock_that_is_behind_are_no_faults() {
    let local = Local::start().await;
    let mut now = order("1", to_person(SOMEBODY, "Email"));
    now["requestedSendTime"] = json!(local.now().await - TimeDelta::minutes(4));
    let (status, answer) = local.post_raw(Some(&local.token), format!("\u{feff}{now}")).await;
    assert_eq!(status, 201, "{answer}");
    local.advance(TimeDelta::seconds(5)).await;
    assert_eq!(local.sent_to().await.len(), 1, "at once");
    now["idempotencyId"] = json!("2");
    now["requestedSendTime"] = json!(local.now().await - TimeDelta::minutes(6));
    assert_eq!(local.post(&now).await.0, 400);
}

#[tokio::test]
async fn an_address_that_was_copied_with_what_nobody_sees_is_sent_to() {
    let local = Local::start().await;
    let mut recipients = vec![];
    for (number, text) in
        ["\u{200b}ola@example.no", "ola@example.no.", "\u{feff}ola@exam\u{ad}ple.no"].iter().enumerate()
    {
        local.order(&order(&number.to_string(), to_email(text))).await;
        recipients.push("ola@example.no");
    }
    assert_eq!(local.sent_to().await, recipients);
    let person = json!({"nationalIdentityNumber": "05895739288", "name": "Stille Klokke",
        "email": "stille.klokke@example.no\u{200b}", "mobileNumber": "\u{202a}+47\u{a0}4000\u{2011}0011\u{202c}"});
    local.people(json!({"persons": [person]})).await;
    local.order(&order("person", to_person("05895739288", "EmailAndSms"))).await;
    local.advance(TimeDelta::minutes(1)).await;
    assert_eq!(local.sent_to().await[3..], ["stille.klokke@example.no", "+4740000011"]);
}

#[tokio::test]
async fn an_opening_is_found_under_any_spelling_of_its_dialog() {
    for spelling in [
        "{0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d}",
        "0192f6c19a6e7c118b551d2f3a4b5c6d",
        "urn:uuid:0192F6C1-9A6E-7C11-8B55-1D2F3A4B5C6D",
    ] {
        let local = Local::start().await;
        local.order(&order_with_reminder("1", "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d")).await;
        local.opened(json!({"owner": OWNER, "dialogId": spelling})).await;
        local.advance(TimeDelta::days(8)).await;
        assert_eq!(local.sent_to().await.len(), 1, "{spelling}");
    }
}

#[tokio::test]
async fn empty_texts_of_listed_recipients_are_absent() {
    let local = Local::start().await;
    let recipient = json!({"emailAddress": "ola@example.no", "mobileNumber": "", "organizationNumber": "",
        "nationalIdentityNumber": ""});
    let list = json!({"subject": "A", "body": "B", "recipients": [recipient]});
    let (status, answer) = local.send("POST", "/notifications/api/v1/orders/email", &list).await;
    assert_eq!(status, 202, "{answer}");
}

#[tokio::test]
async fn a_number_that_gets_no_sms_is_refused_in_an_order_and_absent_in_a_register() {
    let local = Local::start().await;
    for number in ["+4722222222", "+4782012345", "+4780012345", "+4785012345", "+4702345"] {
        let (status, problem) = local.post(&order(number, to_sms(number, "Anytime"))).await;
        assert_eq!(status, 400, "{number}");
        assert!(problem["errors"]["Recipient.RecipientSms.PhoneNumber"].is_array(), "{problem}");
    }
    let unit = json!({"organizationNumber": SILENT, "name": "Stille AS", "emails": ["post@example.no"],
        "mobileNumbers": ["+4722222222"]});
    local.people(json!({"organizations": [unit]})).await;
    local.order(&order("unit", to_organization(SILENT, "SmsPreferred"))).await;
    assert_eq!(local.sent_to().await, ["post@example.no"]);
}

/// A client whose retry sets a send time anew that is not ahead, and keeps its idempotency id.
#[tokio::test]
async fn a_retry_with_a_newer_time_is_the_same_order() {
    let local = Local::start().await;
    let at = async |seconds: i64| {
        let mut body = order("1", to_person(SOMEBODY, "Email"));
        body["requestedSendTime"] = json!(local.now().await + TimeDelta::seconds(seconds));
        local.post(&body).await
    };
    let (status, first) = at(20).await;
    assert_eq!(status, 201, "{first}");
    local.advance(TimeDelta::minutes(3)).await;
    assert_eq!(at(20).await, (200, first.clone()));
    assert_eq!(at(-10).await, (200, first));
    assert_eq!(at(3_600).await.0, 409, "an hour ahead is another order");
    assert_eq!(local.sent_to().await.len(), 1);
}

#[tokio::test]
async fn an_order_that_is_written_otherwise_is_the_same_order() {
    let local = Local::start().await;
    let mut first = order("1", to_sms("+4790000001", "Anytime"));
    first["requestedSendTime"] = json!("2026-12-08T10:00:00Z");
    let (status, answer) = local.post(&first).await;
    assert_eq!(status, 201);
    let with = |pointer: &str, value: serde_json::Value| {
        let mut body = first.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        body
    };
    for (pointer, value) in [
        ("/requestedSendTime", json!("2026-12-08T11:00:00+01:00")),
        ("/requestedSendTime", json!("2026-12-08T10:00:00.000Z")),
        ("/reminders", json!([])),
        ("/sendersReference", json!("")),
        ("/recipient/recipientSms/smsSettings/sendingTimePolicy", json!(1)),
        ("/recipient/recipientSms/phoneNumber", json!("004790000001")),
        ("/newsOfTomorrow", json!({"a": 1})),
    ] {
        assert_eq!(local.post(&with(pointer, value)).await, (200, answer.clone()), "{pointer}");
    }
    let other = with("/recipient/recipientSms/smsSettings/body", json!("En annen SMS"));
    let (status, problem) = local.post(&other).await;
    assert_eq!((status, &problem["detail"]), (409, &json!("Another order has this idempotencyId.")));
    local.advance(TimeDelta::days(2)).await;
    assert_eq!(local.sent_to().await, ["+4790000001"]);
    assert_eq!(
        local.post(&other).await.1["detail"],
        "Another order has this idempotencyId.",
        "also when it is over"
    );
    local.advance(TimeDelta::days(60)).await;
    for body in [&other, &first] {
        let problem = local.post(body).await.1;
        assert_eq!(problem["detail"], "An order that has been removed had this idempotencyId.");
    }
}

#[tokio::test]
async fn what_an_owner_may_not_think_is_said_with_the_answer() {
    let local = Local::start().await;
    let mut sms = to_sms("+4790000001", "Anytime");
    sms["recipientSms"]["smsSettings"] = json!({"body": "Hei $recipientName$, $sak$", "sender": "Statens vegvesen", "sendingTimePolicy": "Anytime"});
    let (status, answer) = local.post(&order("1", sms.clone())).await;
    assert_eq!(status, 201, "{answer}");
    let settings = "Recipient.RecipientSms.SmsSettings";
    let warned: Vec<_> = answer["warnings"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(warned, [format!("{settings}.Body"), format!("{settings}.Sender")]);
    local.until_idle().await;
    let sent = &local.outbox().await[0];
    assert_eq!((&sent["body"], &sent["sender"]), (&json!("Hei , $sak$"), &json!("Varsling")));
    let shipment = local.shipment(answer["notification"]["shipmentId"].as_str().unwrap()).await;
    assert_eq!(shipment["senderReplaced"], true);
    let replay = local.post(&order("1", sms)).await;
    assert_eq!((replay.0, replay.1.get("warnings")), (200, None), "once");
    let plain = local.post(&order("2", to_sms("+4790000001", "Anytime"))).await.1;
    assert!(plain.get("warnings").is_none(), "{plain}");
}

#[tokio::test]
async fn a_name_brings_no_link_into_the_text_of_an_owner_who_wants_none() {
    let local = Local::start().await;
    let admin = local.token(OWNER, Some("altinn:notifications.admin")).await;
    let settings = format!("/notifications/api/v1/owners/{OWNER}");
    assert_eq!(local.send_as(&admin, "PUT", &settings, &json!({"links": "Refused"})).await.0, 200);
    let unit = json!({"organizationNumber": SILENT, "name": "ALTINN.NO BILLIGSALG AS", "emails": ["post@example.no"],
        "mobileNumbers": ["+4790000001"]});
    local.people(json!({"organizations": [unit]})).await;
    let text = "Hei $recipientName$";
    let recipient = json!({"recipientOrganization": {"orgNumber": SILENT, "channelSchema": "EmailAndSms",
        "emailSettings": {"subject": text, "body": text, "contentType": "Html"},
        "smsSettings": {"body": text, "sendingTimePolicy": "Anytime"}}});
    local.order(&order("1", recipient)).await;
    local.advance(TimeDelta::minutes(1)).await;
    let outbox = local.outbox().await;
    assert_eq!(outbox.len(), 2);
    for entry in &outbox {
        assert!(!entry.to_string().contains("ALTINN.NO"), "{entry}");
    }
    assert_eq!(
        outbox.iter().find(|entry| entry["to"] == "+4790000001").unwrap()["body"],
        "Hei ALTINN NO BILLIGSALG AS"
    );
}
