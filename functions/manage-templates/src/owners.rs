//! `/owners/{orgNumber}`: written by administrators, read by them and by the owner itself.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use varsling_api::http::{self, Problem};
use varsling_domain::identity::Owner;
use varsling_domain::{owner, request};
use varsling_store::administration::{Administrator, AdministratorAction, AdministratorChange};

use super::{Answer, ManageTemplates, invalid, unavailable};

impl ManageTemplates {
    pub(super) async fn show_owner(&self, event: &ApiGatewayV2httpRequest, number: &str) -> Answer {
        let owner = self.admission.owner_or_administrator(&self.store, event, number).await?;
        let settings = self.store.find_owner_settings(&owner).await.map_err(unavailable)?.unwrap_or_default();
        Ok(http::json(200, &settings, &[]))
    }

    pub(super) async fn put_owner(&self, event: &ApiGatewayV2httpRequest, number: &str) -> Answer {
        let by = self.administrator(event).await?;
        let owner = Owner::try_from(number).map_err(|_| Problem::not_found())?;
        let body = request::read_body(&http::body(event)?).map_err(invalid)?;
        let settings = owner::parse_settings(&body).map_err(invalid)?;
        let before = self.store.find_owner_settings(&owner).await.map_err(unavailable)?;
        let change = AdministratorChange {
            by: Administrator::Organization(&by),
            action: AdministratorAction::PutOwner,
            about: number,
            before: before.as_ref(),
            after: Some(&settings),
            at: self.clock.now(),
        };
        self.store.put_administrator_change(&change).await.map_err(unavailable)?;
        self.store.put_owner_settings(&owner, &settings).await.map_err(unavailable)?;
        tracing::info!(%owner, %by, "settings changed");
        Ok(http::json(200, &settings, &[]))
    }
}
