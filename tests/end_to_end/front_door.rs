//! Paths, methods and content types, as clients write them.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::support::{Local, SOMEBODY, order, to_email};

const BASE: &str = "/notifications/api/v1";

impl Local {
    fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method: Method = method.parse().unwrap();
        self.http.request(method, self.url(path)).bearer_auth(&self.token)
    }

    async fn post_to(&self, path: &str, body: &Value) -> Response {
        self.request("POST", path).json(body).send().await.unwrap()
    }
}

#[tokio::test]
async fn a_slash_at_the_end_and_other_letters_make_no_difference() {
    let local = Local::start().await;
    let by_slash =
        local.post_to(&format!("{BASE}/future/orders/"), &order("1", to_email("a@example.no"))).await;
    assert_eq!(by_slash.status(), 201);
    let placed: Value = by_slash.json().await.unwrap();
    let id = placed["notification"]["shipmentId"].as_str().unwrap();
    let replay =
        local.post_to("/Notifications/API/v1/Future/Orders", &order("1", to_email("a@example.no"))).await;
    assert_eq!(replay.status(), 200, "the same order");
    let list = json!({"subject": "S", "body": "B", "recipients": [{"nationalIdentityNumber": SOMEBODY}]});
    assert_eq!(local.post_to(&format!("{BASE}/orders/email/"), &list).await.status(), 202);
    for path in ["/future/shipment/{id}/", "/Future/Shipment/{id}"] {
        let path = format!("{BASE}{}", path.replace("{id}", id));
        assert_eq!(local.get(&path).await.1["shipmentId"], id, "{path}");
    }
    local.until_idle().await;
    assert_eq!(local.sent_to().await, ["a@example.no"], "and each is sent once");
}

#[tokio::test]
async fn what_no_function_can_be_asked_for_is_handed_to_nobody() {
    let local = Local::start().await;
    for (method, path, status, allow) in [
        ("PATCH", "/future/orders", 405, Some("POST, GET")),
        ("PUT", "/future/orders/", 405, Some("POST, GET")),
        ("DELETE", "/future/shipment/1", 405, Some("GET")),
        ("PATCH", "/templates/a", 405, Some("GET, PUT, DELETE")),
        ("GET", "/future", 404, None),
        ("GET", "/future/orders//", 404, None),
        ("POST", "/future/ordersx", 404, None),
    ] {
        let answer = local.request(method, &format!("{BASE}{path}")).send().await.unwrap();
        assert_eq!(answer.status(), status, "{method} {path}");
        let header = |name| answer.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header("allow"), allow, "{method} {path}");
        assert_eq!(header("content-type"), Some("application/problem+json"), "{method} {path}");
    }
}

#[tokio::test]
async fn a_function_that_cannot_be_called_is_a_503() {
    let local = Local::start().await;
    local.fault(json!({"service": "lambda", "status": 500, "times": 9})).await;
    let answer =
        local.post_to(&format!("{BASE}/future/orders/"), &order("1", to_email("a@example.no"))).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (503, "30"));
}

#[tokio::test]
async fn the_health_check_takes_no_token_and_looks_at_the_table() {
    let local = Local::start().await;
    for path in ["/health", "/Health/"] {
        let answer = local.http.get(local.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.json::<Value>().await.unwrap(), json!({"status": "Healthy"}));
    }
    local.fault(json!({"service": "dynamodb", "function": "route-request", "status": 500, "times": 9})).await;
    assert_eq!(local.http.get(local.url("/health")).send().await.unwrap().status(), 503);
}

#[tokio::test]
async fn an_accepted_order_says_where_it_is_found() {
    let local = Local::start().await;
    let placed = local.post_to(&format!("{BASE}/future/orders"), &order("1", to_email("a@example.no"))).await;
    let location = placed.headers()["location"].to_str().unwrap().to_owned();
    assert!(location.starts_with(&local.system.url), "{location}");
    let found = local.http.get(location).bearer_auth(&local.token).send().await.unwrap();
    assert_eq!(found.status(), 200);
}

#[tokio::test]
async fn a_body_that_is_not_json_or_too_large_says_so() {
    let local = Local::start().await;
    let posted = async |kind: &str, body: String| {
        let request = local.request("POST", &format!("{BASE}/future/orders"));
        request.header("content-type", kind).body(body).send().await.unwrap().status().as_u16()
    };
    let good = order("1", to_email("a@example.no")).to_string();
    for kind in ["application/x-www-form-urlencoded", "text/xml", "application/json; charset=iso-8859-1"] {
        assert_eq!(posted(kind, good.clone()).await, 415, "{kind}");
    }
    assert_eq!(posted("application/json", " ".repeat(1024 * 1024) + &good).await, 413);
    assert_eq!(posted("application/json; charset=UTF-8", good).await, 201);
}
