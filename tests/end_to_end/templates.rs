//! Templates: the general ones, the owner's own, in the language of the order or of the recipient.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Local, OWNER, SOMEBODY, order, text};

const NYNORSK: &str = "08919039885";
const ENGLISH: &str = "02908730375";
const SAMI: &str = "02845238513";
const TEMPLATES: &str = "/notifications/api/v1/templates";
const ADMIN: &str = "altinn:notifications.admin";

fn person(number: &str, schema: &str, template: Value) -> Value {
    json!({"recipientPerson": {"nationalIdentityNumber": number, "channelSchema": schema, "template": template}})
}

fn texts() -> Value {
    json!({"texts": {
        "nb": texts_of("Sak {sak}", "$recipientName$ har fått svar i sak {sak}."),
        "en": texts_of("Case {sak}", "$recipientName$ has an answer in case {sak}.")}})
}

/// One language's texts.
fn texts_of(subject: &str, body: &str) -> Value {
    json!({"email": {"subject": subject, "body": body}, "sms": {"body": body}})
}

fn template(name: &str, language: &str, tokens: Value) -> Value {
    json!({"name": name, "language": language, "tokens": tokens})
}

#[tokio::test]
async fn an_own_template_is_written_used_changed_and_retired() {
    let local = Local::start().await;
    let path = format!("{TEMPLATES}/Svar-i-sak");
    let (status, written) = local.send("PUT", &path, &texts()).await;
    assert_eq!((status, &written["version"], &written["name"]), (201, &json!(1), &json!("svar-i-sak")));
    let with = json!({"name": "SVAR-I-SAK", "language": "nb", "tokens": {"sak": "2026/1"}});
    local.order(&order("1", person(SOMEBODY, "Email", with.clone()))).await;
    let sent = &local.outbox().await[0];
    assert_eq!(
        (text(&sent["subject"]), text(&sent["body"])),
        ("Sak 2026/1".into(), "Solid Lampe har fått svar i sak 2026/1.".into())
    );

    let mut changed = texts();
    changed["texts"]["nb"]["email"]["subject"] = json!("Svar i sak {sak}");
    let mut later = order("2", person(SOMEBODY, "Email", with.clone()));
    later["requestedSendTime"] = json!(local.now().await + TimeDelta::hours(1));
    let later = local.order(&later).await;
    let (status, written) = local.send("PUT", &path, &changed).await;
    assert_eq!((status, &written["version"]), (200, &json!(2)));
    local.advance(TimeDelta::hours(2)).await;
    assert_eq!(local.outbox().await[1]["subject"], "Sak 2026/1", "what was ordered stays as it was");
    // And which version that was can be read back.
    let shipment = local.shipment(&later.notification).await;
    assert_eq!(shipment["template"], json!({"name": "svar-i-sak", "version": 1}));
    let earlier = local.send("GET", &format!("{path}?version=1"), &json!(null)).await.1;
    assert_eq!(
        (&earlier["version"], &earlier["texts"]["nb"]["email"]["subject"]),
        (&json!(1), &json!("Sak {sak}"))
    );
    for version in ["3", "0", "x"] {
        assert_eq!(local.send("GET", &format!("{path}?version={version}"), &json!(null)).await.0, 404);
    }

    let (_, all) = local.send("GET", TEMPLATES, &json!(null)).await;
    assert_eq!(all[0], json!({"name": "svar-i-sak", "general": false}));
    assert_eq!(
        local.send("GET", &path, &json!(null)).await.1["texts"]["nb"]["email"]["subject"],
        "Svar i sak {sak}"
    );
    let stranger = local.token("991825827", None).await;
    assert_eq!(local.send_as(&stranger, "GET", &path, &json!(null)).await.0, 404);
    assert_eq!(local.send("DELETE", &path, &json!(null)).await.0, 204);
    for method in ["GET", "DELETE"] {
        assert_eq!(local.send(method, &path, &json!(null)).await.0, 404);
    }
    let (status, problem) = local.post(&order("3", person(SOMEBODY, "Email", with))).await;
    assert_eq!(status, 400);
    assert!(problem["errors"]["Recipient.RecipientPerson.Template.Name"].is_array(), "{problem}");
    let (status, written) = local.send("PUT", &path, &texts()).await;
    assert_eq!((status, &written["version"]), (200, &json!(3)), "versions go on counting");
}

/// An order of an e-mail to a person, in the person's language.
fn in_their_language(id: &str, number: &str) -> Value {
    let tokens = json!({"sender": "Liten bygd kommune", "subject": "byggesak"});
    order(id, person(number, "Email", template("MessageAvailable", "Recipient", tokens)))
}

