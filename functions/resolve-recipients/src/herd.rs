//! Who finds the window closed lines up for its opening: each owner's notifications in a line of their own, so
//! that nobody stands behind somebody else's thousands. The sweep lets the lines take turns. A crowd stands in line
//! also while the window is open, and leaves the provider room for others.

use chrono::{DateTime, Utc};
use varsling_domain::chain::{Chain, Found, OwnLine};
use varsling_domain::channel::Channel;
use varsling_domain::order::Recipients;
use varsling_domain::recipients::Resolution;
use varsling_domain::window::SendingWindow;
use varsling_platform::rates::Rates;
use varsling_platform::store::{Store, StoreError};

/// The lines of one channel each.
pub type Lines = Vec<(Channel, OwnLine)>;

/// What has to do with waiting.
pub struct Herd {
    /// When it is open.
    pub window: SendingWindow,
    /// How fast the lines leave.
    pub rates: Rates,
}

impl Herd {
    /// How the owner's lines stand before what was found, on each channel that has to be waited for.
    pub async fn lines(
        &self,
        store: &Store,
        chain: &Chain,
        (recipients, found): (&Recipients, &[Found]),
        from: DateTime<Utc>,
    ) -> Result<Lines, StoreError> {
        let mut lines = vec![];
        for channel in [Channel::Email, Channel::Sms] {
            let count = found.iter().flat_map(channels).filter(|taken| *taken == channel).count();
            let Some(settings) = recipients.settings(channel).filter(|_| count > 0) else { continue };
            let opening = self.window.opens(channel, settings.policy, from);
            let pace = self.rates.of(channel);
            if opening > from {
                let before = store.line_up((&chain.owner, chain.lane), channel, opening, count).await?;
                lines.push((channel, chain.lane.line(pace, usize::try_from(before).unwrap_or(usize::MAX))));
            } else if recipients.is_crowd() {
                lines.push((channel, chain.lane.line(pace, 0)));
            }
        }
        Ok(lines)
    }
}

/// On which channels somebody is reached.
pub fn channels(found: &Found) -> impl Iterator<Item = Channel> {
    let addresses = match &found.resolution {
        Resolution::Addresses(addresses) => &addresses[..],
        Resolution::Reserved | Resolution::NotIdentified => &[],
    };
    addresses.iter().map(|(channel, _)| *channel)
}
