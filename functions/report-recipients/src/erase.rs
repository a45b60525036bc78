//! `POST /recipients/erase`: erases what is held about somebody, as far as it may be, for administrators.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use chrono::{DateTime, Utc};
use varsling_api::http::{self, Problem};
use varsling_api::tokens::ADMIN_SCOPE;
use varsling_domain::chain::Chain;
use varsling_domain::erasure::{self, ErasureView, Stays};
use varsling_domain::finder::Finder;
use varsling_domain::identity::Owner;
use varsling_domain::ids::IdKey;
use varsling_domain::order::Named;
use varsling_domain::request;
use varsling_store::StoreError;
use varsling_store::administration::{Administrator, AdministratorAction, AdministratorChange};
use varsling_store::pointers::Between;

use super::notices::is_for;
use super::{Answer, ReportRecipients, unavailable};

/// How many pointers are read at a time.
const PAGE: i32 = 100;
/// All that was ever planned.
const ALWAYS: Between = Between { from: DateTime::<Utc>::UNIX_EPOCH, until: DateTime::<Utc>::MAX_UTC };

/// What is asked for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    named: &'a Named,
    finder: &'a Finder,
    is_tried_only: bool,
}

impl ReportRecipients {
    pub(super) async fn erase(&self, event: &ApiGatewayV2httpRequest) -> Answer {
        let by = self.admission.verifier().verify(http::authorization(event), ADMIN_SCOPE).await?;
        let is_tried_only = http::is_dry_run(event)?;
        let body = request::read_body(&http::body(event)?);
        let named = body.and_then(|body| erasure::parse_erase(&body));
        let named = named.map_err(|faults| Problem::invalid(faults.into_map()))?;
        let finder = finder(&self.key, &named).ok_or_else(Problem::not_found)?;
        if !is_tried_only {
            self.record(&by, &finder).await.map_err(unavailable)?;
        }
        let asked = Asked { named: &named, finder: &finder, is_tried_only };
        let view = self.erase_all(asked).await.map_err(unavailable)?;
        let [erased, left] = view.counts();
        tracing::warn!(%by, erased, left, is_tried_only, "erased what is held about somebody");
        Ok(http::json(200, &view, &[]))
    }

    /// Who erases, about whom and when, before it is done. It names nobody: a number is an HMAC.
    async fn record(&self, by: &Owner, finder: &Finder) -> Result<(), StoreError> {
        let by = Administrator::Organization(by);
        let change =
            AdministratorChange::of(by, AdministratorAction::Erase, finder.as_str(), self.clock.now());
        self.store.put_administrator_change(&change).await
    }

    async fn erase_all(&self, asked: Asked<'_>) -> Result<ErasureView, StoreError> {
        let (mut view, mut after) = (ErasureView::default(), None);
        loop {
            let page = self.store.find(asked.finder, ALWAYS, after, PAGE).await?;
            let ids: Vec<_> = page.pointers.iter().map(|pointer| pointer.chain).collect();
            for chain in self.store.load_chains(&ids).await? {
                self.erase_one(chain?, asked, &mut view).await?;
            }
            after = page.pointers.last().copied();
            if !page.has_more {
                return Ok(view);
            }
        }
    }

    async fn erase_one(
        &self,
        chain: Option<Chain>,
        asked: Asked<'_>,
        view: &mut ErasureView,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let Some(chain) = chain.filter(|chain| now < chain.kept_until) else { return Ok(()) };
        if let Some(why) = erasure::why_it_stays(&chain, now) {
            view.leave(&chain, why);
            return Ok(());
        }
        let parent = match chain.parent {
            Some(parent) => self.store.load_chain(parent.known.chain()).await?,
            None => None,
        };
        // What is still made of a list is made of the list: a recipient that is gone would be notified again.
        if let Some(parent) = parent.as_ref().filter(|parent| erasure::why_it_stays(parent, now).is_some()) {
            view.leave(parent, Stays::UnderWay);
            return Ok(());
        }
        match parent {
            Some(parent) => view.leave(&parent, Stays::InList),
            None if !self.is_for_nobody_else(&chain, asked.named).await? => {
                view.leave(&chain, Stays::InList);
                return Ok(());
            }
            None => {}
        }
        if asked.is_tried_only || self.is_erased(&chain, now).await? {
            view.erase(&chain);
        } else {
            view.leave(&chain, Stays::Changed);
        }
        Ok(())
    }

    /// Whether all of an order is for somebody: a reminder can be for another one.
    async fn is_for_nobody_else(&self, chain: &Chain, named: &Named) -> Result<bool, StoreError> {
        let order = self.reader.order(chain).await?;
        let mut numbers = chain.numbered().map(|(number, _)| number);
        Ok(order.is_some_and(|order| numbers.all(|number| is_for(&order, number, named))))
    }

    /// Ends what is kept of a chain; false where somebody has written it meanwhile.
    async fn is_erased(&self, chain: &Chain, now: DateTime<Utc>) -> Result<bool, StoreError> {
        self.store.shorten_retention(chain, now).await?;
        let stored = self.store.load_chain(chain.id).await?;
        Ok(stored.is_none_or(|stored| stored.kept_until <= now))
    }
}

fn finder(key: &IdKey, named: &Named) -> Option<Finder> {
    match named {
        Named::Person(number) => Some(Finder::of_person(key, number)),
        Named::Organization(number) => Some(Finder::of_organization(key, number)),
        Named::Address(_) => None,
    }
}