#[tokio::test]
async fn a_person_is_written_to_in_the_language_that_they_have_chosen() {
    let local = Local::start().await;
    for (id, number, begins) in [
        ("nb", SOMEBODY, "Ny melding til Solid Lampe frå"),
        ("nn", NYNORSK, "Ny melding til Nynorsk Bord frå"),
        ("en", ENGLISH, "New message for English Window from"),
        ("se", SAMI, "Ny melding til Nordlig Dør fra"),
    ] {
        local.order(&in_their_language(id, number)).await;
        let subject = text(&local.outbox().await.last().unwrap()["subject"]);
        let begins = if number == SOMEBODY { begins.replace("frå", "fra") } else { begins.into() };
        assert!(subject.starts_with(&begins), "{subject}");
    }
    // Who has chosen none is written to in the owner's first language.
    let admin = local.token(OWNER, Some(ADMIN)).await;
    let path = format!("/notifications/api/v1/owners/{OWNER}");
    assert_eq!(local.send_as(&admin, "PUT", &path, &json!({"languages": ["nn", "nb"]})).await.0, 200);
    local.people(json!({"persons": [{"nationalIdentityNumber": SOMEBODY, "name": "Solid Lampe", "email": "a@example.no"}]})).await;
    // What an owner has settled is remembered for ten seconds.
    local.advance(TimeDelta::minutes(1)).await;
    local.order(&in_their_language("none", SOMEBODY)).await;
    let subject = text(&local.outbox().await.last().unwrap()["subject"]);
    assert!(subject.starts_with("Ny melding til Solid Lampe frå"), "{subject}");
}

#[tokio::test]
async fn the_known_template_names_work_as_before() {
    let local = Local::start().await;
    let tokens = json!(["Du har fått et vedtak."]);
    let [with, without] = ["VarselDPVMedRevarsel", "VarselDPVUtenRevarsel"]
        .map(|name| order(name, person(SOMEBODY, "Email", template(name, "nb", tokens.clone()))));
    let (with, without) = (local.order(&with).await, local.order(&without).await);
    assert_eq!((with.reminders.len(), without.reminders.len()), (1, 0));
    local.advance(TimeDelta::days(8)).await;
    let outbox = local.outbox().await;
    assert_eq!(outbox.len(), 3);
    assert_eq!(outbox[2]["subject"], "Påminnelse: Ny melding tilgjengelig for Solid Lampe");
    assert_eq!(outbox[2]["body"], "Påminnelse: Du har fått et vedtak.");

    let sms = json!({"recipientSms": {"phoneNumber": "+4790000001", "smsSettings": {"sendingTimePolicy": "Anytime"},
        "template": {"name": "TokenTextOnly", "language": "nb", "tokens": ["Hei"]}}});
    local.order(&order("sms", sms)).await;
    assert_eq!(local.outbox().await[3]["body"], "Hei");
}

#[tokio::test]
async fn what_a_template_lacks_is_said_at_order_time() {
    let local = Local::start().await;
    local
        .send("PUT", &format!("{TEMPLATES}/bare-sms"), &json!({"texts": {"nb": {"sms": {"body": "{0}"}}}}))
        .await;
    let kind = "Recipient.RecipientPerson.Template";
    for (chosen, path, words) in [
        (template("MessageAvailable", "nb", json!({"sender": "x"})), "Tokens", "missing: subject"),
        (
            template("MessageAvailable", "nb", json!({"sender": "x", "subject": "y", "z": "z"})),
            "Tokens",
            "place in the template: z",
        ),
        (template("bare-sms", "nn", json!(["x"])), "Language", "no text in this language"),
        (template("bare-sms", "nb", json!(["x"])), "Name", "no text for a channel"),
        (template("nothing", "nb", json!([])), "Name", "no such template"),
        (template("TokenTextOnly", "nb", json!(["a", "b\u{7}"])), "Tokens", "control"),
        (template("TokenTextOnly", "de", json!(["a", "b"])), "Language", "one of"),
    ] {
        let (status, problem) = local.post(&order("1", person(SOMEBODY, "Email", chosen.clone()))).await;
        let said = &problem["errors"][format!("{kind}.{path}")];
        assert_eq!(status, 400, "{chosen}");
        assert!(said[0].as_str().is_some_and(|said| said.contains(words)), "{chosen}: {problem}");
    }
    // What a value holds stays what it is: braces, another token, HTML in a plain text.
    let odd = template("TokenTextOnly", "nb", json!(["{1} {{x}}", "<b>{0}</b>"]));
    local.order(&order("odd", person(SOMEBODY, "Email", odd))).await;
    let sent = &local.outbox().await[0];
    assert_eq!(
        (text(&sent["subject"]), text(&sent["body"])),
        ("{1} {{x}}".into(), "<div lang=\"nb\"><b>{0}</b></div>".into())
    );
}

