//! Every deployed function: what it may call and how long it may run, as the template has it.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use varsling_domain::channel::Channel;

use crate::aws::service::{Operation, Service};

/// What working off a queue takes.
const CONSUME: &[&str] = &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
/// What sending to queues takes, whose lengths are looked up and whose connections are opened by that.
const SEND: &[&str] = &["sqs:GetQueueAttributes", "sqs:SendMessage"];
/// What Lambda calls by the role of a function that a table's stream feeds.
const READ_STREAM: &[&str] =
    &["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"];
const READ: &[&str] = &["dynamodb:GetItem"];
const READ_MANY: &[&str] = &["dynamodb:BatchGetItem", "dynamodb:GetItem"];
/// A chain is written whole, on the condition of its version.
const PUT: &[&str] = &["dynamodb:PutItem"];
/// Single attributes: openings, names of templates, demand, retention, an entry of the due index.
const UPDATE: &[&str] = &["dynamodb:UpdateItem"];
/// An administrator lifts a suppression.
const DELETE: &[&str] = &["dynamodb:DeleteItem"];
/// Going through the whole table.
const SCAN: &[&str] = &["dynamodb:Scan"];
const QUERY: &[&str] = &["dynamodb:Query"];
const PUBLISH: &[&str] = &["events:PutEvents"];
const SES: &[&str] = &["ses:GetAccount", "ses:SendEmail"];
const SNS: &[&str] = &["sns:GetSMSAttributes", "sns:Publish"];

/// Reading the secrets that its variables name.
const SECRETS: &[&str] = &["secretsmanager:GetSecretValue"];

/// A deployed function, and what it may do beside writing its log.
pub struct Deployed {
    /// Its name. A binary that is deployed twice has two.
    pub name: &'static str,
    /// How many seconds it may run.
    pub timeout: u16,
    /// The actions of its role, as IAM names them.
    pub actions: &'static [&'static [&'static str]],
    /// The queues that it sends to, or Lambda by its role.
    pub sends_to: &'static [&'static str],
    /// The kinds of items that it names by their keys: what these begin with. `*` is an item of any kind, which is updated
    /// only: a sweep sets aside whatever stands in its part of the due index by mistake.
    pub kinds: &'static [&'static str],
    /// What it may do with the table of evidence.
    pub evidence: &'static [&'static str],
}

/// How many functions there are: a channel has two senders.
pub const COUNT: usize = 16 + 2 * Channel::COUNT;

/// The queues of the channels, and that of shipments.
const STEPS_AND_CHANNELS: [&str; 1 + 2 * Channel::COUNT] =
    ["email", "email-urgent", "sms", "sms-urgent", "steps"];
/// Those, and that of full shards.
const ALL_THAT_A_TICK_FILLS: [&str; 2 + 2 * Channel::COUNT] =
    ["email", "email-urgent", "shards.fifo", "sms", "sms-urgent", "steps"];

/// The kinds of items that a sweep names.
const OF_SWEEP: [&str; 6] = ["*", "chain", "deployment", "opened", "ping", "restored"];
/// The kinds of items that a sender of e-mails names.
const OF_EMAIL: [&str; 11] = [
    "chain",
    "demand",
    "deployment",
    "event",
    "opened",
    "owner",
    "ping",
    "restored",
    "suppressed",
    "text",
    "usage",
];
/// The kinds of items that a sender of SMS names.
const OF_SMS: [&str; 12] = [
    "chain",
    "demand",
    "deployment",
    "event",
    "opened",
    "owner",
    "ping",
    "restored",
    "sms",
    "suppressed",
    "text",
    "usage",
];

