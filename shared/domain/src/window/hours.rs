//! When one channel's window is open: on which days, from when to when.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc, Weekday};
use serde::Deserialize;

use super::InvalidWindow;
use crate::calendar::{HalfDay, Holiday, day, reached};

/// One channel's hours. All its rules must hold: where Fridays are closed, so is Good Friday, even if
/// holidays are open.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hours {
    /// The days of the week that are open.
    pub days: Vec<Weekday>,
    /// When it opens; this moment is inside.
    #[serde(deserialize_with = "opening")]
    pub opens: NaiveTime,
    /// When it closes; this moment is outside.
    pub closes: Closing,
    /// Whether public holidays are open.
    #[serde(default)]
    pub holidays: bool,
    /// When it closes on half days.
    #[serde(default)]
    pub half_days: BTreeMap<HalfDay, Closing>,
}

/// When a day closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub enum Closing {
    /// At a time of day.
    At(NaiveTime),
    /// When the day ends, written `24:00`.
    Midnight,
}

/// Not a time of day.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a time is written as 09:00")]
pub struct NoTime;

impl TryFrom<String> for Closing {
    type Error = NoTime;

    fn try_from(text: String) -> Result<Self, NoTime> {
        if text == "24:00" { Ok(Self::Midnight) } else { time(&text).map(Self::At) }
    }
}

impl Closing {
    fn on(self, date: NaiveDate) -> DateTime<Utc> {
        match self {
            Self::At(time) => reached(date, time),
            Self::Midnight => {
                date.succ_opt().map_or(DateTime::<Utc>::MAX_UTC, |next| reached(next, NaiveTime::MIN))
            }
        }
    }
}

/// From when to when it is open on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub opens: DateTime<Utc>,
    /// The first moment behind it.
    pub closes: DateTime<Utc>,
}

/// Days that are looked at for an opening: with any weekday open one comes within weeks, holidays or not.
const HORIZON: usize = 400;

impl Hours {
    /// Whether these are hours, and if not, why.
    pub fn check(&self) -> Result<(), InvalidWindow> {
        let opens = Closing::At(self.opens);
        if self.days.is_empty() {
            Err(InvalidWindow::NeverOpen)
        } else if opens >= self.closes || self.half_days.values().any(|closes| opens >= *closes) {
            Err(InvalidWindow::ClosesFirst)
        } else {
            Ok(())
        }
    }

    /// The first moment, no earlier than `at`, at which it is open; the end of time if there is none.
    pub fn next_open(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.spans_from(at).next().map_or(DateTime::<Utc>::MAX_UTC, |span| span.opens.max(at))
    }

    /// When it closes next after `at`, having been open.
    pub fn next_close(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.spans_from(at).next().map_or(DateTime::<Utc>::MAX_UTC, |span| span.closes)
    }

    /// The spans of time that it is open in and that end after `at`.
    fn spans_from(&self, at: DateTime<Utc>) -> impl Iterator<Item = Span> {
        let days = day(at).iter_days().take(HORIZON).filter_map(|date| self.span(date));
        days.filter(move |span| at < span.closes)
    }

    /// When it is open on a day; none where it is closed all day.
    pub fn span(&self, date: NaiveDate) -> Option<Span> {
        let is_open = self.days.contains(&date.weekday()) && (self.holidays || Holiday::on(date).is_none());
        let early = self.half_days.iter().filter(|(day, _)| day.is(date)).map(|(_, closes)| *closes);
        let closes = early.fold(self.closes, Closing::min);
        let span = is_open.then(|| Span { opens: reached(date, self.opens), closes: closes.on(date) });
        // Hours that the spring clock change skips altogether are not open that day.
        span.filter(|span| span.opens < span.closes)
    }
}

fn time(text: &str) -> Result<NaiveTime, NoTime> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| NoTime)
}

fn opening<'de, D: serde::Deserializer<'de>>(from: D) -> Result<NaiveTime, D::Error> {
    time(&String::deserialize(from)?).map_err(serde::de::Error::custom)
}
