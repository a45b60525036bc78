//! `samconfig.toml`: the parameters that a deployment gives the template.

use std::collections::BTreeMap;
use std::fs;

use crate::template::{self, Template};

/// The parameters by name, as far as `samconfig.toml` gives them.
pub fn parameters() -> BTreeMap<String, String> {
    let text = fs::read_to_string(template::path("samconfig.toml")).unwrap();
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with('"'));
    let pairs = lines.filter_map(|line| line.trim_matches([',', '"']).split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn sam_deploy_needs_no_flags() {
    let (template, given) = (Template::read(), parameters());
    let parameters = template.at(&["Parameters"]).as_object().unwrap();
    for name in given.keys() {
        assert!(parameters.contains_key(name), "the template has no parameter {name}");
    }
    for (name, parameter) in parameters {
        assert!(
            parameter.get("Default").is_some() || given.contains_key(name),
            "nothing gives {name} a value"
        );
    }
}
