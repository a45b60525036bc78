//! Orders that list their recipients.

use super::*;
use crate::channel::{Channel, ChannelSchema};
use crate::ids::OrderKind;
use crate::order::{Named, RecipientList, Recipients};
use crate::text::ContentType;

const EVERYBODY: &str = "EmailPreferred";

pub(super) fn parse_list(kind: OrderKind, body: &Value) -> Result<ParsedOrder, Faults> {
    let owner = registered();
    let rules = Rules {
        now: now(),
        endpoints: EndpointPolicy::Public,
        links: &Links::Allowed,
        numbers: &everywhere(),
        owner: &owner,
        templates: &OwnTemplates::new(),
    };
    parse_list_order(kind, body, "abc", &rules)
}

fn list_of(kind: OrderKind, body: &Value) -> RecipientList {
    let order = parse_list(kind, body).unwrap().order;
    let Recipients::List(list) = order.shipments[0].recipients.clone() else { panic!("no list") };
    list
}

pub(super) fn order_on(channel: &str, recipients: &Value) -> Value {
    json!({
        "notificationChannel": channel, "recipients": recipients,
        "emailTemplate": {"subject": "Emne", "body": "<b>Hei</b>", "contentType": "Html"},
        "smsTemplate": {"senderNumber": "Etaten", "body": "Hei"},
    })
}

fn names(list: &RecipientList) -> Vec<&str> {
    list.named.iter().map(Named::as_str).collect()
}

#[test]
fn one_text_for_all_is_read_as_the_contract_has_it() {
    let recipients = json!([{"nationalIdentityNumber": PERSON}, {"organizationNumber": ORGANIZATION}]);
    let email = json!({"subject": "Emne", "body": "Hei", "recipients": recipients});
    let list = list_of(OrderKind::ListOn(Channel::Email), &email);
    assert_eq!((list.schema, names(&list)), (ChannelSchema::Email, vec![PERSON, ORGANIZATION]));
    assert!(list.settings.get(Channel::Email).is_some() && list.settings.get(Channel::Sms).is_none());
    let sms = json!({"body": "Hei", "senderNumber": "Etaten", "recipients": recipients});
    let parsed = parse_list(OrderKind::ListOn(Channel::Sms), &sms).unwrap();
    let [Text::Sms(text)] = &parsed.texts[..] else { panic!("not one SMS") };
    assert_eq!(text.sender.as_deref(), Some("Etaten"));
    let both = parse_list(OrderKind::List, &order_on(EVERYBODY, &recipients)).unwrap();
    assert!(matches!(&both.texts[0], Text::Email(text) if text.content_type == ContentType::Html));
    assert_eq!(both.texts.len(), 2);
    assert_eq!(both.order.shipments.len(), 1);
}

