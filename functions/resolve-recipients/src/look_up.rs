//! Finding a recipient in the registers: addresses always, the name only where a text asks for it.

use chrono::{DateTime, Utc};
use varsling_domain::chain::Found;
use varsling_domain::channel::Channel;
use varsling_domain::order::Recipient;
use varsling_domain::recipients::{self, Address, PersonRules, Resolution};
use varsling_platform::environment::Environment;
use varsling_platform::lambda::StartError;
use varsling_platform::registers::krr::Krr;
use varsling_platform::registers::names::{Names, Party};
use varsling_platform::registers::organizations::Organizations;
use varsling_platform::registers::{self, RegisterError};

/// The registers.
pub struct LookUp {
    persons: Krr,
    organizations: Organizations,
    names: Names,
}

impl LookUp {
    /// The registers at the URLs that the environment gives.
    pub fn open(environment: &Environment) -> Result<Self, StartError> {
        let client = registers::client()?;
        Ok(Self {
            persons: Krr::new(environment.required("KRR_URL")?, client.clone()),
            organizations: Organizations::new(environment.required("ORGANIZATIONS_URL")?, client.clone()),
            names: Names::new(environment.required("NAMES_URL")?, client),
        })
    }

    /// Where a recipient is reached, and by which name.
    pub async fn find(&self, recipient: &Recipient, now: DateTime<Utc>) -> Result<Found, RegisterError> {
        let resolution = self.addresses(recipient, now).await?;
        let name = match &resolution {
            Resolution::Addresses(found) if asks_for_name(recipient, found) => self.name(recipient).await?,
            _ => None,
        };
        Ok(Found { resolution, name })
    }

    async fn addresses(
        &self,
        recipient: &Recipient,
        now: DateTime<Utc>,
    ) -> Result<Resolution, RegisterError> {
        Ok(match recipient {
            Recipient::Email { address, .. } => given(Channel::Email, Address::from(address)),
            Recipient::Sms { number, .. } => given(Channel::Sms, Address::from(number)),
            Recipient::Person {
                number, schema, ignore_reservation, use_stale_contact_information, ..
            } => {
                let found = self.persons.look_up(std::slice::from_ref(number)).await?;
                let rules = PersonRules {
                    ignore_reservation: *ignore_reservation,
                    use_stale_contact_information: *use_stale_contact_information,
                };
                recipients::person(found.get(number), *schema, rules, now)
            }
            Recipient::Organization { number, schema, .. } => {
                let found = self.organizations.look_up(std::slice::from_ref(number)).await?;
                recipients::organization(found.get(number), *schema)
            }
        })
    }

    /// The name of the recipient. An organisation without one is called by its number; a person without
    /// one by nothing, rather than by a keyword that nobody understands.
    async fn name(&self, recipient: &Recipient) -> Result<Option<String>, RegisterError> {
        match recipient {
            Recipient::Person { number, .. } => self.names.look_up(Party::Person(number)).await,
            Recipient::Organization { number, .. } => {
                let name = self.names.look_up(Party::Organization(number)).await?;
                Ok(name.or_else(|| Some(number.as_str().to_owned())))
            }
            Recipient::Email { .. } | Recipient::Sms { .. } => Ok(None),
        }
    }
}

fn given(channel: Channel, address: Address) -> Resolution {
    Resolution::Addresses(vec![(channel, address)])
}

fn asks_for_name(recipient: &Recipient, found: &[(Channel, Address)]) -> bool {
    found.iter().any(|(channel, _)| recipient.settings(*channel).is_some_and(|s| s.names_recipient))
}
