//! What the system's calls cost, as the local system counts them.

use serde_json::{Value, json};

use crate::support::{Local, order, to_email};

#[tokio::test]
async fn calls_and_units_are_counted_by_function_and_operation() {
    let local = Local::start().await;
    let reset = local.send("DELETE", "/local/costs", &Value::Null).await;
    assert_eq!((reset.0, &reset.1["total"]["calls"]), (200, &json!(0)));
    local.order(&order("1", to_email("mottaker@example.no"))).await;
    let costs = local.get("/local/costs").await.1;
    assert_eq!(costs["functions"]["send-email"]["ses.SendEmail"]["calls"], 1, "{costs}");
    let units = costs["functions"]["accept-order"]["dynamodb.PutItem"]["writeUnits"].as_f64().unwrap();
    assert!(units >= 2.0, "the order and its texts: {costs}");
    assert_eq!(local.system.costs().of(Some("send-email"), "ses").calls, 1);
    assert!(local.system.costs().total().write_units > units, "others have written as well");
}
