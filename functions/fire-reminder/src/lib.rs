//! Every minute: decides the reminders that are due, and acts on whatever else has come in their chains. A reminder whose
//! message has been opened stops here; the others go on to have their recipients resolved.

use serde_json::Value;
use varsling_domain::chain::Space;
use varsling_function::aws;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_sweep::Sweeper;

/// The function.
pub struct FireReminder {
    sweeper: Sweeper,
}

impl Function for FireReminder {
    const NAME: &'static str = "fire-reminder";
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
        Ok(self.sweeper.told(Space::Reminder, self.sweeper.tick(Space::Reminder, deadline).await)?)
    }
}
