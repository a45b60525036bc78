//! Who finds the window closed lines up for its opening: each owner's notifications in a line of their own, so
//! that nobody stands behind somebody else's thousands. The sweep lets the lines take turns.

use chrono::{DateTime, Utc};
use varsling_domain::chain::{Found, OwnLine};
use varsling_domain::channel::Channel;
use varsling_domain::identity::Owner;
use varsling_domain::order::Recipient;
use varsling_domain::recipients::Resolution;
use varsling_domain::window::SendingWindow;
use varsling_platform::rates::Rates;
use varsling_platform::store::{Store, StoreError};

/// How the owner's lines stand before what was found, on each channel that has to wait.
pub async fn lines(
    store: &Store,
    rates: &Rates,
    (owner, recipient, found): (&Owner, &Recipient, &Found),
    (window, from): (&SendingWindow, DateTime<Utc>),
) -> Result<Vec<(Channel, OwnLine)>, StoreError> {
    let Resolution::Addresses(addresses) = &found.resolution else { return Ok(vec![]) };
    let mut lines = vec![];
    for channel in [Channel::Email, Channel::Sms] {
        let count = addresses.iter().filter(|(taken, _)| *taken == channel).count();
        let Some(settings) = recipient.settings(channel).filter(|_| count > 0) else { continue };
        let opening = window.opens(channel, settings.policy, from);
        if opening > from {
            let before = store.line_up(owner, channel, opening, count).await?;
            let pace = rates.of(channel);
            let behind = pace.time(usize::try_from(before).unwrap_or(usize::MAX));
            lines.push((channel, OwnLine { behind, apart: pace.time(1) }));
        }
    }
    Ok(lines)
}
