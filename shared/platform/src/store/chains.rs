//! The hot item of a chain: created once, then changed only by writes that are conditional on its version.

use aws_sdk_dynamodb::operation::put_item::{PutItemError, builders::PutItemFluentBuilder};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use futures::stream::{self, StreamExt, TryStreamExt};
use varsling_domain::chain::Chain;
use varsling_domain::ids::ChainId;

use super::{Item, Store, StoreError, due, number, schema, service, string, ttl, unreadable};

const KIND: &str = "chain";
/// The attribute with the mark of the last write.
const MARK: &str = "i";

/// How many of many chains are read at the same time.
const CONCURRENCY: usize = 32;

/// How many conflicting writes a worker puts up with before it leaves the message for later. Each of them
/// is another worker's progress: ten notifications sent at the same time are written five times each.
const MOST_CONFLICTS: usize = 64;

/// What creating a chain came to.
#[derive(Debug)]
pub enum Created {
    /// It is new.
    New,
    /// It was there already; this is how it is stored.
    Existing(Box<Chain>),
}

/// What a rule did to a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<T> {
    /// It changed it: to be written.
    Write(T),
    /// It left it as it was: nothing to write.
    Keep(T),
}

impl Store {
    /// Writes a chain for the first time.
    pub async fn create_chain(&self, chain: &mut Chain) -> Result<Created, StoreError> {
        if chain.due().is_none() {
            self.put_first_evidence(chain).await?;
        }
        let mark = Mark::new();
        let request = self
            .put_chain(chain, &mark)?
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", schema::PARTITION_KEY);
        Ok(match written(chain, &mark, request).await? {
            None => Created::New,
            Some(existing) => Created::Existing(existing),
        })
    }

    /// Reads a chain as it is now.
    pub async fn load_chain(&self, id: ChainId) -> Result<Option<Chain>, StoreError> {
        self.get(KIND, &key(id)).await?.map(|item| read(id, item)).transpose()
    }

    /// Reads many chains as they are now, in the order of their ids.
    pub async fn load_chains(&self, ids: Vec<ChainId>) -> Result<Vec<Option<Chain>>, StoreError> {
        let load = ids.into_iter().map(|id| self.load_chain(id));
        stream::iter(load).buffered(CONCURRENCY).try_collect().await
    }

    /// Applies a rule to a chain and writes what it changed. When somebody else wrote in between, the
    /// rule is applied anew to what they wrote, so a rule always judges what is really stored.
    pub async fn amend<T>(
        &self,
        mut chain: Chain,
        mut rule: impl FnMut(&mut Chain) -> Change<T>,
    ) -> Result<(Chain, T), StoreError> {
        let _turn = self.turns.wait(chain.id).await;
        let mut is_theirs = false;
        for _ in 0..MOST_CONFLICTS {
            let answer = match rule(&mut chain) {
                Change::Keep(answer) => {
                    // What was written down before the conflict may have replaced their record.
                    if is_theirs && chain.due().is_none() {
                        self.put_evidence(&chain).await?;
                    }
                    return Ok((chain, answer));
                }
                Change::Write(answer) => answer,
            };
            match self.save(&mut chain).await? {
                None => return Ok((chain, answer)),
                Some(theirs) => (chain, is_theirs) = (*theirs, true),
            }
        }
        Err(StoreError::Contended)
    }

    /// Writes a chain unless somebody else has since it was read; what they wrote then.
    async fn save(&self, chain: &mut Chain) -> Result<Option<Box<Chain>>, StoreError> {
        if chain.settle_retention() {
            self.keep_order(chain).await?;
        }
        // First, so that nothing is ever final without a record of it.
        if chain.due().is_none() {
            self.put_evidence(chain).await?;
        }
        let mark = Mark::new();
        let request = self
            .put_chain(chain, &mark)?
            .condition_expression("#v = :v")
            .expression_attribute_names("#v", "v")
            .expression_attribute_values(":v", number(chain.version));
        written(chain, &mark, request).await
    }

