//! A deployment's choice of window, read from two texts: the house rule, and hours that differ from it.

use std::collections::BTreeMap;

use chrono::{NaiveTime, Weekday};

use crate::channel::PerChannel;

use super::{Closing, Hours, HouseRule, SendingWindow};

/// The texts describe no window that ever opens.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWindow {
    /// Neither of the two.
    #[error("the house rule is WorkingDays or Altinn")]
    HouseRule,
    /// Not as documented.
    #[error(
        "the hours are JSON such as {{\"sms\": {{\"days\": [\"Mon\", \"Fri\"], \"opens\": \"09:00\", \"closes\": \"17:00\", \
         \"holidays\": false, \"halfDays\": {{\"ChristmasEve\": \"12:00\"}}}}}}: {0}"
    )]
    Hours(String),
    /// No day is open.
    #[error("the hours never open: there is no day")]
    NeverOpen,
    /// It closes before it opens, or when it does.
    #[error("the hours close before they open; none go past midnight, and the end of the day is 24:00")]
    ClosesFirst,
}

const WORKING_WEEK: [Weekday; 5] = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];

impl SendingWindow {
    /// The window of a house rule.
    pub fn of(house: HouseRule) -> Self {
        let working = Hours {
            days: WORKING_WEEK.to_vec(),
            opens: hour(9),
            closes: Closing::At(hour(17)),
            holidays: false,
            half_days: BTreeMap::new(),
        };
        let hours = match house {
            HouseRule::WorkingDays => working,
            HouseRule::Altinn => {
                let days = [&WORKING_WEEK[..], &[Weekday::Sat, Weekday::Sun]].concat();
                Hours { days, holidays: true, ..working }
            }
        };
        Self { house, hours: PerChannel::by(|_| hours.clone()) }
    }

    /// The window that a deployment describes: a house rule, and either nothing or JSON with the hours of some
    /// channels by their names; the others have those of the house rule.
    pub fn configured(house: HouseRule, hours: &str) -> Result<Self, InvalidWindow> {
        let own: PerChannel<Option<Hours>> = match hours.trim() {
            "" => PerChannel::default(),
            json => serde_json::from_str(json).map_err(|error| InvalidWindow::Hours(error.to_string()))?,
        };
        own.values().try_for_each(Hours::check)?;
        let standard = Self::of(house).hours;
        let hours =
            PerChannel::by(|channel| own.get(channel).unwrap_or_else(|| standard.of(channel)).clone());
        Ok(Self { house, hours })
    }
}

fn hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN)
}
