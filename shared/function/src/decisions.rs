//! What an invocation decided about which orders: gathered while it runs, and logged in one line when it is over.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;

/// How many orders a line names at most: one that is read by people, and stays far below what CloudWatch takes for one
/// event (256 KB).
const MOST_NAMED: usize = 100;

tokio::task_local! {
    /// Those of the invocation that runs in this task.
    static DECISIONS: RefCell<Decisions>;
}

/// What was decided, by the order that it was decided about.
#[derive(Debug, Default)]
struct Decisions {
    named: BTreeMap<String, Vec<Cow<'static, str>>>,
    /// How many there were about orders that the line does not name.
    others: usize,
}

impl Decisions {
    fn note(&mut self, about: String, what: Cow<'static, str>) {
        if self.named.len() < MOST_NAMED || self.named.contains_key(&about) {
            self.named.entry(about).or_default().push(what);
        } else {
            self.others += 1;
        }
    }
}

impl fmt::Display for Decisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (about, what)) in self.named.iter().enumerate() {
            let separator = if place > 0 { "; " } else { "" };
            write!(f, "{separator}{about}: {}", what.join(", "))?;
        }
        if self.others > 0 {
            write!(f, "; and {} changes of others", self.others)?;
        }
        Ok(())
    }
}

/// Notes what was decided about an order, for the line of the invocation. Where none runs nobody asks.
pub fn note(about: &dyn fmt::Display, what: impl Into<Cow<'static, str>>) {
    // Programs that are no function change orders, too, and say themselves what they do.
    DECISIONS.try_with(|decisions| decisions.borrow_mut().note(about.to_string(), what.into())).ok();
}

/// Runs an invocation, and logs what it decided.
pub async fn logged<T, E>(invocation: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let run = async {
        let answer = invocation.await;
        DECISIONS.with(|decisions| {
            let decided = &*decisions.borrow();
            tracing::info!(%decided, failed = answer.is_err(), "invocation");
        });
        answer
    };
    DECISIONS.scope(RefCell::default(), run).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry;
    use crate::telemetry::lines::Lines;
    use futures::FutureExt;
    use serde_json::Value;

    fn line_of(invocation: impl Future<Output = Result<(), ()>>) -> Value {
        let lines = Lines::default();
        let writer = lines.clone();
        tracing::subscriber::with_default(telemetry::subscriber("info", move || writer.clone()), || {
            logged(invocation).now_or_never().unwrap().unwrap_or_default();
        });
        serde_json::from_str(&lines.text()).unwrap()
    }

    #[test]
    fn an_invocation_leaves_one_line_with_each_order_and_what_was_decided() {
        let line = line_of(async {
            note(&"b", "Claimed");
            note(&"a", "Woken");
            note(&"b", "HandedOver");
            Ok(())
        });
        assert_eq!(line["message"], "invocation");
        assert_eq!(line["decided"], "a: Woken; b: Claimed, HandedOver");
        assert_eq!(line["failed"], false);
    }

    #[test]
    fn one_that_decided_nothing_or_failed_leaves_its_line_too() {
        let line = line_of(async { Err(()) });
        assert_eq!((&line["decided"], &line["failed"]), (&"".into(), &true.into()));
    }

    #[test]
    fn of_thousands_of_orders_a_hundred_are_named_and_the_others_counted() {
        let line = line_of(async {
            for number in 0..2_000 {
                note(&format!("{number:04}"), "Woken");
            }
            Ok(())
        });
        let decided = line["decided"].as_str().unwrap();
        assert!(decided.starts_with("0000: Woken; 0001: Woken; "), "{decided}");
        assert!(decided.ends_with("0099: Woken; and 1900 changes of others"), "{decided}");
    }

    #[test]
    fn outside_of_an_invocation_nothing_is_noted() {
        note(&"a", "Woken");
    }
}
