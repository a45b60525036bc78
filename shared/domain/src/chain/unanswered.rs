//! A due step whose condition endpoint or register gives no answer: how long it waits, and what becomes of it.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Chain, Reason, Step, Timer, back_off};
use crate::order::OnConditionFailure;
use crate::status::StepStatus;

/// How long after a condition endpoint gave no answer it is asked once more, as the incumbent does.
const ASK_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(60);

/// How often a condition endpoint is asked in vain before an order that would rather not send is called
/// off: over some ten minutes.
const QUESTIONS: u32 = 6;

impl Chain {
    /// Ends a step whose condition endpoint said no.
    pub fn condition_not_met(&mut self, step: u8, now: DateTime<Utc>) {
        if let Some(step) = self.step_mut(step) {
            step.call_off(Reason::ConditionNotMet, now);
        }
    }

    /// The condition endpoint gave no answer. Unless the order says otherwise, the first time the step
    /// waits a minute to ask again, the second time it goes on; one that is to be held waits longer each
    /// time, and in the end is called off. True when it goes on.
    pub fn condition_unanswered(
        &mut self,
        step: u8,
        otherwise: OnConditionFailure,
        fraction: f64,
        now: DateTime<Utc>,
    ) -> bool {
        let Some(step) = self.step_mut(step) else { return false };
        step.questions += 1;
        if otherwise == OnConditionFailure::Hold {
            step.hold(fraction, now);
            return false;
        }
        if step.questions > 1 {
            step.decide(Reason::ConditionUnanswered, now);
            return true;
        }
        step.wait_until(now + ASK_AGAIN_AFTER, now);
        false
    }

    /// A register gave no answer: the step waits, longer each time, for as long as it lives.
    pub fn register_unavailable(&mut self, step: u8, fraction: f64, now: DateTime<Utc>) {
        if let Some(step) = self.step_mut(step) {
            let wait = back_off(step.retries, fraction);
            step.retries += 1;
            step.wait_until(now + wait, now);
        }
    }
}

impl Step {
    fn hold(&mut self, fraction: f64, now: DateTime<Utc>) {
        if self.questions >= QUESTIONS {
            self.call_off(Reason::ConditionUnanswered, now);
        } else {
            self.wait_until(now + back_off(self.questions, fraction), now);
        }
    }

    fn wait_until(&mut self, at: DateTime<Utc>, now: DateTime<Utc>) {
        self.timer = Some(Timer::Plan { at: at.min(self.expires) });
        self.reach(StepStatus::Processing, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fixtures::{accept, at, email_step, order};
    use crate::chain::{Due, Space};
    use crate::order::When;

    #[test]
    fn a_condition_without_an_answer_is_asked_twice_and_then_the_step_goes_on() {
        let mut chain = accept(&order(vec![email_step(When::Now)]), at("10:00:00"));
        assert!(!chain.condition_unanswered(0, OnConditionFailure::Send, 0.0, at("10:00:00")));
        assert_eq!(chain.due(), Some(Due { space: Space::Plan, at: at("10:01:00") }));
        assert!(chain.condition_unanswered(0, OnConditionFailure::Send, 0.0, at("10:01:00")));
        assert_eq!(chain.steps[0].decision.unwrap().reason, Reason::ConditionUnanswered);
    }

    #[test]
    fn an_order_that_holds_is_asked_for_a_while_and_then_called_off() {
        let mut chain = accept(&order(vec![email_step(When::Now)]), at("10:00:00"));
        for _ in 1..QUESTIONS {
            let now = chain.steps[0].due.max(at("10:00:00"));
            assert!(!chain.condition_unanswered(0, OnConditionFailure::Hold, 0.0, now));
            assert_eq!(chain.steps[0].status, StepStatus::Processing);
        }
        assert!(!chain.condition_unanswered(0, OnConditionFailure::Hold, 0.0, at("10:30:00")));
        assert_eq!(chain.steps[0].status, StepStatus::SendConditionNotMet);
        assert_eq!(chain.steps[0].decision.unwrap().reason, Reason::ConditionUnanswered);
        assert_eq!(chain.due(), None);
    }

    #[test]
    fn a_register_that_was_down_costs_no_questions() {
        let mut chain = accept(&order(vec![email_step(When::Now)]), at("10:00:00"));
        for _ in 0..QUESTIONS {
            chain.register_unavailable(0, 0.0, at("10:00:00"));
        }
        assert!(!chain.condition_unanswered(0, OnConditionFailure::Hold, 0.0, at("10:00:00")));
        assert_eq!(chain.steps[0].status, StepStatus::Processing);
    }

    #[test]
    fn a_register_that_is_down_delays_longer_each_time_but_never_past_the_lifetime() {
        let mut chain = accept(&order(vec![email_step(When::Now)]), at("10:00:00"));
        chain.register_unavailable(0, 0.0, at("10:00:00"));
        assert_eq!(chain.due().unwrap().at, at("10:00:15"));
        chain.register_unavailable(0, 0.0, at("10:00:15"));
        assert_eq!(chain.due().unwrap().at, at("10:00:45"));
        let last = chain.steps[0].expires - TimeDelta::seconds(1);
        chain.register_unavailable(0, 0.9, last);
        assert_eq!(chain.due().unwrap().at, chain.steps[0].expires);
    }
}
