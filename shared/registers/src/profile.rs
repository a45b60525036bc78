//! The addresses that somebody has registered in a profile.

use varsling_domain::channel::Channel;
use varsling_domain::recipients::Contact;

/// The addresses of a profile, as the registers of profiles have them.
pub struct ProfileAddresses<'a> {
    pub email: Option<&'a str>,
    pub mobile_number: Option<&'a str>,
}

impl ProfileAddresses<'_> {
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
            Channel::Email => self.email,
            Channel::Sms => self.mobile_number,
        }
    }
}
