//! Finding recipients in the registers: addresses always, names only where a text asks for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_config::SdkConfig;
use chrono::{DateTime, Utc};
use futures::future::join_all;
use tokio::sync::Semaphore;
use varsling_domain::address::AllowedNumbers;
use varsling_domain::capabilities::Capabilities;
use varsling_domain::chain::Lookup;
use varsling_domain::channel::Channel;
use varsling_domain::identity::OrganizationNumber;
use varsling_domain::keywords::{Facts, Sources};
use varsling_domain::order::{Recipient, Resource};
use varsling_domain::recipients::{self, Address, Chosen, Contact, PersonContact, PersonRules, Resolution};
use varsling_domain::sandbox;
use varsling_function::clock::{self, Clock};
use varsling_function::environment::Environment;
use varsling_function::lambda::StartError;

use crate::decisions::Decisions;
use crate::external::ExternalIdentities;
use crate::headers::{self, RenewedHeaders};
use crate::krr::Krr;
use crate::maskinporten::{Maskinporten, Tokens};
use crate::names::{Names, Party};
use crate::organizations::Organizations;
use crate::personal::PersonalContacts;
use crate::register::OwnHeaders;
use crate::{Coalesced, Endpoint, HttpContext, RegisterError};

/// The variables that say where the registers are and how they are called.
pub const VARIABLES: &[&str] = &[
    "KRR_URL",
    "KRR_SCOPE",
    "ORGANIZATIONS_URL",
    "PERSONAL_URL",
    "EXTERNAL_URL",
    "PROFILE_SCOPE",
    "DECISIONS_URL",
    "DECISIONS_SCOPE",
    "NAMES_URL",
    "NAMES_SCOPE",
    headers::VARIABLE,
    "MASKINPORTEN_CLIENT_ID",
    "MASKINPORTEN_ISSUER",
    "MASKINPORTEN_TOKEN_URL",
    "MASKINPORTEN_KEY_SECRET",
    "CAPABILITIES",
    "SMS_NUMBERS",
];

/// How many concurrent calls are made of registers that take one question a call.
const CONCURRENCY: usize = 16;

/// The registers, of which a deployment may have some only.
pub struct LookUp {
    capabilities: Capabilities,
    /// Which numbers are sent to for owners who have settled nothing about them.
    numbers: AllowedNumbers,
    narrow: Semaphore,
    persons: Krr,
    organizations: Organizations,
    personal: PersonalContacts,
    decisions: Decisions,
    external: ExternalIdentities,
    names: Names,
}

/// Reads the registers' endpoints from the environment.
struct Endpoints<'a> {
    environment: &'a Environment,
    maskinporten: Option<&'a Arc<Maskinporten>>,
    headers: RenewedHeaders,
    /// By scope: registers that take the same scope share its token.
    tokens: BTreeMap<String, Tokens>,
}

impl Endpoints<'_> {
    /// The endpoint whose URL and scope are in these variables.
    fn read(&mut self, url: &'static str, scope: &'static str) -> Result<Endpoint, StartError> {
        let scope = self.environment.required(scope)?;
        let tokens = self.tokens(scope);
        let register = url.trim_end_matches("_URL").to_lowercase();
        let headers = Some(OwnHeaders { all: self.headers.clone(), register });
        Ok(Endpoint { url: self.environment.required(url)?, tokens, headers })
    }

    fn tokens(&mut self, scope: String) -> Option<Tokens> {
        let maskinporten = self.maskinporten.filter(|_| !scope.is_empty())?;
        let new = maskinporten.tokens(scope.as_str());
        Some(self.tokens.entry(scope).or_insert(new).clone())
    }
}

impl LookUp {
    /// The registers at the URLs that the environment gives, called with tokens for the scopes that it
    /// gives, or without a token where the scope is empty.
    pub async fn open(
        configuration: &SdkConfig,
        environment: &Environment,
        http: &HttpContext,
        maskinporten: Option<&Arc<Maskinporten>>,
    ) -> Result<Self, StartError> {
        let headers = RenewedHeaders::open(configuration, environment).await?;
        let mut endpoints = Endpoints { environment, maskinporten, headers, tokens: BTreeMap::new() };
        Ok(Self {
            capabilities: environment.parsed("CAPABILITIES", str::parse)?,
            numbers: environment.parsed("SMS_NUMBERS", str::parse)?,
            narrow: Semaphore::new(CONCURRENCY),
            persons: Krr::new(endpoints.read("KRR_URL", "KRR_SCOPE")?, http),
            organizations: Organizations::new(endpoints.read("ORGANIZATIONS_URL", "PROFILE_SCOPE")?, http),
            personal: PersonalContacts::new(endpoints.read("PERSONAL_URL", "PROFILE_SCOPE")?, http),
            decisions: Decisions::new(endpoints.read("DECISIONS_URL", "DECISIONS_SCOPE")?, http),
            external: ExternalIdentities::new(endpoints.read("EXTERNAL_URL", "PROFILE_SCOPE")?, http),
            names: Names::new(endpoints.read("NAMES_URL", "NAMES_SCOPE")?, http),
        })
    }

