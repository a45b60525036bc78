//! The rules of notification: pure functions and valid values, with the time as an argument.
//!
//! Nothing here reads a clock, draws a random number or talks to anything.

#![cfg_attr(test, allow(clippy::disallowed_methods, reason = "tests read stored items and write pages"))]

pub mod address;
pub mod budget;
pub mod calendar;
pub mod capabilities;
pub mod chain;
pub mod channel;
pub mod check;
pub mod contract;
pub mod decided;
pub mod deployment;
pub mod erasure;
pub mod evidence;
pub mod feed;
pub mod finder;
pub mod identity;
pub mod ids;
pub mod keywords;
pub mod language;
pub mod links;
pub mod manifest;
pub mod masking;
pub mod opened;
pub mod order;
pub mod owner;
mod parsed;
pub mod priority;
pub mod reached;
pub mod reading;
pub mod recipients;
pub mod request;
pub mod sandbox;
pub mod sms;
pub mod standing;
pub mod status;
pub mod status_events;
pub mod suppression;
pub mod template;
pub mod text;
pub mod usage;
pub mod view;
pub mod webhook;
pub mod window;
