//! The template, with CloudFormation's short forms (`!Ref`, `!GetAtt`, …) written out as in its JSON form.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use serde_yaml_ng::Value as Yaml;

/// A file of the repository.
pub fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(relative)
}

/// `infra/template.yaml`.
pub struct Template(Value);

impl Template {
    /// Reads it.
    pub fn read() -> Self {
        let text = fs::read_to_string(path("infra/template.yaml")).unwrap();
        Self(long_form(serde_yaml_ng::from_str(&text).unwrap()))
    }

    /// What a path of names leads to, null where it ends before.
    pub fn at(&self, path: &[&str]) -> &Value {
        path.iter().fold(&self.0, |value, name| &value[*name])
    }

    /// The properties of a resource, which must be there.
    pub fn properties(&self, resource: &str) -> &Value {
        let properties = self.at(&["Resources", resource, "Properties"]);
        assert!(properties.is_object(), "there is no resource {resource}");
        properties
    }

    /// The resources of a type, by their logical ids, with their properties.
    pub fn resources(&self, kind: &str) -> BTreeMap<&str, &Value> {
        let all = self.at(&["Resources"]).as_object().unwrap().iter();
        let some = all.filter(|(_, resource)| resource["Type"] == kind);
        some.map(|(id, resource)| (id.as_str(), &resource["Properties"])).collect()
    }

    /// The functions by the names that they are deployed under, with their logical ids.
    pub fn functions(&self) -> BTreeMap<&str, &str> {
        let functions = self.resources("AWS::Serverless::Function").into_iter();
        functions.map(|(id, properties)| (without_stack(&properties["FunctionName"]), id)).collect()
    }

    /// The binary that a function runs; some are deployed twice.
    pub fn binary(&self, function: &str) -> &str {
        let id = self.functions()[function];
        self.at(&["Resources", id, "Metadata", "BuildProperties", "Binary"]).as_str().unwrap()
    }

    /// A function's properties.
    pub fn function(&self, name: &str) -> &Value {
        let functions = self.functions();
        self.properties(functions.get(name).unwrap_or_else(|| panic!("there is no function {name}")))
    }

    /// A property of a function, or the one that all functions have.
    pub fn setting(&self, function: &str, property: &str) -> &Value {
        match &self.function(function)[property] {
            Value::Null => self.at(&["Globals", "Function", property]),
            own => own,
        }
    }

    /// The events of a kind, by function.
    pub fn events(&self, kind: &str) -> Vec<(&str, &Value)> {
        let functions = self.functions().into_keys();
        let events = functions.flat_map(|name| {
            let events = self.function(name)["Events"].as_object();
            events.into_iter().flat_map(|events| events.values()).map(move |event| (name, event))
        });
        events
            .filter(|(_, event)| event["Type"] == kind)
            .map(|(name, event)| (name, &event["Properties"]))
            .collect()
    }

    /// A whole number, or the default of the parameter that it is taken from.
    pub fn number(&self, value: &Value) -> u64 {
        let default = target(value).map(|parameter| self.at(&["Parameters", parameter, "Default"]));
        let default = default.map(|default| default.as_str().unwrap().parse().unwrap());
        default.or_else(|| value.as_u64()).unwrap_or_else(|| panic!("{value} is no number"))
    }
}

/// A name that begins with the stack's, without that.
pub fn without_stack(name: &Value) -> &str {
    name["Fn::Sub"].as_str().and_then(|name| name.strip_prefix("${AWS::StackName}-")).unwrap()
}

/// The logical id that a `!Ref` or `!GetAtt` names; of an `!If`, the one where its condition holds.
pub fn target(value: &Value) -> Option<&str> {
    let value = alternatives(value)[0];
    value["Ref"].as_str().or_else(|| value["Fn::GetAtt"][0].as_str())
}

/// What a value may be: each side of an `!If`, or itself.
pub fn alternatives(value: &Value) -> Vec<&Value> {
    match value["Fn::If"].as_array().map(Vec::as_slice) {
        Some([_, given, otherwise]) => [given, otherwise].into_iter().flat_map(alternatives).collect(),
        _ => vec![value],
    }
}

/// A list of strings, or one string for a list of one.
pub fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

/// A list, or one value for a list of one.
pub fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}

fn long_form(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Tagged(tagged) => function(&tagged.tag.to_string(), &long_form(tagged.value)),
        Yaml::Sequence(values) => values.into_iter().map(long_form).collect(),
        Yaml::Mapping(members) => members
            .into_iter()
            .map(|(name, value)| (name.as_str().unwrap().to_owned(), long_form(value)))
            .collect(),
        scalar => serde_json::to_value(scalar).unwrap(),
    }
}

fn function(tag: &str, argument: &Value) -> Value {
    match (tag.trim_start_matches('!'), argument.as_str().and_then(|path| path.split_once('.'))) {
        (name @ ("Ref" | "Condition"), _) => json!({ name: argument }),
        ("GetAtt", Some((resource, attribute))) => json!({ "Fn::GetAtt": [resource, attribute] }),
        (name, _) => json!({ format!("Fn::{name}"): argument }),
    }
}

#[test]
fn short_forms_are_written_out() {
    let yaml = "[!Ref A, !GetAtt B.Arn, !Sub 'x-${A}', !If [C, !Ref A, 1], !Condition C]";
    let expected = json!([
        {"Ref": "A"},
        {"Fn::GetAtt": ["B", "Arn"]},
        {"Fn::Sub": "x-${A}"},
        {"Fn::If": ["C", {"Ref": "A"}, 1]},
        {"Condition": "C"},
    ]);
    assert_eq!(long_form(serde_yaml_ng::from_str(yaml).unwrap()), expected);
    assert_eq!([0, 1, 2, 3].map(|one| target(&expected[one])), [Some("A"), Some("B"), None, Some("A")]);
}
