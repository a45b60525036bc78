//! Environment variables, read through one type so that tests and the local system can supply their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use varsling_domain::window::{HouseRule, InvalidWindow, SendingWindow};

/// Why a variable could not be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// It is not set.
    #[error("the environment variable {0} is not set")]
    Missing(&'static str),
    /// The function reads it without having declared it in `Function::VARIABLES`.
    #[error("the environment variable {0} is read but not declared")]
    Undeclared(&'static str),
    /// Its value makes no sense.
    #[error("the environment variable {name} (parameter {}) cannot be read: {why}", parameter(name))]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What is wrong with its value (never the value, which may be secret).
        why: String,
    },
}

/// Secrets that the stack makes have outputs in place of parameters.
const OF_SECRETS: [(&str, &str); 3] = [
    ("ID_SECRET_ARN", "IdSecretArn"),
    ("MASKINPORTEN_KEY_SECRET", "MaskinportenKeyArn"),
    ("REGISTER_HEADERS_SECRET", "RegisterHeadersArn"),
];

/// The template's parameter that sets a variable: `EmailRate` for `EMAIL_RATE`.
pub fn parameter(variable: &str) -> String {
    if let Some((_, output)) = OF_SECRETS.iter().find(|(name, _)| *name == variable) {
        return (*output).to_owned();
    }
    let words = variable.split('_').filter_map(|word| word.split_at_checked(1));
    words.flat_map(|(first, rest)| [first.to_owned(), rest.to_lowercase()]).collect()
}

/// Names of variables, in groups: a crate names those that it reads, and a function puts them together.
pub type Variables = &'static [&'static [&'static str]];

/// A source of environment variables.
#[derive(Clone)]
pub struct Environment {
    values: Option<Arc<BTreeMap<String, String>>>,
    declared: Option<Variables>,
}

impl Environment {
    /// The process's own.
    pub fn of_process() -> Self {
        Self { values: None, declared: None }
    }

    /// A given set.
    pub fn of(values: BTreeMap<String, String>) -> Self {
        Self { values: Some(Arc::new(values)), declared: None }
    }

    /// The same, but only these required variables can be read.
    #[must_use]
    pub fn limited_to(&self, names: Variables) -> Self {
        Self { declared: Some(names), ..self.clone() }
    }

    /// A variable that must be set; it may be empty.
    pub fn required(&self, name: &'static str) -> Result<String, ConfigError> {
        if self.declared.is_some_and(|groups| !groups.iter().any(|names| names.contains(&name))) {
            return Err(ConfigError::Undeclared(name));
        }
        self.get(name).ok_or(ConfigError::Missing(name))
    }

    /// A required variable, parsed.
    pub fn parsed<T, E: std::fmt::Display>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, ConfigError> {
        parse(&self.required(name)?).map_err(|error| ConfigError::Invalid { name, why: error.to_string() })
    }

    /// Whether a required variable is `ENABLED`; else it must be `DISABLED`.
    pub fn is_enabled(&self, name: &'static str) -> Result<bool, ConfigError> {
        self.parsed(name, |word| match word {
            "ENABLED" => Ok(true),
            "DISABLED" => Ok(false),
            _ => Err("must be ENABLED or DISABLED"),
        })
    }

    /// The sending window: `SENDING_WINDOW` names the house rule, `SENDING_HOURS` may be empty.
    pub fn window(&self) -> Result<SendingWindow, ConfigError> {
        let house =
            self.parsed("SENDING_WINDOW", |house| HouseRule::named(house).ok_or(InvalidWindow::HouseRule))?;
        self.parsed("SENDING_HOURS", |hours| SendingWindow::configured(house, hours))
    }

    /// A variable that may be absent; an empty one counts as absent.
    pub fn optional(&self, name: &str) -> Option<String> {
        self.get(name).filter(|value| !value.is_empty())
    }

    fn get(&self, name: &str) -> Option<String> {
        match &self.values {
            Some(values) => values.get(name).cloned(),
            None => std::env::var(name).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        Environment::of(BTreeMap::from([("A".into(), "1".into()), ("B".into(), String::new())]))
    }

    #[test]
    fn a_missing_variable_is_named() {
        assert_eq!(environment().required("A"), Ok("1".into()));
        assert_eq!(environment().required("C"), Err(ConfigError::Missing("C")));
    }

    #[test]
    fn only_declared_variables_can_be_read() {
        let limited = environment().limited_to(&[&["B"]]);
        assert_eq!(limited.required("A"), Err(ConfigError::Undeclared("A")));
        assert_eq!(limited.required("B"), Ok(String::new()));
        assert_eq!(limited.optional("B"), None);
    }

    fn window_error(house: &str, hours: &str) -> String {
        let values = [("SENDING_WINDOW", house), ("SENDING_HOURS", hours)];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Environment::of(values.into()).window().unwrap_err().to_string()
    }

    #[test]
    fn an_error_about_the_window_names_the_variable_that_is_wrong() {
        assert!(window_error("Nights", "").starts_with("the environment variable SENDING_WINDOW "));
        for hours in ["{", r#"{"sms": {"days": [], "opens": "09:00", "closes": "17:00", "holidays": false}}"#]
        {
            let error = window_error("Altinn", hours);
            assert!(error.starts_with("the environment variable SENDING_HOURS "), "{error}");
        }
    }

    #[test]
    fn a_variable_is_named_as_its_parameter() {
        assert_eq!(parameter("SMS_SENDER_ID"), "SmsSenderId");
        assert_eq!(parameter("LINKS"), "Links");
    }

    #[test]
    fn a_value_that_makes_no_sense_is_not_repeated() {
        let error = environment().parsed("A", |_| Err::<(), _>("not a list")).unwrap_err();
        assert_eq!(error.to_string(), "the environment variable A (parameter A) cannot be read: not a list");
    }
}
