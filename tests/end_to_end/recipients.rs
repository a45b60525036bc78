//! Every kind of recipient on every channel schema, and what the registers say of them.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{
    EMAIL_ONLY, Local, MANY_ADDRESSES, MOBILE_ONLY, NO_ADDRESS, RESERVED, SILENT, SOMEBODY, STALE, SUB_UNIT,
    email_settings, order, text, to_organization, to_person,
};

const EMAIL: &str = "solid.lampe@example.no";
const MOBILE: &str = "+4790000001";

async fn sent(local: &Local, id: &str, recipient: serde_json::Value) -> Vec<String> {
    let before = local.outbox().await.len();
    local.order(&order(id, recipient)).await;
    let mut sent = local.sent_to().await.split_off(before);
    sent.sort();
    sent
}

#[tokio::test]
async fn a_person_is_notified_by_the_channels_of_the_schema() {
    let local = Local::start().await;
    let cases = [
        (SOMEBODY, "Email", vec![EMAIL]),
        (SOMEBODY, "Sms", vec![MOBILE]),
        (SOMEBODY, "EmailPreferred", vec![EMAIL]),
        (SOMEBODY, "SmsPreferred", vec![MOBILE]),
        (SOMEBODY, "EmailAndSms", vec![MOBILE, EMAIL]),
        (EMAIL_ONLY, "SmsPreferred", vec!["bare.epost@example.no"]),
        (MOBILE_ONLY, "EmailPreferred", vec!["+4790000005"]),
        (MOBILE_ONLY, "EmailAndSms", vec!["+4790000005"]),
    ];
    for (number, schema, expected) in cases {
        let id = format!("{number}-{schema}");
        assert_eq!(sent(&local, &id, to_person(number, schema)).await, expected, "{schema}");
    }
}

#[tokio::test]
async fn an_organisation_is_notified_at_all_its_addresses_of_the_schema() {
    let local = Local::start().await;
    let emails =
        ["drift@mangeveier.example.no", "okonomi@mangeveier.example.no", "post@mangeveier.example.no"];
    let mobiles = ["+4790000102", "+4790000103"];
    let both = [&mobiles[..], &emails[..]].concat();
    let cases = [
        ("Email", emails.to_vec()),
        ("Sms", mobiles.to_vec()),
        ("EmailPreferred", emails.to_vec()),
        ("SmsPreferred", mobiles.to_vec()),
        ("EmailAndSms", both),
    ];
    for (schema, expected) in cases {
        assert_eq!(sent(&local, schema, to_organization(MANY_ADDRESSES, schema)).await, expected, "{schema}");
    }
    let main_unit = ["post@moderatskog.example.no"];
    assert_eq!(sent(&local, "unit", to_organization(SUB_UNIT, "EmailPreferred")).await, main_unit);
}

/// People who act for an organisation hear of a resource if they want to and may, each in their own way,
/// and nobody twice.
#[tokio::test]
async fn people_who_act_for_an_organisation_are_notified_about_a_resource() {
    let local = Local::start().await;
    let people = json!([
        {"userId": 1, "email": "kari@example.no", "mobileNumber": "90000201", "actions": ["read"]},
        {"userId": 2, "mobileNumber": "004790000202", "resources": ["skjema"], "actions": ["read", "write"]},
        {"userId": 3, "email": "POST@litenskog.example.no", "resources": ["skjema"], "actions": ["read"]},
        {"userId": 4, "email": "annet@example.no", "resources": ["another"], "actions": ["read"]},
        {"userId": 5, "email": "uten.rett@example.no", "resources": ["skjema"], "actions": ["write"]},
    ]);
    local
        .people(json!({"organizations": [{
            "organizationNumber": MANY_ADDRESSES, "name": "LITEN SKOG AS",
            "emails": ["post@litenskog.example.no"], "people": people}]}))
        .await;
    let official = ["post@litenskog.example.no"];
    let without = to_organization(MANY_ADDRESSES, "EmailPreferred");
    assert_eq!(sent(&local, "without", without).await, official);
    let mut reading = to_organization(MANY_ADDRESSES, "EmailPreferred");
    reading["recipientOrganization"]["resourceId"] = json!("urn:altinn:resource:skjema");
    let mut writing = reading.clone();
    writing["recipientOrganization"]["resourceAction"] = json!("write");
    let found = sent(&local, "read", reading).await;
    assert_eq!(found, ["+4790000202", "kari@example.no", "post@litenskog.example.no"]);
    let found = sent(&local, "write", writing).await;
    assert_eq!(found, ["+4790000202", "post@litenskog.example.no", "uten.rett@example.no"]);
}

