//! The deployment that is looked after: where its API, its table and its queues are, as its stack's outputs say.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use serde::Deserialize;

use crate::error::OpsError;

/// A stack's outputs and parameters.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Deployment {
    /// The stack's name.
    pub stack: String,
    /// By the names that the template gives them.
    pub outputs: BTreeMap<String, String>,
    /// By the names that the template gives them.
    pub parameters: BTreeMap<String, String>,
    /// Where AWS and the table are, for a system on this machine.
    pub endpoints: Option<Endpoints>,
}

/// Where a local system's stand-ins are.
#[derive(Debug, Clone, Deserialize)]
pub struct Endpoints {
    /// Everything but the table.
    pub aws: String,
    /// The table.
    pub dynamodb: String,
}

/// A queue, and that of its dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name, such as `email-urgent`.
    pub name: String,
    /// Its address; none for what Lambda keeps itself.
    pub url: Option<String>,
    /// Where its dead letters are.
    pub dead_url: String,
}

impl Deployment {
    /// As CloudFormation knows it.
    pub async fn of_stack(name: &str, configuration: &SdkConfig) -> Result<Self, OpsError> {
        let client = aws_sdk_cloudformation::Client::new(configuration);
        let answer = client.describe_stacks().stack_name(name).send().await;
        let answer = answer.map_err(|error| OpsError::aws("reading the stack", &error))?;
        let stack =
            answer.stacks().first().ok_or_else(|| OpsError::usage(format!("there is no stack {name}")))?;
        let outputs = stack.outputs().iter().map(|one| pair(one.output_key(), one.output_value()));
        let parameters =
            stack.parameters().iter().map(|one| pair(one.parameter_key(), one.parameter_value()));
        Ok(Self {
            stack: name.to_owned(),
            outputs: outputs.flatten().collect(),
            parameters: parameters.flatten().collect(),
            endpoints: None,
        })
    }

    /// An output, which every deployment of this version has.
    pub fn output(&self, name: &str) -> Result<&str, OpsError> {
        self.outputs.get(name).map(String::as_str).ok_or_else(|| {
            OpsError::usage(format!("the stack {} has no output {name}: is it one of Varsling?", self.stack))
        })
    }

    /// A parameter that is not empty.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Every queue that has dead letters, by name.
    pub fn queues(&self) -> Vec<Queue> {
        let dead =
            self.outputs.iter().filter_map(|(name, url)| Some((name.strip_suffix("DeadQueueUrl")?, url)));
        let queues = dead.map(|(name, dead_url)| Queue {
            name: with_hyphens(name),
            url: self.outputs.get(&format!("{name}QueueUrl")).cloned(),
            dead_url: dead_url.clone(),
        });
        queues.collect()
    }

    /// The queue of a name, as the outputs have it or as its dead letters are called.
    pub fn queue(&self, name: &str) -> Result<Queue, OpsError> {
        let asked = name.trim_end_matches(".fifo").trim_end_matches("-dead");
        let all = self.queues();
        let names = all.iter().map(|queue| queue.name.as_str()).collect::<Vec<_>>().join(", ");
        let found = all.into_iter().find(|queue| queue.name == asked);
        found.ok_or_else(|| OpsError::usage(format!("there is no queue `{name}`; there are {names}")))
    }
}

fn pair(name: Option<&str>, value: Option<&str>) -> Option<(String, String)> {
    Some((name?.to_owned(), value?.to_owned()))
}

/// `EmailUrgent` as `email-urgent`.
fn with_hyphens(name: &str) -> String {
    let mut written = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !written.is_empty() {
            written.push('-');
        }
        written.extend(letter.to_lowercase());
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment() -> Deployment {
        let outputs = ["EmailUrgentQueueUrl", "EmailUrgentDeadQueueUrl", "OpenedDeadQueueUrl"];
        let outputs = outputs.map(|name| (name.to_owned(), format!("http://sqs/{name}")));
        Deployment { outputs: outputs.into(), ..Deployment::default() }
    }

    #[test]
    fn a_queue_is_found_by_its_name_or_by_that_of_its_dead_letters() {
        for name in ["email-urgent", "email-urgent-dead"] {
            let queue = deployment().queue(name).unwrap();
            assert_eq!(queue.url.as_deref(), Some("http://sqs/EmailUrgentQueueUrl"));
            assert_eq!(queue.dead_url, "http://sqs/EmailUrgentDeadQueueUrl");
        }
        assert_eq!(deployment().queue("opened").unwrap().url, None);
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_right_ones() {
        let error = deployment().queue("emial").unwrap_err().to_string();
        assert_eq!(error, "there is no queue `emial`; there are email-urgent, opened");
    }
}
