//! `samconfig.toml`: the parameters that a deployment gives the template, and those that it shows how to give.

use std::collections::BTreeMap;
use std::fs;

use crate::deployment::Deployment;
use crate::template::{self, Template};

/// The parameters by name, as far as `samconfig.toml` gives them.
pub fn parameters() -> BTreeMap<String, String> {
    entries("")
}

/// Those that stand there behind a `#`.
pub fn examples() -> BTreeMap<String, String> {
    entries("# ")
}

fn entries(mark: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(template::path("samconfig.toml")).unwrap();
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix(mark));
    let entries = lines.filter_map(|line| line.strip_suffix(','));
    entries.filter(|line| line.starts_with('"')).map(entry).collect()
}

/// A parameter as the SAM CLI reads it: up to the first quote or space, unless it is quoted.
fn entry(written: &str) -> (String, String) {
    // A string in TOML is one in JSON, as far as it is used there.
    let text: String = serde_json::from_str(written).unwrap_or_else(|error| panic!("{written}: {error}"));
    let (name, value) = text.split_once('=').unwrap();
    let quoted = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
    let value = quoted.unwrap_or_else(|| value.split(['"', ' ']).next().unwrap());
    (name.to_owned(), value.to_owned())
}

#[test]
fn sam_deploy_needs_no_flags() {
    let template = Template::read();
    assert_eq!(Deployment::smallest(&template).refusals(), [""; 0]);
}

#[test]
fn three_values_and_the_architecture_are_all_that_it_gives() {
    let given = parameters();
    let names: Vec<_> = given.keys().map(String::as_str).collect();
    assert_eq!(names, ["Architecture", "EmailIdentity", "EmailSender", "TokenIssuers"]);
}

#[test]
fn what_it_shows_is_taken_once_the_mark_is_removed() {
    let template = Template::read();
    assert_eq!(Deployment::full(&template).refusals(), [""; 0]);
    for (name, value) in examples() {
        let parameter = template.at(&["Parameters", &name]);
        assert_ne!(parameter["Default"], value.as_str(), "{name} is the default");
    }
}

#[test]
fn a_value_without_its_own_quotes_is_cut_as_the_sam_cli_does() {
    for (written, value) in [
        (r#""A=https://a.no/=https://a.no/jwk""#, "https://a.no/=https://a.no/jwk"),
        (r#""A={\"sms\": {}}""#, "{"),
        (r#""A='{\"sms\": {}}'""#, r#"{"sms": {}}"#),
    ] {
        assert_eq!(entry(written), ("A".to_owned(), value.to_owned()));
    }
}
