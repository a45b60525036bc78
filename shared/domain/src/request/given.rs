//! A member of a request's body: where it is, and what it says.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::Value;

use super::Faults;
use super::reader::{GIVEN, Reader};

/// A member of a body, by the path that faults in it are noted at. One that is null is as good as absent.
#[derive(Clone)]
pub struct Given<T> {
    path: String,
    read: Read<T>,
}

#[derive(Clone, Default)]
enum Read<T> {
    #[default]
    Absent,
    /// It is not what it must be, and this is what the caller is told.
    Wrong(String),
    Is(T),
}

// What it says may be personal.
impl<T> fmt::Debug for Given<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Given({}, …)", self.path())
    }
}

impl<T> Default for Given<T> {
    fn default() -> Self {
        Self { path: String::new(), read: Read::default() }
    }
}

impl<T: JsonSchema> JsonSchema for Given<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

impl<T> Given<T> {
    /// The body as a whole.
    pub fn body<'de>(body: &'de Value) -> Self
    where
        T: Deserialize<'de>,
    {
        let path = String::new();
        let read = match T::deserialize(Reader::body(body)) {
            Ok(value) => Read::Is(value),
            Err(why) => Read::Wrong(why.to_string()),
        };
        Self { path, read }
    }

    /// Where it is.
    pub fn path(&self) -> &str {
        if self.path.is_empty() { "$" } else { &self.path }
    }

    /// Whether it is there.
    pub fn is_given(&self) -> bool {
        !matches!(self.read, Read::Absent)
    }

    /// What it says, if it is there and is what it must be.
    pub fn value(&self) -> Option<&T> {
        match &self.read {
            Read::Is(value) => Some(value),
            Read::Absent | Read::Wrong(_) => None,
        }
    }

    /// What it says, noting where it is not what it must be.
    pub fn get(&self, faults: &mut Faults) -> Option<&T> {
        if let Read::Wrong(why) = &self.read {
            self.fault(why, faults);
        }
        self.value()
    }

    /// The same, noting where it is absent, too.
    pub fn required(&self, faults: &mut Faults) -> Option<&T> {
        self.required_if(true, faults)
    }

    /// The same, where it is required.
    pub fn required_if(&self, is_required: bool, faults: &mut Faults) -> Option<&T> {
        if is_required && !self.is_given() {
            self.fault("Is required.", faults);
        }
        self.get(faults)
    }

    /// Notes a fault.
    pub fn fault(&self, message: impl Display, faults: &mut Faults) {
        faults.add(self.path(), message.to_string());
    }
}

impl Given<String> {
    /// A text that says nothing counts as absent.
    pub fn is_filled(&self) -> bool {
        self.is_given() && self.value().is_none_or(|text| !text.trim().is_empty())
    }

    /// The text, where it says something.
    pub fn filled(&self, faults: &mut Faults) -> Option<&str> {
        self.get(faults).map(String::as_str).filter(|text| !text.trim().is_empty())
    }

    /// What is written in it, by the usual way to read it.
    pub fn parsed<P: FromStr<Err: Display>>(&self, faults: &mut Faults) -> Option<P> {
        self.parsed_by(P::from_str, faults)
    }

    /// What is written in it, by the way it is read.
    pub fn parsed_by<P, E: Display>(
        &self,
        read: impl FnOnce(&str) -> Result<P, E>,
        faults: &mut Faults,
    ) -> Option<P> {
        read(self.get(faults)?).map_err(|error| self.fault(error, faults)).ok()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple_struct(GIVEN, 2, GivenVisitor(PhantomData))
    }
}

struct GivenVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for GivenVisitor<T> {
    type Value = Given<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member of a body, with its path")
    }

    /// The path, and the value if there is one.
    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Given<T>, A::Error> {
        let path = parts.next_element()?.unwrap_or_default();
        let read = match parts.next_element() {
            Ok(Some(value)) => Read::Is(value),
            Ok(None) => Read::Absent,
            Err(why) => Read::Wrong(why.to_string()),
        };
        Ok(Given { path, read })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Flat, Whole, Words};
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Outer {
        one_name: Given<Words<5>>,
        inner: Given<Inner>,
        items: Given<Vec<Given<Inner>>>,
        flat: Flat<Inner>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Inner {
        some_number: Given<Whole<1, 7>>,
    }

    fn faults_of(given: &Given<Outer>) -> Faults {
        let mut faults = Faults::default();
        let Some(outer) = given.get(&mut faults) else { return faults };
        outer.one_name.required(&mut faults);
        let items = outer.items.get(&mut faults).into_iter().flatten();
        let items: Vec<_> = items.filter_map(|item| item.get(&mut faults)).collect();
        for inner in outer.inner.get(&mut faults).into_iter().chain(items) {
            inner.some_number.required(&mut faults);
        }
        faults
    }

    #[test]
    fn a_member_says_where_it_is_in_whichever_letters_it_is_written() {
        let body =
            json!({"ONENAME": "a", "Inner": {"somenumber": 8}, "items": [{"SomeNumber": "7"}, {}, 3, null]});
        let given = Given::<Outer>::body(&body);
        assert_eq!(&**given.value().unwrap().one_name.value().unwrap(), "a");
        let faults = faults_of(&given);
        let expected = ["Inner.SomeNumber", "Items[1].SomeNumber", "Items[2]", "Items[3]"];
        assert_eq!(faults.paths().collect::<Vec<_>>(), expected);
        assert_eq!(faults.at("Items[1].SomeNumber"), ["Is required."]);
        assert_eq!(faults.at("Inner.SomeNumber"), ["Must be a whole number from 1 to 7."]);
    }

    #[test]
    fn flat_members_are_those_of_the_object_that_they_stand_in() {
        let body = json!({"someNumber": 9, "inner": {"someNumber": 1}, "flat": {"someNumber": 2}});
        let given = Given::<Outer>::body(&body);
        let number = &given.value().unwrap().flat.some_number;
        assert_eq!((number.path(), number.value().is_some()), ("SomeNumber", false));
        let absent = Given::<Outer>::body(&json!({}));
        assert!(!absent.value().unwrap().flat.some_number.is_given());
    }

    #[test]
    fn a_member_in_its_own_letters_goes_before_others() {
        let body = json!({"oneName": "a", "OneName": "bbbbbb"});
        assert!(faults_of(&Given::body(&body)).is_empty());
    }

    #[test]
    fn null_is_absent_and_what_is_no_object_is_said_as_a_whole() {
        let body = json!({"oneName": null, "inner": null, "items": null});
        assert_eq!(faults_of(&Given::body(&body)).paths().collect::<Vec<_>>(), ["OneName"]);
        for body in [json!([]), json!("x"), json!(null)] {
            assert_eq!(faults_of(&Given::body(&body)).at("$"), ["Must be an object."]);
        }
    }

    #[test]
    fn nothing_repeats_what_was_written() {
        let body = json!({"oneName": "hemmelig", "inner": {"someNumber": "11837512435"}, "items": {"x": 1}});
        let given = Given::<Outer>::body(&body);
        let outer = given.value().unwrap();
        let printed = format!("{:?} {:?} {:?}", outer.one_name, outer.items, faults_of(&given));
        assert!(!printed.contains("hemmelig") && !printed.contains("11837512435"), "{printed}");
    }
}
