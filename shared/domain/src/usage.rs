//! What an owner has used of the service, by day on Oslo's clock: for its own overview, and for sharing the bill.

use chrono::{DateTime, Days, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::budget;
use crate::chain::{Chain, Delivery, DeliveryState, Subject, Told};
use crate::request::Faults;

/// The most days that can be asked for at once.
pub const MOST_DAYS: u64 = 92;
/// How many days are shown where the first one is not given.
const USUAL_DAYS: u64 = 31;

/// From which day to which, both among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayRange {
    first: NaiveDate,
    last: NaiveDate,
}

impl DayRange {
    /// What `from` and `to` ask for: days as `2026-11-27`. Without `to` it goes up to today, without `from` it has a month.
    pub fn parse(from: Option<&str>, to: Option<&str>, now: DateTime<Utc>) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let [from, to] = [("from", from), ("to", to)].map(|(name, text)| day(name, text, &mut faults));
        let last = to.unwrap_or_else(|| budget::day(now));
        let first = from.unwrap_or_else(|| back(last, USUAL_DAYS - 1));
        if faults.is_empty() && first > last {
            faults.add("from", "Must not be after to.");
        } else if faults.is_empty() && first < back(last, MOST_DAYS - 1) {
            faults.add("from", format!("At most {MOST_DAYS} days can be asked for at once."));
        }
        if faults.is_empty() { Ok(Self { first, last }) } else { Err(faults) }
    }

    /// The days, the first one first.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take_while(move |day| *day <= self.last)
    }

    /// The day before the first one.
    pub fn before(self) -> NaiveDate {
        back(self.first, 1)
    }
}

fn day(name: &str, text: Option<&str>, faults: &mut Faults) -> Option<NaiveDate> {
    let day = text?.parse().ok();
    if day.is_none() {
        faults.add(name, "Must be a day such as 2026-11-27.");
    }
    day
}

fn back(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

/// What an owner has used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageView {
    /// Each day that was asked for, the first one first.
    pub days: Vec<UsageOfDay>,
    /// All of these days together.
    pub total: UsageCounts,
}

/// What an owner has used on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageOfDay {
    /// The day, on Oslo's clock.
    pub date: NaiveDate,
    /// The counts.
    #[serde(flatten)]
    pub counts: UsageCounts,
}

/// Counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageCounts {
    /// Orders whose notification came to its end.
    pub orders: u64,
    /// E-mails that were handed over.
    pub emails: u64,
    /// Segments of SMS that were handed over.
    pub sms_segments: u64,
    /// Deliveries that failed; one that a later report corrects stays counted.
    pub failures: u64,
}

impl std::iter::Sum for UsageCounts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, one| Self {
            orders: sum.orders + one.orders,
            emails: sum.emails + one.emails,
            sms_segments: sum.sms_segments + one.sms_segments,
            failures: sum.failures + one.failures,
        })
    }
}

impl UsageView {
    /// Of these days.
    pub fn of(days: Vec<UsageOfDay>) -> Self {
        let total = days.iter().map(|day| day.counts).sum();
        Self { days, total }
    }
}

/// How many deliveries a change tells the failure of.
pub fn failures(chain: &Chain, told: &Told) -> i64 {
    let failed = told.subjects().iter().filter(|subject| match subject {
        Subject::Delivery(shipment, number) => {
            let delivery =
                chain.shipment(*shipment).and_then(|one| one.deliveries().get(usize::from(*number)));
            delivery.is_some_and(has_failed)
        }
        Subject::Shipment(_) | Subject::Chain => false,
    });
    i64::try_from(failed.count()).unwrap_or(i64::MAX)
}

fn has_failed(delivery: &Delivery) -> bool {
    matches!(delivery.state, DeliveryState::Done(ending) if ending.outcome.is_failure())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{accepted_email, apply_delivery, at};
    use crate::chain::{DeliveryEvent, Report, apply};
    use crate::status::Failure;

    fn now() -> DateTime<Utc> {
        // Past midnight in Oslo.
        "2026-11-26T23:30:00Z".parse().unwrap()
    }

    fn days(from: Option<&str>, to: Option<&str>) -> Vec<String> {
        DayRange::parse(from, to, now()).unwrap().days().map(|day| day.to_string()).collect()
    }

    fn refused(from: Option<&str>, to: Option<&str>) -> Vec<String> {
        DayRange::parse(from, to, now()).unwrap_err().into_map().into_keys().collect()
    }

    #[test]
    fn a_month_up_to_today_is_shown_unless_the_days_are_given() {
        let usual = days(None, None);
        assert_eq!((usual.len(), usual[0].as_str(), usual[30].as_str()), (31, "2026-10-28", "2026-11-27"));
        assert_eq!(days(Some("2026-11-01"), Some("2026-11-02")), ["2026-11-01", "2026-11-02"]);
        assert_eq!(days(Some("2026-11-27"), None), ["2026-11-27"]);
        assert_eq!(days(Some("2026-08-28"), None).len(), 92);
        let range = DayRange::parse(Some("2026-03-01"), Some("2026-03-01"), now()).unwrap();
        assert_eq!(range.before().to_string(), "2026-02-28");
    }

    #[test]
    fn what_is_no_range_of_days_is_refused() {
        assert_eq!(refused(Some("27.11.2026"), None), ["from"]);
        assert_eq!(refused(Some("yesterday"), Some("2026-02-30")), ["from", "to"]);
        assert_eq!(refused(Some("2026-11-02"), Some("2026-11-01")), ["from"]);
        assert_eq!(refused(Some("2026-08-27"), None), ["from"]);
    }

    #[test]
    fn only_what_a_change_tells_of_is_counted() {
        let chain = accepted_email();
        for (report, count) in [(Report::Failed(Failure::Bounced), 1), (Report::Delivered, 0)] {
            let applied =
                apply(&chain, &apply_delivery(&chain, DeliveryEvent::reported(report)), at("10:00:05"))
                    .unwrap();
            assert_eq!(failures(&applied.chain, &applied.told), count);
            assert_eq!(failures(&applied.chain, &Told::default()), 0);
        }
    }

    #[test]
    fn days_are_summed() {
        let date = now().date_naive();
        let counts = UsageCounts { orders: 1, emails: 2, sms_segments: 3, failures: 4 };
        let view = UsageView::of(vec![UsageOfDay { date, counts }, UsageOfDay { date, counts }]);
        assert_eq!(view.total, UsageCounts { orders: 2, emails: 4, sms_segments: 6, failures: 8 });
    }
}
