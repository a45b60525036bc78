//! `?dryRun=true`: what an order would do. Nothing is stored, and nothing is sent.

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use varsling_api::http::{self, Problem};
use varsling_domain::order::Recipients;
use varsling_domain::order::parse::ParsedOrder;
use varsling_domain::owner::OwnerSettings;
use varsling_domain::reading::{DryRun, Found};

use super::look_up::Answered;
use super::{AcceptOrder, Request};

impl AcceptOrder {
    /// Answers as the order would be answered, but for its ids: with what would go to how many, and when.
    pub(super) async fn dry_run(
        &self,
        request: &Request,
        parsed: ParsedOrder,
        owner: &OwnerSettings,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let ParsedOrder { order, warnings, .. } = parsed;
        if matches!(self.look_up.ask(&order, owner).await, Answered::NobodyReached) {
            return Err(Problem::missing_contact());
        }
        let mut found = vec![];
        for shipment in &order.shipments {
            found.push(self.found(&shipment.recipients, owner).await);
        }
        let chain = self.chain(request, &order).await;
        let dry_run = DryRun { chain: &chain, window: &self.window, now: request.now };
        Ok(http::json(200, &dry_run.view(&found, warnings), &[]))
    }

    async fn found(&self, recipients: &Recipients, owner: &OwnerSettings) -> Vec<Found> {
        let recipients = match recipients {
            Recipients::One(recipient) => vec![recipient.clone()],
            Recipients::List(list) => list.recipients().map(|(_, recipient)| recipient).collect(),
        };
        self.look_up.find(recipients, owner).await
    }
}
