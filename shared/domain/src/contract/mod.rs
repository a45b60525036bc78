//! The bodies of requests as the contract has them: what can be written in each, whether or not it makes sense together.
//!
//! They are read by serde, member by member, so that one answer names every fault, and described by their JSON schemas in
//! the OpenAPI document. What they mean is read by `order::parse`, `template`, `owner` and `check`.

mod chain;
mod composed;
mod deployment;
mod instant;
mod list;
mod members;
mod questions;
mod recipients;
mod settings;
mod templates;
mod words;

pub use chain::{ChainRequest, DialogportenAssociation, Reminder};
pub use composed::{Attachment, ComposedEmailRequest, ComposedEmailSettings, ComposedRecipient};
pub use deployment::{
    EraseRequest, FindSuppressionRequest, HoldRequest, SettlementRequest, SettlementRuleRequest,
    WebhookRequest,
};
pub use instant::{
    InstantEmailRequest, InstantMembers, InstantRecipient, InstantRecipientSms, InstantRequest,
    InstantSmsRequest,
};
pub use list::{EmailTemplate, ListRecipient, ListRequest, ListedOn, SmsTemplate};
pub use members::{
    ContentMembers, EmailContent, OrderMembers, RegisterNumbers, ResourceMembers, SendingMembers,
    ShipmentMembers, SmsContent,
};
pub use questions::{AskedRecipient, CheckRequest, PreviewRequest};
pub use recipients::{
    Recipient, RecipientEmail, RecipientExternalIdentity, RecipientOrganization, RecipientPerson,
    RecipientSms,
};
pub use settings::{EmailSettings, SmsSettings, TemplateUse};
pub use templates::{
    EmailTemplateText, LinksRequest, OwnerSettingsRequest, SmsTemplateText, TemplateReminder,
    TemplateRequest, TemplateTexts,
};
pub use words::{Channels, ReminderPolicy, TemplateLanguage};
