//! `POST /recipients/check`: whether persons and organisations can be notified. No address is shown.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use chrono::TimeDelta;
use varsling_admission::Admitted;
use varsling_api::http::{self, Problem};
use varsling_api::tokens::CREATE_SCOPE;
use varsling_domain::check::{self, CheckedView};
use varsling_domain::finder::Finder;
use varsling_domain::request;
use varsling_function::trouble::Waiting;
use varsling_registers::look_up::{Asking, Limit};
use varsling_store::audits::Audit;

use super::{Answer, ReportRecipients, unavailable};

/// How long the registers are waited for.
const PATIENCE: TimeDelta = TimeDelta::seconds(5);
/// About how many an owner may ask in a minute.
const MOST_IN_A_MINUTE: usize = 1_000;

impl ReportRecipients {
    pub(super) async fn check(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        let Admitted { owner, settings } = self.admission.admit(&self.store, event, CREATE_SCOPE).await?;
        let body =
            request::read_body(&http::body(event)?).map_err(|faults| Problem::invalid(faults.into_map()))?;
        let recipients = check::parse_check(&body).map_err(|faults| Problem::invalid(faults.into_map()))?;
        let now = self.clock.now();
        let permit = self.store.take_check_permit(&owner, recipients.len(), MOST_IN_A_MINUTE, now);
        if !permit.await.map_err(unavailable)? {
            return Err(Problem::too_many_checks());
        }
        let about: Vec<_> =
            recipients.iter().filter_map(|recipient| Finder::of_recipient(&self.key, recipient)).collect();
        let audit = Audit { asker: owner.as_str(), question: "check", about: &about, at: now };
        self.store.put_audit(&audit).await.map_err(unavailable)?;
        let limit = Limit { clock: &*self.clock, deadline: now + PATIENCE };
        let asked: Vec<_> = recipients.iter().collect();
        let mut checked = vec![];
        let asking = Asking { now, numbers: settings.sms_numbers.as_ref() };
        let found = self.look_up.addresses_within(&asked, asking, limit).await;
        for (recipient, found) in recipients.iter().zip(found) {
            let resolution = found.map_err(|error| {
                error.log_waiting(&"a caller");
                Problem::unavailable()
            })?;
            checked.extend(CheckedView::of(recipient, &resolution));
        }
        Ok(http::json(200, &check::CheckView { recipients: checked }, &[]))
    }
}
