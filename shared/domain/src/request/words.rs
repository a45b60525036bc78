//! The values that members of a body hold: texts within a length, whole numbers within bounds, and one of some words.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A text of at most so many characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Short<const MOST: usize>(String);

/// A text of at most so many characters that says something.
#[derive(Clone, PartialEq, Eq)]
pub struct Words<const MOST: usize>(String);

/// A whole number within bounds, which may be written as a text of digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Whole<const LOW: u32, const HIGH: u32>(pub u32);

/// One of the words of the contract, in small or capital letters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Choice<T>(pub T);

/// What a member can be that is one of some words.
pub trait Word: Copy + 'static {
    /// The words.
    const WORDS: &'static [(&'static str, Self)];
    /// The number of the first of them, where clients may write the numbers that the contract's enum has: .NET writes an
    /// enum as a number unless it is told otherwise.
    const FIRST_NUMBER: Option<u64> = None;
    /// How many of the words have numbers, where any has: the first ones.
    const NUMBERED: usize = Self::WORDS.len();
}

impl<const MOST: usize> Deref for Short<MOST> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MOST: usize> Deref for Words<MOST> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de, const MOST: usize> Deserialize<'de> for Short<MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.chars().count() > MOST {
            return Err(D::Error::custom(format_args!("Must be at most {MOST} characters.")));
        }
        Ok(Self(text))
    }
}

impl<'de, const MOST: usize> Deserialize<'de> for Words<MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Short(text) = Short::<MOST>::deserialize(deserializer)?;
        if text.trim().is_empty() {
            return Err(D::Error::custom("Must not be empty."));
        }
        Ok(Self(text))
    }
}

impl<'de, const LOW: u32, const HIGH: u32> Deserialize<'de> for Whole<LOW, HIGH> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self(LOW))
    }
}

impl<const LOW: u32, const HIGH: u32> Visitor<'_> for Whole<LOW, HIGH> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from {LOW} to {HIGH}")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self, E> {
        let within = u32::try_from(number).ok().filter(|number| (LOW..=HIGH).contains(number));
        within
            .map(Self)
            .ok_or_else(|| E::custom(format_args!("Must be a whole number from {LOW} to {HIGH}.")))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self, E> {
        // What is no number, or more than any bound, is as wrong as one that is out of bounds.
        let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        self.visit_u64(digits.and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX))
    }
}

impl<'de, T: Word> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ChoiceVisitor(PhantomData))
    }
}

struct ChoiceVisitor<T>(PhantomData<T>);

impl<T: Word> ChoiceVisitor<T> {
    fn words() -> String {
        T::WORDS.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")
    }
}

impl<T: Word> Visitor<'_> for ChoiceVisitor<T> {
    type Value = Choice<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", Self::words())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Choice<T>, E> {
        let found = T::WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        let refused = || E::custom(format_args!("Must be one of {}.", Self::words()));
        found.map(|(_, choice)| Choice(*choice)).ok_or_else(refused)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Choice<T>, E> {
        let Some(first) = T::FIRST_NUMBER else {
            return Err(E::custom(format_args!("Must be one of {}.", Self::words())));
        };
        let place = number.checked_sub(first).and_then(|place| usize::try_from(place).ok());
        let found = place.and_then(|place| T::WORDS[..T::NUMBERED].get(place));
        found.map(|(_, choice)| Choice(*choice)).ok_or_else(|| {
            let last = numbers::<T>(first).last().unwrap_or(first);
            E::custom(format_args!("Must be one of {}, or a number from {first} to {last}.", Self::words()))
        })
    }
}

/// The numbers of the words.
fn numbers<T: Word>(first: u64) -> impl Iterator<Item = u64> {
    (first..).zip(&T::WORDS[..T::NUMBERED]).map(|(number, _)| number)
}

impl<const MOST: usize> JsonSchema for Short<MOST> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Short{MOST}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "maxLength": MOST})
    }
}

impl<const MOST: usize> JsonSchema for Words<MOST> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Words{MOST}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1, "maxLength": MOST, "pattern": r"\S"})
    }
}

impl<const LOW: u32, const HIGH: u32> JsonSchema for Whole<LOW, HIGH> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Whole{LOW}To{HIGH}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [
            {"type": "integer", "minimum": LOW, "maximum": HIGH},
            {"description": "The same as a text of digits.", "type": "string", "pattern": "^[0-9]+$"},
        ]})
    }
}

impl<T: Word> JsonSchema for Choice<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        std::any::type_name::<T>().rsplit("::").next().unwrap_or_default().into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<_> = T::WORDS.iter().map(|(word, _)| *word).collect();
        let Some(first) = T::FIRST_NUMBER else {
            return json_schema!({"type": "string", "enum": words});
        };
        let numbers: Vec<_> = numbers::<T>(first).collect();
        json_schema!({"anyOf": [
            {"type": "string", "enum": words},
            {"description": "The same by their numbers.", "type": "integer", "enum": numbers},
        ]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{ChannelSchema, SendingTimePolicy};
    use crate::contract::Channels;
    use crate::request::reader::Reader;
    use serde_json::{Value, json};

    fn read<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, String> {
        T::deserialize(Reader::body(value)).map_err(|why| why.to_string())
    }

    #[test]
    fn words_are_read_in_any_letters_and_by_their_numbers() {
        for (value, expected) in
            [(json!("smsPREFERRED"), 3), (json!(3), 3), (json!("Email"), 0), (json!(0), 0)]
        {
            let schema = read::<Choice<ChannelSchema>>(&value).unwrap().0;
            assert_eq!(schema, ChannelSchema::ALL[expected], "{value}");
        }
        assert!(read::<Choice<SendingTimePolicy>>(&json!(0)).is_err(), "the first is 1");
        assert_eq!(read::<Choice<SendingTimePolicy>>(&json!(2)).unwrap().0, SendingTimePolicy::Daytime);
        assert_eq!(
            read::<Choice<Channels>>(&json!("priorityemailsmsreminder")).unwrap().0,
            Channels::EmailThenSms
        );
        let said = read::<Choice<Channels>>(&json!(5)).err().unwrap();
        assert!(said.ends_with("PriorityEmailSMSReminder, or a number from 0 to 4."), "{said}");
    }

    #[test]
    fn a_whole_number_may_be_a_text_of_digits() {
        for value in [json!(1), json!("1"), json!("730"), json!("007")] {
            assert!(read::<Whole<1, 730>>(&value).is_ok(), "{value}");
        }
        for value in [
            json!(0),
            json!(731),
            json!(-1),
            json!(1.5),
            json!(""),
            json!("+1"),
            json!("1e2"),
            json!(true),
            json!([1]),
        ] {
            let said = read::<Whole<1, 730>>(&value).err();
            assert_eq!(said.as_deref(), Some("Must be a whole number from 1 to 730."), "{value}");
        }
    }

    #[test]
    fn lengths_count_characters() {
        assert!(read::<Words<3>>(&json!("æøå")).is_ok() && read::<Short<0>>(&json!("")).is_ok());
        assert_eq!(read::<Words<3>>(&json!("æøåa")).err().as_deref(), Some("Must be at most 3 characters."));
        assert_eq!(read::<Words<3>>(&json!(" \n")).err().as_deref(), Some("Must not be empty."));
    }

    #[test]
    fn the_words_of_an_enum_are_all_its_values() {
        assert_eq!(ChannelSchema::WORDS.iter().map(|(_, one)| *one).collect::<Vec<_>>(), ChannelSchema::ALL);
        for (word, schema) in ChannelSchema::WORDS {
            assert_eq!(*word, schema.name());
        }
    }
}
