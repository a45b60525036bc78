//! Nothing personal in a queue's message, an event, a key or a log line.

use std::sync::Mutex;

use super::order::{BOUNCING_PERSON, PERSONS, RESERVED};
use crate::AnyError;
use crate::lock;
use crate::system::System;
use crate::traces::LogLines;

/// What every address in a seed has in it, and every number.
const OF_ADDRESSES: [&str; 3] = ["example.no", "amazonses.com", "+479"];

static LINES: Mutex<Vec<String>> = Mutex::new(vec![]);

/// Where log lines go while seeds are played.
pub fn log_lines() -> LogLines {
    LogLines { is_personal, found: &LINES }
}

/// The log lines that must not be, of all seeds so far.
pub fn personal_log_lines() -> Vec<String> {
    std::mem::take(&mut *lock(&LINES))
}

fn is_personal(text: &str) -> bool {
    let numbers = PERSONS.iter().chain([&RESERVED, &BOUNCING_PERSON]);
    OF_ADDRESSES.iter().chain(numbers).any(|mark| text.contains(mark))
}

/// What of a seed's messages, events and keys must not be.
pub fn judge(system: &System) -> Result<Vec<String>, AnyError> {
    let simulator = &system.simulator;
    let messages = simulator.traces.messages().into_iter().map(|message| format!("a message of {message}"));
    let events = lock(&simulator.published).clone().into_iter().map(|event| format!("an event: {event}"));
    let keys = simulator.database.keys()?.into_iter().map(|key| format!("a key: {key}"));
    let all = messages.chain(events).chain(keys);
    Ok(all.filter(|text| is_personal(text)).map(|text| format!("personal data in {text}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_numbers_are_personal_and_ids_are_not() {
        assert!(is_personal("to mottaker-1@example.no") && is_personal("of 03895628785"));
        assert!(!is_personal("chain#c2727ae6-466e-8b3f-b22a-0b0219417000"));
    }
}
