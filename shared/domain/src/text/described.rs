//! The texts that an order describes, whichever members its form has for them.

use crate::channel::SendingTimePolicy;
use crate::contract::{ComposedEmailSettings, EmailSettings, EmailTemplate, SmsSettings, SmsTemplate};
use crate::request::{Choice, Given, Words};

use super::{BODY, ContentType, LONGEST_SMS, SUBJECT};

/// An e-mail.
#[derive(Clone, Copy)]
pub(crate) struct DescribedEmail<'a> {
    pub subject: &'a Given<Words<SUBJECT>>,
    pub body: &'a Given<Words<BODY>>,
    pub content_type: &'a Given<Choice<ContentType>>,
    pub sender: &'a Given<String>,
    pub policy: &'a Given<Choice<SendingTimePolicy>>,
}

/// An SMS.
#[derive(Clone, Copy)]
pub(crate) struct DescribedSms<'a> {
    pub body: &'a Given<Words<LONGEST_SMS>>,
    pub sender: &'a Given<String>,
    pub policy: &'a Given<Choice<SendingTimePolicy>>,
    pub simplify: &'a Given<bool>,
}

impl<'a> From<&'a EmailSettings> for DescribedEmail<'a> {
    fn from(settings: &'a EmailSettings) -> Self {
        Self {
            subject: &settings.subject,
            body: &settings.body,
            content_type: &settings.content_type,
            sender: &settings.sender_email_address,
            policy: &settings.sending_time_policy,
        }
    }
}

impl<'a> From<&'a ComposedEmailSettings> for DescribedEmail<'a> {
    fn from(settings: &'a ComposedEmailSettings) -> Self {
        Self {
            subject: &settings.subject,
            body: &settings.body,
            content_type: &settings.content_type,
            sender: &settings.sender_email_address,
            policy: &settings.sending_time_policy,
        }
    }
}

impl<'a> From<&'a EmailTemplate> for DescribedEmail<'a> {
    fn from(template: &'a EmailTemplate) -> Self {
        Self {
            subject: &template.subject,
            body: &template.body,
            content_type: &template.content_type,
            sender: &template.from_address,
            policy: &template.sending_time_policy,
        }
    }
}

impl<'a> From<&'a SmsSettings> for DescribedSms<'a> {
    fn from(settings: &'a SmsSettings) -> Self {
        Self {
            body: &settings.body,
            sender: &settings.sender,
            policy: &settings.sending_time_policy,
            simplify: &settings.simplify_characters,
        }
    }
}

impl<'a> From<&'a SmsTemplate> for DescribedSms<'a> {
    fn from(template: &'a SmsTemplate) -> Self {
        Self {
            body: &template.body,
            sender: &template.sender_number,
            policy: &template.sending_time_policy,
            simplify: &template.simplify_characters,
        }
    }
}
