//! The words of the contract, and what they stand for.

use crate::channel::{ChannelSchema, SendingTimePolicy};
use crate::deployment::AfterRestore;
use crate::language::Language;
use crate::order::{OnBadAddress, OnConditionFailure, OnUncertainOutcome, Priority};
use crate::request::Word;
use crate::text::ContentType;

/// How a recipient's channel is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// In the same way for the notification and its reminders.
    By(ChannelSchema),
    /// First as a notice that can be kept, then as one that is seen at once: the word of Altinn's older service.
    EmailThenSms,
}

/// By which rule reminders come by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReminderPolicy {
    /// As eForvaltningsforskriften § 8 has it.
    Statutory,
}

/// In which language a template's text is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateLanguage {
    /// In this one.
    One(Language),
    /// In the one that the recipient has chosen.
    Recipients,
}

impl Word for ChannelSchema {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("Email", Self::Email),
        ("Sms", Self::Sms),
        ("EmailPreferred", Self::EmailPreferred),
        ("SmsPreferred", Self::SmsPreferred),
        ("EmailAndSms", Self::EmailAndSms),
    ];
    const FIRST_NUMBER: Option<u64> = Some(0);
}

impl Word for Channels {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("Email", Self::By(ChannelSchema::Email)),
        ("Sms", Self::By(ChannelSchema::Sms)),
        ("EmailPreferred", Self::By(ChannelSchema::EmailPreferred)),
        ("SmsPreferred", Self::By(ChannelSchema::SmsPreferred)),
        ("EmailAndSms", Self::By(ChannelSchema::EmailAndSms)),
        ("PriorityEmailSMSReminder", Self::EmailThenSms),
    ];
    const FIRST_NUMBER: Option<u64> = Some(0);
    // The last word is not the contract's, whose enum ends before it.
    const NUMBERED: usize = 5;
}

impl Word for AfterRestore {
    const WORDS: &'static [(&'static str, Self)] =
        &[("GiveUp", Self::GiveUp), ("SendAgain", Self::SendAgain)];
}

impl Word for ContentType {
    const WORDS: &'static [(&'static str, Self)] = &[("Plain", Self::Plain), ("Html", Self::Html)];
    const FIRST_NUMBER: Option<u64> = Some(0);
}

impl Word for SendingTimePolicy {
    const WORDS: &'static [(&'static str, Self)] = &[("Anytime", Self::Anytime), ("Daytime", Self::Daytime)];
    const FIRST_NUMBER: Option<u64> = Some(1);
}

impl Word for Priority {
    const WORDS: &'static [(&'static str, Self)] = &[("Normal", Self::Normal), ("Urgent", Self::Urgent)];
}

impl Word for OnUncertainOutcome {
    const WORDS: &'static [(&'static str, Self)] =
        &[("GiveUp", Self::GiveUp), ("SendAgain", Self::SendAgain)];
}

impl Word for OnBadAddress {
    const WORDS: &'static [(&'static str, Self)] =
        &[("OtherChannel", Self::OtherChannel), ("GiveUp", Self::GiveUp)];
}

impl Word for OnConditionFailure {
    const WORDS: &'static [(&'static str, Self)] = &[("Send", Self::Send), ("Hold", Self::Hold)];
}

impl Word for ReminderPolicy {
    const WORDS: &'static [(&'static str, Self)] = &[("Statutory", Self::Statutory)];
}

impl Word for TemplateLanguage {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("nb", Self::One(Language::Nb)),
        ("nn", Self::One(Language::Nn)),
        ("en", Self::One(Language::En)),
        ("se", Self::One(Language::Se)),
        ("Recipient", Self::Recipients),
    ];
}

impl Word for Language {
    const WORDS: &'static [(&'static str, Self)] =
        &[("nb", Self::Nb), ("nn", Self::Nn), ("en", Self::En), ("se", Self::Se)];
}
