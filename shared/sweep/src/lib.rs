//! Sweeping the due index: every minute each shard is looked at, and whatever has come is done. A shard that holds more
//! than a tick manages is handed to a worker by message.

mod children;
mod incident;
mod page;
mod run;

pub use run::{ShardMessage, Sweeper, SweptShards};