/// Every function, by name. The local system refuses everything else; the contract tests hold the template against it.
pub const DEPLOYED: [Deployed; COUNT] = [
    Deployed {
        name: "accept-order",
        timeout: 10,
        actions: &[READ_MANY, PUT, SEND, SECRETS],
        sends_to: &STEPS_AND_CHANNELS,
        kinds: &[
            "administration",
            "chain",
            "deployment",
            "e",
            "evidence",
            "order",
            "owner",
            "pointer",
            "restored",
            "template",
            "text",
        ],
        evidence: &["dynamodb:BatchGetItem"],
    },
    Deployed {
        name: "cancel-order",
        timeout: 25,
        actions: &[READ_MANY, PUT],
        sends_to: &[],
        kinds: &["administration", "chain", "order", "owner", "ping"],
        evidence: &[],
    },
    Deployed {
        name: "deliver-webhooks",
        timeout: 50,
        actions: &[READ, PUT, CONSUME],
        sends_to: &[],
        kinds: &["ping", "webhooks"],
        evidence: &[],
    },
    Deployed {
        name: "fire-reminder",
        timeout: 50,
        actions: &[READ_MANY, PUT, UPDATE, QUERY, SEND],
        sends_to: &ALL_THAT_A_TICK_FILLS,
        kinds: &OF_SWEEP,
        evidence: &[],
    },
    Deployed {
        name: "manage-templates",
        timeout: 10,
        actions: &[READ_MANY, PUT, UPDATE, DELETE, QUERY, SECRETS, &["sqs:SendMessage"]],
        sends_to: &["webhooks.fifo"],
        kinds: &[
            "administration",
            "deployment",
            "owner",
            "ping",
            "restored",
            "suppressed",
            "template",
            "templates",
            "webhooks",
        ],
        evidence: &[],
    },
    Deployed {
        name: "publish-changes",
        timeout: 30,
        actions: &[READ_MANY, PUT, UPDATE, READ_STREAM, CONSUME, SEND, PUBLISH],
        // Lambda puts what it gives up of the stream on a queue.
        sends_to: &["untold", "untold-dead", "webhooks.fifo"],
        kinds: &["chain", "e", "feed", "order", "ping", "usage", "webhooks"],
        evidence: PUT,
    },
    // Lambda puts a start that has failed on a queue.
    Deployed {
        name: "reconcile",
        timeout: 120,
        actions: &[READ_MANY, SCAN, CONSUME, SEND],
        sends_to: &["reconcile", "reconcile-dead", "untold"],
        kinds: &["chain", "e", "evidence", "ping"],
        evidence: &["dynamodb:BatchGetItem"],
    },
    Deployed {
        name: "record-delivery",
        timeout: 10,
        actions: &[READ_MANY, PUT, CONSUME, SEND, SECRETS],
        sends_to: &["reports"],
        kinds: &["chain", "ping", "sms", "suppressed"],
        evidence: &[],
    },
    // Lambda puts what it has failed at on a queue.
    Deployed {
        name: "record-opened",
        timeout: 10,
        actions: &[READ, UPDATE, &["sqs:SendMessage"]],
        sends_to: &["opened-dead"],
        kinds: &["opened", "ping"],
        evidence: &[],
    },
    Deployed {
        name: "report-recipients",
        timeout: 20,
        actions: &[READ_MANY, PUT, UPDATE, QUERY, SECRETS],
        sends_to: &[],
        kinds: &["administration", "audit", "chain", "checks", "order", "owner", "ping"],
        evidence: &[],
    },
    Deployed {
        name: "report-status",
        timeout: 10,
        actions: &[READ_MANY, QUERY, SECRETS],
        sends_to: &[],
        kinds: &["chain", "e", "evidence", "feed", "opened", "order", "owner", "ping", "text", "usage"],
        evidence: &["dynamodb:BatchGetItem"],
    },
    Deployed {
        name: "resolve-recipients",
        timeout: 30,
        actions: &[READ_MANY, PUT, CONSUME, SEND, SECRETS],
        sends_to: &STEPS_AND_CHANNELS,
        kinds: &["chain", "deployment", "order", "owner", "ping", "pointer", "restored", "set"],
        evidence: &[],
    },
    Deployed {
        name: "route-request",
        timeout: 28,
        actions: &[READ, &["lambda:InvokeFunction"]],
        sends_to: &[],
        kinds: &["ping"],
        evidence: &[],
    },
    Deployed {
        name: "schedule",
        timeout: 50,
        actions: &[READ_MANY, PUT, UPDATE, QUERY, SEND],
        sends_to: &ALL_THAT_A_TICK_FILLS,
        kinds: &OF_SWEEP,
        evidence: &[],
    },
    // What cannot be sent now goes back to the queue that it came from.
    Deployed {
        name: "send-email",
        timeout: 30,
        actions: &[READ_MANY, PUT, UPDATE, CONSUME, SEND, SECRETS, SES],
        sends_to: &["email", "reports"],
        kinds: &OF_EMAIL,
        evidence: &[],
    },
    Deployed {
        name: "send-email-urgent",
        timeout: 30,
        actions: &[READ_MANY, PUT, UPDATE, CONSUME, SEND, SECRETS, SES],
        sends_to: &["email-urgent", "reports"],
        kinds: &OF_EMAIL,
        evidence: &[],
    },
    Deployed {
        name: "send-instant",
        timeout: 20,
        actions: &[READ_MANY, PUT, UPDATE, SECRETS, &["sqs:SendMessage"], SES, SNS],
        sends_to: &["reports"],
        kinds: &[
            "chain",
            "demand",
            "deployment",
            "e",
            "event",
            "evidence",
            "owner",
            "pointer",
            "restored",
            "sms",
            "suppressed",
            "template",
            "usage",
        ],
        evidence: &["dynamodb:BatchGetItem"],
    },
    Deployed {
        name: "send-sms",
        timeout: 30,
        actions: &[READ_MANY, PUT, UPDATE, CONSUME, SEND, SECRETS, SNS],
        sends_to: &["sms", "reports"],
        kinds: &OF_SMS,
        evidence: &[],
    },
    Deployed {
        name: "send-sms-urgent",
        timeout: 30,
        actions: &[READ_MANY, PUT, UPDATE, CONSUME, SEND, SECRETS, SNS],
        sends_to: &["sms-urgent", "reports"],
        kinds: &OF_SMS,
        evidence: &[],
    },
    // A worker hands no shard over.
    Deployed {
        name: "sweep-shard",
        timeout: 120,
        actions: &[READ_MANY, PUT, UPDATE, QUERY, CONSUME, SEND],
        sends_to: &STEPS_AND_CHANNELS,
        kinds: &OF_SWEEP,
        evidence: &[],
    },
];

