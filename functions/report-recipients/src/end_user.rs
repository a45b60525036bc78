//! `GET /future/enduser/log`: what a person was notified of about a dialog, for the person (section 1.8 of the contract).

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use chrono::{DateTime, Utc};
use varsling_api::http::{self, Problem};
use varsling_domain::finder::Finder;
use varsling_domain::opened::same_id;
use varsling_domain::order::{Association, Named};
use varsling_domain::reading::LogEntryView;
use varsling_domain::request::Faults;
use varsling_store::audits::Audit;
use varsling_store::pointers::Between;

use super::notices::Notice;
use super::{Answer, ReportRecipients, unavailable};

/// All that is kept.
const ALWAYS: Between = Between { from: DateTime::<Utc>::UNIX_EPOCH, until: DateTime::<Utc>::MAX_UTC };

/// What a log is of.
struct Asked<'a> {
    dialog: &'a str,
    transmission: Option<&'a str>,
}

impl Asked<'_> {
    fn is_about(&self, association: &Association) -> bool {
        let is_transmission = self.transmission.is_none_or(|wanted| {
            association.transmission_id.as_deref().is_some_and(|known| same_id(known, wanted))
        });
        same_id(&association.dialog_id, self.dialog) && is_transmission
    }
}

impl ReportRecipients {
    pub(super) async fn show_end_user_log(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        let persons = self.persons.as_ref().ok_or_else(Problem::not_found)?;
        let number = persons.verify(http::authorization(event)).await?;
        let asked = asked(event)?;
        let finder = Finder::of_person(&self.key, &number);
        let about = std::slice::from_ref(&finder);
        let audit = Audit { asker: finder.as_str(), question: "end-user log", about, at: self.clock.now() };
        self.store.put_audit(&audit).await.map_err(unavailable)?;
        let notices = self.notices(&Named::Person(number), &finder, ALWAYS).await.map_err(unavailable)?;
        let entries: Vec<_> = notices.iter().filter_map(|notice| entries(notice, &asked)).collect();
        if entries.is_empty() {
            return Err(Problem::forbidden("You have not been notified of this dialog."));
        }
        Ok(http::json(200, &entries.concat(), &[]))
    }
}

/// What a notice has for the log; none of another dialog.
fn entries(notice: &Notice, asked: &Asked<'_>) -> Option<Vec<LogEntryView>> {
    let association = notice.order.as_ref()?.association.as_ref().filter(|one| asked.is_about(one))?;
    Some(LogEntryView::all(&notice.view()?, association))
}

fn asked(event: &ApiGatewayV2httpRequest) -> Result<Asked<'_>, Problem> {
    let query = &event.query_string_parameters;
    let dialog = query.first("dialogId").filter(|id| !id.trim().is_empty());
    let transmission = query.first("transmissionId").filter(|id| !id.trim().is_empty());
    let Some(dialog) = dialog else {
        let mut faults = Faults::default();
        faults.add("dialogId", "Is required.");
        return Err(Problem::invalid(faults.into_map()));
    };
    Ok(Asked { dialog, transmission })
}
