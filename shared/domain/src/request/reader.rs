//! Reads the members of JSON objects, noting where one is not what it must be.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::Faults;

/// A JSON object and where in the body it is.
#[derive(Clone)]
pub(crate) struct Object<'a> {
    path: String,
    members: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    /// The names of the members that it has.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.members.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.as_str())
    }

    /// A member, which may be absent. Its name may differ in letter case: if a condition or a time were ignored for its
    /// spelling, the notice would go out at once.
    pub fn member(&self, name: &str) -> Member<'a> {
        let name_in_path = capitalised(name);
        let path = if self.path.is_empty() { name_in_path } else { format!("{}.{name_in_path}", self.path) };
        Member { path, value: given(self.members, name) }
    }

    /// A member that counts as absent where it is an empty text.
    pub fn filled(&self, name: &str) -> Member<'a> {
        let member = self.member(name);
        Member { value: member.value.filter(|value| !is_blank(value)), ..member }
    }

    /// A member, noting if it is absent.
    pub fn required(&self, name: &str, faults: &mut Faults) -> Member<'a> {
        self.required_if(true, name, faults)
    }

    /// A member, noting if it is absent though it is required.
    pub fn required_if(&self, required: bool, name: &str, faults: &mut Faults) -> Member<'a> {
        let member = self.member(name);
        if required && !member.is_given() {
            member.fault("Is required.", faults);
        }
        member
    }
}

/// A member of an object by its name, or else by its name in other letters; none where it is null.
pub(crate) fn given<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let mut written_otherwise = members.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
    let value = members.get(name).or_else(|| Some(written_otherwise.next()?.1));
    value.filter(|value| !value.is_null())
}

/// Whether a value is a text that says nothing.
pub(crate) fn is_blank(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// A member's name as it stands in the path of a fault.
pub(crate) fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// A value in the body and where it is. A member that is null is as good as absent.
pub(crate) struct Member<'a> {
    path: String,
    value: Option<&'a Value>,
}

impl<'a> Member<'a> {
    /// The body as a whole.
    pub fn body(value: &'a Value) -> Self {
        Self { path: String::new(), value: Some(value) }
    }

    /// Where it is.
    pub fn path(&self) -> &str {
        if self.path.is_empty() { "$" } else { &self.path }
    }

    /// Whether it is there.
    pub fn is_given(&self) -> bool {
        self.value.is_some()
    }

    /// Notes a fault.
    pub fn fault(&self, message: impl Display, faults: &mut Faults) {
        faults.add(self.path(), message.to_string());
    }

    /// An object.
    pub fn object(&self, faults: &mut Faults) -> Option<Object<'a>> {
        let members = self.typed(Value::as_object, "Must be an object.", faults)?;
        Some(Object { path: self.path.clone(), members })
    }

    /// The items of a list.
    pub fn list(&self, faults: &mut Faults) -> Option<Vec<Self>> {
        let items = self.typed(Value::as_array, "Must be a list.", faults)?.iter().enumerate();
        Some(items.map(|(i, item)| Self { path: format!("{}[{i}]", self.path), value: Some(item) }).collect())
    }

    /// A text, whatever it says.
    pub fn text(&self, faults: &mut Faults) -> Option<&'a str> {
        self.typed(Value::as_str, "Must be a text.", faults)
    }

    /// A text of at most so many characters.
    pub fn text_within(&self, limit: usize, faults: &mut Faults) -> Option<&'a str> {
        let text = self.text(faults)?;
        if text.chars().count() > limit {
            self.fault(format_args!("Must be at most {limit} characters."), faults);
            return None;
        }
        Some(text)
    }

    /// A text of at most so many characters that says something.
    pub fn words(&self, limit: usize, faults: &mut Faults) -> Option<&'a str> {
        let text = self.text_within(limit, faults)?;
        if text.trim().is_empty() {
            self.fault("Must not be empty.", faults);
            return None;
        }
        Some(text)
    }

    /// A value that is written as a text.
    pub fn parsed<T: FromStr<Err: Display>>(&self, faults: &mut Faults) -> Option<T> {
        self.parsed_by(T::from_str, faults)
    }

    /// A value that is written as a text, by the way it is read.
    pub fn parsed_by<T, E: Display>(
        &self,
        read: impl FnOnce(&'a str) -> Result<T, E>,
        faults: &mut Faults,
    ) -> Option<T> {
        read(self.text(faults)?).map_err(|error| self.fault(error, faults)).ok()
    }

    /// `true` or `false`, which is also what an absent one means.
    pub fn flag(&self, faults: &mut Faults) -> bool {
        self.typed(Value::as_bool, "Must be true or false.", faults).unwrap_or_default()
    }

    /// A whole number within bounds.
    pub fn whole_number(&self, bounds: &RangeInclusive<u32>, faults: &mut Faults) -> Option<u32> {
        let (low, high) = (bounds.start(), bounds.end());
        let message = format_args!("Must be a whole number from {low} to {high}.");
        self.typed(|value| whole_number(value).filter(|number| bounds.contains(number)), message, faults)
    }

    /// The whole number that it is; none if it is anything else.
    pub fn number(&self) -> Option<u64> {
        self.value.and_then(Value::as_u64)
    }

    /// Whatever it is, if it is there.
    pub fn as_value(&self) -> Option<&'a Value> {
        self.value
    }

    /// The text that it is; none if it is anything else.
    pub fn text_if_any(&self) -> Option<&'a str> {
        self.value.and_then(Value::as_str)
    }

    /// One of several names, in small or capital letters.
    pub fn choice<T: Copy>(&self, names: &[(&str, T)], faults: &mut Faults) -> Option<T> {
        let all: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        let message = format_args!("Must be one of {}.", all.join(", "));
        self.typed(|value| chosen(names, value.as_str()?), message, faults)
    }

    /// The same, or its place among them, from 0 on: .NET writes an enum as a number unless it is told otherwise.
    pub fn choice_or_number<T: Copy>(&self, names: &[(&str, T)], faults: &mut Faults) -> Option<T> {
        let Some(place) = self.number() else { return self.choice(names, faults) };
        let found = usize::try_from(place).ok().and_then(|place| names.get(place));
        if found.is_none() {
            let all: Vec<_> = names.iter().map(|(name, _)| *name).collect();
            let most = names.len().saturating_sub(1);
            let message = format_args!("Must be one of {}, or a number from 0 to {most}.", all.join(", "));
            self.fault(message, faults);
        }
        found.map(|(_, choice)| *choice)
    }

    /// What the value is read as; none, and noted, if it cannot be. None as well if it is absent.
    pub fn typed<T>(
        &self,
        read: impl FnOnce(&'a Value) -> Option<T>,
        message: impl Display,
        faults: &mut Faults,
    ) -> Option<T> {
        let read = read(self.value?);
        if read.is_none() {
            self.fault(message, faults);
        }
        read
    }
}

/// A number, which may be written as a text: digits and nothing else.
fn whole_number(value: &Value) -> Option<u32> {
    let digits = value.as_str().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    match digits {
        Some(digits) => digits.parse().ok(),
        None => value.as_u64().and_then(|number| u32::try_from(number).ok()),
    }
}

fn chosen<T: Copy>(names: &[(&str, T)], text: &str) -> Option<T> {
    names.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, choice)| *choice)
}