    /// Opens the connection to the register that is used most.
    pub async fn warm(&self) {
        self.persons.warm().await;
    }

    /// Coalesces the look-ups of one invocation.
    pub fn shared(&self) -> Shared {
        Shared {
            persons: Coalesced::new(&self.persons),
            organizations: Coalesced::new(&self.organizations),
            names: Coalesced::new(&self.names),
        }
    }

    /// Where a recipient is reached, and by which name, as far as the registers say so in time.
    pub async fn find_within(
        &self,
        recipient: &Recipient,
        context: &LookupContext<'_>,
        limit: Limit<'_>,
    ) -> Result<Lookup, RegisterError> {
        let found = clock::within(limit.clock, limit.deadline, self.find(recipient, context)).await;
        found.unwrap_or(Err(RegisterError::OutOfTime))
    }

    /// Where each of some recipients is reached, and by which name, as far as the registers say so in time.
    pub async fn find_all_within(
        &self,
        recipients: &[Recipient],
        asking: Asking<'_>,
        limit: Limit<'_>,
    ) -> Vec<Result<Lookup, RegisterError>> {
        let shared = &self.shared();
        let context = &asking.context(shared);
        join_all(recipients.iter().map(|recipient| self.find_within(recipient, context, limit))).await
    }

    /// Where each of some recipients is reached, as far as the registers say so in time. Names are not asked for.
    pub async fn addresses_within(
        &self,
        recipients: &[&Recipient],
        asking: Asking<'_>,
        limit: Limit<'_>,
    ) -> Vec<Result<Resolution, RegisterError>> {
        let shared = &self.shared();
        let context = &asking.context(shared);
        let each = recipients.iter().map(|recipient| async move {
            let found = clock::within(limit.clock, limit.deadline, self.addresses(recipient, context)).await;
            let (resolution, _) = found.unwrap_or(Err(RegisterError::OutOfTime))?;
            Ok(resolution)
        });
        join_all(each).await
    }

    async fn find(
        &self,
        recipient: &Recipient,
        context: &LookupContext<'_>,
    ) -> Result<Lookup, RegisterError> {
        // It was there when the order was accepted, so it is missed, and the notice waits for it.
        let lacking = self.capabilities.lacking(recipient);
        if let Some(lacking) = lacking.filter(|lacking| !(context.near_deadline && lacking.is_dispensable()))
        {
            return Err(RegisterError::Missing(lacking));
        }
        let (resolution, contact) = self.addresses(recipient, context).await?;
        let resolution = if context.falls_back { resolution } else { resolution.without_fallback() };
        let language = contact.as_ref().and_then(|(contact, _)| contact.language);
        let recipient = recipient.in_language(language);
        let Resolution::Addresses(found) = &resolution else {
            return Ok(Lookup::nobody(resolution, language));
        };
        let name = if asks_for_name(&recipient, found) { context.name(&recipient).await? } else { None };
        let facts = facts(&recipient, contact.as_ref(), context.now);
        Ok(Lookup { resolution, name, facts, language })
    }

    async fn addresses(
        &self,
        recipient: &Recipient,
        context: &LookupContext<'_>,
    ) -> Result<(Resolution, Option<(PersonContact, PersonRules)>), RegisterError> {
        let LookupContext { shared, now, .. } = context;
        let schema = recipient.schema();
        let numbers = context.numbers.unwrap_or(&self.numbers);
        let resolution = match recipient {
            Recipient::Address(given) => {
                Resolution::Addresses(vec![Chosen::only(given.to.channel(), Address::from(&given.to))])
            }
            Recipient::Person { number, ignore_reservation, use_stale_contact_information, .. } => {
                let contact = match sandbox::person(number) {
                    Some(synthetic) => synthetic,
                    None => shared.persons.find(number).await?.ok_or_else(|| self.persons.unmentioned())?,
                };
                let contact = contact.allowed_by(numbers);
                let rules = PersonRules {
                    ignore_reservation: *ignore_reservation,
                    use_stale_contact_information: *use_stale_contact_information,
                };
                return Ok((recipients::person(Some(&contact), schema, rules, *now), Some((contact, rules))));
            }
            Recipient::Organization { number, resource, .. } => {
                let found = shared.organizations.find(number).await?.map(|found| found.allowed_by(numbers));
                let people = context
                    .or_none(self.people(number, resource.as_ref(), context.retry_indeterminate).await)?;
                let people: Vec<_> = people.into_iter().map(|person| person.allowed_by(numbers)).collect();
                recipients::organization(found.as_ref(), &people, schema)
            }
            Recipient::External { identity, .. } => {
                let _narrow = self.narrow.acquire().await;
                let found = self.external.look_up(identity).await?.map(|found| found.allowed_by(numbers));
                recipients::external(found.as_ref(), schema)
            }
        };
        Ok((resolution, None))
    }

