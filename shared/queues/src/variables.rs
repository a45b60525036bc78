//! The variables that tell a function what belongs to each channel: its rate, its queues and its daily budgets.

use varsling_domain::channel::Channel;

/// The variables of one channel.
pub(crate) struct ChannelVariables {
    /// How many messages its provider takes in a second.
    pub rate: &'static str,
    /// How much of it the deployment sends in a day.
    pub budget: &'static str,
    /// How much of it an owner sends in a day for whom nothing else is settled.
    pub owner_budget: &'static str,
    /// Its queue.
    pub queue: &'static str,
    /// Its queue of urgent deliveries.
    pub urgent_queue: &'static str,
}

/// How many variables of a channel a function needs that queues deliveries.
const EACH: usize = 3;

/// The variables of a function that queues deliveries, whatever their channel.
pub const OF_DELIVERIES: &[&str] = &of_deliveries();

/// The variable of a channel's rate.
pub const fn rate(channel: Channel) -> &'static str {
    of(channel).rate
}

/// The variable of a channel's daily budget.
pub const fn budget(channel: Channel) -> &'static str {
    of(channel).budget
}

/// The variable of the daily budget that an owner has by default.
pub const fn owner_budget(channel: Channel) -> &'static str {
    of(channel).owner_budget
}

/// The variables of a channel.
pub(crate) const fn of(channel: Channel) -> ChannelVariables {
    match channel {
        Channel::Email => ChannelVariables {
            rate: "EMAIL_RATE",
            budget: "EMAILS_PER_DAY",
            owner_budget: "EMAILS_PER_OWNER_AND_DAY",
            queue: "EMAIL_QUEUE_URL",
            urgent_queue: "EMAIL_URGENT_QUEUE_URL",
        },
        Channel::Sms => ChannelVariables {
            rate: "SMS_RATE",
            budget: "SMS_SEGMENTS_PER_DAY",
            owner_budget: "SMS_SEGMENTS_PER_OWNER_AND_DAY",
            queue: "SMS_QUEUE_URL",
            urgent_queue: "SMS_URGENT_QUEUE_URL",
        },
    }
}

/// Constants cannot iterate.
const fn of_deliveries() -> [&'static str; EACH * Channel::COUNT] {
    let mut all = [""; EACH * Channel::COUNT];
    let mut place = 0;
    while place < Channel::COUNT {
        let ChannelVariables { rate, queue, urgent_queue, .. } = of(Channel::ALL[place]);
        all[EACH * place] = rate;
        all[EACH * place + 1] = queue;
        all[EACH * place + 2] = urgent_queue;
        place += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_of_every_channel_are_in_the_list() {
        for channel in Channel::ALL {
            let ChannelVariables { rate, queue, urgent_queue, .. } = of(*channel);
            assert!([rate, queue, urgent_queue].iter().all(|name| OF_DELIVERIES.contains(name)));
        }
        assert!(!OF_DELIVERIES.contains(&""));
    }
}
