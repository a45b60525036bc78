//! `GET /local/calendar?year=2027`: the sending window of a year, day by day, with its public holidays.

use axum::Json;
use axum::extract::{Query, State};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use varsling_domain::calendar::{Holiday, day, reached, wall_clock};
use varsling_domain::channel::{Channel, SendingTimePolicy};
use varsling_domain::window::SendingWindow;

use crate::control::{Refusal, Shared};

/// Which year; that of the clock where none is named.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    year: Option<i32>,
}

/// The year.
pub async fn show(State(simulator): Shared, Query(asked): Query<Asked>) -> Result<Json<Value>, Refusal> {
    let today = day(simulator.now());
    let year = asked.year.unwrap_or_else(|| today.year());
    let first = NaiveDate::from_ymd_opt(year, 1, 1).filter(|_| (2000..2200).contains(&year));
    let first = first.ok_or_else(|| Refusal("year must be from 2000 to 2199".into()))?;
    let days = first.iter_days().take_while(|date| date.year() == year);
    let days: Vec<_> = days.map(|date| of_day(&simulator.window, date)).collect();
    let window = &simulator.window;
    let waits =
        json!({"email": waits(window, Channel::Email, first), "sms": waits(window, Channel::Sms, first)});
    Ok(Json(json!({"year": year, "today": today, "waits": waits, "days": days})))
}

fn of_day(window: &SendingWindow, date: NaiveDate) -> Value {
    json!({
        "date": date,
        "holiday": Holiday::on(date).map(|holiday| format!("{holiday:?}")),
        "email": hours(window, Channel::Email, date),
        "sms": hours(window, Channel::Sms, date),
    })
}

/// When a channel's window opens and closes on a day; none where it is closed all day.
fn hours(window: &SendingWindow, channel: Channel, date: NaiveDate) -> Option<[String; 2]> {
    window.span(channel, date).map(|span| [clock(span.opens), clock(span.closes)])
}

/// Whether what does not say when it may go waits for a channel's window: the first minute of a year is in none.
fn waits(window: &SendingWindow, channel: Channel, first: NaiveDate) -> bool {
    let night = reached(first, NaiveTime::MIN);
    window.opens(channel, SendingTimePolicy::House, night) > night
}

/// A time of day, as `09:00`.
fn clock(at: DateTime<Utc>) -> String {
    wall_clock(at).format("%H:%M").to_string()
}
