//! Reads JSON into typed bodies by serde, in the way that the contract takes it: the members of an object in any letter
//! case, each with its path, and without a word of what it says in an error.

use std::fmt::{self, Display};
use std::rc::Rc;
use std::slice;

use serde::de::value::StringDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value, map};

/// The name by which [`Given`](super::Given) asks for its path beside its value.
pub(super) const GIVEN: &str = "$varsling::Given";
/// The name by which [`Flat`](super::Flat) asks for the object that its members stand in.
pub(super) const FLAT: &str = "$varsling::Flat";

/// A value and where it is.
pub(super) struct Reader<'de> {
    path: String,
    /// None where there is none, or null.
    value: Option<&'de Value>,
    /// The object whose member this is.
    whole: Option<Whole<'de>>,
}

/// An object and where it is.
#[derive(Clone)]
struct Whole<'de> {
    path: Rc<str>,
    object: &'de Value,
}

/// Why a value is not what it must be, for who wrote it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(String);

impl de::Error for Refused {
    fn custom<T: Display>(message: T) -> Self {
        Self(message.to_string())
    }

    // serde would repeat the value, which may be personal.
    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self(format!("Must be {expected}."))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self(format!("Must be {expected}."))
    }
}

impl<'de> Reader<'de> {
    /// The body as a whole.
    pub fn body(body: &'de Value) -> Self {
        Self::at(String::new(), Some(body))
    }

    fn at(path: String, value: Option<&'de Value>) -> Self {
        Self { path, value, whole: None }
    }

    /// A member that is null is as good as absent.
    fn member(path: String, value: Option<&'de Value>) -> Self {
        Self::at(path, value.filter(|value| !value.is_null()))
    }

    fn nothing() -> Self {
        Self::at(String::new(), None)
    }

    /// The object whose member this is, in place of the member.
    fn whole(self) -> Self {
        let Some(Whole { path, object }) = self.whole else { return self };
        Self::at(path.to_string(), Some(object))
    }

    fn object(&self) -> Result<&'de Map<String, Value>, Refused> {
        self.value.and_then(Value::as_object).ok_or_else(|| Refused("Must be an object.".into()))
    }

    fn text(&self) -> Result<&'de str, Refused> {
        self.value.and_then(Value::as_str).ok_or_else(|| Refused("Must be a text.".into()))
    }
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.value {
            None | Some(Value::Null) => visitor.visit_unit(),
            Some(Value::Bool(flag)) => visitor.visit_bool(*flag),
            Some(Value::String(text)) => visitor.visit_borrowed_str(text),
            Some(Value::Array(_)) => self.deserialize_seq(visitor),
            Some(Value::Object(_)) => self.deserialize_map(visitor),
            Some(Value::Number(number)) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let flag = self.value.and_then(Value::as_bool);
        visitor.visit_bool(flag.ok_or_else(|| Refused("Must be true or false.".into()))?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let items = self.value.and_then(Value::as_array).ok_or_else(|| Refused("Must be a list.".into()))?;
        visitor.visit_seq(Items { path: self.path, index: 0, left: items.iter() })
    }

    /// An object with names of the caller's own.
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let members = self.object()?;
        visitor.visit_map(Entries { path: self.path, left: members.iter(), value: None })
    }

    /// An object with the members of a shape, those that are absent, too.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let members = self.object()?;
        let object = self.value.unwrap_or(&Value::Null);
        let whole = Whole { path: self.path.into(), object };
        visitor.visit_map(Members { whole, fields: fields.iter(), object: members, value: None })
    }

    /// A value with its path, which only [`Given`](super::Given) asks for.
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        if name != GIVEN {
            return self.deserialize_seq(visitor);
        }
        let value = self.value.map(|value| Reader::at(self.path.clone(), Some(value)));
        visitor.visit_seq(Placed { path: Some(self.path), value })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(if name == FLAT { self.whole() } else { self })
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf option unit unit_struct tuple enum
        identifier ignored_any
    }
}

/// A path, and the value there if there is one.
struct Placed<'de> {
    path: Option<String>,
    value: Option<Reader<'de>>,
}

impl<'de> SeqAccess<'de> for Placed<'de> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refused> {
        if let Some(path) = self.path.take() {
            let path: StringDeserializer<Refused> = path.into_deserializer();
            return seed.deserialize(path).map(Some);
        }
        self.value.take().map(|value| seed.deserialize(value)).transpose()
    }
}

/// The items of a list.
struct Items<'de> {
    path: String,
    index: usize,
    left: slice::Iter<'de, Value>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refused> {
        let Some(item) = self.left.next() else { return Ok(None) };
        let path = format!("{}[{}]", self.path, self.index);
        self.index += 1;
        // A null in a list is an item that is not what it must be.
        seed.deserialize(Reader::at(path, Some(item))).map(Some)
    }
}

/// The members that a shape has.
struct Members<'de> {
    whole: Whole<'de>,
    fields: slice::Iter<'static, &'static str>,
    object: &'de Map<String, Value>,
    value: Option<Reader<'de>>,
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refused> {
        let Some(field) = self.fields.next() else { return Ok(None) };
        let member = Reader::member(path_to(&self.whole.path, field), given(self.object, field));
        self.value = Some(Reader { whole: Some(self.whole.clone()), ..member });
        seed.deserialize((*field).into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        seed.deserialize(self.value.take().unwrap_or_else(Reader::nothing))
    }
}

/// The members that an object has.
struct Entries<'de> {
    path: String,
    left: map::Iter<'de>,
    value: Option<Reader<'de>>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refused> {
        let Some((name, value)) = self.left.next() else { return Ok(None) };
        self.value = Some(Reader::member(path_to(&self.path, name), Some(value)));
        seed.deserialize(name.as_str().into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        seed.deserialize(self.value.take().unwrap_or_else(Reader::nothing))
    }
}

/// A member of an object by its name, or else by its name in other letters: if a condition or a time were ignored for its
/// spelling, the notice would go out at once. None where it is null.
pub(crate) fn given<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let mut written_otherwise = members.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
    let value = members.get(name).or_else(|| Some(written_otherwise.next()?.1));
    value.filter(|value| !value.is_null())
}

fn path_to(path: &str, name: &str) -> String {
    let name = capitalised(name);
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

/// A member's name as it stands in the path of a fault.
pub(crate) fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("path", &self.path).finish_non_exhaustive()
    }
}
