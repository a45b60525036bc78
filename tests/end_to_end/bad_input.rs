//! Bad input: problem details that name every faulty field, and nothing stored.

use serde_json::{Value, json};

use crate::support::{Local, OWNER, order, to_email, to_person, to_sms};

fn paths(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_object().unwrap_or_else(|| panic!("no errors: {problem}"));
    errors.keys().cloned().collect()
}

fn email() -> Value {
    to_email("mottaker@example.no")
}

/// An order with another value at a path.
fn with_value_at(path: &str, value: Value) -> Value {
    let mut ordered = order("1", email());
    *ordered.pointer_mut(path).unwrap() = value;
    ordered
}

/// An order with another member, or another value of a member.
fn with_member(member: &str, value: Value) -> Value {
    let mut ordered = order("1", email());
    ordered[member] = value;
    ordered
}

#[tokio::test]
async fn each_fault_is_named_where_it_is() {
    let local = Local::start().await;
    let reminder = json!({"delayDays": 1, "recipient": email()});
    let settings = "/recipient/recipientEmail/emailSettings";
    let cases = [
        (json!({"recipient": email()}), "IdempotencyId"),
        (json!({"idempotencyId": "1"}), "Recipient"),
        (order("1", json!({"recipientFax": {}})), "Recipient"),
        (
            order(
                "1",
                json!({"recipientEmail": to_email("a@example.no")["recipientEmail"], "recipientSms": to_sms("+4790000001", "Daytime")["recipientSms"]}),
            ),
            "Recipient",
        ),
        (with_member("requestedSendTime", json!("2099-01-01T00:00:00")), "RequestedSendTime"),
        (with_member("requestedSendTime", json!("2020-01-01T00:00:00Z")), "RequestedSendTime"),
        (order("1", to_email("no address")), "Recipient.RecipientEmail.EmailAddress"),
        (order("1", to_sms("12345678", "Daytime")), "Recipient.RecipientSms.PhoneNumber"),
        (order("1", to_person("11837512436", "Email")), "Recipient.RecipientPerson.NationalIdentityNumber"),
        (
            with_value_at(&format!("{settings}/subject"), json!("x".repeat(513))),
            "Recipient.RecipientEmail.EmailSettings.Subject",
        ),
        (
            with_value_at(&format!("{settings}/body"), json!("x".repeat(10_001))),
            "Recipient.RecipientEmail.EmailSettings.Body",
        ),
        (with_member("reminders", json!(vec![reminder; 21])), "Reminders"),
        (with_member("reminders", json!([{"recipient": email()}])), "Reminders[0]"),
        (with_member("conditionEndpoint", json!("ftp://example.no")), "ConditionEndpoint"),
        (with_member("idempotencyId", json!(7)), "IdempotencyId"),
    ];
    for (ordered, path) in cases {
        let (status, problem) = local.post(&ordered).await;
        assert_eq!(status, 400, "{path}: {problem}");
        assert!(paths(&problem).iter().any(|named| named == path), "{path}: {problem}");
    }
    // Nothing of it was stored: the id is still free.
    assert_eq!(local.post(&order("1", email())).await.0, 201);
}

#[tokio::test]
async fn every_fault_is_named_at_once() {
    let local = Local::start().await;
    let mut recipient = to_sms("x", "Sometimes");
    recipient["recipientSms"]["smsSettings"]["body"] = json!("x".repeat(1_601));
    let ordered = json!({"idempotencyId": "", "requestedSendTime": "soon", "recipient": recipient,
        "reminders": [{"delayDays": 0, "recipient": {}}]});
    let (status, problem) = local.post(&ordered).await;
    assert_eq!((status, &problem["status"]), (400, &json!(400)));
    let expected = [
        "IdempotencyId",
        "Recipient.RecipientSms.PhoneNumber",
        "Recipient.RecipientSms.SmsSettings.Body",
        "Recipient.RecipientSms.SmsSettings.SendingTimePolicy",
        "Reminders[0].DelayDays",
        "Reminders[0].Recipient",
        "RequestedSendTime",
    ];
    assert_eq!(paths(&problem), expected);
}

#[tokio::test]
async fn what_is_no_order_at_all_is_a_problem_and_not_a_crash() {
    let local = Local::start().await;
    let token = local.token(OWNER, None).await;
    let deep = "[".repeat(100_000);
    for body in ["", "{", "null", "[]", "7", "\"x\"", "{\"a\":}", &deep] {
        let (status, problem) = local.post_raw(Some(&token), body.to_owned()).await;
        assert_eq!(status, 400, "{problem}");
        assert_eq!(paths(&problem), ["$"]);
    }
}

#[tokio::test]
async fn without_a_valid_token_and_scope_a_request_is_refused() {
    let local = Local::start().await;
    let body = order("1", to_email("mottaker@example.no")).to_string();
    let other_scope = local.token(OWNER, Some("altinn:something.else")).await;
    let good = local.token(OWNER, None).await;
    let tampered = format!("{}x", &good[..good.len() - 1]);
    for (token, expected) in [
        (None, 401),
        (Some("nonsense"), 401),
        (Some(tampered.as_str()), 401),
        (Some(other_scope.as_str()), 403),
    ] {
        let (status, problem) = local.post_raw(token, body.clone()).await;
        assert_eq!((status, problem["status"].as_u64()), (expected, Some(u64::from(expected))));
    }
    assert_eq!(local.post_raw(Some(&good), body).await.0, 201);
}
