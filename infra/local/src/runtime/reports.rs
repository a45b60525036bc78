//! What a provider reports comes after its answer to the invocation that asked.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Caller, State};
use crate::queues::Message;

/// A message that is sent once some invocations have ended, or only wait for time.
pub struct Report {
    before: BTreeSet<Uuid>,
    message: Message,
}

impl State {
    /// Sends something once the invocations that may have asked for it have got their answers and done what
    /// follows from them.
    pub fn send_after(&mut self, caller: Caller<'_>, message: Message) {
        let before = self.callers(caller);
        self.reports.push(Report { before, message });
        self.release_reports();
    }

    /// Sends the reports that no working invocation is before.
    pub fn release_reports(&mut self) {
        let working = self.invocations.iter().filter(|(_, i)| i.activity.waits_until().is_none());
        let working: BTreeSet<Uuid> = working.map(|(id, _)| *id).collect();
        for report in &mut self.reports {
            report.before.retain(|id| working.contains(id));
        }
        for report in self.reports.extract_if(.., |report| report.before.is_empty()) {
            self.queues.send(&report.message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::LocalClock;
    use crate::event_sources::named;
    use crate::runtime::Runtime;
    use chrono::{TimeDelta, Utc};
    use std::sync::Arc;

    #[test]
    fn a_report_waits_for_the_end_of_what_ran_when_it_came_about() {
        let now = Utc::now();
        let runtime = Runtime::new(Arc::new(LocalClock::still()));
        let report = Message::new(named("reports").unwrap(), now, TimeDelta::zero(), "{}".into());
        let mut state = State::default();
        let first = state.begin(&runtime, "send-email", None);
        state.send_after(Caller { function: "send-email", activity: None }, report.clone());
        let second = state.begin(&runtime, "send-email", None);
        assert_eq!(state.queues.counts("reports")["waiting"], 0);
        state.end(first.id, None, now);
        assert_eq!(state.queues.counts("reports")["waiting"], 1);
        state.send_after(Caller { function: "send-sms", activity: None }, report.clone());
        assert_eq!(state.queues.counts("reports")["waiting"], 2, "nobody to wait for");
        let asked = Caller { function: "send-email", activity: Some(&second.activity) };
        state.send_after(asked, report);
        assert_eq!(state.queues.counts("reports")["waiting"], 2);
        state.end(second.id, None, now);
        assert_eq!(state.queues.counts("reports")["waiting"], 3);
    }
}
