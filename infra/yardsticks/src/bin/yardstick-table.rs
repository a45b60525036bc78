//! The least that a function with a table is: the Lambda runtime, AWS's configuration, and one read.

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let table = std::env::var("TABLE_NAME")?;
    let (client, table) = (&client, &table);
    // One read before the first event, as functions open their connections.
    read(client, table).await?;
    lambda_runtime::run(service_fn(move |_: LambdaEvent<Value>| read(client, table))).await
}

async fn read(client: &Client, table: &str) -> Result<Value, Error> {
    let key = AttributeValue::S("nothing".to_owned());
    let found = client.get_item().table_name(table).key("pk", key).send().await?;
    Ok(json!(found.item.is_some()))
}
