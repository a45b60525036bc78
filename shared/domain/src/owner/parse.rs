//! Reads an owner's settings from a request body.

use std::num::NonZeroU32;

use serde_json::Value;

use super::{HOSTS, Links, MOST_A_DAY, OwnerSettings, RANGES, SENDERS};
use crate::address::{AllowedNumbers, NumberRange};
use crate::contract::{LinksRequest, OwnerSettingsRequest};
use crate::language::Language;
use crate::order::OnBadAddress;
use crate::request::{Choice, Faults, Given, Whole};
use crate::sms::{LONGEST_SENDER_ID, is_sender_id};

/// Characters of a host's name (RFC 1035).
const HOST: usize = 253;

/// The settings that a body describes, or everything that is wrong with it.
pub fn parse_settings(body: &Value) -> Result<OwnerSettings, Faults> {
    let mut faults = Faults::default();
    let body = Given::<OwnerSettingsRequest>::body(body);
    let settings = body.get(&mut faults).map(|body| settings(body, &mut faults));
    settings.filter(|_| faults.is_empty()).ok_or(faults)
}

fn settings(body: &OwnerSettingsRequest, faults: &mut Faults) -> OwnerSettings {
    let defaults = OwnerSettings::default();
    let languages =
        if body.languages.is_given() { self::languages(&body.languages, faults) } else { defaults.languages };
    OwnerSettings {
        name: body.name.get(faults).map(|name| name.to_string()),
        sms_sender: sms_sender(&body.sms_sender, faults),
        sms_senders: sms_senders(&body.sms_senders, faults),
        email_sender: body.email_sender.get(faults).cloned(),
        reply_to: body.reply_to.get(faults).cloned(),
        languages,
        condition_hosts: condition_hosts(&body.condition_hosts, faults),
        links: links(&body.links, faults),
        look_up_when_ordering: body.look_up_when_ordering.get(faults).copied().unwrap_or(true),
        blocked: body.blocked.get(faults).copied().unwrap_or_default(),
        test_owner: body.test_owner.get(faults).copied().unwrap_or_default(),
        on_bad_address: body.on_bad_address.get(faults).map_or(OnBadAddress::default(), |choice| choice.0),
        sms_numbers: sms_numbers(&body.sms_numbers, faults),
        daily_emails: daily(&body.daily_emails, faults),
        daily_sms_segments: daily(&body.daily_sms_segments, faults),
    }
}

fn sms_sender(member: &Given<String>, faults: &mut Faults) -> Option<String> {
    let sender = member.get(faults)?;
    if !is_sender_id(sender) {
        let most = LONGEST_SENDER_ID;
        member.fault(
            format_args!("Must be at most {most} letters, digits and hyphens, one letter at least."),
            faults,
        );
    }
    Some(sender.clone())
}

fn sms_senders(member: &Given<Vec<Given<String>>>, faults: &mut Faults) -> Vec<String> {
    let items = member.get(faults).map(Vec::as_slice).unwrap_or_default();
    if items.len() > SENDERS {
        member.fault(format_args!("Must be at most {SENDERS}."), faults);
    }
    items.iter().take(SENDERS).filter_map(|item| sms_sender(item, faults)).collect()
}

/// A list that allows no number is none: an owner that sends no SMS has no budget for them, or is blocked.
fn sms_numbers(member: &Given<Vec<Given<String>>>, faults: &mut Faults) -> Option<AllowedNumbers> {
    let items = member.get(faults)?;
    if items.is_empty() || items.len() > RANGES {
        member.fault(format_args!("Must be 1 to {RANGES}."), faults);
    }
    let ranges =
        items.iter().take(RANGES).filter_map(|item| item.parsed_by(str::parse::<NumberRange>, faults));
    Some(AllowedNumbers::of(ranges.collect()))
}

fn daily(member: &Given<Whole<1, MOST_A_DAY>>, faults: &mut Faults) -> Option<NonZeroU32> {
    NonZeroU32::new(member.get(faults)?.0)
}

/// The order of preference, in which each language comes once.
fn languages(member: &Given<Vec<Given<Choice<Language>>>>, faults: &mut Faults) -> Vec<Language> {
    let items = member.get(faults).map(Vec::as_slice).unwrap_or_default();
    let chosen: Vec<_> = items.iter().filter_map(|item| Some(item.get(faults)?.0)).collect();
    let is_repeated = chosen.iter().enumerate().any(|(i, language)| chosen[..i].contains(language));
    if member.value().is_some() && (items.is_empty() || is_repeated) {
        member.fault("Must name at least one language, and each once.", faults);
    }
    chosen
}

fn links(member: &Given<LinksRequest>, faults: &mut Faults) -> Option<Links> {
    match member.get(faults)? {
        LinksRequest::Word(word) => word.parse().map_err(|_| refuse_links(member, faults)).ok(),
        LinksRequest::Domains(domains) => Some(Links::To(hosts(member, domains, faults))),
    }
}