async fn preview(local: &Local, name: &str, body: &Value) -> (u16, Value) {
    local.send("POST", &format!("{TEMPLATES}/{name}/preview"), body).await
}

#[tokio::test]
async fn a_preview_shows_what_an_order_would_send() {
    let local = Local::start().await;
    let body = json!({"language": "en", "tokens": {"sender": "X", "form": "Y"}});
    let (status, shown) = preview(&local, "formavailable", &body).await;
    assert_eq!(status, 200);
    assert!(text(&shown["sms"]["body"]).starts_with("X asks $recipientName$"), "{shown}");
    assert_eq!(shown["sms"]["segments"], 1);
    let (status, problem) = preview(&local, "formavailable", &json!({"language": "en"})).await;
    assert_eq!((status, problem["errors"]["Tokens"].is_array()), (400, true));
    assert_eq!(preview(&local, "none", &body).await.0, 404);
    assert_eq!(local.send("PUT", &format!("{TEMPLATES}/tokentextonly"), &texts()).await.0, 409);
}

/// An order of an e-mail from an address of its own.
fn from_another_address(id: &str, body: &str) -> Value {
    let settings = json!({"subject": "s", "body": body, "senderEmailAddress": "annen@example.no"});
    order(id, json!({"recipientEmail": {"emailAddress": "a@example.no", "emailSettings": settings}}))
}

#[tokio::test]
async fn an_owners_settings_are_administrators_to_change_and_its_own_to_read() {
    let local = Local::start().await;
    let path = format!("/notifications/api/v1/owners/{OWNER}");
    let settings = json!({"name": "Liten bygd kommune", "smsSender": "LitenBygd", "emailSender": "post@litenbygd.example.no",
        "replyTo": "svar@litenbygd.example.no", "links": "Refused"});
    assert_eq!(local.send("PUT", &path, &settings).await.0, 403);
    let admin = local.token("991825827", Some(ADMIN)).await;
    assert_eq!(local.send_as(&admin, "PUT", &path, &settings).await.0, 200);
    assert_eq!(local.send_as(&admin, "PUT", &path, &json!({"links": 1})).await.0, 400);
    assert_eq!(local.send("GET", &path, &json!(null)).await.1["name"], "Liten bygd kommune");
    let stranger = local.token("991825827", None).await;
    assert_eq!(local.send_as(&stranger, "GET", &path, &json!(null)).await.0, 403);

    local.order(&from_another_address("1", "Logg inn i innboksen.")).await;
    assert_eq!(local.outbox().await[0]["sender"], "\"Liten bygd kommune\" <post@litenbygd.example.no>");
    let (status, problem) = local.post(&from_another_address("2", "Se altinn.no")).await;
    assert_eq!(status, 400);
    assert!(problem["errors"]["Recipient.RecipientEmail.EmailSettings.Body"].is_array(), "{problem}");
    let sms = json!({"recipientSms": {"phoneNumber": "+4790000001", "smsSettings": {"body": "b", "sendingTimePolicy": "Anytime"}}});
    local.order(&order("3", sms)).await;
    assert_eq!(local.outbox().await[1]["sender"], "LitenBygd");
}

#[tokio::test]
async fn the_statutory_reminder_is_one_field_and_prefers_the_other_channel_when_ordered() {
    let local = Local::start().await;
    let mut statutory = order(
        "1",
        json!({"recipientPerson": {
        "nationalIdentityNumber": SOMEBODY, "channelSchema": "PriorityEmailSMSReminder",
        "emailSettings": {"subject": "Vedtak", "body": "Les det."}, "smsSettings": {"body": "Les vedtaket."}}}),
    );
    statutory["reminderPolicy"] = json!("Statutory");
    let placed = local.order(&statutory).await;
    assert_eq!(placed.reminders.len(), 1);
    local.advance(TimeDelta::days(8)).await;
    let outbox = local.outbox().await;
    assert_eq!(
        (outbox.len(), &outbox[0]["channel"], &outbox[1]["channel"]),
        (2, &json!("Email"), &json!("Sms"))
    );
    assert_eq!(outbox[1]["body"], "Påminnelse: Les vedtaket.");
    statutory["reminders"] =
        json!([{"delayDays": 1, "recipient": crate::support::to_email("paminnelse@example.no")}]);
    assert_eq!(local.post(&statutory).await.0, 409);
    statutory["idempotencyId"] = json!("2");
    assert_eq!(local.post(&statutory).await.0, 400);
}

