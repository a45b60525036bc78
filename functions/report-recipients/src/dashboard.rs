//! `GET /future/dashboard/recipients/notifications/…`: what somebody was notified of, for support, by any owner
//! (section 1.7 of the contract).

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::query_map::QueryMap;
use chrono::{DateTime, TimeDelta, Utc};
use varsling_api::http::{self, Problem};
use varsling_api::tokens::SUPPORT_SCOPE;
use varsling_domain::finder::Finder;
use varsling_domain::order::Named;
use varsling_domain::reading::NoticeView;
use varsling_domain::request::Faults;
use varsling_store::audits::Audit;
use varsling_store::pointers::Between;

use super::{Answer, ReportRecipients, unavailable};

/// How far back a search covers that does not say from when.
const USUAL: TimeDelta = TimeDelta::days(7);
/// How far back a search can go.
const LONGEST: TimeDelta = TimeDelta::days(3_653);

impl ReportRecipients {
    pub(super) async fn show_notices_of_person(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        let asker = self.admission.verifier().verify(http::authorization(event), SUPPORT_SCOPE).await?;
        let mut faults = Faults::default();
        let number = http::header(event, "nationalidentitynumber");
        let number =
            read(number.and_then(|text| text.trim().parse().ok()), "NationalIdentityNumber", &mut faults);
        let between = self.between(event, &mut faults);
        let (Some(number), true) = (number, faults.is_empty()) else {
            return Err(Problem::invalid(faults.into_map()));
        };
        let finder = Finder::of_person(&self.key, &number);
        self.show_notices(&asker, &Named::Person(number), &finder, between).await
    }

    pub(super) async fn show_notices_of_organization(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        let asker = self.admission.verifier().verify(http::authorization(event), SUPPORT_SCOPE).await?;
        let mut faults = Faults::default();
        let number = http::header(event, "organizationnumber");
        let number =
            read(number.and_then(|text| text.trim().parse().ok()), "OrganizationNumber", &mut faults);
        let between = self.between(event, &mut faults);
        let (Some(number), true) = (number, faults.is_empty()) else {
            return Err(Problem::invalid(faults.into_map()));
        };
        let finder = Finder::of_organization(&self.key, &number);
        self.show_notices(&asker, &Named::Organization(number), &finder, between).await
    }

    async fn show_notices(
        &self,
        asker: &varsling_domain::identity::Owner,
        subject: &Named,
        finder: &Finder,
        between: Between,
    ) -> Answer {
        let about = std::slice::from_ref(finder);
        let audit = Audit { asker: asker.as_str(), question: "dashboard", about, at: self.clock.now() };
        self.store.put_audit(&audit).await.map_err(unavailable)?;
        let notices = self.notices(subject, finder, between).await.map_err(unavailable)?;
        let views: Vec<_> = notices
            .iter()
            .filter_map(|notice| {
                let view = notice.view()?;
                Some(NoticeView::of(
                    notice.root(),
                    notice.root_number(),
                    notice.order.as_ref(),
                    &view,
                    subject,
                ))
            })
            .collect();
        Ok(http::json(200, &views, &[]))
    }

    /// The time that a search covers: a week back, unless it says otherwise.
    fn between(&self, event: &ApiGatewayV2httpRequest, faults: &mut Faults) -> Between {
        let now = self.clock.now();
        let query = &event.query_string_parameters;
        let (from, until) = (time(query, "from", faults), time(query, "to", faults));
        for (name, given) in [("from", from), ("to", until)] {
            if given.is_some_and(|time| time > now) {
                faults.add(name, "Must not be in the future.");
            }
        }
        let earliest = now - USUAL;
        let (from, given_from) = (from.unwrap_or(earliest), from.is_some());
        let until = until.unwrap_or(now + TimeDelta::milliseconds(1));
        if from < now - LONGEST {
            faults.add("from", "Must be within the last ten years.");
        }
        if from >= until {
            let name = if given_from { "from" } else { "to" };
            faults.add(name, "The search must begin before it ends; without from it begins seven days ago.");
        }
        Between { from, until }
    }
}

/// A parameter of the query that is a time in UTC; none where it is absent or something else.
fn time(query: &QueryMap, name: &str, faults: &mut Faults) -> Option<DateTime<Utc>> {
    let text = query.first(name)?;
    let time = text.ends_with(['Z', 'z']).then(|| DateTime::parse_from_rfc3339(text).ok()).flatten();
    if time.is_none() {
        faults.add(name, "Must be a time in UTC, such as 2026-12-24T10:00:00Z.");
    }
    time.map(|time| time.with_timezone(&Utc))
}

fn read<T>(value: Option<T>, name: &str, faults: &mut Faults) -> Option<T> {
    if value.is_none() {
        faults.add(name, "This header must have a valid number.");
    }
    value
}
