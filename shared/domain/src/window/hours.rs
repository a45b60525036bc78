//! When one channel's window is open: on which days, from when to when.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc, Weekday};
use serde::Deserialize;

use crate::calendar::{HalfDay, Holiday, day, reached};

/// One channel's hours. All its rules must hold: where Fridays are closed, so is Good Friday, even if
/// holidays are open.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hours {
    /// The days of the week that are open.
    pub days: Vec<Weekday>,
    /// When it opens; this moment is inside.
    #[serde(deserialize_with = "time")]
    pub opens: NaiveTime,
    /// When it closes; this moment is outside.
    #[serde(deserialize_with = "time")]
    pub closes: NaiveTime,
    /// Whether public holidays are open.
    #[serde(default)]
    pub holidays: bool,
    /// When it closes on half days; like any other day where nothing is said.
    #[serde(default, deserialize_with = "optional_time")]
    pub half_days_close: Option<NaiveTime>,
}

/// Days that are looked at for an opening: with any weekday open one comes within weeks, holidays or not.
const HORIZON: usize = 400;

impl Hours {
    /// Whether it ever opens.
    pub fn make_sense(&self) -> bool {
        !self.days.is_empty()
            && self.opens < self.closes
            && self.half_days_close.is_none_or(|close| self.opens < close)
    }

    /// The first moment, no earlier than `at`, at which it is open; the end of time if there is none.
    pub fn next_open(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.spans_from(at).next().map_or(DateTime::<Utc>::MAX_UTC, |(opens, _)| opens.max(at))
    }

    /// When it closes next after `at`, having been open.
    pub fn next_close(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.spans_from(at).next().map_or(DateTime::<Utc>::MAX_UTC, |(_, closes)| closes)
    }

    /// The spans of time that it is open in and that end after `at`.
    fn spans_from(&self, at: DateTime<Utc>) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
        let days = day(at).iter_days().take(HORIZON).filter_map(|date| self.span(date));
        days.filter(move |(_, closes)| at < *closes)
    }

    fn span(&self, date: NaiveDate) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let is_open = self.days.contains(&date.weekday()) && (self.holidays || Holiday::on(date).is_none());
        let half = self.half_days_close.filter(|_| HalfDay::on(date).is_some());
        let closes = half.map_or(self.closes, |half| half.min(self.closes));
        let span = is_open.then(|| (reached(date, self.opens), reached(date, closes)));
        // Hours that the spring clock change skips altogether are not open that day.
        span.filter(|(opens, closes)| opens < closes)
    }
}

fn time<'de, D: serde::Deserializer<'de>>(from: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(from)?;
    NaiveTime::parse_from_str(&text, "%H:%M")
        .map_err(|_| serde::de::Error::custom("a time is written as 09:00"))
}

fn optional_time<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<NaiveTime>, D::Error> {
    time(from).map(Some)
}
