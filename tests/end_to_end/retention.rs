//! How long what is kept.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{Local, OWNER, order, order_with_reminder, to_email};

/// The HTTP status of a request for a shipment.
async fn shown(local: &Local, id: &str) -> u16 {
    local.get(&format!("/notifications/api/v1/future/shipment/{id}")).await.0
}

/// Thirty days after the last shipment is final, and not after it could have been at the latest; where that is days
/// later only, it is not worth two writes.
#[tokio::test]
async fn addresses_are_kept_for_about_thirty_days_after_the_last_shipment_is_final() {
    let local = Local::start().await;
    let single = local.order(&order("1", to_email("ola@example.no"))).await;
    let watched = local.order(&order_with_reminder("2", "dialog")).await;
    local.opened(json!({"owner": OWNER, "dialogId": "dialog"})).await;
    local.advance(TimeDelta::days(30) - TimeDelta::seconds(1)).await;
    assert_eq!(shown(&local, &single.notification).await, 200);
    local.advance(TimeDelta::days(3)).await;
    assert_eq!(shown(&local, &single.notification).await, 404);
    // Its reminder was decided on the seventh day.
    assert_eq!(shown(&local, &watched.notification).await, 200);
    local.advance(TimeDelta::days(9)).await;
    assert_eq!(shown(&local, &watched.notification).await, 404);
    let path = format!("/notifications/api/v1/future/orders/{}/evidence", watched.chain);
    assert_eq!(local.get(&path).await.0, 200);
}
