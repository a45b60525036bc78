//! What a deployment has: which registers, and whether it sends SMS. An order that needs anything else cannot be
//! carried out, and is refused when it comes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use strum::VariantArray;

use crate::channel::{Channel, ChannelSchema};
use crate::order::{Order, Recipient, Recipients, Settings};
use crate::request::capitalised;

/// Something that a deployment may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// A channel that a deployment can be without.
    Channel(Channel),
    /// A register.
    Register(Register),
}

/// A register that a deployment may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, VariantArray)]
pub enum Register {
    /// The contact and reservation register of persons.
    Persons,
    /// The register of organisations' addresses.
    Organizations,
    /// The register of people who act for organisations.
    Personal,
    /// The policy decision point, which says who may use a resource.
    Decisions,
    /// The register of people without a national identity number.
    External,
    /// The register of names.
    Names,
}

impl Register {
    /// Its name in configuration.
    fn name(self) -> &'static str {
        match self {
            Self::Persons => "persons",
            Self::Organizations => "organizations",
            Self::Personal => "personal",
            Self::Decisions => "decisions",
            Self::External => "external",
            Self::Names => "names",
        }
    }

    /// What is said of a deployment that lacks it.
    fn lack(self) -> &'static str {
        match self {
            Self::Persons => "has no contact register of persons",
            Self::Organizations => "has no register of organisations' addresses",
            Self::Personal => "has no register of the people who act for organisations",
            Self::Decisions => "cannot ask who may use a resource",
            Self::External => "has no register of external identities",
            Self::Names => "has no register of names, which a keyword of the text asks for",
        }
    }

    fn is_dispensable(self) -> bool {
        match self {
            Self::Personal | Self::Decisions | Self::Names => true,
            Self::Persons | Self::Organizations | Self::External => false,
        }
    }
}

impl Capability {
    /// All there are.
    fn all() -> impl Iterator<Item = Self> {
        let channels = Channel::ALL.iter().filter(|channel| channel.spec().is_optional);
        let registers = Register::VARIANTS.iter().map(|register| Self::Register(*register));
        channels.map(|channel| Self::Channel(*channel)).chain(registers)
    }

    /// Whether a notice goes out without it in the end, when it has waited for it almost all its life.
    pub fn is_dispensable(self) -> bool {
        match self {
            Self::Channel(_) => false,
            Self::Register(register) => register.is_dispensable(),
        }
    }

    /// Its name in configuration.
    fn name(self) -> &'static str {
        match self {
            Self::Channel(channel) => channel.name(),
            Self::Register(register) => register.name(),
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::all().find(|capability| capability.name() == name)
    }
}

/// As a sentence for the owner: "This deployment does not send SMS."
impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(channel) => write!(f, "This deployment does not send {}.", channel.spec().noun),
            Self::Register(register) => write!(f, "This deployment {}.", register.lack()),
        }
    }
}

/// Everything that a deployment has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities(BTreeSet<Capability>);

impl FromStr for Capabilities {
    type Err = &'static str;

    /// Names with spaces between them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let capabilities: Option<_> = text.split_whitespace().map(Capability::named).collect();
        capabilities.map(Self).ok_or("not names of capabilities with spaces between them")
    }
}

/// Names with spaces between them.
impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(|capability| capability.name()).collect::<Vec<_>>().join(" "))
    }
}

impl Capabilities {
    /// All there are.
    pub fn all() -> Self {
        Self(Capability::all().collect())
    }

    /// The first thing that a recipient needs and the deployment lacks; none where the recipient can be served.
    pub fn lacking(&self, recipient: &Recipient) -> Option<Capability> {
        self.all_lacking(recipient).into_iter().next()
    }

    fn all_lacking(&self, recipient: &Recipient) -> Vec<Capability> {
        needed(recipient).difference(&self.0).copied().collect()
    }

    /// Settles in an order what this deployment makes of it: a preference of channels is for e-mail where there is
    /// no SMS, and a list is carried out for those of its recipients who can be served. Settled when the order is
    /// accepted, so that what is taken from the deployment later is waited for.
    pub fn settle(&self, order: &mut Order) {
        for shipment in &mut order.shipments {
            match &mut shipment.recipients {
                Recipients::One(
                    Recipient::Person { schema, .. }
                    | Recipient::Organization { schema, .. }
                    | Recipient::External { schema, .. },
                ) => *schema = self.narrowed(*schema),
                Recipients::One(Recipient::Address(_)) => {}
                Recipients::List(list) => {
                    list.schema = self.narrowed(list.schema);
                    let lacking = list.recipients().filter(|(_, one)| self.lacking(one).is_some());
                    list.unsupported = lacking.map(|(place, _)| place).collect();
                }
            }
        }
    }

