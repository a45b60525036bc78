//! Every minute: acts on whatever has come in the key space `due` (shipments and deliveries whose time has come, leases
//! that have ended, lifetimes that are over, parents whose children have ended).

use serde_json::Value;
use varsling_domain::chain::Space;
use varsling_function::aws;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_sweep::{Sweeper, SweptShards};

/// The function.
pub struct Schedule {
    sweeper: Sweeper,
}

impl Function for Schedule {
    const NAME: &'static str = "schedule";
    const VARIABLES: Variables = Sweeper::VARIABLES;
    type Event = Value;
    type Answer = Value;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let configuration = aws::configuration(context).await;
        Ok(Self { sweeper: Sweeper::open(&configuration, context)? })
    }

    async fn warm(&self) {
        self.sweeper.warm().await;
    }

    async fn handler(&self, _event: Value, deadline: Deadline) -> Result<Value, HandlerError> {
        let (swept, before) =
            futures::join!(self.sweeper.tick(Space::Due, deadline), self.sweeper.tick_before());
        Ok(self.sweeper.told(Space::Due, SweptShards::merged(vec![swept, before]))?)
    }
}
