//! What a filter pattern sees of a change: the members of the record that would be made of it.

use std::collections::HashMap;

use dynoxide::AttributeValue;
use serde_json::Value;

use super::record::event_name;
use super::source::View;
use crate::database::Change;

/// A part of a record.
#[derive(Clone, Copy)]
pub enum Seen<'a> {
    Record { change: &'a Change, view: View, name: &'static str },
    Body { change: &'a Change, view: View },
    Attributes(&'a HashMap<String, AttributeValue>),
    Attribute(&'a AttributeValue),
    Leaf(Leaf<'a>),
}

/// A value that a rule can be about.
#[derive(Clone, Copy)]
pub enum Leaf<'a> {
    /// A text, and a number, which is written as one.
    Text(&'a str),
    Flag(bool),
}

impl<'a> Seen<'a> {
    /// The record of a change; none if nothing has changed.
    pub fn of(change: &'a Change, view: View) -> Option<Self> {
        Some(Self::Record { change, view, name: event_name(change)? })
    }

    /// The member of a name.
    pub fn member(self, name: &str) -> Option<Self> {
        match (self, name) {
            (Self::Record { change, view, .. }, "dynamodb") => Some(Self::Body { change, view }),
            (Self::Record { name, .. }, "eventName") => Some(Self::Leaf(Leaf::Text(name))),
            (Self::Body { change, .. }, "Keys") => Some(Self::Attributes(&change.key)),
            (Self::Body { change, .. }, "NewImage") => change.new.as_ref().map(Self::Attributes),
            (Self::Body { change, view: View::NewAndOldImages }, "OldImage") => {
                change.old.as_ref().map(Self::Attributes)
            }
            (Self::Attributes(attributes), name) => attributes.get(name).map(Self::Attribute),
            (Self::Attribute(value), kind) => Self::of_kind(value, kind),
            (Self::Record { .. } | Self::Body { .. } | Self::Leaf(_), _) => None,
        }
    }

    /// The value of an attribute of a kind, as `{"S": "text"}` has it.
    fn of_kind(value: &'a AttributeValue, kind: &str) -> Option<Self> {
        match (value, kind) {
            (AttributeValue::S(text), "S") | (AttributeValue::N(text), "N") => {
                Some(Self::Leaf(Leaf::Text(text)))
            }
            (AttributeValue::BOOL(flag), "BOOL") | (AttributeValue::NULL(flag), "NULL") => {
                Some(Self::Leaf(Leaf::Flag(*flag)))
            }
            (AttributeValue::M(map), "M") => Some(Self::Attributes(map)),
            _ => None,
        }
    }

    /// The value itself, if it is one that rules can be about.
    pub fn leaf(self) -> Option<Leaf<'a>> {
        match self {
            Self::Leaf(leaf) => Some(leaf),
            Self::Record { .. } | Self::Body { .. } | Self::Attributes(_) | Self::Attribute(_) => None,
        }
    }
}

impl Leaf<'_> {
    /// Whether it is a value.
    pub fn is(self, value: &Value) -> bool {
        match self {
            Self::Text(text) => value.as_str() == Some(text),
            Self::Flag(flag) => value.as_bool() == Some(flag),
        }
    }

    /// Whether it is a text that begins like this.
    pub fn begins_with(self, prefix: &str) -> bool {
        match self {
            Self::Text(text) => text.starts_with(prefix),
            Self::Flag(_) => false,
        }
    }
}
