//! Who finds the window closed lines up for its opening: each owner's notifications in a line of their own, so
//! that nobody stands behind somebody else's thousands. The sweep lets the lines take turns. A crowd stands in line
//! also while the window is open, and leaves the provider room for others.

use chrono::{DateTime, TimeDelta, Utc};
use varsling_domain::chain::{Chain, Found, OwnLine};
use varsling_domain::channel::{Channel, SendingTimePolicy};
use varsling_domain::order::Recipients;
use varsling_domain::recipients::Resolution;
use varsling_domain::window::SendingWindow;
use varsling_platform::rates::Rates;
use varsling_platform::store::{Store, StoreError};

/// The lines of one channel each.
pub type Lines = Vec<(Channel, OwnLine)>;

/// How long after an opening whatever falls due stands in its line.
const RUSH: TimeDelta = TimeDelta::minutes(1);
/// How many of an owner may then go at once all the same.
const FEW: usize = 10;

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
        (from, gone): (DateTime<Utc>, &Lines),
    ) -> Result<Lines, StoreError> {
        let mut lines = vec![];
        for channel in [Channel::Email, Channel::Sms] {
            let count = found.iter().flat_map(channels).filter(|taken| *taken == channel).count();
            let Some(settings) = recipients.settings(channel).filter(|_| count > 0) else { continue };
            let opening = self.window.opens(channel, settings.policy, from);
            let (pace, is_crowd) = (self.rates.of(channel), recipients.is_crowd());
            let rushes = self.rush(channel, settings.policy, from);
            if opening > from || rushes.is_some() {
                let opening = rushes.unwrap_or(opening);
                let before = store.line_up((&chain.owner, chain.lane), channel, opening, count).await?;
                let before = usize::try_from(before).unwrap_or(usize::MAX);
                if opening > from || is_crowd || before.saturating_add(count) > FEW {
                    lines.push((channel, chain.lane.line(pace, before)));
                }
            } else if is_crowd {
                // Those of the same list who went before are not overtaken.
                let gone = gone.iter().find(|(taken, _)| *taken == channel);
                lines.push(gone.copied().unwrap_or((channel, chain.lane.line(pace, 0))));
            }
        }
        Ok(lines)
    }

    /// The opening that has just been, if what falls due now does so because of it: reminders count from
    /// openings, and all that was ordered in one night is due again at the same moment of another day.
    fn rush(
        &self,
        channel: Channel,
        policy: SendingTimePolicy,
        from: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let opened = self.window.opens(channel, policy, from - RUSH);
        (opened > from - RUSH && opened <= from).then_some(opened)
    }
}

/// On which channels somebody is reached.
pub fn channels(found: &Found) -> impl Iterator<Item = Channel> {
    let addresses = match &found.resolution {
        Resolution::Addresses(addresses) => &addresses[..],
        Resolution::Reserved | Resolution::NotIdentified | Resolution::NotSupported => &[],
    };
    addresses.iter().map(|(channel, _)| *channel)
}
