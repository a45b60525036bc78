//! The order of what goes to FIFO queues: messages of one group go one after the other, and everything else beside each other.

use std::collections::HashMap;

use crate::queues::{NotQueued, Outgoing, QueueError};

/// The places of messages in rounds: within one, order does not matter.
pub fn rounds(messages: &[Outgoing]) -> Vec<Vec<usize>> {
    let mut sent: HashMap<_, usize> = HashMap::new();
    let mut rounds: Vec<Vec<usize>> = vec![];
    for (place, message) in messages.iter().enumerate() {
        let before = message.order_key().map(|key| sent.entry(key).or_default());
        let round = before.map_or(0, |count| std::mem::replace(count, *count + 1));
        if round == rounds.len() {
            rounds.push(vec![]);
        }
        rounds[round].push(place);
    }
    rounds
}

/// Of a round what may go: nothing of a group of which a message before was not taken. That is refused for the same reason.
pub fn after_refused(messages: &[Outgoing], round: Vec<usize>, refused: &mut Vec<NotQueued>) -> Vec<usize> {
    let mut left = vec![];
    for place in round {
        match reason(messages, place, refused) {
            Some(error) => refused.push(NotQueued { place, error }),
            None => left.push(place),
        }
    }
    left
}

fn reason(messages: &[Outgoing], place: usize, refused: &[NotQueued]) -> Option<QueueError> {
    let key = messages[place].order_key()?;
    let before = refused.iter().find(|before| messages[before.place].order_key() == Some(key))?;
    Some(before.error.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::QueueName;

    fn message(queue: QueueName, group: &str) -> Outgoing {
        let message = Outgoing::new(queue, &1).unwrap().in_group(group.to_owned());
        if queue == QueueName::Webhooks { message.once("id".to_owned()) } else { message }
    }

    #[test]
    fn messages_of_one_group_go_in_rounds_and_all_others_in_the_first() {
        let messages = [
            message(QueueName::Webhooks, "a"),
            message(QueueName::Webhooks, "a"),
            message(QueueName::Steps, "a"),
            message(QueueName::Steps, "a"),
            message(QueueName::Webhooks, "b"),
            message(QueueName::Webhooks, "a"),
        ];
        assert_eq!(rounds(&messages), [vec![0, 2, 3, 4], vec![1], vec![5]]);
        assert!(rounds(&[]).is_empty());
    }

    #[test]
    fn nothing_overtakes_what_was_not_taken() {
        let messages = ["a", "b", "a", "b"].map(|group| message(QueueName::Webhooks, group));
        let error = QueueError::NotOpened(QueueName::Webhooks);
        let mut refused = vec![NotQueued { place: 0, error }];
        assert_eq!(after_refused(&messages, vec![2, 3], &mut refused), [3]);
        assert_eq!(refused.iter().map(|one| one.place).collect::<Vec<_>>(), [0, 2]);
    }
}