    /// The channels that are left to choose from. A preference of which the deployment has one channel is for that one:
    /// an address on another counts as absent.
    fn narrowed(&self, schema: ChannelSchema) -> ChannelSchema {
        if schema.uses_all() {
            return schema;
        }
        let mut left = schema.channels().iter().filter(|channel| self.has(**channel));
        match (left.next(), left.next()) {
            (Some(only), None) => only.spec().alone,
            _ => schema,
        }
    }

    fn has(&self, channel: Channel) -> bool {
        !channel.spec().is_optional || self.0.contains(&Capability::Channel(channel))
    }

    /// What makes it impossible to carry a settled order out, by the path of the field that asks for it. A list can be
    /// carried out as soon as one of its recipients can be served.
    pub fn lacking_for(&self, order: &Order) -> BTreeMap<String, Vec<String>> {
        let shipments = order.shipments.iter().enumerate();
        let lacking = shipments.filter_map(|(number, shipment)| {
            let (member, lacking) = self.lacking_for_any(&shipment.recipients)?;
            let path = match (&shipment.recipients, number) {
                (Recipients::List(_), _) => member,
                (Recipients::One(_), 0) => format!("Recipient.{member}"),
                (Recipients::One(_), number) => format!("Reminders[{}].Recipient.{member}", number - 1),
            };
            Some((path, lacking.iter().map(ToString::to_string).collect()))
        });
        lacking.collect()
    }

    /// What keeps every one of these recipients from being served; none where anybody can be.
    fn lacking_for_any(&self, recipients: &Recipients) -> Option<(String, BTreeSet<Capability>)> {
        let (member, each): (_, Vec<_>) = match recipients {
            Recipients::One(recipient) => {
                (capitalised(recipient.kind().member()), vec![self.all_lacking(recipient)])
            }
            Recipients::List(list) => {
                ("Recipients".to_owned(), list.recipients().map(|(_, one)| self.all_lacking(&one)).collect())
            }
        };
        let is_served = each.iter().any(Vec::is_empty);
        (!is_served).then(|| (member, each.into_iter().flatten().collect()))
    }
}

fn needed(recipient: &Recipient) -> BTreeSet<Capability> {
    let schema = recipient.schema();
    let (must_be_looked_up, resource) = match recipient {
        Recipient::Address(_) => (None, None),
        Recipient::Person { .. } => (Some(Register::Persons), None),
        Recipient::Organization { resource, .. } => (Some(Register::Organizations), resource.as_ref()),
        Recipient::External { .. } => (Some(Register::External), None),
    };
    let optional = schema.channels().iter().filter(|channel| channel.spec().is_optional);
    let people = resource.map(|_| [Register::Personal, Register::Decisions]);
    let names = may_need_a_name(recipient).then_some(Register::Names);
    let registers = must_be_looked_up.into_iter().chain(people.into_iter().flatten()).chain(names);
    let channels = optional.map(|channel| Capability::Channel(*channel));
    channels.chain(registers.map(Capability::Register)).collect()
}

/// Whether a text, in whatever language, names a recipient whom only the register of names can name.
fn may_need_a_name(recipient: &Recipient) -> bool {
    let channels = recipient.schema().channels();
    match recipient {
        Recipient::Address(_) | Recipient::External { .. } => false,
        Recipient::Organization { settings, .. } => names_recipient(settings, channels),
        Recipient::Person { settings, languages, .. } => {
            let mut all = std::iter::once(settings).chain(languages.values());
            all.any(|settings| names_recipient(settings, channels))
        }
    }
}

