//! Who finds the window closed lines up for its opening: each owner's notifications in a line of their own, so
//! that nobody stands behind somebody else's thousands. The sweep lets the lines take turns.

use chrono::{DateTime, Utc};
use varsling_domain::chain::Found;
use varsling_domain::channel::Channel;
use varsling_domain::identity::Owner;
use varsling_domain::order::Recipient;
use varsling_domain::recipients::Resolution;
use varsling_domain::window::SendingWindow;
use varsling_platform::store::{Store, StoreError};

/// How many stand before what was found, on each channel that has to wait.
pub async fn places(
    store: &Store,
    (owner, recipient, found): (&Owner, &Recipient, &Found),
    (window, from): (&SendingWindow, DateTime<Utc>),
) -> Result<Vec<(Channel, u32)>, StoreError> {
    let Resolution::Addresses(addresses) = &found.resolution else { return Ok(vec![]) };
    let mut places = vec![];
    for channel in [Channel::Email, Channel::Sms] {
        let count = addresses.iter().filter(|(taken, _)| *taken == channel).count();
        let Some(settings) = recipient.settings(channel).filter(|_| count > 0) else { continue };
        let opening = window.opens(channel, settings.policy, from);
        if opening > from {
            places.push((channel, store.line_up(owner, channel, opening, count).await?));
        }
    }
    Ok(places)
}
