//! The hot item of a chain: created once, then changed only by writes that are conditional on its version.

use std::str::FromStr;

use aws_sdk_dynamodb::operation::put_item::{PutItemError, builders::PutItemFluentBuilder};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use chrono::{DateTime, Utc};
use varsling_domain::chain::stored::{BODY, FORMAT, FORMAT_FIELD, FirstFormat, Format};
use varsling_domain::chain::{Applied, Chain, Event, Ignored, Told, apply_all};
use varsling_domain::decided;
use varsling_domain::ids::ChainId;
use varsling_function::decisions;

use super::{Item, Store, StoreError, due, number, schema, service, string, ttl, unreadable};

const KIND: &str = "chain";
/// What the partition keys of all chains begin with.
pub(super) const KEY_PREFIX: &str = "chain#";
/// The attribute with the version.
pub(super) const VERSION: &str = "v";
/// The attribute with the end of what is kept, which is brought forward by itself.
pub(super) const KEPT_UNTIL: &str = "x";
/// The attribute with the token of the last write.
const WRITE_TOKEN: &str = "i";

/// How many write conflicts a worker retries before it leaves the message for later. Each conflict is another
/// worker's progress.
const MOST_CONFLICTS: usize = 64;

/// What creating a chain came to.
#[derive(Debug)]
pub enum Created {
    /// It is new.
    New,
    /// It was there already; this is how it is stored.
    Existing(Box<Chain>),
}

/// What applying events to a chain came to.
#[derive(Debug)]
pub enum Stored {
    /// It is changed, and stored.
    Changed(Applied),
    /// It is as it was.
    Unchanged {
        /// As it is stored.
        chain: Chain,
        /// Why the last of the events changed nothing.
        ignored: Ignored,
    },
}

impl Stored {
    /// The chain as it is stored.
    pub fn chain(&self) -> &Chain {
        match self {
            Self::Changed(applied) => &applied.chain,
            Self::Unchanged { chain, .. } => chain,
        }
    }

    /// The change, if there was one.
    pub fn changed(self) -> Option<Applied> {
        match self {
            Self::Changed(applied) => Some(applied),
            Self::Unchanged { .. } => None,
        }
    }
}

impl Store {
    /// Writes a chain for the first time.
    pub async fn create_chain(&self, chain: &mut Chain, now: DateTime<Utc>) -> Result<Created, StoreError> {
        let write = Write { chain, told: &Told::of_new(chain, now), token: WriteToken::new() };
        let request = self
            .put_chain(&write)?
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", schema::PARTITION_KEY);
        Ok(match self.written(&write, request).await? {
            None => {
                chain.version += 1;
                // The change of their parent names children: a list has thousands.
                if chain.parent.is_none() {
                    decisions::note(&chain.id, decided::of_new(chain, now));
                }
                Created::New
            }
            Some(existing) => Created::Existing(existing),
        })
    }

    /// Reads a chain as it is now.
    pub async fn load_chain(&self, id: ChainId) -> Result<Option<Chain>, StoreError> {
        self.get(KIND, &key(id)).await?.map(|item| read_chain(id, item)).transpose()
    }

    /// Reads many chains as they are now, in the order of their ids. One that cannot be read says so in its own place.
    pub async fn load_chains(
        &self,
        ids: &[ChainId],
    ) -> Result<Vec<Result<Option<Chain>, StoreError>>, StoreError> {
        let mut items = self.get_all(KIND, ids.iter().map(|id| key(*id))).await?;
        let stored = ids.iter().map(|id| (*id, items.remove(&key(*id))));
        Ok(stored.map(|(id, item)| item.map(|item| read_chain(id, item)).transpose()).collect())
    }

    /// Applies events to a chain, and stores the result in one write. After a conflict with another writer, the events
    /// are applied to what is stored, so that the rules always see the stored state.
    pub async fn apply(
        &self,
        chain: Chain,
        events: &[Event],
        now: DateTime<Utc>,
    ) -> Result<Stored, StoreError> {
        let mut chain = chain;
        for _ in 0..MOST_CONFLICTS {
            let mut applied = match apply_all(&chain, events, now) {
                Ok(applied) => applied,
                Err(ignored) => return Ok(Stored::Unchanged { chain, ignored }),
            };
            match self.save(&applied).await? {
                None => {
                    applied.chain.version += 1;
                    decisions::note(&chain.id, decided::between(&chain, &applied.chain, now));
                    return Ok(Stored::Changed(applied));
                }
                Some(theirs) => chain = *theirs,
            }
        }
        Err(StoreError::Contended)
    }