#[tokio::test]
async fn a_statutory_reminder_by_a_template_without_one_says_that_it_is_one() {
    let local = Local::start().await;
    let template = json!({"name": "TokenTextOnly", "language": "nn", "tokens": ["Vedtak", "Les det."]});
    let mut statutory = order("1", person(SOMEBODY, "Email", template));
    statutory["reminderPolicy"] = json!("Statutory");
    local.order(&statutory).await;
    local.advance(TimeDelta::days(8)).await;
    let subjects: Vec<_> = local.outbox().await.iter().map(|sent| text(&sent["subject"])).collect();
    assert_eq!(subjects, ["Vedtak", "Påminning: Vedtak"]);
}

/// A template with a text of its own in Northern Sámi is sent in it; bokmål takes its place where there is none.
#[tokio::test]
async fn a_person_who_has_chosen_sami_reads_it_where_the_template_has_it() {
    let local = Local::start().await;
    let texts = |sami: bool| {
        let mut texts = json!({"nn": {"email": {"subject": "Nynorsk", "body": "b"}}, "nb": {"email": {"subject": "Bokmål", "body": "b"}}});
        if sami {
            texts["se"] = json!({"email": {"subject": "Sámegiella", "body": "b"}});
        }
        json!({ "texts": texts })
    };
    for (name, sami, language, subject) in [
        ("med-samisk", true, "Recipient", "Sámegiella"),
        ("med-samisk", true, "se", "Sámegiella"),
        ("uten-samisk", false, "Recipient", "Bokmål"),
        ("uten-samisk", false, "se", "Bokmål"),
    ] {
        let path = format!("/notifications/api/v1/templates/{name}");
        let (status, stored) = local.send("PUT", &path, &texts(sami)).await;
        assert!(matches!(status, 200 | 201), "{stored}");
        let used = template(name, language, json!({}));
        local.order(&order(&format!("{name} {language}"), person(SAMI, "Email", used))).await;
        assert_eq!(text(&local.outbox().await.last().unwrap()["subject"]), subject, "{name} {language}");
    }
}

fn with_condition(id: &str, endpoint: &str) -> Value {
    let mut ordered = order(id, crate::support::to_email("a@example.no"));
    ordered["conditionEndpoint"] = json!(endpoint);
    ordered
}

#[tokio::test]
async fn condition_endpoints_are_on_registered_hosts_where_there_are_some() {
    let local = Local::start().await;
    let admin = local.token(OWNER, Some(ADMIN)).await;
    let path = format!("/notifications/api/v1/owners/{OWNER}");
    let settings = json!({"conditionHosts": ["api.example.no"]});
    assert_eq!(local.send_as(&admin, "PUT", &path, &settings).await.0, 200);
    let (status, problem) = local.post(&with_condition("1", "https://annen.example.no/1")).await;
    assert_eq!(status, 400);
    assert!(problem["errors"]["ConditionEndpoint"].is_array(), "{problem}");
    let mut registered = with_condition("2", "https://API.example.no/1");
    registered["requestedSendTime"] = json!(local.now().await + TimeDelta::days(1));
    assert_eq!(local.post(&registered).await.0, 201);
}

#[tokio::test]
async fn an_empty_list_of_reminders_names_none() {
    let local = Local::start().await;
    let template = json!({"name": "VarselDPVMedRevarsel", "language": "nb", "tokens": ["Vedtak."]});
    let person = json!({"nationalIdentityNumber": SOMEBODY, "channelSchema": "Email", "template": template});
    for (id, policy) in [("1", json!(null)), ("2", json!("Statutory"))] {
        let mut ordered = order(id, json!({"recipientPerson": person}));
        ordered["reminders"] = json!([]);
        ordered["reminderPolicy"] = policy;
        assert_eq!(local.order(&ordered).await.reminders.len(), 1);
    }
}

#[tokio::test]
async fn what_simplified_characters_make_of_a_text_is_judged_too() {
    let local = Local::start().await;
    let admin = local.token("991825827", Some(ADMIN)).await;
    let settings = format!("/notifications/api/v1/owners/{OWNER}");
    assert_eq!(local.send_as(&admin, "PUT", &settings, &json!({"links": "Refused"})).await.0, 200);
    for (body, status) in
        [("Se altinn\u{2024}no", 400), ("Hei $recipient\u{200b}Foo$", 400), ("Hei\u{2026}", 201)]
    {
        let settings = json!({"body": body, "simplifyCharacters": true});
        let person =
            json!({"nationalIdentityNumber": SOMEBODY, "channelSchema": "Sms", "smsSettings": settings});
        assert_eq!(local.post(&order("1", json!({"recipientPerson": person}))).await.0, status, "{body}");
    }
}
