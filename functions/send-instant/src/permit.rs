//! What an instant notice takes of its channel's rate and of the day's budgets.

use varsling_api::http::Problem;
use varsling_domain::budget;
use varsling_domain::chain::Delivery;
use varsling_domain::channel::{Channel, PerChannel};
use varsling_domain::priority::PriorityClass;
use varsling_function::environment::{ConfigError, Environment};
use varsling_function::trouble::Waiting;
use varsling_sending::{Budgets, Limits, Want, simulated};
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
    /// Takes what a notice needs. A caller who waits for the answer is as urgent as can be.
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
        // What no provider is called for takes nothing of a budget.
        let wants = Some(want).filter(|_| simulated(delivery, Some(&standing.settings)).is_none());
        let wants = wants.as_slice();
        let reserved = budgets.reserve(&self.store, wants, request.now);
        let rate = self.store.take_instant_permit(channel, self.most(channel), request.now);
        let ((), is_within_rate) = futures::join!(reserved, rate);
        if !is_within_rate? {
            budgets.release(&self.store, request.now).await;
            return Ok(Permit::RateUsedUp);
        }
        if wants.iter().all(|want| budgets.take(want)) {
            return Ok(Permit::Granted(channel));
        }
        self.return_permit(request, Permit::Granted(channel)).await;
        Ok(Permit::BudgetUsedUp)
    }

    /// Returns a permit that is not used, and what was reserved of the budgets. Where that fails, one notice fewer is sent
    /// in this second, and the next count says what was not sent.
    pub(super) async fn return_permit(&self, request: &Request, permit: Permit) {
        let Permit::Granted(channel) = permit else { return };
        let budgets = self.budgets.of(channel);
        let returned = self.store.return_instant_permit(channel, request.now);
        let (returned, ()) = futures::join!(returned, budgets.release(&self.store, request.now));
        if let Err(error) = returned {
            error.log_waiting(&channel.name());
        }
    }
}
