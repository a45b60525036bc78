//! What an instant notice takes of its channel's rate and of the day's budgets.

use varsling_api::http::Problem;
use varsling_domain::budget;
use varsling_domain::chain::{Chain, Delivery};
use varsling_domain::channel::{Channel, PerChannel};
use varsling_domain::priority::PriorityClass;
use varsling_function::environment::{ConfigError, Environment};
use varsling_function::trouble::Waiting;
use varsling_sending::{Budgets, Limits, Want};
use varsling_store::StoreError;

use super::{Request, SendInstant, Standing};

/// Whether a notice may be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permit {
    /// It may, on this channel.
    Granted(Channel),
    /// The channel's rate is used up.
    RateUsedUp,
    /// The day's budget is used up, the owner's or the deployment's.
    BudgetUsedUp,
    /// It is held, its channel or its owner.
    Held,
}

impl Permit {
    /// What the owner reads of a notice that may not be sent now; nothing of one that may.
    pub fn problem(self, request: &Request) -> Option<Problem> {
        match self {
            Self::Granted(_) => None,
            Self::Held => Some(Problem::held()),
            Self::RateUsedUp => Some(Problem::too_many()),
            Self::BudgetUsedUp => {
                let wait = budget::next_day(request.now) - request.now;
                Some(Problem::budget_used_up(wait.num_seconds()))
            }
        }
    }
}

/// The budgets of every channel.
pub(super) fn budgets(environment: &Environment) -> Result<PerChannel<Budgets>, ConfigError> {
    let limits = Channel::ALL.iter().map(|channel| Limits::open(*channel, environment));
    let limits = limits.collect::<Result<Vec<_>, _>>()?;
    Ok(PerChannel::by(|channel| Budgets::new(channel, limits[channel as usize])))
}

impl SendInstant {
    /// Takes what a notice needs. Whoever waits for the answer is as urgent as can be.
    pub(super) async fn permit(
        &self,
        request: &Request,
        standing: &Standing,
        delivery: &Delivery,
    ) -> Result<Permit, StoreError> {
        let channel = delivery.channel;
        if standing.deployment.held(self.store.table_name(), channel, &request.owner).is_some() {
            return Ok(Permit::Held);
        }
        let budgets = self.budgets.of(channel);
        let want = Want {
            owner: request.owner.clone(),
            owners_budget: standing.settings.daily_budget(channel),
            units: budget::units(delivery),
            class: PriorityClass::Urgent,
        };
        let wants = [want];
        let reserved = budgets.reserve(&self.store, &wants, request.now);
        let rate = self.store.take_instant_permit(channel, self.most(channel), request.now);
        let ((), is_within_rate) = futures::join!(reserved, rate);
        if !is_within_rate? {
            return Ok(Permit::RateUsedUp);
        }
        if wants.iter().all(|want| budgets.take(want)) {
            return Ok(Permit::Granted(channel));
        }
        let returned = self.return_permit(request, Permit::Granted(channel));
        futures::join!(returned, budgets.give_back_refused(&self.store, request.now));
        Ok(Permit::BudgetUsedUp)
    }

    /// Returns a permit that is not used. Where that fails, one notice fewer is sent in this second. What was reserved of
    /// the budgets is given back by the next count, because nothing was sent.
    pub(super) async fn return_permit(&self, request: &Request, permit: Permit) {
        let Permit::Granted(channel) = permit else { return };
        if let Err(error) = self.store.return_instant_permit(channel, request.now).await {
            error.log_waiting(&channel.name());
        }
    }

    /// What was sent, or may have been, counts against the day's budgets.
    pub(super) fn count(&self, chain: &Chain, delivery: &Delivery) {
        self.budgets.of(delivery.channel).sent(&chain.owner, budget::units(delivery));
    }
}