#[tokio::test]
async fn a_person_without_a_national_identity_number_is_notified_at_the_registered_addresses() {
    let local = Local::start().await;
    local.leave_look_ups_to_the_due_time().await;
    let identity = "urn:altinn:party:username:kari";
    local
        .people(json!({"externalIdentities": [{"externalIdentity": identity, "email": "kari@example.no"}]}))
        .await;
    let mut recipient = to_person(SOMEBODY, "SmsPreferred");
    let mut kind = recipient["recipientPerson"].take();
    kind["externalIdentity"] = json!("urn:altinn:username:kari");
    let recipient = json!({"recipientExternalIdentity": kind});
    assert_eq!(sent(&local, "known", recipient.clone()).await, ["kari@example.no"]);
    let mut unknown = recipient;
    unknown["recipientExternalIdentity"]["externalIdentity"] = json!("urn:altinn:username:per");
    assert!(sent(&local, "unknown", unknown).await.is_empty());
}

#[tokio::test]
async fn no_token_is_a_register_that_is_down_for_a_while() {
    let local = Local::start().await;
    local.leave_look_ups_to_the_due_time().await;
    // The token that was fetched at the start is no longer good, and there is no new one to be had.
    local.fault(json!({"register": "krr", "status": 401})).await;
    local.fault(json!({"register": "maskinporten", "status": 503, "times": 5})).await;
    let placed = local.order(&order("1", to_person(SOMEBODY, "Email"))).await;
    assert_eq!(local.outbox().await.len(), 0);
    assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Processing");
    local.advance(TimeDelta::minutes(30)).await;
    assert_eq!(local.sent_to().await, [EMAIL]);
}

#[tokio::test]
async fn a_header_of_a_register_is_renewed_while_functions_run() {
    let local = Local::start().await;
    local.leave_look_ups_to_the_due_time().await;
    sent(&local, "before", to_organization(MANY_ADDRESSES, "Email")).await;
    let sent_before = local.outbox().await.len();
    // The register wants a token that is not in the deployment's secret yet.
    local.platform_token(json!({"wanted": "renewed"})).await;
    let placed = local.order(&order("1", to_organization(MANY_ADDRESSES, "Email"))).await;
    local.advance(TimeDelta::minutes(30)).await;
    assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Processing");
    assert_eq!(local.outbox().await.len(), sent_before);
    local.platform_token(json!({"held": "renewed"})).await;
    local.advance(TimeDelta::minutes(30)).await;
    assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Completed");
}

#[tokio::test]
async fn keywords_are_filled_in_and_escaped_in_html() {
    let local = Local::start().await;
    sent(&local, "org", to_organization(MANY_ADDRESSES, "Email")).await;
    assert_eq!(local.outbox().await[0]["body"], format!("Til MANGE VEIER SA ({MANY_ADDRESSES})"));
    let mut person = to_person("10899319287", "Email");
    person["recipientPerson"]["emailSettings"] = json!({"subject": "Til $recipientName$",
        "body": "<b>$recipientName$</b>[$recipientNumber$]", "contentType": "Html"});
    sent(&local, "person", person).await;
    let last = local.outbox().await.pop().unwrap();
    assert_eq!(last["subject"], "Til Blå Kopp & Skål");
    assert_eq!(last["body"], "<b>Blå Kopp &amp; Skål</b>[]");
}

