//! `/holds` and `/settlement`: what administrators hold and let go on, and what becomes of what was under way when the
//! table was lost.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use varsling_api::http::{self, Problem};
use varsling_api::tokens::ADMIN_SCOPE;
use varsling_domain::deployment::{self, DeploymentView, InvalidScope, Scope};
use varsling_domain::identity::Owner;
use varsling_domain::request::{self, Faults};
use varsling_store::administration::{Administrator, AdministratorAction, AdministratorChange};

use super::{Answer, ManageTemplates, invalid, unavailable};

impl ManageTemplates {
    pub(super) async fn show_holds(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        self.administrator(event).await?;
        self.answer_holds().await
    }

    pub(super) async fn hold(&self, event: &ApiGatewayV2httpRequest, scope: &str) -> Answer {
        let by = self.administrator(event).await?;
        let scope = parsed(scope)?;
        let body = request::read_body(&http::body(event)?).map_err(invalid)?;
        let hold = deployment::parse_hold(&body, by, self.clock.now()).map_err(invalid)?;
        let known = self.store.load_deployment().await.map_err(unavailable)?;
        let change = AdministratorChange {
            by: Administrator::Organization(&hold.by),
            action: AdministratorAction::Hold,
            about: &scope.to_string(),
            before: known.holds.get(&scope),
            after: Some(&hold),
            at: hold.since,
        };
        self.store.put_administrator_change(&change).await.map_err(unavailable)?;
        self.store.hold(&scope, &hold).await.map_err(unavailable)?;
        tracing::warn!(%scope, by = %hold.by, "held");
        self.answer_holds().await
    }

    pub(super) async fn release(&self, event: &ApiGatewayV2httpRequest, scope: &str) -> Answer {
        let by = self.administrator(event).await?;
        let scope = parsed(scope)?;
        let known = self.store.load_deployment().await.map_err(unavailable)?;
        let change = AdministratorChange {
            by: Administrator::Organization(&by),
            action: AdministratorAction::Release,
            about: &scope.to_string(),
            before: known.holds.get(&scope),
            after: None,
            at: self.clock.now(),
        };
        self.store.put_administrator_change(&change).await.map_err(unavailable)?;
        self.store.release(&scope).await.map_err(unavailable)?;
        tracing::warn!(%scope, %by, "released");
        self.answer_holds().await
    }

    pub(super) async fn settle(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        let by = self.administrator(event).await?;
        let body = request::read_body(&http::body(event)?).map_err(invalid)?;
        let known = self.store.load_deployment().await.map_err(unavailable)?;
        let table = self.store.table_name();
        let settlement =
            deployment::parse_settlement(&body, &known, table, self.clock.now()).map_err(invalid)?;
        let change = AdministratorChange {
            by: Administrator::Organization(&by),
            action: AdministratorAction::Settle,
            about: table,
            before: known.settlement.as_ref(),
            after: Some(&settlement),
            at: settlement.at,
        };
        self.store.put_administrator_change(&change).await.map_err(unavailable)?;
        self.store.settle(&settlement).await.map_err(unavailable)?;
        tracing::warn!(%by, until = %settlement.until, "settled what was under way");
        self.answer_holds().await
    }

    pub(super) async fn administrator(&self, event: &ApiGatewayV2httpRequest) -> Result<Owner, Problem> {
        Ok(self.admission.verifier().verify(http::authorization(event), ADMIN_SCOPE).await?)
    }

    async fn answer_holds(&self) -> Answer {
        let deployment = self.store.load_deployment().await.map_err(unavailable)?;
        Ok(http::json(200, &DeploymentView::of(&deployment, self.store.table_name()), &[]))
    }
}

fn parsed(scope: &str) -> Result<Scope, Problem> {
    scope.parse().map_err(|error: InvalidScope| invalid(Faults::of("scope", error.to_string())))
}
