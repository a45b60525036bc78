//! The hot item of a chain: created once, then changed only by writes that are conditional on its version.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, builders::PutItemFluentBuilder};
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use varsling_domain::chain::Chain;
use varsling_domain::ids::ChainId;

use super::{Item, Store, StoreError, due, number, schema, service, string, ttl, unreadable};

const KIND: &str = "chain";

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
        let request = self
            .put_chain(chain)?
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", schema::PARTITION_KEY)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        match request.send().await {
            Ok(_) => {
                chain.version += 1;
                Ok(Created::New)
            }
            Err(error) => existing(chain.id, &error).map(|chain| Created::Existing(Box::new(chain))),
        }
    }

    /// Reads a chain as it is now.
    pub async fn load_chain(&self, id: ChainId) -> Result<Option<Chain>, StoreError> {
        self.get(KIND, &key(id)).await?.map(|item| read(id, item)).transpose()
    }

    /// Applies a rule to a chain and writes what it changed. When somebody else wrote in between, the
    /// chain is read again and the rule applied anew, so a rule always judges what is really stored.
    pub async fn amend<T>(
        &self,
        mut chain: Chain,
        mut rule: impl FnMut(&mut Chain) -> Change<T>,
    ) -> Result<(Chain, T), StoreError> {
        for _ in 0..MOST_CONFLICTS {
            let answer = match rule(&mut chain) {
                Change::Keep(answer) => return Ok((chain, answer)),
                Change::Write(answer) => answer,
            };
            if self.save(&mut chain).await? {
                return Ok((chain, answer));
            }
            chain = self.load_chain(chain.id).await?.ok_or(StoreError::Missing(KIND))?;
        }
        Err(StoreError::Contended)
    }

    /// Writes a chain unless somebody else has since it was read; false then.
    async fn save(&self, chain: &mut Chain) -> Result<bool, StoreError> {
        // First, so that nothing is ever final without a record of it.
        if chain.due().is_none() {
            self.put_evidence(chain).await?;
        }
        let request = self
            .put_chain(chain)?
            .condition_expression("#v = :v")
            .expression_attribute_names("#v", "v")
            .expression_attribute_values(":v", number(chain.version));
        match request.send().await {
            Ok(_) => {
                chain.version += 1;
                Ok(true)
            }
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => {
                Ok(false)
            }
            Err(error) => Err(service(KIND, &error)),
        }
    }

    fn put_chain(&self, chain: &Chain) -> Result<PutItemFluentBuilder, StoreError> {
        Ok(self.client.put_item().table_name(&self.table).set_item(Some(write(chain)?)))
    }
}

fn key(id: ChainId) -> String {
    format!("chain#{id}")
}

/// The item of a chain as its next version.
fn write(chain: &Chain) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(chain).map_err(unreadable(KIND))?;
    item.insert(schema::PARTITION_KEY.to_owned(), string(&key(chain.id)));
    item.insert("v".to_owned(), number(chain.version + 1));
    item.extend([ttl(chain.kept_until)]);
    item.extend(due::entry(chain));
    Ok(item)
}

fn read(id: ChainId, item: Item) -> Result<Chain, StoreError> {
    let chain: Chain = serde_dynamo::from_item(item).map_err(unreadable(KIND))?;
    Ok(Chain { id, ..chain })
}

fn existing(id: ChainId, error: &SdkError<PutItemError>) -> Result<Chain, StoreError> {
    let stored = match error.as_service_error() {
        Some(PutItemError::ConditionalCheckFailedException(failed)) => failed.item(),
        _ => None,
    };
    let item = stored.ok_or_else(|| service(KIND, error))?;
    read(id, item.clone())
}