    /// Writes a chain unless somebody else has since it was read; what they wrote then.
    async fn save(&self, Applied { chain, told, .. }: &Applied) -> Result<Option<Box<Chain>>, StoreError> {
        let write = Write { chain, told, token: WriteToken::new() };
        let request = self
            .put_chain(&write)?
            .condition_expression("#v = :v")
            .expression_attribute_names("#v", VERSION)
            .expression_attribute_values(":v", number(chain.version));
        self.written(&write, request).await
    }

    fn put_chain(&self, write: &Write<'_>) -> Result<PutItemFluentBuilder, StoreError> {
        let item = write.item(self.shards)?;
        Ok(self.client.put_item().table_name(&self.table).set_item(Some(item)))
    }

    /// Sends a conditional write. None if it was done, else what is stored in its place.
    async fn written(
        &self,
        write: &Write<'_>,
        request: PutItemFluentBuilder,
    ) -> Result<Option<Box<Chain>>, StoreError> {
        let request =
            request.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = request.send().await else { return Ok(None) };
        let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
            return Err(service(KIND, &error));
        };
        let stored = failed.item().ok_or(StoreError::Missing(KIND))?;
        if stored.get(WRITE_TOKEN) == Some(&write.token.0) {
            return Ok(None);
        }
        read_chain(write.chain.id, stored.clone()).map(|theirs| Some(Box::new(theirs)))
    }
}

/// A write of a chain as its next version.
struct Write<'a> {
    chain: &'a Chain,
    told: &'a Told,
    token: WriteToken,
}

impl Write<'_> {
    fn item(&self, shards: u8) -> Result<Item, StoreError> {
        let Self { chain, told, token } = self;
        let body = rmp_serde::to_vec_named(chain).map_err(unreadable(KIND))?;
        let mut item = Item::from([(schema::PARTITION_KEY.to_owned(), string(&key(chain.id)))]);
        item.insert(BODY.to_owned(), AttributeValue::B(Blob::new(body)));
        item.insert(KEPT_UNTIL.to_owned(), number(chain.kept_until.timestamp_millis()));
        item.insert(VERSION.to_owned(), number(chain.version + 1));
        item.insert(FORMAT_FIELD.to_owned(), number(FORMAT));
        item.insert(WRITE_TOKEN.to_owned(), token.0.clone());
        item.extend([ttl(chain.kept_until)]);
        item.extend(due::entry(chain, shards));
        if !told.is_empty() {
            item.insert(schema::TOLD.to_owned(), string(&told.to_string()));
        }
        Ok(item)
    }
}

/// What tells one write from all others, whatever they write. The client repeats a call whose answer was lost, and the
/// repetition finds its own write in its way: without a write token that would look like another writer's, and no
/// worker would carry out what the write has claimed.
struct WriteToken(AttributeValue);

impl WriteToken {
    fn new() -> Self {
        let (random, _) = uuid::Uuid::new_v4().as_u64_pair();
        Self(AttributeValue::B(Blob::new(random.to_be_bytes())))
    }
}

/// The partition key of a chain.
pub fn key(id: ChainId) -> String {
    format!("{KEY_PREFIX}{id}")
}

/// Reads the item of a chain, in whichever format it is.
pub fn read_chain(id: ChainId, item: Item) -> Result<Chain, StoreError> {
    let format = whole(&item, FORMAT_FIELD);
    let entry = due::entry_of(&item);
    let chain = match Format::of(format) {
        Format::First => serde_dynamo::from_item::<_, FirstFormat>(item).map(Chain::from),
        Format::Second => serde_dynamo::from_item(item),
        Format::Current => return read_body(id, &item),
        Format::Later(format) => return Err(StoreError::LaterFormat { kind: KIND, format }),
    };
    Ok(Chain { id, entry, ..chain.map_err(unreadable(KIND))? })
}

/// Reads a chain that is stored in one attribute.
fn read_body(id: ChainId, item: &Item) -> Result<Chain, StoreError> {
    let body = item.get(BODY).and_then(|body| body.as_b().ok()).ok_or_else(|| lacking(BODY))?;
    let chain: Chain = rmp_serde::from_slice(body.as_ref()).map_err(unreadable(KIND))?;
    let version = whole(item, VERSION).ok_or_else(|| lacking(VERSION))?;
    let kept_until = whole(item, KEPT_UNTIL).and_then(DateTime::from_timestamp_millis);
    let kept_until = kept_until.ok_or_else(|| lacking(KEPT_UNTIL))?;
    Ok(Chain { id, entry: due::entry_of(item), version, kept_until, ..chain })
}

