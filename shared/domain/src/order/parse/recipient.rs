//! Reads who gets a notice: one of the kinds of recipient, with what that kind needs.

use super::Parser;
use super::settings::Audience;
use crate::address::MobileNumber;
use crate::channel::ChannelSchema;
use crate::order::{Recipient, Resource, limits};
use crate::request::{Member, Object};

/// A member of `recipient`, and how its kind is read.
type Kind = (&'static str, fn(&mut Parser, &Member<'_>) -> Option<Recipient>);

const KINDS: [Kind; 5] = [
    ("recipientEmail", Parser::email_recipient),
    ("recipientSms", Parser::sms_recipient),
    ("recipientPerson", Parser::person),
    ("recipientOrganization", Parser::organization),
    ("recipientExternalIdentity", Parser::external_identity),
];

const SCHEMAS: [(&str, ChannelSchema); 5] = [
    ("Email", ChannelSchema::Email),
    ("Sms", ChannelSchema::Sms),
    ("EmailPreferred", ChannelSchema::EmailPreferred),
    ("SmsPreferred", ChannelSchema::SmsPreferred),
    ("EmailAndSms", ChannelSchema::EmailAndSms),
];

const RESOURCE_PREFIX: &str = "urn:altinn:resource:";

impl Parser {
    /// The recipient of a step.
    pub(super) fn recipient(&mut self, step: &Object<'_>) -> Option<Recipient> {
        let member = step.required("recipient", &mut self.faults);
        let recipient = member.object(&mut self.faults)?;
        let kinds = KINDS.into_iter().map(|(name, read)| (recipient.member(name), read));
        let given: Vec<_> = kinds.filter(|(kind, _)| kind.is_given()).collect();
        if given.len() != 1 {
            let names = KINDS.map(|(name, _)| name).join(", ");
            member.fault(format_args!("Exactly one of {names} is required."), &mut self.faults);
        }
        // All of them are read, for their faults; where there are more than one, none of them counts.
        let mut read: Vec<_> = given.iter().map(|(kind, read)| read(self, kind)).collect();
        read.pop()?
    }

    fn email_recipient(&mut self, kind: &Member<'_>) -> Option<Recipient> {
        let kind = kind.object(&mut self.faults)?;
        let address = kind.required("emailAddress", &mut self.faults).parsed(&mut self.faults);
        let email = self.email_settings(&kind, true, Audience::Address);
        Some(Recipient::Email { address: address?, email: self.keep_email(email?) })
    }

    fn sms_recipient(&mut self, kind: &Member<'_>) -> Option<Recipient> {
        let kind = kind.object(&mut self.faults)?;
        let number = kind.required("phoneNumber", &mut self.faults);
        let number = number.parsed_by(MobileNumber::parse_ordered, &mut self.faults);
        let sms = self.sms_settings(&kind, true, Audience::Address);
        Some(Recipient::Sms { number: number?, sms: self.keep_sms(sms?) })
    }

    fn person(&mut self, kind: &Member<'_>) -> Option<Recipient> {
        let kind = kind.object(&mut self.faults)?;
        let number = kind.required("nationalIdentityNumber", &mut self.faults);
        let number = number.parsed(&mut self.faults);
        let schema = self.schema(&kind);
        let ignore_reservation = kind.member("ignoreReservation").flag(&mut self.faults);
        let use_stale = kind.member("useStaleContactInformation").flag(&mut self.faults);
        let resource = self.resource(&kind);
        let settings = self.channel_settings(&kind, schema, Audience::Registered);
        Some(Recipient::Person {
            number: number?,
            schema: schema?,
            ignore_reservation,
            use_stale_contact_information: use_stale,
            settings,
            resource,
        })
    }

    fn organization(&mut self, kind: &Member<'_>) -> Option<Recipient> {
        let kind = kind.object(&mut self.faults)?;
        let number = kind.required("orgNumber", &mut self.faults).parsed(&mut self.faults);
        let schema = self.schema(&kind);
        let resource = self.resource(&kind);
        let settings = self.channel_settings(&kind, schema, Audience::Registered);
        Some(Recipient::Organization { number: number?, schema: schema?, settings, resource })
    }

    /// A resource is part of the contract and means nothing for people who only act for themselves.
    fn external_identity(&mut self, kind: &Member<'_>) -> Option<Recipient> {
        let kind = kind.object(&mut self.faults)?;
        let identity = kind.required("externalIdentity", &mut self.faults).parsed(&mut self.faults);
        let schema = self.schema(&kind);
        self.resource(&kind);
        let settings = self.channel_settings(&kind, schema, Audience::Address);
        Some(Recipient::External { identity: identity?, schema: schema?, settings })
    }

    fn schema(&mut self, kind: &Object<'_>) -> Option<ChannelSchema> {
        kind.required("channelSchema", &mut self.faults).choice(&SCHEMAS, &mut self.faults)
    }

    fn resource(&mut self, kind: &Object<'_>) -> Option<Resource> {
        let id = kind.member("resourceId");
        let action = kind.member("resourceAction");
        if action.is_given() && !id.is_given() {
            action.fault("Is only allowed together with resourceId.", &mut self.faults);
        }
        let action = action.words(limits::RESOURCE_ACTION, &mut self.faults);
        let text = id.text_within(limits::RESOURCE_ID, &mut self.faults)?;
        if !is_resource_id(text) {
            id.fault(format_args!("Must be {RESOURCE_PREFIX} and the id of a resource."), &mut self.faults);
        }
        Some(Resource { id: text.to_owned(), action: action.map(str::to_owned) })
    }
}

fn is_resource_id(text: &str) -> bool {
    let id = text.strip_prefix(RESOURCE_PREFIX);
    id.is_some_and(|id| !id.is_empty() && !id.chars().any(|c| c.is_whitespace() || c.is_control()))
}
