//! What somebody was notified of, for support and for the person, and whether somebody can be notified. Each question
//! leaves an audit record.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::storage::{items, key};
use crate::support::{
    EMAIL_ONLY, Local, MANY_ADDRESSES, MOBILE_ONLY, NO_ADDRESS, OWNER, RESERVED, SOMEBODY, STALE, SUB_UNIT,
    order, order_with_reminder, text, to_email, to_organization, to_person,
};

const BASE: &str = "/notifications/api/v1";
const SUPPORT: &str = "altinn:notifications.support.admin";
const DIALOG: &str = "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d";

/// What support reads of a number.
async fn dashboard(local: &Local, kind: &str, number: &str, query: &str) -> (u16, Value) {
    let token = local.token("991825827", Some(SUPPORT)).await;
    let header = if kind == "nin" { "NationalIdentityNumber" } else { "OrganizationNumber" };
    let path = format!("{BASE}/future/dashboard/recipients/notifications/{kind}?{query}");
    let request = local.http.get(local.url(&path)).bearer_auth(token).header(header, number);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

async fn audits(local: &Local) -> Vec<Value> {
    let all = items(local).await.into_iter().filter(|item| key(item).starts_with("audit#"));
    all.map(Value::Object).collect()
}

#[tokio::test]
async fn support_reads_what_a_person_was_notified_of_by_any_owner() {
    let local = Local::start().await;
    let mut ordered = order_with_reminder("1", DIALOG);
    ordered["recipient"] = to_person(SOMEBODY, "EmailPreferred");
    ordered["reminders"][0]["recipient"] = to_person(SOMEBODY, "EmailPreferred");
    ordered["sendersReference"] = json!("sak-1");
    ordered["recipient"]["recipientPerson"]["resourceId"] = json!("urn:altinn:resource:et-skjema");
    let placed = local.order(&ordered).await;
    let list = json!({"subject": "Emne", "body": "Tekst", "sendersReference": "liste", "recipients": [
        {"nationalIdentityNumber": EMAIL_ONLY}, {"nationalIdentityNumber": SOMEBODY}, {"emailAddress": "a@example.no"}]});
    let other = local.token("991825827", None).await;
    let (_, listed) = local.send_as(&other, "POST", &format!("{BASE}/orders/email"), &list).await;
    local.order(&order("2", to_email("solid.lampe@example.no"))).await;
    local.advance(TimeDelta::days(1)).await;
    let (status, found) = dashboard(&local, "nin", SOMEBODY, "").await;
    assert_eq!(status, 200, "{found}");
    let found = found.as_array().unwrap();
    let ids: Vec<_> = found.iter().map(|notice| text(&notice["shipmentId"])).collect();
    assert_eq!(ids, [text(&listed["orderId"]), placed.notification.clone()], "the newest first: {found:#?}");
    let notice = &found[1];
    assert_eq!(
        (&notice["creatorName"], &notice["sendersReference"], &notice["resourceId"]),
        (&json!(OWNER), &json!("sak-1"), &json!("urn:altinn:resource:et-skjema"))
    );
    assert_eq!(
        (&notice["notificationChannel"], &notice["notificationType"]),
        (&json!("EmailPreferred"), &json!("Notification"))
    );
    let attempt = &notice["deliveryAttempts"][0];
    assert_eq!(
        (&attempt["nationalIdentityNumber"], &attempt["channel"], &attempt["result"]),
        (&json!(SOMEBODY), &json!("email"), &json!("Delivered"))
    );
    assert!(attempt["emailAddress"].is_string() && attempt["mobileNumber"].is_null());
    assert_eq!(
        (&found[0]["creatorName"], &found[0]["sendersReference"]),
        (&json!("991825827"), &json!("liste"))
    );
    // The reminder is planned within another time than its notification.
    local.advance(TimeDelta::days(10)).await;
    let (_, found) = dashboard(&local, "nin", SOMEBODY, "").await;
    assert_eq!(text(&found[0]["shipmentId"]), placed.reminders[0], "{found}");
    assert_eq!(found.as_array().unwrap().len(), 1);
    // It goes with the order.
    local.advance(TimeDelta::days(60)).await;
    let (_, found) = dashboard(&local, "nin", SOMEBODY, "from=2026-12-01T00:00:00Z").await;
    assert_eq!(found, json!([]));
}

#[tokio::test]
async fn support_reads_what_an_organization_was_notified_of() {
    let local = Local::start().await;
    let wide = local.order(&order("1", to_organization(MANY_ADDRESSES, "Email"))).await;
    local.advance(TimeDelta::hours(1)).await;
    let (status, found) = dashboard(&local, "orgnumber", MANY_ADDRESSES, "").await;
    assert_eq!((status, text(&found[0]["shipmentId"])), (200, wide.notification));
    let attempts = found[0]["deliveryAttempts"].as_array().unwrap();
    assert!(attempts.len() > 1 && attempts.iter().all(|one| one["organizationNumber"] == MANY_ADDRESSES));
    assert_eq!(dashboard(&local, "orgnumber", SUB_UNIT, "").await, (200, json!([])));
}

#[tokio::test]
async fn a_search_that_cannot_be_is_a_400_and_one_without_the_scope_a_403() {
    let local = Local::start().await;
    for (kind, number, query, field) in [
        ("nin", "11837512436", "", "NationalIdentityNumber"),
        ("nin", "", "", "NationalIdentityNumber"),
        ("nin", "227289872", "", "NationalIdentityNumber"),
        ("orgnumber", "227289873", "", "OrganizationNumber"),
        ("orgnumber", SOMEBODY, "", "OrganizationNumber"),
        ("nin", SOMEBODY, "from=2026-12-01", "from"),
        ("nin", SOMEBODY, "from=2026-12-01T00:00:00%2B01:00", "from"),
        ("nin", SOMEBODY, "from=2027-12-01T00:00:00Z", "from"),
        ("nin", SOMEBODY, "from=2016-01-01T00:00:00Z", "from"),
        ("nin", SOMEBODY, "from=2026-12-02T00:00:00Z&to=2026-12-01T00:00:00Z", "from"),
        ("nin", SOMEBODY, "from=2026-12-02T00:00:00Z&to=2026-12-02T00:00:00Z", "from"),
        ("nin", SOMEBODY, "to=2026-11-01T00:00:00Z", "to"),
        ("nin", SOMEBODY, "to=2027-12-01T00:00:00Z", "to"),
        ("nin", SOMEBODY, "to=tomorrow", "to"),
    ] {
        let (status, problem) = dashboard(&local, kind, number, query).await;
        assert_eq!((status, problem["errors"][field].is_array()), (400, true), "{kind} {query}: {problem}");
    }
    for kind in ["nin", "orgnumber"] {
        let path = format!("{BASE}/future/dashboard/recipients/notifications/{kind}");
        assert_eq!(local.get(&path).await.0, 403, "{kind}");
    }
    assert_eq!(audits(&local).await, Vec::<Value>::new(), "nobody was looked up");
}

async fn log(local: &Local, person: &str, query: &str) -> (u16, Value) {
    let token = local.http.get(local.url(&format!("/local/token?pid={person}"))).send().await.unwrap();
    let token = token.text().await.unwrap();
    local.send_as(&token, "GET", &format!("{BASE}/future/enduser/log?{query}"), &Value::Null).await
}

#[tokio::test]
async fn a_person_reads_the_log_of_a_dialog_that_they_were_notified_of() {
    let local = Local::start().await;
    let mut ordered = order_with_reminder("1", DIALOG);
    ordered["recipient"] = to_person(SOMEBODY, "Email");
    ordered["reminders"][0]["recipient"] = to_person(SOMEBODY, "Email");
    local.order(&ordered).await;
    local.advance(TimeDelta::days(9)).await;
    let (status, entries) = log(&local, SOMEBODY, &format!("dialogId={}", DIALOG.to_uppercase())).await;
    assert_eq!(status, 200, "{entries}");
    let kinds: Vec<_> = entries.as_array().unwrap().iter().map(|entry| text(&entry["type"])).collect();
    assert_eq!(kinds, ["Reminder", "Notification"]);
    assert_eq!(
        (&entries[1]["channel"], &entries[1]["status"], &entries[1]["destination"], &entries[1]["dialogId"]),
        (&json!("Email"), &json!("Delivered"), &json!("solid.lampe@example.no"), &json!(DIALOG))
    );
    for (person, query, status) in [
        (EMAIL_ONLY, format!("dialogId={DIALOG}"), 403),
        (SOMEBODY, "dialogId=0192f6c1-9a6e-7c11-8b55-000000000000".to_owned(), 403),
        (SOMEBODY, format!("dialogId={DIALOG}&transmissionId=0192f6c1-9a6e-7c11-8b55-000000000000"), 403),
        (SOMEBODY, String::new(), 400),
        ("11837512436", format!("dialogId={DIALOG}"), 403),
    ] {
        assert_eq!(log(&local, person, &query).await.0, status, "{person} {query}");
    }
    let path = format!("{BASE}/future/enduser/log?dialogId={DIALOG}");
    assert_eq!(local.get(&path).await.0, 401, "an owner's token is no person's");
    let person = local.http.get(local.url(&format!("/local/token?pid={SOMEBODY}"))).send().await.unwrap();
    let person = person.text().await.unwrap();
    let orders = format!("{BASE}/future/shipment/feed");
    assert_eq!(local.send_as(&person, "GET", &orders, &Value::Null).await.0, 401, "nor the other way");
}

#[tokio::test]
async fn who_asks_leaves_a_record_that_names_no_person() {
    let local = Local::start().await;
    local.order(&order("1", to_person(SOMEBODY, "Email"))).await;
    dashboard(&local, "nin", SOMEBODY, "").await;
    log(&local, SOMEBODY, &format!("dialogId={DIALOG}")).await;
    let asked = json!({"recipients": [{"nationalIdentityNumber": SOMEBODY}]});
    local.send("POST", &format!("{BASE}/recipients/check"), &asked).await;
    let audits = audits(&local).await;
    let mut questions: Vec<_> = audits.iter().map(|audit| text(&audit["q"]["S"])).collect();
    questions.sort();
    assert_eq!(questions, ["check", "dashboard", "end-user log"]);
    let about: Vec<_> = audits.iter().map(|audit| &audit["p"]["L"][0]).collect();
    assert!(about.windows(2).all(|pair| pair[0] == pair[1] && pair[0]["S"].is_string()), "{audits:?}");
    assert!(audits.iter().any(|audit| audit["a"]["S"] == "991825827"));
    assert!(audits.iter().all(|audit| !audit.to_string().contains(SOMEBODY)));
}

async fn check(local: &Local, recipients: Value) -> (u16, Value) {
    local.send("POST", &format!("{BASE}/recipients/check"), &json!({"recipients": recipients})).await
}

#[tokio::test]
async fn an_owner_checks_who_can_be_notified_and_sees_no_address() {
    let local = Local::start().await;
    for (number, email, sms, reserved) in [
        (SOMEBODY, true, true, false),
        (EMAIL_ONLY, true, false, false),
        (MOBILE_ONLY, false, true, false),
        (RESERVED, false, false, true),
        (STALE, false, false, false),
        (NO_ADDRESS, false, false, false),
    ] {
        let (status, answer) = check(&local, json!([{"nationalIdentityNumber": number}])).await;
        let expected =
            json!({"nationalIdentityNumber": number, "email": email, "sms": sms, "reserved": reserved});
        assert_eq!((status, &answer["recipients"]), (200, &json!([expected])), "{number}");
    }
    let (_, answer) =
        check(&local, json!([{"organizationNumber": MANY_ADDRESSES}, {"nationalIdentityNumber": SOMEBODY}]))
            .await;
    assert_eq!(
        (&answer["recipients"][0]["organizationNumber"], &answer["recipients"][0]["email"]),
        (&json!(MANY_ADDRESSES), &json!(true))
    );
    assert!(!answer.to_string().contains('@'));
    assert_eq!(local.outbox().await, Vec::<Value>::new());
    local.fault(json!({"register": "krr", "status": 503, "times": 100})).await;
    assert_eq!(check(&local, json!([{"nationalIdentityNumber": SOMEBODY}])).await.0, 503);
}

#[tokio::test]
async fn an_owner_checks_a_thousand_recipients_a_minute_and_others_are_not_held_up() {
    let local = Local::start().await;
    let hundred: Vec<_> = (0..100).map(|_| json!({"nationalIdentityNumber": SOMEBODY})).collect();
    for _ in 0..10 {
        assert_eq!(check(&local, json!(hundred)).await.0, 200);
    }
    let token = local.token(OWNER, None).await;
    let request = local.http.post(local.url(&format!("{BASE}/recipients/check"))).bearer_auth(&token);
    let answer = request.json(&json!({"recipients": [hundred[0]]})).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "60"));
    let other = local.token("991825827", None).await;
    let body = json!({"recipients": [hundred[0]]});
    assert_eq!(local.send_as(&other, "POST", &format!("{BASE}/recipients/check"), &body).await.0, 200);
    local.advance(TimeDelta::minutes(1)).await;
    assert_eq!(check(&local, json!([hundred[0]])).await.0, 200);
}