#[test]
fn what_a_list_says_of_all_of_them_is_kept() {
    let mut body = order_on("Email", &json!([{"nationalIdentityNumber": PERSON}]));
    let more = json!({
        "ignoreReservation": true, "resourceId": "app_ttd_skjema-1", "resourceAction": "read",
        "sendersReference": "ref-7", "requestedSendTime": "2026-11-01T11:55:00Z",
        "conditionEndpoint": "https://api.example.no/betingelse/7", "idempotencyId": "7", "priority": "Urgent",
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let list = list_of(OrderKind::List, &body);
    assert!(list.ignore_reservation && list.settings.get(Channel::Sms).is_none());
    assert_eq!(list.resource.unwrap().id, "urn:altinn:resource:app_ttd_skjema-1");
    let order = parse_list(OrderKind::List, &body).unwrap().order;
    assert_eq!((order.idempotency_id.as_str(), order.priority), ("7", Priority::Urgent));
    assert!(order.shipments[0].condition_endpoint.is_some());
    body["requestedSendTime"] = json!("2026-11-01T11:54:59Z");
    let faults = parse_list(OrderKind::List, &body).unwrap_err();
    assert_eq!(faults.at("RequestedSendTime"), ["Must be now or later."]);
}

#[test]
fn without_an_id_of_its_own_an_order_has_the_one_of_its_request() {
    let body = order_on("Sms", &json!([{"mobileNumber": "+4799999999"}]));
    assert_eq!(parse_list(OrderKind::List, &body).unwrap().order.idempotency_id, "request abc");
}

#[test]
fn each_is_named_once_and_by_the_address_that_its_channel_takes() {
    let both = json!({"emailAddress": "ola@example.org", "mobileNumber": "+4741234567"});
    let (email, mobile) = ("ola@example.org", "+4741234567");
    for (channel, expected) in [
        ("Email", vec![email]),
        ("Sms", vec![mobile]),
        ("EmailPreferred", vec![email]),
        ("SmsPreferred", vec![mobile]),
        ("EmailAndSms", vec![email, mobile]),
    ] {
        let list = list_of(OrderKind::List, &order_on(channel, &json!([both, both])));
        assert_eq!(names(&list), expected, "{channel}");
    }
    let only = json!([{"mobileNumber": "004741234567"}, {"mobileNumber": mobile}, {"emailAddress": email},
        {"emailAddress": "OLA@example.org"}, {"nationalIdentityNumber": PERSON}, {"nationalIdentityNumber": PERSON}]);
    assert_eq!(names(&list_of(OrderKind::List, &order_on(EVERYBODY, &only))), [mobile, email, PERSON]);
}

#[test]
fn each_recipient_gets_what_its_kind_needs() {
    let recipients = json!([{"nationalIdentityNumber": PERSON}, {"organizationNumber": ORGANIZATION},
        {"emailAddress": "ola@example.org"}, {"mobileNumber": "+4741234567"}]);
    let list = list_of(OrderKind::List, &order_on(EVERYBODY, &recipients));
    let schemas: Vec<_> = list.recipients().map(|(_, recipient)| recipient.schema()).collect();
    let preferred = ChannelSchema::EmailPreferred;
    assert_eq!(schemas, [preferred, preferred, ChannelSchema::Email, ChannelSchema::Sms]);
    for (_, recipient) in list.recipients() {
        let channels = recipient.schema().channels();
        assert!(channels.iter().all(|channel| recipient.settings(*channel).is_some()));
    }
    assert!(list.settings.of(Channel::Sms).is_some());
}

#[test]
fn what_is_wrong_with_a_list_is_said_where_it_is() {
    let cases = [
        (json!([]), "Recipients", "Must be 1 to 2000 recipients."),
        (
            json!([{}]),
            "Recipients[0]",
            "One of nationalIdentityNumber, organizationNumber, emailAddress is required.",
        ),
        (
            json!([{"mobileNumber": "+4741234567"}]),
            "Recipients[0]",
            "One of nationalIdentityNumber, organizationNumber, emailAddress is required.",
        ),
        (
            json!([{"emailAddress": "a@example.no"}, {"organizationNumber": ORGANIZATION, "emailAddress": "a@example.no"}]),
            "Recipients[1]",
            "A nationalIdentityNumber or an organizationNumber must stand alone.",
        ),
    ];
    for (recipients, path, message) in cases {
        let faults = parse_list(OrderKind::List, &order_on("Email", &recipients)).unwrap_err();
        assert_eq!(faults.at(path), [message], "{recipients}");
        assert_eq!(faults.paths().count(), 1, "{faults:?}");
    }
    let wrong = json!([{"nationalIdentityNumber": "20914695017"}, {"emailAddress": "nobody"}, 7]);
    let faults = parse_list(OrderKind::List, &order_on("Email", &wrong)).unwrap_err();
    let paths: Vec<_> = faults.paths().collect();
    assert_eq!(
        paths,
        ["Recipients[0].NationalIdentityNumber", "Recipients[1].EmailAddress", "Recipients[2]"]
    );
}

fn many(count: usize, address: fn(usize) -> String) -> Result<ParsedOrder, Faults> {
    let all: Vec<_> = (0..count).map(|number| json!({"emailAddress": address(number)})).collect();
    parse_list(OrderKind::List, &order_on("Email", &json!(all)))
}

fn short_address(number: usize) -> String {
    format!("a{number}@example.no")
}

fn long_address(number: usize) -> String {
    format!("{number:064}@{}.{}.{}.no", "b".repeat(60), "c".repeat(60), "d".repeat(57))
}

#[test]
fn a_list_has_bounds() {
    assert_eq!(many(2_000, short_address).unwrap().order.shipments[0].recipients.listed(), Some(2_000));
    assert_eq!(many(2_001, short_address).unwrap_err().at("Recipients"), ["Must be 1 to 2000 recipients."]);
    assert_eq!(
        many(2_000, long_address).unwrap_err().at("Recipients"),
        ["Must have at most 300000 characters in all."]
    );
}

/// The paths of the warnings that such a list has.
fn with_text(text: &str, recipients: &Value) -> Result<Vec<String>, Faults> {
    let mut body = order_on("Email", recipients);
    body["emailTemplate"]["body"] = json!(text);
    let parsed = parse_list(OrderKind::List, &body)?;
    Ok(parsed.warnings.paths().map(str::to_owned).collect())
}

#[test]
fn texts_are_judged_by_whom_the_least_is_known_of() {
    let (person, organization) =
        (json!({"nationalIdentityNumber": PERSON}), json!({"organizationNumber": ORGANIZATION}));
    let address = json!({"emailAddress": "ola@example.org"});
    assert_eq!(with_text("Hei $recipientName$", &json!([person, organization])), Ok(vec![]));
    assert_eq!(with_text("Hei $reporteeBirthYear$", &json!([person])), Ok(vec![]));
    assert!(with_text("Hei $reporteeBirthYear$", &json!([person, organization])).is_err());
    let warned = with_text("Hei $recipientName$", &json!([person, address]));
    assert_eq!(warned, Ok(vec!["EmailTemplate.Body".into()]));
    let wrong = with_text("Hei $recipientname$", &json!([{"emailAddress": "nobody"}])).unwrap_err();
    assert_eq!(wrong.paths().collect::<Vec<_>>(), ["EmailTemplate.Body", "Recipients[0].EmailAddress"]);
}

fn with_template(name: &str) -> Result<ParsedOrder, Faults> {
    let template = json!({"name": name, "language": "nb", "tokens": ["Et brev"]});
    let person = json!({"nationalIdentityNumber": PERSON});
    let body = json!({"notificationChannel": "Email", "recipients": [person], "template": template});
    parse_list(OrderKind::List, &body)
}

#[test]
fn a_template_may_take_the_place_of_texts_but_has_no_reminder() {
    assert_eq!(with_template("VarselDPVUtenRevarsel").unwrap().texts.len(), 1);
    let faults = with_template("VarselDPVMedRevarsel").unwrap_err();
    assert_eq!(
        faults.at("Template"),
        ["Must not be a template with a reminder where recipients are listed."]
    );
}

#[test]
fn a_long_list_is_not_urgent_and_a_channel_must_be_named() {
    let people: Vec<_> =
        (0..11).map(|number| json!({"emailAddress": format!("a{number}@example.no")})).collect();
    let mut body = order_on("Email", &json!(people));
    body["priority"] = json!("Urgent");
    let faults = parse_list(OrderKind::List, &body).unwrap_err();
    assert_eq!(faults.at("Priority"), ["Must not be Urgent for more than 10 recipients."]);
    let faults = parse_list(OrderKind::List, &json!({"recipients": people})).unwrap_err();
    assert_eq!(faults.at("NotificationChannel"), ["Is required."]);
    let faults =
        parse_list(OrderKind::List, &json!({"notificationChannel": "SmsPreferred", "recipients": people}));
    let faults = faults.unwrap_err();
    assert_eq!(faults.paths().collect::<Vec<_>>(), ["EmailTemplate", "SmsTemplate"]);
    let faults = parse_list(OrderKind::ListOn(Channel::Email), &json!({"recipients": people})).unwrap_err();
    assert_eq!(faults.paths().collect::<Vec<_>>(), ["Body", "Subject"]);
}
