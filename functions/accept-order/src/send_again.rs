//! `POST /future/orders/{id}/send-again`: orders again what failed of another order, for its owner and for administrators.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use serde_json::json;
use varsling_admission::{Asker, unavailable};
use varsling_api::http::{self, Problem};
use varsling_api::routes;
use varsling_api::tokens::COMPOSED_SCOPE;
use varsling_domain::chain::Chain;
use varsling_domain::ids::{ChainId, OrderKind};
use varsling_domain::order::parse::ParsedOrder;
use varsling_domain::order::send_again::{self, NothingToSendAgain};
use varsling_domain::request::Faults;
use varsling_domain::text::Text;
use varsling_domain::view::ShipmentView;
use varsling_store::administration::{Administrator, AdministratorAction, AdministratorChange};

use super::{AcceptOrder, Request};

impl AcceptOrder {
    pub(super) async fn send_again(
        &self,
        event: &ApiGatewayV2httpRequest,
        is_dry_run: bool,
    ) -> Result<ApiGatewayV2httpResponse, Problem> {
        let Asker { owner, administrator } = self.admission.owner_of_orders(self.store(), event).await?;
        let id = ChainId::named(routes::resolve(event)?.parameter("id")).ok_or_else(Problem::no_order)?;
        let now = self.clock.now();
        let chain = self.reader.chain(id, &owner, now).await.map_err(unavailable)?;
        let chain = chain.ok_or_else(Problem::no_order)?;
        let (body, base) = (json!({"sendAgain": chain.id}), self.public_url.base(event));
        let request = Request { owner, kind: OrderKind::Again, body, base, now };
        let parsed = self.failed_of(&chain, &request).await?;
        if administrator.is_none() && parsed.texts.iter().any(has_files) {
            // Who orders e-mails with files has a scope for that.
            self.admission.verifier().verify(http::authorization(event), COMPOSED_SCOPE).await?;
        }
        let settings = self.store().find_owner_settings(&request.owner).await.map_err(unavailable)?;
        let settings = settings.unwrap_or_default();
        if is_dry_run {
            return Box::pin(self.dry_run(&request, parsed, &settings)).await;
        }
        if let Some(by) = administrator {
            let (by, about) = (Administrator::Organization(&by), chain.id.to_string());
            let change = AdministratorChange::of(by, AdministratorAction::SendAgain, &about, now);
            self.store().put_administrator_change(&change).await.map_err(unavailable)?;
        }
        Box::pin(self.create(request, parsed, &settings)).await
    }

    /// The order of what failed, with its texts, which are kept as long as the new one.
    async fn failed_of(&self, chain: &Chain, request: &Request) -> Result<ParsedOrder, Problem> {
        let order = self.reader.order(chain).await.map_err(unavailable)?.ok_or_else(Problem::no_order)?;
        let children = self.reader.children(chain, 0).await.map_err(unavailable)?;
        let view = ShipmentView::of(chain, 0, &children).ok_or_else(Problem::no_order)?;
        let order = send_again::send_again(&order, &view, request.now).map_err(refused)?;
        let texts = self.reader.texts(chain, &order).await.map_err(unavailable)?;
        let texts = send_again::texts_of(&order, texts).map_err(refused)?;
        Ok(ParsedOrder { order, texts, warnings: Faults::default() })
    }
}

fn has_files(text: &Text) -> bool {
    matches!(text, Text::Email(email) if !email.attachments.is_empty())
}

fn refused(why: NothingToSendAgain) -> Problem {
    Problem::conflict(why.detail())
}
