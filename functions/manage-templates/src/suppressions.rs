//! `/suppressions`: the addresses that nothing is sent to any more, for administrators.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use varsling_api::http::{self, Problem};
use varsling_domain::reading::{FoundSuppressionView, SuppressionView, SuppressionsView};
use varsling_domain::request::{self, Faults};
use varsling_domain::suppression::{self, SuppressionId};
use varsling_store::administration::{Administrator, AdministratorAction, AdministratorChange};
use varsling_store::{Suppressed, SuppressedPlace};

use super::{Answer, ManageTemplates, invalid, unavailable};

/// How many are listed at a time.
const PAGE: i32 = 100;

impl ManageTemplates {
    pub(super) async fn list_suppressions(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        self.administrator(event).await?;
        let after = event.query_string_parameters.first("after");
        let after = after.map(str::parse::<SuppressedPlace>).transpose();
        let after = after.map_err(|_| invalid(Faults::of("after", "Must be the next of a page.")))?;
        let page = self.store.list_suppressions(after.as_ref(), PAGE, self.clock.now());
        let page = page.await.map_err(unavailable)?;
        let suppressions = page.all.iter().map(view).collect();
        let next = page.next.map(|place| place.to_string());
        Ok(http::json(200, &SuppressionsView { suppressions, next }, &[]))
    }

    pub(super) async fn find_suppression(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        self.administrator(event).await?;
        let body = request::read_body(&http::body(event)?).map_err(invalid)?;
        let address = suppression::parse_find(&body).map_err(invalid)?;
        let id = SuppressionId::of(&self.key, address.channel(), address.as_str());
        let found = self.store.find_suppression(&id, self.clock.now()).await.map_err(unavailable)?;
        Ok(http::json(200, &FoundSuppressionView { suppression: found.as_ref().map(view) }, &[]))
    }

    pub(super) async fn lift_suppression(&self, event: &ApiGatewayV2httpRequest, id: &str) -> Answer {
        let by = self.administrator(event).await?;
        let id: SuppressionId = id.parse().map_err(|_| Problem::not_found())?;
        let known = self.store.find_suppression(&id, self.clock.now()).await.map_err(unavailable)?;
        let known = known.ok_or_else(Problem::not_found)?;
        let change = AdministratorChange {
            by: Administrator::Organization(&by),
            action: AdministratorAction::LiftSuppression,
            about: id.as_str(),
            before: Some(&view(&known)),
            after: None,
            at: self.clock.now(),
        };
        self.store.put_administrator_change(&change).await.map_err(unavailable)?;
        if !self.store.lift_suppression(&id).await.map_err(unavailable)? {
            return Err(Problem::not_found());
        }
        tracing::warn!(suppression = id.as_str(), %by, "lifted");
        Ok(http::no_content())
    }
}

fn view(suppressed: &Suppressed) -> SuppressionView {
    SuppressionView::of(&suppressed.id, &suppressed.suppression)
}
