//! One value for each channel.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Channel;
use crate::request::object_of;

/// One value for each channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PerChannel<T>([T; Channel::COUNT]);

impl<T> PerChannel<T> {
    /// The value that a function gives for each channel.
    pub fn by(mut value: impl FnMut(Channel) -> T) -> Self {
        Self(std::array::from_fn(|place| value(Channel::ALL[place])))
    }

    /// The value of a channel.
    pub fn of(&self, channel: Channel) -> &T {
        &self.0[channel as usize]
    }

    /// The values, in the order of the channels.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }
}

impl<T> PerChannel<Option<T>> {
    /// The value of a channel, if it has one.
    pub fn get(&self, channel: Channel) -> Option<&T> {
        self.of(channel).as_ref()
    }

    /// Those that there are.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }
}

impl<T: JsonSchema> JsonSchema for PerChannel<Option<T>> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("PerChannel{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let shape = generator.subschema_for::<T>();
        object_of(Channel::ALL.iter().map(|channel| (channel.name(), shape.clone())))
    }
}

/// By the channels' names, those that there are.
impl<T: Serialize> Serialize for PerChannel<Option<T>> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let given = Channel::ALL.iter().filter_map(|channel| Some((channel.name(), self.get(*channel)?)));
        serializer.collect_map(given)
    }
}

/// By the channels' names. A name that is no channel's, or comes twice, is refused; what is null is not there.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for PerChannel<Option<T>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ByName(PhantomData))
    }
}

/// Reads values by the channels' names.
struct ByName<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ByName<T> {
    type Value = PerChannel<Option<T>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("values by the names of channels")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut by_channel = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            let channel = Channel::named(&name);
            let channel =
                channel.ok_or_else(|| A::Error::custom(format_args!("there is no channel {name}")))?;
            if by_channel.insert(channel, map.next_value()?).is_some() {
                return Err(A::Error::custom(format_args!("the channel {name} comes twice")));
            }
        }
        Ok(PerChannel::by(|channel| by_channel.remove(&channel).flatten()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_str, from_value, json, to_value};

    #[test]
    fn each_channel_has_the_value_that_was_given_for_it() {
        let names = PerChannel::by(Channel::name);
        assert!(Channel::ALL.iter().all(|channel| *names.of(*channel) == channel.name()));
    }

    #[test]
    fn what_there_is_is_written_by_name_and_read_again() {
        let written = json!({"sms": 5});
        let read: PerChannel<Option<u8>> = from_value(written.clone()).unwrap();
        assert_eq!((read.get(Channel::Email), read.get(Channel::Sms)), (None, Some(&5)));
        assert_eq!(to_value(read).unwrap(), written);
        assert_eq!(from_value::<PerChannel<Option<u8>>>(json!({"email": null, "sms": 5})).unwrap(), read);
    }

    #[test]
    fn a_name_that_is_no_channels_or_comes_twice_is_refused() {
        for (text, why) in [
            (r#"{"sms": 5, "fax": "x"}"#, "there is no channel fax"),
            (r#"{"sms": 5, "sms": 6}"#, "the channel sms comes twice"),
        ] {
            let error = from_str::<PerChannel<Option<u8>>>(text).unwrap_err();
            assert!(error.to_string().starts_with(why), "{error}");
        }
    }
}
