//! Reads an owner's settings from a request body.

use serde_json::Value;

use super::{Links, OwnerSettings};
use crate::language::Language;
use crate::request::{Faults, Member, Object};
use crate::sms::{LONGEST_SENDER_ID, is_sender_id};

/// Characters of an owner's name.
const NAME: usize = 100;
/// Entries of a list of hosts or domains.
const HOSTS: usize = 50;
/// Characters of a host's name (RFC 1035).
const HOST: usize = 253;

/// The settings that a body describes. What it leaves out has its default.
pub fn parse_settings(body: &Value) -> Result<OwnerSettings, Faults> {
    let mut faults = Faults::default();
    let settings = Member::body(body).object(&mut faults).map(|body| settings(&body, &mut faults));
    settings.filter(|_| faults.is_empty()).ok_or(faults)
}

fn settings(body: &Object<'_>, faults: &mut Faults) -> OwnerSettings {
    let defaults = OwnerSettings::default();
    let languages = body.member("languages");
    let languages =
        if languages.is_given() { self::languages(&languages, faults) } else { defaults.languages };
    OwnerSettings {
        name: body.member("name").words(NAME, faults).map(str::to_owned),
        sms_sender: sms_sender(&body.member("smsSender"), faults),
        email_sender: body.member("emailSender").parsed(faults),
        reply_to: body.member("replyTo").parsed(faults),
        languages,
        condition_hosts: hosts(&body.member("conditionHosts"), faults),
        links: links(&body.member("links"), faults),
        look_up_when_ordering: look_up_when_ordering(&body.member("lookUpWhenOrdering"), faults),
    }
}

fn look_up_when_ordering(member: &Member<'_>, faults: &mut Faults) -> bool {
    !member.is_given() || member.flag(faults)
}

fn sms_sender(member: &Member<'_>, faults: &mut Faults) -> Option<String> {
    let sender = member.text(faults)?;
    if !is_sender_id(sender) {
        let most = LONGEST_SENDER_ID;
        member.fault(
            format_args!("Must be at most {most} letters, digits and hyphens, one letter at least."),
            faults,
        );
    }
    Some(sender.to_owned())
}

fn languages(member: &Member<'_>, faults: &mut Faults) -> Vec<Language> {
    let names = Language::ALL.map(|language| (language.code(), language));
    let items = member.list(faults).unwrap_or_default();
    let chosen: Vec<_> = items.iter().filter_map(|item| item.choice(&names, faults)).collect();
    let is_repeated = chosen.iter().enumerate().any(|(i, language)| chosen[..i].contains(language));
    if items.is_empty() || is_repeated {
        member.fault("Must name at least one language, and each once.", faults);
    }
    chosen
}

/// `"Allowed"`, `"Refused"`, or the domains that links may lead to.
fn links(member: &Member<'_>, faults: &mut Faults) -> Option<Links> {
    match member.text_if_any() {
        Some(word) => word.parse().map_err(|_| refuse_links(member, faults)).ok(),
        None if member.is_given() => Some(Links::To(hosts(member, faults))),
        None => None,
    }
}

fn refuse_links(member: &Member<'_>, faults: &mut Faults) {
    member.fault("Must be Allowed, Refused, or a list of domains.", faults);
}

fn hosts(member: &Member<'_>, faults: &mut Faults) -> Vec<String> {
    let items = member.list(faults).unwrap_or_default();
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
            "name": "Liten bygd kommune", "smsSender": "LitenBygd", "emailSender": "post@litenbygd.example.no",
            "replyTo": "svar@litenbygd.example.no", "languages": ["nn", "nb"],
            "conditionHosts": ["API.example.no", "blåbær.example.no"], "links": ["litenbygd.example.no"],
        });
        let settings = parse_settings(&body).unwrap();
        assert_eq!(settings.languages, [Language::Nn, Language::Nb]);
        assert_eq!(settings.condition_hosts, ["api.example.no", "xn--blbr-roah.example.no"]);
        assert_eq!(settings.links, Some(Links::To(vec!["litenbygd.example.no".into()])));
        let stored = serde_json::to_value(&settings).unwrap();
        assert_eq!(stored["links"], body["links"]);
        assert_eq!(serde_json::from_value::<OwnerSettings>(stored).unwrap(), settings);
    }

    #[test]
    fn every_fault_is_named() {
        let body = json!({
            "name": " ", "smsSender": "much too long a name", "emailSender": "x", "replyTo": 1,
            "languages": ["nb", "nb"], "conditionHosts": ["127.0.0.1", "*.no", "https://a.no"], "links": "Some",
        });
        let faults = parse_settings(&body).unwrap_err();
        let paths: Vec<_> = faults.paths().collect();
        let expected = [
            "ConditionHosts[0]",
            "ConditionHosts[1]",
            "ConditionHosts[2]",
            "EmailSender",
            "Languages",
            "Links",
            "Name",
            "ReplyTo",
            "SmsSender",
        ];
        assert_eq!(paths, expected);
        assert!(parse_settings(&json!({"languages": []})).is_err());
    }
}