fn refuse_links(member: &Given<LinksRequest>, faults: &mut Faults) {
    member.fault("Must be Allowed, Refused, or a list of domains.", faults);
}

fn condition_hosts(member: &Given<Vec<Given<String>>>, faults: &mut Faults) -> Vec<String> {
    let items = member.get(faults).map(Vec::as_slice).unwrap_or_default();
    hosts(member, items, faults)
}

/// Host names, in lower case and as punycode.
fn hosts<T>(member: &Given<T>, items: &[Given<String>], faults: &mut Faults) -> Vec<String> {
    if items.len() > HOSTS {
        member.fault(format_args!("Must be at most {HOSTS}."), faults);
    }
    items.iter().take(HOSTS).filter_map(|item| item.parsed_by(host, faults)).collect()
}

/// A host's name as it stands in URLs: in lower case, other letters than ASCII in punycode.
fn host(text: &str) -> Result<String, &'static str> {
    let refused = "Must be a host name, such as api.example.no.";
    let parsed = url::Host::parse(text).map_err(|_| refused)?;
    match parsed {
        url::Host::Domain(name) if name.contains('.') && name.len() <= HOST && !name.contains('*') => {
            Ok(name)
        }
        _ => Err(refused),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Channel;
    use serde_json::json;

    #[test]
    fn what_is_left_out_has_its_default() {
        assert_eq!(parse_settings(&json!({})).unwrap(), OwnerSettings::default());
        let nothing: OwnerSettings = serde_json::from_str("{}").unwrap();
        assert_eq!(nothing, OwnerSettings::default());
    }

    #[test]
    fn everything_can_be_settled_and_is_written_as_it_was_read() {
        let body = json!({
            "name": "Liten bygd kommune", "smsSender": "LitenBygd", "smsSenders": ["Barnehagen", "Skolen"], "emailSender": "post@litenbygd.example.no",
            "replyTo": "svar@litenbygd.example.no", "languages": ["nn", "nb"],
            "conditionHosts": ["API.example.no", "blåbær.example.no"], "links": ["litenbygd.example.no"], "blocked": true, "testOwner": true, "onBadAddress": "GiveUp",
            "smsNumbers": ["+47", "+1:any"], "dailyEmails": 5000, "dailySmsSegments": 1,
        });
        let settings = parse_settings(&body).unwrap();
        assert_eq!(settings.languages, [Language::Nn, Language::Nb]);
        assert_eq!(settings.condition_hosts, ["api.example.no", "xn--blbr-roah.example.no"]);
        assert_eq!(settings.links, Some(Links::To(vec!["litenbygd.example.no".into()])));
        assert_eq!(settings.sms_sender_named("SKOLEN"), Some("Skolen"));
        assert_eq!(settings.sms_sender_named("litenbygd"), Some("LitenBygd"));
        assert_eq!(settings.sms_sender_named("Skatteetaten"), None);
        assert_eq!(settings.daily_budget(Channel::Email).map(NonZeroU32::get), Some(5_000));
        assert_eq!(settings.daily_budget(Channel::Sms), Some(NonZeroU32::MIN));
        let stored = serde_json::to_value(&settings).unwrap();
        assert_eq!(stored["smsNumbers"], body["smsNumbers"]);
        assert_eq!((&stored["links"], &stored["blocked"]), (&body["links"], &body["blocked"]));
        assert_eq!(
            (&stored["onBadAddress"], &stored["testOwner"]),
            (&body["onBadAddress"], &body["testOwner"])
        );
        assert_eq!(serde_json::from_value::<OwnerSettings>(stored).unwrap(), settings);
    }

    #[test]
    fn every_fault_is_named() {
        let body = json!({
            "name": " ", "smsSender": "much too long a name", "smsSenders": ["Skolen", "12345"], "emailSender": "x", "replyTo": 1,
            "languages": ["nb", "nb"], "conditionHosts": ["127.0.0.1", "*.no", "https://a.no"], "links": "Some",
            "smsNumbers": ["+47", "Norge"], "dailyEmails": 0, "dailySmsSegments": -1,
        });
        let faults = parse_settings(&body).unwrap_err();
        let paths: Vec<_> = faults.paths().collect();
        let expected = [
            "ConditionHosts[0]",
            "ConditionHosts[1]",
            "ConditionHosts[2]",
            "DailyEmails",
            "DailySmsSegments",
            "EmailSender",
            "Languages",
            "Links",
            "Name",
            "ReplyTo",
            "SmsNumbers[1]",
            "SmsSender",
            "SmsSenders[1]",
        ];
        assert_eq!(paths, expected);
        assert!(parse_settings(&json!({"languages": []})).is_err());
        assert!(parse_settings(&json!({"smsNumbers": []})).is_err());
    }
}