impl Deployed {
    fn of(function: &str) -> Option<&'static Self> {
        DEPLOYED.iter().find(|deployed| deployed.name == function)
    }

    fn allow(&self, action: &str) -> bool {
        self.actions.iter().copied().flatten().any(|allowed| *allowed == action)
    }
}

/// How long a function may run; ten seconds where the template says nothing of it, as of one of a test.
pub fn timeout(function: &str) -> TimeDelta {
    TimeDelta::seconds(Deployed::of(function).map_or(10, |deployed| deployed.timeout).into())
}

/// Whether a function may call an operation, on a queue if it is one of SQS. Who is no function may call everything.
pub fn may_call(function: &str, operation: Operation<'_>, queue: &str) -> bool {
    let Some(deployed) = Deployed::of(function) else { return true };
    let sends = operation.service == Service::Sqs && operation.name.starts_with("SendMessage");
    deployed.allow(&action(operation)) && (!sends || deployed.sends_to.contains(&queue))
}

/// Whether a function may name items of these kinds by their keys, in an operation of the database. Who is no function may
/// name all.
pub fn may_touch(function: &str, operation: &str, kinds: &BTreeSet<String>) -> bool {
    let Some(deployed) = Deployed::of(function) else { return true };
    let updates_any = operation == "UpdateItem" && deployed.kinds.contains(&"*");
    updates_any || kinds.iter().all(|kind| deployed.kinds.contains(&kind.as_str()))
}

/// Whether a function may call an operation on the table of evidence. Who is no function may call all.
pub fn may_use_evidence(function: &str, operation: Operation<'_>) -> bool {
    let Some(deployed) = Deployed::of(function) else { return true };
    deployed.evidence.contains(&action(operation).as_str())
}

/// The action that a role must allow for an operation (AWS service authorization reference).
fn action(Operation { service, name }: Operation<'_>) -> String {
    let prefix = match service {
        Service::DynamoDb => "dynamodb",
        Service::EventBridge => "events",
        Service::Lambda => "lambda",
        Service::SecretsManager => "secretsmanager",
        Service::Ses => "ses",
        Service::Sns => "sns",
        Service::Sqs => "sqs",
        Service::Sts => "sts",
    };
    // A batch is sent by the right to send.
    let name = match service {
        Service::Sqs => name.trim_end_matches("Batch"),
        Service::Lambda => "InvokeFunction",
        _ => name,
    };
    format!("{prefix}:{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may_send(function: &str, queue: &str) -> bool {
        let operation = Operation { service: Service::Sqs, name: "SendMessageBatch" };
        may_call(function, operation, queue)
    }

    #[test]
    fn a_function_may_call_what_its_role_allows_on_its_own_queues() {
        let scan = Operation { service: Service::DynamoDb, name: "Scan" };
        assert!(may_call("reconcile", scan, "") && !may_call("schedule", scan, ""));
        assert!(may_send("send-email", "email") && !may_send("send-email", "sms"));
        assert!(!may_send("report-status", "email"));
        assert!(may_call("", scan, ""), "an operator's tool");
    }

    fn touches(function: &str, operation: &str, kind: &str) -> bool {
        may_touch(function, operation, &BTreeSet::from([kind.to_owned()]))
    }

    #[test]
    fn a_function_may_name_items_of_its_own_kinds() {
        assert!(
            touches("report-status", "GetItem", "feed") && !touches("report-status", "GetItem", "webhooks")
        );
        assert!(touches("schedule", "UpdateItem", "unknown") && !touches("schedule", "PutItem", "unknown"));
        assert!(!touches("send-email", "UpdateItem", "unknown"));
        assert!(touches("", "GetItem", "webhooks"), "an operator's tool");
    }
}
