//! What dead letters are and what to do with them, by queue: docs/operation.md in a sentence.

/// What they are.
pub fn what(queue: &str) -> &'static str {
    match queue {
        "steps" | "email" | "email-urgent" | "sms" | "sms-urgent" => {
            "Messages that cannot be understood, or at which the function died or ran out of time five times. Their notices \
             do not need them: when a message's lease ends, a sweep queues a new one."
        }
        "reports" => "What providers reported and could not be recorded. Until it is, statuses stay behind.",
        "shards" => "Parts of the due index at which sweep-shard died or ran out of time.",
        "untold" => {
            "Orders (`chain`) of which an event, the feed or the evidence may be missing, and batches of the table's stream \
             (`DDBStreamBatchInfo`) that Lambda gave up."
        }
        "webhooks" => "Events that could neither be posted nor given up for more than a day.",
        "reconcile" => "Parts of the table that could not be gone through, and starts of a pass that failed.",
        "opened" => "Openings that were not recorded; their reminders go out meanwhile.",
        _ => "Messages that could not be worked off.",
    }
}

/// What to do.
pub fn what_to_do(queue: &str) -> &'static str {
    match queue {
        "shards" => {
            "Read the log of sweep-shard and mend the cause. The next tick hands the shard over again."
        }
        "untold" => {
            "Read the log of publish-changes and mend the cause, then send those with a `chain` back. Of a batch of the \
             stream, read the keys within a day (aws dynamodbstreams get-records) and `order tell-anew` each."
        }
        "reconcile" => "Read the log of reconcile and mend the cause, then send back what has a segment.",
        "opened" => "Read the log of record-opened and mend the cause, then publish them on the bus again.",
        _ => "Read the function's log for the ids in them, mend the cause, and send them back.",
    }
}
