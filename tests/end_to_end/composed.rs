//! E-mails with files: fetched when they are sent, within bounds, and from nowhere that they must not come from.

use chrono::TimeDelta;
use serde_json::{Value, json};
use varsling_test_server::{Reply, TinyServer};

use crate::support::{Local, OWNER, Placed, text};

const BASE: &str = "/notifications/api/v1";
const COMPOSED: &str = "altinn:serviceowner/notifications.composedemail.create";

fn file(name: &str, url: &str) -> Value {
    json!({"filename": name, "mimeType": "application/pdf", "sasUrl": url})
}

fn order(id: &str, files: &[Value]) -> Value {
    json!({"idempotencyId": id, "sendersReference": "sak-88", "recipient": {"emailAddress": "ola@example.no",
        "emailSettings": {"subject": "Vedtak", "body": "Se vedlegg.", "attachments": files}}})
}

async fn post(local: &Local, query: &str, body: &Value) -> (u16, Value) {
    let token = local.token(OWNER, Some(COMPOSED)).await;
    local.send_as(&token, "POST", &format!("{BASE}/future/orders/composed-email{query}"), body).await
}

async fn placed(local: &Local, body: &Value) -> Placed {
    let (status, answer) = post(local, "", body).await;
    assert_eq!(status, 201, "{answer}");
    local.until_idle().await;
    local.advance(TimeDelta::seconds(2)).await;
    Placed::of(&answer)
}

async fn server(reply: Reply) -> TinyServer {
    TinyServer::replying(reply).await
}

#[tokio::test]
async fn files_are_fetched_and_sent_with_the_email() {
    let local = Local::start().await;
    let files = server(Reply::ok("%PDF-1.7 et vedtak")).await;
    let url = format!("{}/vedtak.pdf?sig=hemmelig", files.url());
    let body = order("1", &[file("vedtak.pdf", &url), file("år 2026.pdf", &url)]);
    let placed = placed(&local, &body).await;
    let sent = &local.outbox().await[0];
    assert_eq!((&sent["to"], &sent["subject"]), (&json!("ola@example.no"), &json!("Vedtak")));
    let expected = json!([{"filename": "vedtak.pdf", "contentType": "application/pdf", "size": 18},
        {"filename": "år 2026.pdf", "contentType": "application/pdf", "size": 18}]);
    assert_eq!(sent["attachments"], expected);
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
    // Read back without the address, which lets anybody read the file.
    let (_, read) = local.get(&format!("{BASE}/future/orders/{}", placed.chain)).await;
    let settings = &read["recipient"]["recipientEmail"]["emailSettings"];
    assert_eq!(
        settings["attachments"][0],
        json!({"filename": "vedtak.pdf", "mimeType": "application/pdf"}),
        "{read}"
    );
    assert!(!read.to_string().contains("hemmelig"));
    // Signed anew it is the same order.
    let again = order("1", &[file("vedtak.pdf", &url.replace("hemmelig", "ny")), file("år 2026.pdf", &url)]);
    let (status, answer) = post(&local, "", &again).await;
    assert_eq!((status, text(&answer["notificationOrderId"])), (200, placed.chain));
    let other = order("1", &[file("annet.pdf", &url)]);
    assert_eq!(post(&local, "", &other).await.0, 409);
    assert_eq!(local.outbox().await.len(), 1);
}

#[tokio::test]
async fn an_email_without_files_is_one_too_and_a_dry_run_fetches_nothing() {
    let local = Local::start().await;
    let files = server(Reply::ok("x")).await;
    placed(&local, &order("1", &[])).await;
    assert_eq!(local.outbox().await[0]["attachments"], Value::Null);
    let with = order("2", &[file("a.pdf", &files.url())]);
    let (status, answer) = post(&local, "?dryRun=true", &with).await;
    assert_eq!((status, &answer["shipments"][0]["notifications"][0]["count"]), (200, &json!(1)));
    assert_eq!(files.connections(), 0);
}

#[tokio::test]
async fn a_file_that_cannot_be_had_fails_the_email_and_one_that_may_be_is_tried_again() {
    for (reply, status) in [
        (Reply::status(403), "Email_Failed_InvalidSasUrl"),
        (Reply::status(404), "Email_Failed_InvalidSasUrl"),
        (
            Reply::status(302).with_header("location", "http://127.0.0.1/hemmelig"),
            "Email_Failed_InvalidSasUrl",
        ),
        (Reply::ok("x".repeat(10 * 1024 * 1024 + 1)), "Email_Failed_PayloadTooLarge"),
        (Reply::ok("x").promising(11 * 1024 * 1024), "Email_Failed_PayloadTooLarge"),
        (Reply::status(503), "Email_New"),
        (Reply::status(429), "Email_New"),
        (Reply::ok("x").promising(100), "Email_New"),
    ] {
        let local = Local::start().await;
        let files = server(reply).await;
        let placed = placed(&local, &order("1", &[file("a.pdf", &files.url())])).await;
        assert_eq!(local.statuses(&placed.notification).await, [status]);
        assert_eq!(local.outbox().await, Vec::<Value>::new(), "{status}");
        if status != "Email_New" {
            assert_eq!(local.shipment(&placed.notification).await["reached"], "No");
        }
    }
}

