//! A request's body in one spelling: two bodies that ask for the same order have the same normal form, however they are
//! written. Members that mean nothing here are left out, and so are those that say what is meant without them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::condition::ConditionEndpoint;
use super::parse::read_time;
use crate::address::ContactAddress;
use crate::channel::{Channel, ChannelSchema};
use crate::identity::{ExternalIdentity, NationalIdentityNumber, OrganizationNumber};
use crate::opened;
use crate::text::parse_mime_type;

/// How far from now a time is that means now: clients that cannot order for the past put it a little ahead.
const ABOUT_NOW: TimeDelta = TimeDelta::minutes(1);

/// How the value of a member is written.
enum Spelling {
    /// As a text.
    Text,
    /// As an object or a list, whose members have spellings of their own.
    Nested,
    /// As an object whose members have names of the owner's own, each a text or a number.
    Tokens,
    /// As a date and time.
    Time,
    /// As a number, or as a text of digits.
    Number,
    /// As true or false, and false is the same as nothing.
    Flag,
    /// As one of some names, in any letters, or as its number. The first is as good as nothing where it is said to be.
    Choice { names: Vec<&'static str>, first_number: usize, first_is_default: bool },
    /// As what this reads, whatever the spelling.
    Read(fn(&str) -> Option<String>),
}

/// The spelling of a member; none where it means nothing.
fn spelling(name: &str) -> Option<Spelling> {
    use Spelling as S;
    Some(match name {
        "idempotencyid" | "sendersreference" | "body" | "subject" | "sender" | "sendernumber"
        | "resourceid" | "resourceaction" | "name" | "language" | "reminderpolicy" | "filename" => S::Text,
        "recipient"
        | "recipientemail"
        | "recipientsms"
        | "recipientperson"
        | "recipientorganization"
        | "recipientexternalidentity"
        | "emailsettings"
        | "smssettings"
        | "reminders"
        | "recipients"
        | "dialogportenassociation"
        | "emailtemplate"
        | "smstemplate"
        | "attachments"
        | "template" => S::Nested,
        "tokens" => S::Tokens,
        "requestedsendtime" => S::Time,
        "delaydays" | "delayhours" | "timetoliveinseconds" => S::Number,
        "ignorereservation" | "usestalecontactinformation" | "simplifycharacters" => S::Flag,
        "channelschema" | "notificationchannel" => S::Choice {
            names: ChannelSchema::ALL.iter().map(|schema| schema.name()).collect(),
            first_number: 0,
            first_is_default: false,
        },
        "contenttype" => choice(&["Plain", "Html"], 0, true),
        "sendingtimepolicy" => choice(&["Anytime", "Daytime"], 1, false),
        "priority" => choice(&["Normal", "Urgent"], 0, true),
        "onuncertainoutcome" => choice(&["GiveUp", "SendAgain"], 0, true),
        "onbadaddress" => choice(&["OtherChannel", "GiveUp"], 0, true),
        "onconditionfailure" => choice(&["Send", "Hold"], 0, true),
        "conditionendpoint" => S::Read(|text| Some(ConditionEndpoint::try_from(text).ok()?.into())),
        "dialogid" | "transmissionid" => S::Read(|text| Some(opened::canonical(text))),
        "nationalidentitynumber" => S::Read(|text| Some(NationalIdentityNumber::try_from(text).ok()?.into())),
        "orgnumber" | "organizationnumber" => {
            S::Read(|text| Some(OrganizationNumber::try_from(text).ok()?.into()))
        }
        "externalidentity" => S::Read(|text| Some(ExternalIdentity::try_from(text).ok()?.into())),
        "emailaddress" | "senderemailaddress" | "fromaddress" => {
            S::Read(|text| address(Channel::Email, text))
        }
        "mimetype" => S::Read(|text| parse_mime_type(text).ok()),
        // The same file, signed anew.
        "sasurl" => S::Read(|text| Some(text.split(['?', '#']).next()?.to_owned())),
        "phonenumber" | "mobilenumber" => S::Read(|text| address(Channel::Sms, text)),
        _ => return None,
    })
}

fn choice(names: &[&'static str], first_number: usize, first_is_default: bool) -> Spelling {
    Spelling::Choice { names: names.to_vec(), first_number, first_is_default }
}

fn address(channel: Channel, text: &str) -> Option<String> {
    Some(ContactAddress::parse_ordered(channel, text).ok()?.as_str().to_owned())
}

/// The normal form of a body. Times up to a minute from `now` are now, and left out; where there is no `now`, all times
/// are kept.
pub(super) fn normal_form(body: &Value, now: Option<DateTime<Utc>>) -> Value {
    match body {
        Value::Object(members) => {
            let all = members.iter().filter_map(|(name, value)| {
                let name = name.to_ascii_lowercase();
                let value = normal(&spelling(&name)?, value, now)?;
                Some((name, value))
            });
            Value::Object(all.collect())
        }
        Value::Array(items) => items.iter().map(|item| normal_form(item, now)).collect(),
        other => other.clone(),
    }
}

/// A value in its normal form; none where it says nothing.
fn normal(spelling: &Spelling, value: &Value, now: Option<DateTime<Utc>>) -> Option<Value> {
    if says_nothing(value) {
        return None;
    }
    let text = value.as_str();
    match spelling {
        Spelling::Text => Some(value.clone()),
        Spelling::Nested => Some(normal_form(value, now)).filter(|value| !says_nothing(value)),
        Spelling::Tokens => Some(value.as_object().map_or_else(|| value.clone(), tokens)),
        Spelling::Time => match text.and_then(|text| read_time(text).ok()) {
            Some(time) if now.is_some_and(|now| time <= now + ABOUT_NOW) => None,
            Some(time) => Some(time.timestamp_millis().into()),
            None => Some(value.clone()),
        },
        Spelling::Number => {
            Some(text.and_then(|text| text.parse::<u32>().ok()).map_or_else(|| value.clone(), Value::from))
        }
        Spelling::Flag => Some(value.clone()).filter(|value| *value != Value::Bool(false)),
        Spelling::Choice { names, first_number, first_is_default } => {
            let place = value.as_u64().and_then(|number| usize::try_from(number).ok());
            let place = place.and_then(|number| number.checked_sub(*first_number));
            let by_name =
                || names.iter().position(|name| text.is_some_and(|text| name.eq_ignore_ascii_case(text)));
            match place.or_else(by_name) {
                Some(0) if *first_is_default => None,
                Some(place) => Some(names.get(place).map_or_else(|| value.clone(), |name| (*name).into())),
                None => Some(value.clone()),
            }
        }
        Spelling::Read(read) => Some(text.and_then(read).map_or_else(|| value.clone(), Value::from)),
    }
}

fn tokens(tokens: &Map<String, Value>) -> Value {
    let texts = tokens.iter().map(|(name, value)| {
        let text = value.as_number().map_or_else(|| value.clone(), |number| number.to_string().into());
        (name.clone(), text)
    });
    Value::Object(texts.collect())
}

/// Whether a value is as good as none.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract;
    use schemars::{JsonSchema, SchemaGenerator};
    use serde_json::json;

    fn now() -> DateTime<Utc> {
        "2026-11-02T10:00:00Z".parse().unwrap()
    }

    fn order() -> Value {
        json!({"idempotencyId": "1", "requestedSendTime": "2026-11-03T10:00:00Z",
            "conditionEndpoint": "https://example.no/",
            "dialogportenAssociation": {"dialogId": "0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6d"},
            "recipient": {"recipientPerson": {"nationalIdentityNumber": "20914695016", "channelSchema": "EmailPreferred",
                "emailSettings": {"subject": "Emne", "body": "Tekst", "sendingTimePolicy": "Anytime"},
                "smsSettings": {"body": "Tekst"}}},
            "reminders": [{"delayDays": 7, "recipient": {"recipientSms": {"phoneNumber": "+4790000001",
                "smsSettings": {"body": "Tekst"}}}}]})
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut order = order();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        order.pointer_mut(parent).unwrap()[name] = value;
        order
    }

    fn form(body: &Value) -> Value {
        normal_form(body, Some(now()))
    }

    #[test]
    fn the_same_order_written_otherwise_has_the_same_form() {
        for (pointer, value) in [
            ("/requestedSendTime", json!("2026-11-03T11:00:00+01:00")),
            ("/requestedSendTime", json!("2026-11-03T10:00:00.000Z")),
            ("/sendersReference", json!("")),
            ("/sendersReference", json!(null)),
            ("/priority", json!("normal")),
            ("/onUncertainOutcome", json!("GiveUp")),
            ("/onBadAddress", json!("otherChannel")),
            ("/onConditionFailure", json!("send")),
            ("/somethingNew", json!({"a": 1})),
            ("/ConditionEndpoint", json!("https://example.no/")),
            ("/conditionEndpoint", json!("HTTPS://example.no")),
            ("/dialogportenAssociation/dialogId", json!("{0192F6C1-9A6E-7C11-8B55-1D2F3A4B5C6D}")),
            ("/recipient/recipientPerson/channelSchema", json!(2)),
            ("/recipient/recipientPerson/ignoreReservation", json!(false)),
            ("/recipient/recipientPerson/emailSettings/contentType", json!("Plain")),
            ("/recipient/recipientPerson/emailSettings/contentType", json!(0)),
            ("/recipient/recipientPerson/emailSettings/sendingTimePolicy", json!(1)),
            ("/recipient/recipientSms", json!({})),
            ("/reminders/0/delayDays", json!("7")),
            ("/reminders/0/recipient/recipientSms/phoneNumber", json!("0047 900 00 001")),
        ] {
            assert_eq!(form(&with(pointer, value.clone())), form(&order()), "{pointer}: {value}");
        }
        let none = json!({"idempotencyId": "1", "reminders": []});
        assert_eq!(form(&none), form(&json!({"idempotencyId": "1"})));
    }

    #[test]
    fn another_order_has_another_form() {
        for (pointer, value) in [
            ("/idempotencyId", json!("2")),
            ("/requestedSendTime", json!("2026-11-03T10:00:01Z")),
            ("/requestedSendTime", json!(null)),
            ("/sendersReference", json!("a")),
            ("/priority", json!("Urgent")),
            ("/conditionEndpoint", json!("https://example.no/a")),
            ("/conditionEndpoint", json!(null)),
            ("/dialogportenAssociation/dialogId", json!("0192f6c1-9a6e-7c11-8b55-1d2f3a4b5c6e")),
            ("/recipient/recipientPerson/channelSchema", json!(3)),
            ("/recipient/recipientPerson/nationalIdentityNumber", json!("11837512435")),
            ("/recipient/recipientPerson/ignoreReservation", json!(true)),
            ("/recipient/recipientPerson/emailSettings/contentType", json!("Html")),
            ("/recipient/recipientPerson/emailSettings/body", json!("tekst")),
            ("/recipient/recipientPerson/emailSettings/sendingTimePolicy", json!("Daytime")),
            ("/recipient/recipientPerson/emailSettings/sendingTimePolicy", json!(null)),
            ("/reminders/0/delayDays", json!(8)),
            ("/reminders", json!(null)),
            ("/reminders/0/recipient/recipientSms/phoneNumber", json!("+4790000002")),
        ] {
            assert_ne!(form(&with(pointer, value.clone())), form(&order()), "{pointer}: {value}");
        }
        let tokens = |tokens: Value| form(&json!({"template": {"name": "a", "tokens": tokens}}));
        assert_eq!(tokens(json!({"Sak": 2026})), tokens(json!({"Sak": "2026"})));
        assert_ne!(tokens(json!({"Sak": "2026"})), tokens(json!({"sak": "2026"})));
    }

    #[test]
    fn two_nows_are_the_same() {
        let at = |time: &str| form(&with("/requestedSendTime", json!(time)));
        let now = form(&with("/requestedSendTime", json!(null)));
        for time in
            ["2026-11-02T10:00:00Z", "2026-11-02T10:00:20Z", "2026-11-02T10:01:00Z", "2026-11-02T09:00:00Z"]
        {
            assert_eq!(at(time), now, "{time}");
        }
        assert_ne!(at("2026-11-02T10:01:01Z"), now);
        let exact = normal_form(&with("/requestedSendTime", json!("2026-11-02T10:00:00Z")), None);
        assert_ne!(exact, now, "a time that was ordered ahead stays one when it comes");
    }

    /// The names of all members that a request can have.
    fn members_of<T: JsonSchema>() -> Vec<String> {
        let mut generator = SchemaGenerator::default();
        generator.subschema_for::<T>();
        let shapes = generator.take_definitions(true).into_iter().map(|(_, shape)| shape);
        shapes
            .flat_map(|shape| shape["properties"].as_object().cloned().unwrap_or_default())
            .map(|(name, _)| name)
            .collect()
    }

    /// A member that is read and has no spelling would make two different orders the same.
    #[test]
    fn every_member_of_an_order_has_a_spelling() {
        let read = [
            members_of::<contract::ChainRequest>(),
            members_of::<contract::ListRequest>(),
            members_of::<contract::ListedOn>(),
            members_of::<contract::ComposedEmailRequest>(),
            members_of::<contract::InstantRequest>(),
            members_of::<contract::InstantEmailRequest>(),
        ]
        .concat();
        assert!(read.len() > 100, "{read:?}");
        for name in read {
            assert!(spelling(&name.to_ascii_lowercase()).is_some(), "{name}");
        }
    }
}
