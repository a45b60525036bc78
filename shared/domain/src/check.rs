//! Whether persons and organisations can be notified: the question of an owner, and its answer, in which no address is.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::channel::{Channel, ChannelSchema};
use crate::contract::{AskedRecipient, CheckRequest};
use crate::order::{Recipient, Settings};
use crate::recipients::Resolution;
use crate::request::{Faults, Given};

/// About how many can be asked at once.
pub(crate) const MOST: usize = 100;

/// What is asked: about each person or organisation, in the order of the question.
pub fn parse_check(body: &Value) -> Result<Vec<Recipient>, Faults> {
    let mut faults = Faults::default();
    let body = Given::<CheckRequest>::body(body);
    let recipients = body.get(&mut faults).map(|body| recipients(&body.recipients, &mut faults));
    recipients.filter(|_| faults.is_empty()).ok_or(faults)
}

fn recipients(member: &Given<Vec<Given<AskedRecipient>>>, faults: &mut Faults) -> Vec<Recipient> {
    let Some(items) = member.required(faults) else { return vec![] };
    if !(1..=MOST).contains(&items.len()) {
        member.fault(format_args!("Must be 1 to {MOST} recipients."), faults);
    }
    items.iter().take(MOST).filter_map(|item| recipient(item, faults)).collect()
}

fn recipient(item: &Given<AskedRecipient>, faults: &mut Faults) -> Option<Recipient> {
    let asked = item.get(faults)?;
    let (person, organization) =
        (&asked.numbers.national_identity_number, &asked.numbers.organization_number);
    if person.is_filled() == organization.is_filled() {
        item.fault("Either a nationalIdentityNumber or an organizationNumber is required.", faults);
        return None;
    }
    let (schema, settings) = (ChannelSchema::EmailAndSms, Settings::default());
    if person.is_filled() {
        return Some(Recipient::Person {
            number: person.parsed(faults)?,
            schema,
            ignore_reservation: false,
            use_stale_contact_information: false,
            settings,
            languages: BTreeMap::new(),
            resource: None,
        });
    }
    Some(Recipient::Organization { number: organization.parsed(faults)?, schema, settings, resource: None })
}

/// The answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckView {
    /// About each who was asked about, in the order of the question.
    pub recipients: Vec<CheckedView>,
}

/// Whether somebody can be notified.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckedView {
    #[serde(skip_serializing_if = "Option::is_none")]
    national_identity_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_number: Option<String>,
    /// By e-mail.
    email: bool,
    /// By SMS.
    sms: bool,
    /// Has reserved against digital communication.
    reserved: bool,
}

impl CheckedView {
    /// By what the registers say; none for somebody without a number.
    pub fn of(recipient: &Recipient, resolution: &Resolution) -> Option<Self> {
        let (national_identity_number, organization_number) = match recipient {
            Recipient::Person { number, .. } => (Some(number.as_str().to_owned()), None),
            Recipient::Organization { number, .. } => (None, Some(number.as_str().to_owned())),
            Recipient::External { .. } | Recipient::Address(_) => return None,
        };
        let addresses = match resolution {
            Resolution::Addresses(addresses) => addresses.as_slice(),
            Resolution::Reserved
            | Resolution::NotIdentified
            | Resolution::Malformed
            | Resolution::NotSupported => &[],
        };
        let has = |channel: Channel| addresses.iter().any(|chosen| chosen.channel == channel);
        Some(Self {
            national_identity_number,
            organization_number,
            email: has(Channel::Email),
            sms: has(Channel::Sms),
            reserved: *resolution == Resolution::Reserved,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn persons_and_organizations_are_asked_about() {
        let body = json!({"recipients": [{"nationalIdentityNumber": "11837512435"}, {"organizationNumber": "227289872"},
            {"NationalIdentityNumber": "03895628785", "organizationNumber": ""}]});
        assert_eq!(parse_check(&body).unwrap().len(), 3);
    }

    #[test]
    fn anything_else_is_refused_by_its_path() {
        let many: Vec<_> = (0..=MOST).map(|_| json!({"organizationNumber": "227289872"})).collect();
        for (body, path) in [
            (json!([]), "$"),
            (json!({}), "Recipients"),
            (json!({"recipients": []}), "Recipients"),
            (json!({"recipients": "11837512435"}), "Recipients"),
            (json!({ "recipients": many }), "Recipients"),
            (json!({"recipients": [{}]}), "Recipients[0]"),
            (json!({"recipients": [null]}), "Recipients[0]"),
            (json!({"recipients": [{"emailAddress": "a@example.no"}]}), "Recipients[0]"),
            (
                json!({"recipients": [{"nationalIdentityNumber": "11837512435", "organizationNumber": "227289872"}]}),
                "Recipients[0]",
            ),
            (
                json!({"recipients": [{"nationalIdentityNumber": "11837512436"}]}),
                "Recipients[0].NationalIdentityNumber",
            ),
            (
                json!({"recipients": [{"organizationNumber": "227289873"}]}),
                "Recipients[0].OrganizationNumber",
            ),
        ] {
            let faults = parse_check(&body).unwrap_err().into_map();
            assert!(faults.contains_key(path), "{body}: {faults:?}");
        }
    }
}
