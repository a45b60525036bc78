//! Starts the function under the Lambda runtime.

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    varsling_function::lambda::run::<deliver_webhooks::DeliverWebhooks>().await
}
