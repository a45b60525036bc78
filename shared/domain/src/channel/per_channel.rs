//! One value for each channel.

use std::collections::BTreeMap;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Channel;

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

/// By the channels' names, those that there are.
impl<T: Serialize> Serialize for PerChannel<Option<T>> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let given = Channel::ALL.iter().filter_map(|channel| Some((channel.name(), self.get(*channel)?)));
        serializer.collect_map(given)
    }
}

/// By the channels' names; a name that is no channel's is refused.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for PerChannel<Option<T>> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut by_name = BTreeMap::<String, T>::deserialize(deserializer)?;
        let values = Self::by(|channel| by_name.remove(channel.name()));
        match by_name.into_keys().next() {
            Some(name) => Err(D::Error::custom(format_args!("there is no channel {name}"))),
            None => Ok(values),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json, to_value};

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
        assert!(from_value::<PerChannel<Option<u8>>>(json!({"fax": 5})).is_err());
    }
}
