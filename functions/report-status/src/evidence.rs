//! `GET /future/orders/{id}/evidence`: what can be proved of an order.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use chrono::{DateTime, Utc};
use varsling_api::http::{self, Problem};
use varsling_domain::evidence::Evidence;
use varsling_domain::ids::ChainId;
use varsling_store::StoreError;

use super::{Answer, ReportStatus, unavailable};

impl ReportStatus {
    /// What can be proved of an order: from the order itself while it is kept, later from what was written down when it
    /// was over.
    pub(super) async fn show_evidence(&self, event: &ApiGatewayV2httpRequest, id: &str) -> Answer {
        let owner = self.admission.owner_of_orders(&self.store, event).await?.owner;
        let id = ChainId::named(id).ok_or_else(Problem::no_order)?;
        let evidence = self.evidence(id).await.map_err(unavailable)?;
        let evidence = evidence.filter(|evidence| evidence.owner == owner).ok_or_else(Problem::no_order)?;
        let openings = match &evidence.watch {
            Some(watch) => self.store.openings(&watch.marker).await.map_err(unavailable)?,
            None => vec![],
        };
        Ok(http::json(200, &evidence.view(&openings), &[]))
    }

    async fn evidence(&self, id: ChainId) -> Result<Option<Evidence>, StoreError> {
        let now = self.clock.now();
        let chain = self.store.load_chain(id).await?.filter(|chain| now < chain.kept_until);
        let evidence = match chain {
            Some(chain) => Some(Evidence::of(&chain, now)),
            None => self.evidence_store.load(id, now).await?,
        };
        let Some(evidence) = evidence else { return Ok(None) };
        let children = self.evidence_of_all(&evidence.children(), now).await?;
        Ok(Some(evidence.with_children(&children)))
    }

    /// What is proved of some orders, each with its children.
    pub(super) async fn evidence_of_all(
        &self,
        ids: &[ChainId],
        now: DateTime<Utc>,
    ) -> Result<Vec<Evidence>, StoreError> {
        let mut all = vec![];
        for evidence in self.evidence_of_each(ids, now).await? {
            let children = self.evidence_of_each(&evidence.children(), now).await?;
            all.push(evidence.with_children(&children));
        }
        Ok(all)
    }

    /// From the chains where they are kept, and from what was written down of the others.
    async fn evidence_of_each(
        &self,
        ids: &[ChainId],
        now: DateTime<Utc>,
    ) -> Result<Vec<Evidence>, StoreError> {
        if ids.is_empty() {
            return Ok(vec![]);
        }
        let chains = self.store.load_chains(ids).await?.into_iter().collect::<Result<Vec<_>, _>>()?;
        let kept = chains.into_iter().flatten().filter(|chain| now < chain.kept_until);
        let mut all: Vec<_> = kept.map(|chain| Evidence::of(&chain, now)).collect();
        let gone: Vec<_> = ids
            .iter()
            .filter(|id| all.iter().all(|one| one.notification_order_id != **id))
            .copied()
            .collect();
        all.extend(self.evidence_store.load_all(&gone, now).await?);
        Ok(all)
    }
}
