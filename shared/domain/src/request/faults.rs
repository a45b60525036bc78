//! What is wrong with a request, by where it is wrong.

use std::collections::BTreeMap;

use schemars::json_schema;
use serde::Serialize;

use super::inline_schema;

/// Messages by path, as they appear under `errors` in problem details. The paths are those of the
/// contract (`Recipient.RecipientSms.PhoneNumber`, `Reminders[0].DelayDays`, `$` for the body as a
/// whole). No message repeats what the request said: it may be personal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("the request has faults")]
pub struct Faults(BTreeMap<String, Vec<String>>);

inline_schema!(Faults, |_generator| {
    json_schema!({"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}})
});

impl Faults {
    /// The messages by path.
    pub fn into_map(self) -> BTreeMap<String, Vec<String>> {
        self.0
    }

    /// A single fault.
    pub fn of(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::default().or(path, message)
    }

    /// Notes a fault, once: the languages of a template can all have the same.
    pub fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let (messages, message) = (self.0.entry(path.into()).or_default(), message.into());
        if !messages.contains(&message) {
            messages.push(message);
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is wrong at a path; empty where nothing is.
    pub fn at(&self, path: &str) -> &[String] {
        self.0.get(path).map_or(&[], Vec::as_slice)
    }

    /// Every path at which something is wrong, in alphabetical order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The faults, or this one if there are none.
    pub(crate) fn or(mut self, path: impl Into<String>, message: impl Into<String>) -> Self {
        if self.is_empty() {
            self.add(path, message);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_written_by_path() {
        let mut faults = Faults::of("RequestedSendTime", "Late.");
        faults.add("Recipient", "None.");
        faults.add("RequestedSendTime", "Odd.");
        faults.add("RequestedSendTime", "Late.");
        let json = r#"{"Recipient":["None."],"RequestedSendTime":["Late.","Odd."]}"#;
        assert_eq!(serde_json::to_string(&faults).unwrap(), json);
        assert_eq!(faults.paths().collect::<Vec<_>>(), ["Recipient", "RequestedSendTime"]);
        assert_eq!((faults.at("Recipient").len(), faults.at("$").len()), (1, 0));
    }
}
