//! What CloudFormation makes of the template with a deployment's parameters: what it refuses, which conditions
//! hold, and what a value comes to.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::Value;

use crate::samconfig;
use crate::template::{Template, strings};

/// The template with parameters.
#[derive(Clone)]
pub struct Deployment<'a> {
    /// The template.
    pub template: &'a Template,
    given: BTreeMap<String, String>,
}

impl<'a> Deployment<'a> {
    /// With these parameters, and the defaults of the others.
    pub fn of(template: &'a Template, given: BTreeMap<String, String>) -> Self {
        Self { template, given }
    }

    /// With what `samconfig.toml` gives.
    pub fn smallest(template: &'a Template) -> Self {
        Self::of(template, samconfig::parameters())
    }

    /// With what `samconfig.toml` gives and could give.
    pub fn full(template: &'a Template) -> Self {
        let mut given = samconfig::parameters();
        given.extend(samconfig::examples());
        Self::of(template, given)
    }

    /// The same with another value.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.given.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The same without a value.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.given.remove(name);
        self
    }

    /// Why it is refused before anything is made; nothing where it is not.
    pub fn refusals(&self) -> Vec<String> {
        let parameters = self.template.at(&["Parameters"]).as_object().unwrap();
        let unknown = self.given.keys().filter(|name| !parameters.contains_key(*name));
        let unknown = unknown.map(|name| format!("{name} is no parameter"));
        let wrong =
            parameters.iter().filter(|(name, rule)| !self.value(name).is_some_and(|v| fits(rule, &v)));
        let wrong = wrong.map(|(name, rule)| format!("{name}: {}", rule["ConstraintDescription"]));
        unknown.chain(wrong).chain(self.broken_rules()).collect()
    }

    fn broken_rules(&self) -> impl Iterator<Item = String> {
        let rules = self.template.at(&["Rules"]).as_object().unwrap().values();
        let rules = rules.filter(|rule| self.is(&rule["RuleCondition"]));
        let asserted = rules.flat_map(|rule| rule["Assertions"].as_array().unwrap());
        let broken = asserted.filter(|one| !self.is(&one["Assert"]));
        broken.map(|one| one["AssertDescription"].as_str().unwrap().to_owned())
    }

    /// Whether a condition of the template holds.
    pub fn holds(&self, condition: &str) -> bool {
        self.is(self.template.at(&["Conditions", condition]))
    }

    fn is(&self, expression: &Value) -> bool {
        let (name, argument) = expression.as_object().unwrap().iter().next().unwrap();
        match (name.as_str(), argument.as_array().map(Vec::as_slice)) {
            ("Condition", _) => self.holds(argument.as_str().unwrap()),
            ("Fn::Not", Some([one])) => !self.is(one),
            ("Fn::And", Some(all)) => all.iter().all(|one| self.is(one)),
            ("Fn::Equals", Some([one, other])) => self.text(one) == self.text(other),
            _ => panic!("{expression}"),
        }
    }

    /// What a value comes to. What only exists once it is deployed is a placeholder.
    pub fn text(&self, value: &Value) -> String {
        if let Some(text) = value.as_str() {
            return text.to_owned();
        }
        let (name, argument) = value.as_object().unwrap().iter().next().unwrap();
        match (name.as_str(), argument.as_array().map(Vec::as_slice)) {
            ("Fn::If", Some([condition, given, otherwise])) => {
                self.text(if self.holds(condition.as_str().unwrap()) { given } else { otherwise })
            }
            ("Fn::Join", Some([between, parts])) => self.join(between.as_str().unwrap(), parts),
            ("Fn::Select", Some([index, list])) => self.select(index, list),
            ("Fn::Sub", None) => self.filled_in(argument.as_str().unwrap()),
            ("Ref", None) => {
                self.value(argument.as_str().unwrap()).unwrap_or_else(|| "placeholder".repeat(6))
            }
            _ => "placeholder".repeat(6),
        }
    }

    fn join(&self, between: &str, parts: &Value) -> String {
        let parts = parts.as_array().unwrap().iter().map(|part| self.text(part));
        parts.collect::<Vec<_>>().join(between)
    }

    /// One part of what a `!Split` makes of a text.
    fn select(&self, index: &Value, list: &Value) -> String {
        let [between, text] = list["Fn::Split"].as_array().unwrap().as_slice() else { panic!("{list}") };
        let (index, text) = (index.as_u64().unwrap(), self.text(text));
        text.split(between.as_str().unwrap()).nth(usize::try_from(index).unwrap()).unwrap().to_owned()
    }

    fn filled_in(&self, text: &str) -> String {
        let parameters = self.template.at(&["Parameters"]).as_object().unwrap().keys();
        let text = text.replace("${AWS::AccountId}", "000000000000");
        parameters.fold(text, |text, name| {
            let value = self.value(name).unwrap_or_default();
            text.replace(&format!("${{{name}}}"), &value)
        })
    }

    fn value(&self, name: &str) -> Option<String> {
        let default = self.template.at(&["Parameters", name, "Default"]).as_str();
        self.given.get(name).cloned().or_else(|| default.map(str::to_owned))
    }
}

/// Whether a parameter takes a value.
pub fn fits(rule: &Value, value: &str) -> bool {
    // CloudFormation's patterns match the whole value.
    let pattern =
        rule["AllowedPattern"].as_str().map(|pattern| Regex::new(&format!("^(?:{pattern})$")).unwrap());
    let values = strings(&rule["AllowedValues"]);
    pattern.is_none_or(|pattern| pattern.is_match(value))
        && (values.is_empty() || values.contains(&value))
        && rule["MaxLength"].as_u64().is_none_or(|most| value.chars().count() as u64 <= most)
}