    /// The people who act for an organisation, want to be notified of the resource, and may use it. Where
    /// the order names no resource there are none.
    async fn people(
        &self,
        number: &OrganizationNumber,
        resource: Option<&Resource>,
        retry_indeterminate: bool,
    ) -> Result<Vec<Contact>, RegisterError> {
        let Some(Resource { id, action }) = resource else { return Ok(vec![]) };
        let _narrow = self.narrow.acquire().await;
        let actors = self.personal.look_up(number, id).await?;
        let permitted = self.decisions.permitted(actors, id, action.as_deref(), retry_indeterminate).await?;
        Ok(permitted.into_iter().map(|actor| actor.contact).collect())
    }
}

/// Until when the registers are waited for.
#[derive(Clone, Copy)]
pub struct Limit<'a> {
    /// By which clock.
    pub clock: &'a dyn Clock,
    /// Until when.
    pub deadline: DateTime<Utc>,
}

/// Questions that are asked at the same time, of which the registers get few.
pub struct Shared {
    persons: Coalesced<Krr>,
    organizations: Coalesced<Organizations>,
    names: Coalesced<Names>,
}

/// For whom is looked up while somebody waits for the answer.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The time.
    pub now: DateTime<Utc>,
    /// Which numbers the owner sends to, where it has settled that.
    pub numbers: Option<&'a AllowedNumbers>,
}

impl<'a> Asking<'a> {
    /// Everything is asked once.
    fn context(self, shared: &'a Shared) -> LookupContext<'a> {
        let Self { now, numbers } = self;
        LookupContext {
            shared,
            now,
            numbers,
            falls_back: false,
            retry_indeterminate: false,
            near_deadline: false,
        }
    }
}

/// How a look-up is made.
pub struct LookupContext<'a> {
    /// With whom it shares its questions.
    pub shared: &'a Shared,
    /// The time.
    pub now: DateTime<Utc>,
    /// Which numbers the owner sends to, where it has settled that.
    pub numbers: Option<&'a AllowedNumbers>,
    /// Whether the other channel is used where the preferred one has an address that takes nothing.
    pub falls_back: bool,
    /// Whether what is undecided is asked again. In the end it counts as decided.
    pub retry_indeterminate: bool,
    /// Whether the step is about to end: what is known goes out without what is not.
    pub near_deadline: bool,
}

impl LookupContext<'_> {
    /// A register's answer, or none when it is late: the shipment then goes out without it.
    fn or_none<T: Default>(&self, answer: Result<T, RegisterError>) -> Result<T, RegisterError> {
        match answer {
            Err(error) if self.near_deadline => {
                tracing::error!(%error, "the notice goes out without what it knows");
                Ok(T::default())
            }
            answer => answer,
        }
    }

    /// The name of the recipient. An organisation without one is called by its number; a person without
    /// one by nothing, rather than by a keyword that nobody understands.
    async fn name(&self, recipient: &Recipient) -> Result<Option<String>, RegisterError> {
        let name = self.or_none(self.shared.name(recipient).await)?;
        Ok(name.or_else(|| match recipient {
            Recipient::Organization { number, .. } => Some(number.as_str().to_owned()),
            _ => None,
        }))
    }
}

impl Shared {
    /// The name of the recipient.
    async fn name(&self, recipient: &Recipient) -> Result<Option<String>, RegisterError> {
        match recipient {
            Recipient::Person { number, .. } if sandbox::person(number).is_some() => {
                Ok(Some(sandbox::NAME.to_owned()))
            }
            Recipient::Person { number, .. } => self.names.find(&Party::Person(number.clone())).await,
            Recipient::Organization { number, .. } => {
                self.names.find(&Party::Organization(number.clone())).await
            }
            Recipient::Address(_) | Recipient::External { .. } => Ok(None),
        }
    }
}

/// What else the texts of a person ask for; of the addresses those that may be used.
fn facts(recipient: &Recipient, contact: Option<&(PersonContact, PersonRules)>, now: DateTime<Utc>) -> Facts {
    let (Recipient::Person { number, .. }, Some((contact, rules))) = (recipient, contact) else {
        return Facts::default();
    };
    let settings = Channel::ALL.iter().filter_map(|channel| recipient.settings(*channel));
    let asked: BTreeSet<_> = settings.flat_map(|settings| settings.asks.iter().cloned()).collect();
    let usable = recipients::usable(contact, *rules, now);
    let [email, mobile] =
        [Channel::Email, Channel::Sms].map(|channel| usable.get(channel).map(|address| address.as_str()));
    Facts::of(&asked, Sources { number: Some(number), email, mobile })
}

fn asks_for_name(recipient: &Recipient, found: &[Chosen]) -> bool {
    let channels = found.iter().flat_map(|chosen| {
        std::iter::once(chosen.channel).chain(chosen.fallback.iter().map(|(channel, _)| *channel))
    });
    channels.filter_map(|channel| recipient.settings(channel)).any(|settings| settings.names_recipient)
}
