//! The texts that an order describes, whichever member its form has for their sender.

use crate::contract::{EmailContent, EmailSettings, EmailTemplate, SmsContent, SmsSettings, SmsTemplate};
use crate::request::Given;

/// An e-mail.
#[derive(Clone, Copy)]
pub(crate) struct DescribedEmail<'a> {
    pub content: &'a EmailContent,
    pub sender: &'a Given<String>,
}

/// An SMS.
#[derive(Clone, Copy)]
pub(crate) struct DescribedSms<'a> {
    pub content: &'a SmsContent,
    pub sender: &'a Given<String>,
}

impl<'a> From<&'a EmailSettings> for DescribedEmail<'a> {
    fn from(settings: &'a EmailSettings) -> Self {
        Self { content: &settings.content, sender: &settings.sender_email_address }
    }
}

impl<'a> From<&'a EmailTemplate> for DescribedEmail<'a> {
    fn from(template: &'a EmailTemplate) -> Self {
        Self { content: &template.content, sender: &template.from_address }
    }
}

impl<'a> From<&'a SmsSettings> for DescribedSms<'a> {
    fn from(settings: &'a SmsSettings) -> Self {
        Self { content: &settings.content, sender: &settings.sender }
    }
}

impl<'a> From<&'a SmsTemplate> for DescribedSms<'a> {
    fn from(template: &'a SmsTemplate) -> Self {
        Self { content: &template.content, sender: &template.sender_number }
    }
}
