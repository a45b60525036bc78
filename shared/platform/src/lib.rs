//! The outside world, one adapter each: store, queues, providers, registers, tokens, events, clock,
//! configuration and telemetry. The rules themselves are in `varsling-domain`.

pub mod aws;
pub mod backlogs;
pub mod chance;
pub mod clock;
pub mod consume;
pub mod dispatch;
pub mod environment;
pub mod events;
pub mod http;
pub mod lambda;
pub mod maskinporten;
pub mod providers;
pub mod queues;
pub mod rates;
pub mod registers;
pub mod secrets;
pub mod sending;
pub mod store;
pub mod surroundings;
pub mod sweep;
pub mod telemetry;
pub mod tokens;
pub mod trouble;
