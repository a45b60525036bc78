//! Every promise through the front door: over HTTP against the whole local system, with its clock moved.

mod bad_input;
mod cancelling;
mod capabilities;
mod conditions;
mod costs;
mod errors;
mod faults;
mod front_door;
mod instant;
mod lists;
mod orders;
mod outbox;
mod pace;
mod reading;
mod real_clients;
mod recipients;
mod reconcile;
mod reminders;
mod replays;
mod retention;
mod storage;
mod support;
mod sweeps;
mod templates;
mod wide;
mod windows;
