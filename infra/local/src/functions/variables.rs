//! What a function finds in its environment variables.

use std::collections::BTreeMap;

use super::ACCOUNT;
use crate::event_sources::{EventSource, QUEUES};

/// What all functions' variables are made from.
const TEMPLATE: &str = include_str!("../../environment");

/// What stands for what in the template.
pub type Places = BTreeMap<&'static str, String>;

/// A function's variables: lines of `NAME=value`, where the queues are, and what a function that sends shares with others.
pub fn variables(function: &str, places: &Places) -> BTreeMap<String, String> {
    let queues = QUEUES.iter().filter(|source| source.is_queue()).map(|source| queue_url(source.name));
    let sender = QUEUES.iter().find(|source| source.function == function).map(of_sender);
    let template = TEMPLATE.to_owned() + &queues.collect::<String>() + &sender.unwrap_or_default();
    let text = places.iter().fold(template, |text, (name, value)| text.replace(name, value));
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect()
}

/// The line that says where a queue is: `SHARDS_QUEUE_URL` for both `shards` and `shards.fifo`.
fn queue_url(name: &str) -> String {
    let word = name.trim_end_matches(".fifo").to_uppercase().replace('-', "_");
    format!("{word}_QUEUE_URL={{aws}}/{ACCOUNT}/{name}\n")
}

/// What a function that sends has to know of its event source: how many send beside it, and how much each gets at once.
fn of_sender(source: &EventSource) -> String {
    let class = if source.name.ends_with("-urgent") { "Urgent" } else { "Normal" };
    let (workers, batch) = (source.concurrency, source.batch);
    format!("PRIORITY_CLASS={class}\nWORKERS={workers}\nBATCH_SIZE={batch}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_found_by_the_name_of_its_variable() {
        assert_eq!(queue_url("email-urgent"), "EMAIL_URGENT_QUEUE_URL={aws}/000000000000/email-urgent\n");
        assert!(queue_url("shards.fifo").starts_with("SHARDS_QUEUE_URL="));
        let places = Places::from([("{aws}", "http://127.0.0.1:1".to_owned())]);
        let variables = variables("send-email-urgent", &places);
        assert_eq!(variables["PRIORITY_CLASS"], "Urgent");
        assert_eq!(variables["STEPS_QUEUE_URL"], "http://127.0.0.1:1/000000000000/steps");
        assert!(!variables.contains_key("OPENED_QUEUE_URL"), "Lambda keeps that one");
    }
}