fn lacking(attribute: &str) -> StoreError {
    StoreError::Unreadable { kind: KIND, why: format!("missing field `{attribute}`") }
}

fn whole<T: FromStr>(item: &Item, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use varsling_function::aws;
    use varsling_function::context::FunctionContext;
    use varsling_function::environment::Environment;
    use varsling_test_server::{Reply, TinyServer};

    fn chain() -> Chain {
        let fields = json!({"v": 0, "o": "991825827", "f": "", "c": 0, "x": 0, "s": []});
        serde_json::from_value(fields).unwrap()
    }

    /// What creating a chain comes to at a table that does the write and loses the answer; the client repeats the
    /// write, and meets what is stored by then.
    async fn created_where(stored: fn(&mut Value)) -> Created {
        let starting = TinyServer::answering(move |request| {
            let mut item = request.json()["Item"].clone();
            stored(&mut item);
            let refused = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
            Reply::json(
                &json!({"__type": refused, "message": "The conditional request failed", "Item": item}),
            )
            .with_status(400)
        });
        let table = starting.await;
        let variables = [
            ("AWS_ENDPOINT_URL", table.url()),
            ("AWS_REGION", "eu-north-1".into()),
            ("TABLE_NAME", "varsling".into()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value));
        let environment = Environment::of(variables.into());
        let configuration = aws::configuration(&FunctionContext::of(environment.clone())).await;
        let store = Store::open(&configuration, &environment).unwrap();
        store.create_chain(&mut chain(), DateTime::UNIX_EPOCH).await.unwrap()
    }

    #[tokio::test]
    async fn a_write_whose_answer_was_lost_is_known_as_our_own() {
        assert!(matches!(created_where(|_| ()).await, Created::New));
    }

    fn written_by_another(item: &mut Value) {
        item[WRITE_TOKEN]["B"] = "AAAAAAAAAAA=".into();
    }

    #[tokio::test]
    async fn the_same_written_by_somebody_else_is_theirs() {
        let Created::Existing(theirs) = created_where(written_by_another).await else {
            panic!("taken for ours")
        };
        assert_eq!(theirs.version, 1);
    }

    fn item_of(chain: &Chain) -> Item {
        let write = Write { chain, told: &Told::default(), token: WriteToken::new() };
        write.item(1).unwrap()
    }

    #[test]
    fn a_chain_is_read_with_what_stands_beside_it() {
        let mut item = item_of(&Chain { version: 6, ..chain() });
        item.insert(KEPT_UNTIL.to_owned(), number(5_000));
        let read = read_chain(ChainId::nil(), item.clone()).unwrap();
        let kept_until = DateTime::from_timestamp_millis(5_000).unwrap();
        assert_eq!(read, Chain { version: 7, kept_until, ..chain() });
        for missing in [VERSION, KEPT_UNTIL, BODY] {
            let mut item = item.clone();
            item.remove(missing);
            assert!(read_chain(ChainId::nil(), item).is_err(), "{missing}");
        }
    }

    #[test]
    fn a_chain_of_the_format_before_is_read() {
        let mut before: Item = serde_dynamo::to_item(chain()).unwrap();
        before.insert(FORMAT_FIELD.to_owned(), number(2));
        assert_eq!(read_chain(ChainId::nil(), before).unwrap(), chain());
    }

    #[test]
    fn an_item_of_a_later_format_is_left_alone_and_one_that_is_damaged_names_no_value() {
        let id = ChainId::nil();
        let later = Item::from([(FORMAT_FIELD.to_owned(), number(FORMAT + 1))]);
        assert!(matches!(read_chain(id, later), Err(StoreError::LaterFormat { .. })));
        let secret = Item::from([("o".to_owned(), string("11837512435"))]);
        let mut body = item_of(&chain());
        let wrong = rmp_serde::to_vec_named(&json!({"v": "11837512435"})).unwrap();
        body.insert(BODY.to_owned(), AttributeValue::B(Blob::new(wrong)));
        for item in [secret, body] {
            let error = read_chain(id, item).unwrap_err().to_string();
            assert!(!error.contains("11837512435"), "{error}");
        }
    }
}