    fn put_chain(&self, chain: &Chain, mark: &Mark) -> Result<PutItemFluentBuilder, StoreError> {
        let mut item = write(chain, self.shards)?;
        item.insert(MARK.to_owned(), mark.0.clone());
        Ok(self.client.put_item().table_name(&self.table).set_item(Some(item)))
    }
}

/// What tells one write from all others, whatever they write. The client repeats a call whose answer was
/// lost, and the repetition finds its own write in its way: without a mark that would be taken for somebody
/// else's, and what was claimed by it would be left alone by everybody.
struct Mark(AttributeValue);

impl Mark {
    fn new() -> Self {
        let (random, _) = uuid::Uuid::new_v4().as_u64_pair();
        Self(AttributeValue::B(Blob::new(random.to_be_bytes())))
    }
}

/// Sends a conditional write. None if it was done, else what is stored in its place.
async fn written(
    chain: &mut Chain,
    mark: &Mark,
    request: PutItemFluentBuilder,
) -> Result<Option<Box<Chain>>, StoreError> {
    let request =
        request.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let Err(error) = request.send().await else {
        chain.version += 1;
        return Ok(None);
    };
    let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
        return Err(service(KIND, &error));
    };
    let stored = failed.item().ok_or(StoreError::Missing(KIND))?;
    if stored.get(MARK) == Some(&mark.0) {
        chain.version += 1;
        return Ok(None);
    }
    read(chain.id, stored.clone()).map(|theirs| Some(Box::new(theirs)))
}

fn key(id: ChainId) -> String {
    format!("chain#{id}")
}

/// The item of a chain as its next version.
fn write(chain: &Chain, shards: u8) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(chain).map_err(unreadable(KIND))?;
    item.insert(schema::PARTITION_KEY.to_owned(), string(&key(chain.id)));
    item.insert("v".to_owned(), number(chain.version + 1));
    item.extend([ttl(chain.kept_until)]);
    item.extend(due::entry(chain, shards));
    Ok(item)
}

fn read(id: ChainId, item: Item) -> Result<Chain, StoreError> {
    let chain: Chain = serde_dynamo::from_item(item).map_err(unreadable(KIND))?;
    Ok(Chain { id, ..chain })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws;
    use crate::environment::Environment;
    use crate::registers::tiny_server::{Reply, TinyServer};
    use crate::surroundings::Surroundings;
    use serde_json::{Value, json};

    fn chain() -> Chain {
        let fields = json!({"v": 0, "o": "991825827", "f": "", "c": 0, "x": 0, "s": []});
        serde_json::from_value(fields).unwrap()
    }

    /// What creating a chain comes to at a table that does the write and loses the answer; the client repeats
    /// the write, and meets what is stored by then.
    async fn created_where(stored: fn(&mut Value)) -> Created {
        let table = TinyServer::answering(move |request| {
            let mut item = request.json()["Item"].clone();
            if item["pk"]["S"].as_str().unwrap().starts_with("evidence#") {
                return Reply::ok("{}");
            }
            stored(&mut item);
            let refused = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
            Reply::json(
                &json!({"__type": refused, "message": "The conditional request failed", "Item": item}),
            )
            .with_status(400)
        });
        let table = table.await;
        let variables = [
            ("AWS_ENDPOINT_URL", table.url()),
            ("AWS_REGION", "eu-north-1".into()),
            ("TABLE_NAME", "varsling".into()),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value));
        let environment = Environment::of(variables.into());
        let configuration = aws::configuration(&Surroundings::of(environment.clone())).await;
        let store = Store::open(&configuration, &environment).unwrap();
        store.create_chain(&mut chain()).await.unwrap()
    }

    #[tokio::test]
    async fn a_write_whose_answer_was_lost_is_known_as_our_own() {
        assert!(matches!(created_where(|_| ()).await, Created::New));
    }

    #[tokio::test]
    async fn the_same_written_by_somebody_else_is_theirs() {
        let marked = |item: &mut Value| item[MARK]["B"] = "AAAAAAAAAAA=".into();
        let Created::Existing(theirs) = created_where(marked).await else { panic!("taken for ours") };
        assert_eq!(theirs.version, 1);
    }
}
