//! The same request again: it waits while the first is under way, learns what came of it, and tries again where that was
//! told to be not sent.

use std::sync::Arc;

use chrono::TimeDelta;
use varsling_api::http::Problem;
use varsling_domain::chain::{Chain, Delivery, DeliveryEvent, DeliveryState, Event, Outcome};
use varsling_domain::order::parse;
use varsling_domain::owner::OwnerSettings;
use varsling_domain::request::Faults;
use varsling_domain::status::Failure;
use varsling_domain::text::Text;
use varsling_store::Stored;

use super::attempt::Attempt;
use super::permit::Permit;
use super::{Answer, Request, SendInstant, sent, unavailable};

/// How often it is looked whether the first request has its answer.
const LOOK_EVERY: TimeDelta = TimeDelta::milliseconds(100);

/// How long a repeat waits for the first request.
const PATIENCE: TimeDelta = TimeDelta::seconds(6);

/// What a repeat finds.
enum Found {
    /// The first is under way.
    UnderWay,
    /// It was not sent, and is the owner's to try again, under this claim.
    GivenBack(u64),
    /// It was sent, or was refused for good.
    Over,
    /// It was never sent, and is not going to be.
    NeverSent(&'static str),
}

impl Found {
    fn of(delivery: &Delivery) -> Self {
        match delivery.state {
            DeliveryState::Sending { .. } | DeliveryState::Queued { .. } | DeliveryState::Waiting { .. } => {
                Self::UnderWay
            }
            DeliveryState::GivenBack { .. } => Self::GivenBack(delivery.claim),
            DeliveryState::Done(ending) if delivery.handed_over_at.is_none() => match ending.outcome {
                Outcome::Failed(Failure::Ttl) => {
                    Self::NeverSent("Its time to live was over before it was sent.")
                }
                Outcome::Stopped => Self::NeverSent("It was cancelled before it was sent."),
                Outcome::Delivered | Outcome::Failed(_) => Self::Over,
            },
            DeliveryState::Accepted | DeliveryState::Done(_) => Self::Over,
        }
    }
}

/// A request whose order is stored.
pub(super) struct Repeat {
    pub request: Request,
    /// As the order is stored.
    pub stored: Chain,
    pub text: Arc<Text>,
    /// Whether it may be sent now.
    pub permit: Permit,
    /// What is settled for its owner.
    pub settings: OwnerSettings,
}

/// What comes of a repeat that is not refused.
enum Claimed {
    /// It tries again.
    Mine(Chain),
    /// The first request has its answer.
    Over(Chain),
}

impl SendInstant {
    /// Answers a request whose order is stored. What is not sent takes nothing of the rate.
    pub(super) async fn repeat(&self, repeat: Repeat) -> Answer {
        let Repeat { request, stored, text, permit, settings } = repeat;
        match self.claimed(&request, stored, permit).await {
            Ok(Claimed::Mine(chain)) => {
                let attempt = Attempt { chain, text, warnings: Faults::default(), settings };
                self.attempt(&request, attempt).await
            }
            Ok(Claimed::Over(chain)) => {
                self.return_permit(&request, permit).await;
                Ok(sent(200, &chain, &request.base, &Faults::default()))
            }
            Err(problem) => {
                self.return_permit(&request, permit).await;
                Err(problem)
            }
        }
    }

    /// The order when it is over, or when this request has claimed it to try again.
    async fn claimed(&self, request: &Request, stored: Chain, permit: Permit) -> Result<Claimed, Problem> {
        if request.now >= stored.kept_until {
            return Err(Problem::spent_id());
        }
        if !parse::is_same_order(&stored.fingerprint, &request.body, request.now) {
            return Err(Problem::other_order());
        }
        let until = request.now + PATIENCE;
        let mut chain = stored;
        loop {
            let delivery = chain.delivery(chain.shipment_id(0).delivery(0)).ok_or_else(Problem::internal)?;
            match Found::of(delivery) {
                Found::Over => return Ok(Claimed::Over(chain)),
                Found::NeverSent(why) => return Err(Problem::conflict(why)),
                Found::GivenBack(claim) => match self.claim_within(chain, claim, permit, request).await? {
                    Claim::Mine(chain) => return Ok(Claimed::Mine(chain)),
                    Claim::Changed(theirs) => chain = theirs,
                },
                Found::UnderWay if self.clock.now() >= until => return Err(Problem::uncertain()),
                Found::UnderWay => {
                    self.clock.wait_until(self.clock.now() + LOOK_EVERY).await;
                    let stored = self.store.load_chain(chain.id).await.map_err(unavailable)?;
                    chain = stored.ok_or_else(Problem::spent_id)?;
                }
            }
        }
    }

    /// Claims what was given back, where there is a permit to send it.
    async fn claim_within(
        &self,
        chain: Chain,
        claim: u64,
        permit: Permit,
        request: &Request,
    ) -> Result<Claim, Problem> {
        match permit.problem(request) {
            Some(problem) => Err(problem),
            None => self.claim(chain, claim).await,
        }
    }

    /// Claims what was given back, unless another repeat was quicker.
    async fn claim(&self, chain: Chain, claim: u64) -> Result<Claim, Problem> {
        let id = chain.shipment_id(0).delivery(0);
        let event = Event::Delivery { id, event: DeliveryEvent::Claimed { claim } };
        let stored = self.store.apply(chain, &[event], self.clock.now()).await.map_err(unavailable)?;
        Ok(match stored {
            Stored::Changed(applied) if is_sending(&applied.chain) => Claim::Mine(applied.chain),
            Stored::Changed(applied) => Claim::Changed(applied.chain),
            Stored::Unchanged { chain, .. } => Claim::Changed(chain),
        })
    }
}

/// What came of a claim.
enum Claim {
    /// The chain, in which the delivery is claimed.
    Mine(Chain),
    /// The chain as somebody else has made it, or as it is now that its lifetime is over.
    Changed(Chain),
}

fn is_sending(chain: &Chain) -> bool {
    let delivery = chain.delivery(chain.shipment_id(0).delivery(0));
    delivery.is_some_and(|delivery| matches!(delivery.state, DeliveryState::Sending { .. }))
}
