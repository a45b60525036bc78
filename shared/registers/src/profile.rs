//! The addresses that somebody has registered in a profile.

use serde::Deserialize;
use varsling_domain::channel::Channel;
use varsling_domain::recipients::Contact;

/// The addresses of a profile, as the registers of profiles write them.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileAddresses {
    email: Option<String>,
    mobile_number: Option<String>,
}

impl ProfileAddresses {
    /// Those that can be sent to.
    pub fn contact(&self) -> Contact {
        let mut contact = Contact::default();
        for channel in Channel::ALL {
            if let Some(text) = self.on(*channel) {
                contact.add(*channel, text);
            }
        }
        contact
    }

    fn on(&self, channel: Channel) -> Option<&str> {
        match channel {
            Channel::Email => self.email.as_deref(),
            Channel::Sms => self.mobile_number.as_deref(),
        }
    }
}
