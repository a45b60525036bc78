//! Works through one shard of the due index that holds more than a tick manages. Its queue gives a shard to one worker at
//! a time; the next tick queues again what is left when the worker's time is up.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use varsling_function::aws;
use varsling_function::consume::{self, Batch, GivenUp};
use varsling_function::context::FunctionContext;
use varsling_function::environment::Variables;
use varsling_function::lambda::{Deadline, Function, HandlerError, StartError};
use varsling_store::StoreError;
use varsling_sweep::{ShardMessage, Sweeper};

/// The function.
pub struct SweepShard {
    sweeper: Sweeper,
}

impl Function for SweepShard {
    const NAME: &'static str = "sweep-shard";
    const VARIABLES: Variables = Sweeper::VARIABLES;
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    async fn start(context: &FunctionContext) -> Result<Self, StartError> {
        let configuration = aws::configuration(context).await;
        Ok(Self { sweeper: Sweeper::open(&configuration, context)? })
    }

    async fn warm(&self) {
        self.sweeper.warm().await;
    }

    async fn handler(&self, event: SqsEvent, deadline: Deadline) -> Result<SqsBatchResponse, HandlerError> {
        let batch = Batch::<ShardMessage>::read(event, GivenUp::AtOnce);
        Ok(consume::each(batch, ShardMessage::clone, |message| self.work(message, deadline)).await)
    }
}

impl SweepShard {
    async fn work(&self, message: ShardMessage, deadline: Deadline) -> Result<(), StoreError> {
        let Some(shard) = message.shard() else {
            tracing::error!(space = message.space, "there is no such key space");
            return Ok(());
        };
        let swept = self.sweeper.work_through(shard, deadline).await?;
        // A chain that could not be swept stands in the index, and the next tick finds it.
        if let Err(error) = self.sweeper.told(shard.space, swept) {
            tracing::error!(shard = shard.key(), %error, "swept in part");
        }
        Ok(())
    }
}
