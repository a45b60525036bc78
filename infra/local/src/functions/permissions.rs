//! What each function may call, as its role in the template has it.

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
/// Going through the whole table.
const SCAN: &[&str] = &["dynamodb:Scan"];
const QUERY: &[&str] = &["dynamodb:Query"];
const PUBLISH: &[&str] = &["events:PutEvents"];
const SES: &[&str] = &["ses:GetAccount", "ses:SendEmail"];
const SNS: &[&str] = &["sns:GetSMSAttributes", "sns:Publish"];

/// What a function may do beside writing its log.
pub struct Calls {
    /// The function.
    pub function: &'static str,
    /// The actions of its role, as IAM names them.
    pub actions: &'static [&'static [&'static str]],
    /// The queues that it sends to, or Lambda by its role.
    pub sends_to: &'static [&'static str],
}

const STEPS_AND_CHANNELS: &[&str] = &["email", "email-urgent", "sms", "sms-urgent", "steps"];
const ALL_THAT_A_TICK_FILLS: &[&str] =
    &["email", "email-urgent", "shards.fifo", "sms", "sms-urgent", "steps"];

/// What each function calls. The local system refuses everything else; the contract tests hold the template against it.
pub const CALLS: [Calls; 15] = [
    Calls { function: "accept-order", actions: &[READ, PUT, SEND], sends_to: STEPS_AND_CHANNELS },
    Calls {
        function: "fire-reminder",
        actions: &[READ_MANY, PUT, UPDATE, QUERY, SEND],
        sends_to: ALL_THAT_A_TICK_FILLS,
    },
    Calls { function: "manage-templates", actions: &[READ, PUT, UPDATE], sends_to: &[] },
    Calls {
        function: "publish-changes",
        actions: &[READ, PUT, UPDATE, READ_STREAM, CONSUME, SEND, PUBLISH],
        // Lambda puts what it gives up of the stream on a queue.
        sends_to: &["untold", "untold-dead"],
    },
    // Lambda puts a start that has failed on a queue.
    Calls {
        function: "reconcile",
        actions: &[READ_MANY, SCAN, CONSUME, SEND],
        sends_to: &["reconcile", "reconcile-dead", "untold"],
    },
    Calls { function: "record-delivery", actions: &[READ_MANY, PUT, CONSUME, SEND], sends_to: &["reports"] },
    // Lambda puts what it has failed at on a queue.
    Calls {
        function: "record-opened",
        actions: &[READ, UPDATE, &["sqs:SendMessage"]],
        sends_to: &["opened-dead"],
    },
    Calls { function: "report-status", actions: &[READ_MANY], sends_to: &[] },
    Calls {
        function: "resolve-recipients",
        actions: &[READ_MANY, PUT, CONSUME, SEND, &["secretsmanager:GetSecretValue"]],
        sends_to: STEPS_AND_CHANNELS,
    },
    Calls {
        function: "schedule",
        actions: &[READ_MANY, PUT, UPDATE, QUERY, SEND],
        sends_to: ALL_THAT_A_TICK_FILLS,
    },
    // What cannot be sent now goes back to the queue that it came from.
    Calls { function: "send-email", actions: &[READ_MANY, PUT, CONSUME, SEND, SES], sends_to: &["email"] },
    // The senders of urgent notices write down that they have a backlog.
    Calls {
        function: "send-email-urgent",
        actions: &[READ_MANY, PUT, UPDATE, CONSUME, SEND, SES],
        sends_to: &["email-urgent"],
    },
    Calls { function: "send-sms", actions: &[READ_MANY, PUT, CONSUME, SEND, SNS], sends_to: &["sms"] },
    Calls {
        function: "send-sms-urgent",
        actions: &[READ_MANY, PUT, UPDATE, CONSUME, SEND, SNS],
        sends_to: &["sms-urgent"],
    },
    // A worker hands no shard over.
    Calls {
        function: "sweep-shard",
        actions: &[READ_MANY, PUT, UPDATE, QUERY, CONSUME, SEND],
        sends_to: STEPS_AND_CHANNELS,
    },
];

impl Calls {
    fn of(function: &str) -> Option<&'static Self> {
        CALLS.iter().find(|calls| calls.function == function)
    }

    fn allow(&self, action: &str) -> bool {
        self.actions.iter().copied().flatten().any(|allowed| *allowed == action)
    }
}

/// Whether a function may call an operation, on a queue if it is one of SQS. Who is no function may call everything.
pub fn may_call(function: &str, operation: Operation<'_>, queue: &str) -> bool {
    let Some(calls) = Calls::of(function) else { return true };
    let sends = operation.service == Service::Sqs && operation.name.starts_with("SendMessage");
    calls.allow(&action(operation)) && (!sends || calls.sends_to.contains(&queue))
}

/// The action that a role must allow for an operation (AWS service authorization reference).
fn action(Operation { service, name }: Operation<'_>) -> String {
    let prefix = match service {
        Service::DynamoDb => "dynamodb",
        Service::EventBridge => "events",
        Service::SecretsManager => "secretsmanager",
        Service::Ses => "ses",
        Service::Sns => "sns",
        Service::Sqs => "sqs",
    };
    // A batch is sent by the right to send.
    let name = if service == Service::Sqs { name.trim_end_matches("Batch") } else { name };
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
}
