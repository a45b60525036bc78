//! Texts, stored once per owner and day of expiry however many orders use them: so that no text outlives by more
//! than a day the last order that has it.
//!
//! A text never changes under its name, so what this process has written or read is remembered: a warm
//! function neither writes nor reads the same text twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use varsling_domain::chain::Chain;
use varsling_domain::text::{Text, TextHash};

use super::{Item, Store, StoreError, schema, string, ttl, unreadable};

const KIND: &str = "text";

/// How many texts are remembered. At ten kilobytes each, the largest that are allowed, ten megabytes.
const REMEMBERED: usize = 1_000;

#[derive(Serialize, Deserialize)]
struct Stored {
    text: Text,
}

impl Store {
    /// Writes the text of a chain, unless this process knows that it is stored.
    pub async fn put_text(&self, chain: &Chain, text: Text) -> Result<(), StoreError> {
        let key = key(chain, &text.hash());
        if self.texts.get(&key).is_some() {
            return Ok(());
        }
        let stored = Stored { text };
        let mut item: Item = serde_dynamo::to_item(&stored).map_err(unreadable(KIND))?;
        item.insert(schema::PARTITION_KEY.to_owned(), string(&key));
        item.extend([ttl(end_of_day(chain.kept_until))]);
        self.put(KIND, item).await?;
        self.texts.remember(key, Arc::new(stored.text));
        Ok(())
    }

    /// Reads a text of a chain.
    pub async fn load_text(&self, chain: &Chain, hash: &TextHash) -> Result<Arc<Text>, StoreError> {
        let key = key(chain, hash);
        if let Some(text) = self.texts.get(&key) {
            return Ok(text);
        }
        let _alone = self.texts.reading.lock().await;
        if let Some(text) = self.texts.get(&key) {
            return Ok(text);
        }
        let item = self.get(KIND, &key).await?.ok_or(StoreError::Missing(KIND))?;
        let stored: Stored = serde_dynamo::from_item(item).map_err(unreadable(KIND))?;
        let text = Arc::new(stored.text);
        self.texts.remember(key, Arc::clone(&text));
        Ok(text)
    }
}

fn key(chain: &Chain, hash: &TextHash) -> String {
    format!("text#{}#{}#{}", chain.owner, hash.as_str(), chain.kept_until.format("%Y%m%d"))
}

/// The first moment of the day after: no chain under this key is kept longer.
fn end_of_day(at: DateTime<Utc>) -> DateTime<Utc> {
    let next = at.date_naive().succ_opt().and_then(|day| day.and_hms_opt(0, 0, 0));
    next.map_or(at, |midnight| midnight.and_utc())
}

/// What one process remembers of the texts.
#[derive(Clone, Default)]
pub(super) struct TextCache {
    texts: Arc<Mutex<HashMap<String, Arc<Text>>>>,
    /// Texts are read one at a time, so that a batch of deliveries with the same text reads it once.
    reading: Arc<tokio::sync::Mutex<()>>,
}

impl TextCache {
    fn get(&self, key: &str) -> Option<Arc<Text>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    /// When full it forgets everything, which costs one read each and needs no bookkeeping.
    fn remember(&self, key: String, text: Arc<Text>) {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.len() >= REMEMBERED {
            texts.clear();
        }
        texts.insert(key, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_outlives_every_chain_of_its_day() {
        let cases = [
            ("2026-11-02T12:00:00Z", "2026-11-03T00:00:00Z"),
            ("2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"),
        ];
        for (kept_until, end) in cases {
            assert_eq!(end_of_day(kept_until.parse().unwrap()), end.parse::<DateTime<Utc>>().unwrap());
        }
    }

    #[test]
    fn the_memory_of_texts_is_bounded() {
        let cache = TextCache::default();
        let text = Arc::new(Text::Sms(varsling_domain::text::SmsText {
            body: "x".into(),
            sender: None,
            simplified: false,
        }));
        for i in 0..=REMEMBERED {
            cache.remember(i.to_string(), Arc::clone(&text));
        }
        assert!(cache.get("0").is_none());
        assert!(cache.get(&REMEMBERED.to_string()).is_some());
    }
}