#[tokio::test]
async fn a_reserved_person_is_not_notified_unless_the_order_says_so() {
    let local = Local::start().await;
    let placed = local.order(&order("1", to_person(RESERVED, "EmailPreferred"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed_RecipientReserved"]);
    let shipment = local.shipment(&placed.notification).await;
    assert_eq!(
        (&shipment["status"], text(&shipment["recipients"][0]["destination"])),
        (&json!("Order_Completed"), String::new())
    );
    assert_eq!(local.sent_to().await, Vec::<String>::new());
    let mut ignoring = to_person(RESERVED, "EmailPreferred");
    ignoring["recipientPerson"]["ignoreReservation"] = json!(true);
    assert_eq!(sent(&local, "2", ignoring).await, ["reservert.stol@example.no"]);
}

#[tokio::test]
async fn stale_addresses_are_used_only_when_the_order_says_so() {
    let local = Local::start().await;
    local.leave_look_ups_to_the_due_time().await;
    let placed = local.order(&order("1", to_person(STALE, "SmsPreferred"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["SMS_Failed_RecipientNotIdentified"]);
    let mut lenient = to_person(STALE, "SmsPreferred");
    lenient["recipientPerson"]["useStaleContactInformation"] = json!(true);
    assert_eq!(sent(&local, "2", lenient).await, ["+4790000003"]);
}

#[tokio::test]
async fn an_order_without_an_address_to_send_to_completes_and_says_so() {
    let local = Local::start().await;
    local.leave_look_ups_to_the_due_time().await;
    for (id, recipient, statuses) in [
        (
            "1",
            to_person(NO_ADDRESS, "EmailAndSms"),
            vec!["Email_Failed_RecipientNotIdentified", "SMS_Failed_RecipientNotIdentified"],
        ),
        ("2", to_person("20914695016", "Sms"), vec!["SMS_Failed_RecipientNotIdentified"]),
        ("3", to_organization(SILENT, "EmailPreferred"), vec!["Email_Failed_RecipientNotIdentified"]),
        ("4", to_organization("313600947", "Email"), vec!["Email_Failed_RecipientNotIdentified"]),
    ] {
        let placed = local.order(&order(id, recipient)).await;
        assert_eq!(local.statuses(&placed.notification).await, statuses, "{id}");
        assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Completed");
    }
    assert_eq!(local.sent_to().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_register_that_is_down_for_a_while_delays_and_loses_nothing() {
    let local = Local::start().await;
    local.leave_look_ups_to_the_due_time().await;
    for (register, recipient) in [
        ("krr", to_person(SOMEBODY, "Email")),
        ("organizations", to_organization(MANY_ADDRESSES, "Sms")),
        ("names", to_organization("317191898", "Email")),
    ] {
        local.fault(json!({"register": register, "status": 503, "times": 4})).await;
        let before = local.outbox().await.len();
        let placed = local.order(&order(register, recipient)).await;
        assert_eq!(local.outbox().await.len(), before, "{register}");
        assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Processing");
        local.advance(TimeDelta::minutes(30)).await;
        assert!(local.outbox().await.len() > before, "{register}");
        assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Completed");
    }
}

#[tokio::test]
async fn a_register_that_stays_down_ends_with_the_lifetime_and_says_so() {
    let local = Local::start().await;
    local.fault(json!({"register": "krr", "status": 403, "times": 100_000})).await;
    let placed = local.order(&order("1", to_person(SOMEBODY, "Email"))).await;
    local.advance(TimeDelta::hours(47)).await;
    assert_eq!(local.shipment(&placed.notification).await["status"], "Order_Processing");
    local.advance(TimeDelta::hours(2)).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed_TTL"]);
    assert_eq!(local.shipment(&placed.notification).await["decision"]["reason"], "LifetimeEnded");
    assert_eq!(local.sent_to().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_text_without_keywords_needs_no_lookup_of_names() {
    let local = Local::start().await;
    local.fault(json!({"register": "names", "status": 503, "times": 1})).await;
    let mut recipient = to_organization(MANY_ADDRESSES, "Email");
    recipient["recipientOrganization"]["emailSettings"] = email_settings("Tekst");
    assert_eq!(sent(&local, "1", recipient).await.len(), 3);
}

#[tokio::test]
async fn an_sms_must_have_room_for_the_name_that_is_filled_in() {
    let local = Local::start().await;
    let mut ordered = order("1", to_person(SOMEBODY, "Sms"));
    let body = &mut ordered["recipient"]["recipientPerson"]["smsSettings"]["body"];
    *body = json!("y".repeat(1_426) + "$recipientName$");
    let (status, problem) = local.post(&ordered).await;
    assert_eq!(status, 400);
    let faults = &problem["errors"]["Recipient.RecipientPerson.SmsSettings.Body"];
    assert!(faults[0].as_str().unwrap().contains("175"), "{problem}");

    ordered["recipient"]["recipientPerson"]["smsSettings"]["body"] =
        json!("y".repeat(1_425) + "$recipientName$");
    let long = "Solveig ".repeat(30);
    local.people(json!({"persons": [{"nationalIdentityNumber": SOMEBODY, "name": long, "mobileNumber": "+4790000001"}]})).await;
    let placed = local.order(&ordered).await;
    assert_eq!(local.outbox().await[0]["body"].as_str().unwrap().chars().count(), 1_600);
    assert_eq!(local.statuses(&placed.notification).await, ["SMS_Delivered"]);
}

#[tokio::test]
async fn the_older_keywords_are_filled_in_from_the_number_and_the_register() {
    let local = Local::start().await;
    let mut ordered = order("1", to_person(SOMEBODY, "EmailAndSms"));
    let person = &mut ordered["recipient"]["recipientPerson"];
    person["emailSettings"]["body"] =
        json!("Født $reporteeBirthDay(dd.mm.yyyy)$, varslet på $reporteeMobileNumber$");
    person["smsSettings"]["body"] = json!("$reporteeName$: les e-posten til $reporteeEmail$");
    local.order(&ordered).await;
    let mut bodies: Vec<_> = local.outbox().await.iter().map(|entry| text(&entry["body"])).collect();
    bodies.sort();
    assert_eq!(
        bodies,
        [format!("Født 11.03.1975, varslet på {MOBILE}"), format!("Solid Lampe: les e-posten til {EMAIL}"),]
    );

    ordered["recipient"]["recipientPerson"]["smsSettings"]["body"] = json!("Til $reporteeAddress1$");
    ordered["idempotencyId"] = json!("2");
    let (status, problem) = local.post(&ordered).await;
    assert_eq!(status, 400);
    assert!(problem["errors"]["Recipient.RecipientPerson.SmsSettings.Body"].is_array(), "{problem}");
}

#[tokio::test]
async fn a_name_is_simplified_with_the_text_that_it_is_filled_into() {
    let local = Local::start().await;
    local.people(json!({"persons": [{"nationalIdentityNumber": SOMEBODY, "name": "Čállit Áŋŋel", "mobileNumber": MOBILE}]})).await;
    let mut ordered = order("1", to_person(SOMEBODY, "Sms"));
    let settings = &mut ordered["recipient"]["recipientPerson"]["smsSettings"];
    settings["body"] = json!("Hei $recipientName$ – logg inn");
    settings["simplifyCharacters"] = json!(true);
    local.order(&ordered).await;
    assert_eq!(local.outbox().await[0]["body"], "Hei Callit Angngel - logg inn");
}

#[tokio::test]
async fn what_only_a_person_has_an_answer_to_is_refused_for_an_organisation() {
    let local = Local::start().await;
    for keyword in ["$reporteeEmail$", "$reporteeBirthDay$"] {
        let mut ordered = order("1", to_organization(MANY_ADDRESSES, "Email"));
        ordered["recipient"]["recipientOrganization"]["emailSettings"]["body"] = json!(keyword);
        assert_eq!(local.post(&ordered).await.0, 400, "{keyword}");
    }
}

/// Who acts for an organisation cannot be found out for two days: its own addresses hear of it all the same, before
/// the time is up, and the name that no register tells is its number.
#[tokio::test]
async fn what_is_known_goes_out_in_the_end_without_what_is_not() {
    let local = Local::start().await;
    for register in ["decisions", "names"] {
        local.fault(json!({"register": register, "status": 403, "times": 100_000})).await;
    }
    local.people(json!({"organizations": [{"organizationNumber": SUB_UNIT, "emails": ["post@underenhet.example.no"],
        "people": [{"userId": 1, "email": "kari@example.no", "actions": ["read"]}]}]})).await;
    let mut recipient = to_organization(SUB_UNIT, "Email");
    recipient["recipientOrganization"]["resourceId"] = json!("urn:altinn:resource:skjema");
    let placed = local.order(&order("1", recipient)).await;
    local.advance(TimeDelta::hours(47)).await;
    assert_eq!(local.outbox().await.len(), 0);
    local.advance(TimeDelta::hours(1)).await;
    assert_eq!(local.sent_to().await, ["post@underenhet.example.no"]);
    assert!(text(&local.outbox().await[0]["body"]).contains(SUB_UNIT));
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Delivered"]);
}

#[tokio::test]
async fn a_registered_address_that_no_provider_takes_is_told_as_malformed() {
    let local = Local::start().await;
    local.leave_look_ups_to_the_due_time().await;
    let known = |mobile: Option<&str>| {
        json!({"persons": [{"nationalIdentityNumber": SOMEBODY, "name": "Solid Lampe",
            "email": "æge_sjøåsen@example.no", "mobileNumber": mobile}]})
    };
    local.people(known(Some("+4790000001"))).await;
    let placed = local.order(&order("1", to_person(SOMEBODY, "EmailPreferred"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["SMS_Delivered"]);
    local.people(known(None)).await;
    let placed = local.order(&order("2", to_person(SOMEBODY, "EmailPreferred"))).await;
    assert_eq!(local.statuses(&placed.notification).await, ["Email_Failed_InvalidFormat"]);
}