#[tokio::test]
async fn files_that_are_too_large_together_fail_and_a_host_that_is_gone_is_asked_until_the_lifetime_ends() {
    let local = Local::start().await;
    let large = server(Reply::ok("x".repeat(6 * 1024 * 1024))).await;
    let both = order("1", &[file("a.pdf", &large.url()), file("b.pdf", &large.url())]);
    let placed_both = placed(&local, &both).await;
    assert_eq!(local.statuses(&placed_both.notification).await, ["Email_Failed_PayloadTooLarge"]);
    let gone = TinyServer::gone().await;
    let waits = placed(&local, &order("2", &[file("a.pdf", &gone)])).await;
    assert_eq!(local.statuses(&waits.notification).await, ["Email_New"]);
    local.advance(TimeDelta::days(5)).await;
    assert_eq!(local.statuses(&waits.notification).await, ["Email_Failed_TTL"], "its lifetime bounds it");
}

#[tokio::test]
async fn a_host_that_comes_back_is_asked_again() {
    let local = Local::start().await;
    let answers = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&answers);
    let back = TinyServer::answering(move |_| {
        let first = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        if first { Reply::status(500) } else { Reply::ok("innhold") }
    })
    .await;
    let comes = placed(&local, &order("3", &[file("a.pdf", &back.url())])).await;
    local.advance(TimeDelta::minutes(20)).await;
    assert_eq!(local.statuses(&comes.notification).await, ["Email_Delivered"]);
    assert_eq!(local.outbox().await.len(), 1);
}

#[tokio::test]
async fn a_slow_file_is_waited_for_ten_seconds_and_tried_again() {
    let local = Local::start().await;
    // Nobody takes up what is connected.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/a.pdf", silent.local_addr().unwrap());
    let (status, answer) = post(&local, "", &order("1", &[file("a.pdf", &url)])).await;
    assert_eq!(status, 201);
    local.advance(TimeDelta::seconds(11)).await;
    assert_eq!(local.statuses(&text(&answer["notification"]["shipmentId"])).await, ["Email_New"]);
    assert_eq!(local.outbox().await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_named_and_the_scope_is_one_of_its_own() {
    let local = Local::start().await;
    let good = "https://konto.blob.core.windows.net/ut/a.pdf?se=2027-11-02T12%3A00%3A00Z&sp=r&sr=b&sig=abc";
    let path = "Recipient.EmailSettings.Attachments[0]";
    for (files, field) in [
        (json!([{"mimeType": "application/pdf", "sasUrl": good}]), format!("{path}.Filename")),
        (
            json!([{"filename": "a", "mimeType": "application/pdf", "sasUrl": good}]),
            format!("{path}.Filename"),
        ),
        (
            json!([{"filename": "a.exe", "mimeType": "application/x-msdownload", "sasUrl": good}]),
            format!("{path}.MimeType"),
        ),
        (json!([{"filename": "a.pdf", "mimeType": "application/pdf"}]), format!("{path}.SasUrl")),
        (
            json!([{"filename": "a.pdf", "mimeType": "application/pdf", "sasUrl": "a.pdf"}]),
            format!("{path}.SasUrl"),
        ),
        (
            json!([{"filename": "a.pdf", "mimeType": "application/pdf", "sasUrl": good.replace("2027", "2020")}]),
            format!("{path}.SasUrl"),
        ),
        (json!(["a.pdf"]), path.to_owned()),
        (json!("a.pdf"), "Recipient.EmailSettings.Attachments".to_owned()),
        (json!(vec![file("a.pdf", good); 11]), "Recipient.EmailSettings.Attachments".to_owned()),
    ] {
        let mut body = order("1", &[]);
        body["recipient"]["emailSettings"]["attachments"] = files;
        let (status, problem) = post(&local, "", &body).await;
        assert_eq!((status, problem["errors"][&field].is_array()), (400, true), "{field}: {problem}");
    }
    for (body, field) in [
        (json!({"idempotencyId": "1"}), "Recipient"),
        (json!({"idempotencyId": "1", "recipient": {}}), "Recipient.EmailAddress"),
        (json!({"idempotencyId": "1", "recipient": {"emailAddress": "ola"}}), "Recipient.EmailAddress"),
        (json!({"recipient": {"emailAddress": "ola@example.no"}}), "IdempotencyId"),
    ] {
        let (status, problem) = post(&local, "", &body).await;
        assert_eq!((status, problem["errors"][field].is_array()), (400, true), "{field}: {problem}");
    }
    let path = format!("{BASE}/future/orders/composed-email");
    assert_eq!(local.send("POST", &path, &order("1", &[])).await.0, 403, "the scope of other orders");
    let token = local.token(OWNER, Some(COMPOSED)).await;
    let other = json!({"idempotencyId": "1"});
    assert_eq!(local.send_as(&token, "POST", &format!("{BASE}/future/orders"), &other).await.0, 403);
}