/// Whether a text on one of these channels names its recipient.
fn names_recipient(settings: &Settings, channels: &[Channel]) -> bool {
    let mut texts = channels.iter().filter_map(|channel| settings.get(*channel));
    texts.any(|text| text.names_recipient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{email_shipment, order, person_shipment, sms_shipment};
    use crate::order::{OrderedShipment, When};
    use ChannelSchema::{Email, EmailAndSms, EmailPreferred, Sms, SmsPreferred};

    fn lacking(has: &str, shipments: Vec<OrderedShipment>) -> Vec<(String, String)> {
        let capabilities: Capabilities = has.parse().unwrap();
        let mut order = order(shipments);
        capabilities.settle(&mut order);
        let lacking = capabilities.lacking_for(&order).into_iter();
        lacking.map(|(path, says)| (path, says.join(" "))).collect()
    }

    #[test]
    fn an_address_on_a_channel_that_is_there_needs_no_register() {
        assert_eq!(lacking("", vec![email_shipment(When::Now)]), []);
        assert_eq!(lacking("sms", vec![sms_shipment(When::Now)]), []);
        let sms = [("Recipient.RecipientSms".into(), "This deployment does not send SMS.".into())];
        assert_eq!(lacking("persons names", vec![sms_shipment(When::Now)]), sms);
    }

    #[test]
    fn everything_that_is_lacking_is_said_at_once() {
        let lacking = lacking("", vec![person_shipment(When::Now, EmailAndSms)]);
        let says = "This deployment does not send SMS. This deployment has no contact register of persons.";
        assert_eq!(lacking, [("Recipient.RecipientPerson".into(), says.into())]);
    }

    #[test]
    fn each_reminder_is_judged_too() {
        let shipments = vec![
            email_shipment(When::Now),
            email_shipment(When::AfterDays(1)),
            sms_shipment(When::AfterDays(7)),
        ];
        let lacking = lacking("", shipments);
        assert_eq!(lacking.len(), 1);
        assert_eq!(lacking[0].0, "Reminders[1].Recipient.RecipientSms");
    }

    #[test]
    fn a_person_needs_the_contact_register_and_both_channels_only_where_both_are_asked_for() {
        for schema in [Email, EmailPreferred, SmsPreferred] {
            assert_eq!(lacking("persons", vec![person_shipment(When::Now, schema)]), [], "{schema:?}");
            assert_eq!(lacking("sms", vec![person_shipment(When::Now, schema)]).len(), 1, "{schema:?}");
        }
        for schema in [Sms, EmailAndSms] {
            assert_eq!(lacking("persons", vec![person_shipment(When::Now, schema)]).len(), 1, "{schema:?}");
            assert_eq!(lacking("persons sms", vec![person_shipment(When::Now, schema)]), [], "{schema:?}");
        }
    }

    #[test]
    fn without_sms_a_preference_is_for_email() {
        let without: Capabilities = "persons".parse().unwrap();
        assert_eq!([EmailPreferred, SmsPreferred].map(|schema| without.narrowed(schema)), [Email; 2]);
        assert_eq!(without.narrowed(EmailAndSms), EmailAndSms);
        assert_eq!(Capabilities::all().narrowed(SmsPreferred), SmsPreferred);
    }

    #[test]
    fn what_was_settled_is_waited_for_when_it_is_gone() {
        let mut order = order(vec![person_shipment(When::Now, SmsPreferred)]);
        Capabilities::all().settle(&mut order);
        let without: Capabilities = "persons".parse().unwrap();
        let recipient = order.shipments[0].recipients.one().unwrap();
        assert_eq!(recipient.schema(), SmsPreferred);
        assert_eq!(without.lacking(recipient), Some(Capability::Channel(Channel::Sms)));
    }

    #[test]
    fn a_name_in_any_language_needs_the_register_of_names() {
        let mut shipment = person_shipment(When::Now, Email);
        let Recipients::One(Recipient::Person { settings, languages, .. }) = &mut shipment.recipients else {
            panic!()
        };
        let named = Settings::by(|channel| {
            let settings = settings.get(channel)?.clone();
            Some(crate::order::TextSettings { names_recipient: channel == Channel::Email, ..settings })
        });
        languages.insert(crate::language::Language::Nn, named);
        assert_eq!(lacking("persons", vec![shipment.clone()]).len(), 1);
        assert_eq!(lacking("persons names", vec![shipment]), []);
    }

    #[test]
    fn what_is_not_a_capability_is_not_read() {
        assert!("sms fax".parse::<Capabilities>().is_err());
        let all = Capability::all().map(Capability::name).collect::<Vec<_>>().join(" ");
        assert_eq!(all.parse(), Ok(Capabilities::all()));
        assert_eq!(Capabilities::all().to_string(), all);
        assert!(Capability::all().all(|capability| capability.to_string().len() > 20));
    }
}
