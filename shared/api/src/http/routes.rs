//! The paths of the API, and the answers to requests that no route takes.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use varsling_domain::channel::Channel;

use super::Problem;

/// Where orders are posted.
pub const ORDERS_PATH: &str = "/notifications/api/v1/future/orders";
/// Where orders are posted that list their recipients, and below it those on one channel.
pub const LISTS_PATH: &str = "/notifications/api/v1/orders";
/// Where shipments are found, each under its id.
pub const SHIPMENT_PATH: &str = "/notifications/api/v1/future/shipment";

/// The channel that lists are posted for at a path below that of all lists, such as `/email`.
pub fn channel_of_list(below: &str) -> Option<Channel> {
    Channel::named(below.strip_prefix('/')?)
}

/// What is wrong with a request that no route takes: its method, or its path.
pub fn unknown_route(event: &ApiGatewayV2httpRequest) -> Problem {
    let path = event.raw_path.as_deref().unwrap_or_default();
    allowed(path).map_or_else(Problem::not_found, Problem::method_not_allowed)
}

/// Where templates are kept, each under its name.
const TEMPLATES_PATH: &str = "/notifications/api/v1/templates";
/// Where owners' settings are kept, each under its organisation number.
const OWNERS_PATH: &str = "/notifications/api/v1/owners";

/// The rest of a path that is below a root.
fn below<'a>(path: &'a str, root: &str) -> Option<&'a str> {
    path.strip_prefix(root)?.strip_prefix('/')
}

/// The methods that a path takes.
fn allowed(path: &str) -> Option<&'static str> {
    if let Some(rest) = below(path, TEMPLATES_PATH) {
        return match rest.split('/').collect::<Vec<_>>()[..] {
            [name] if !name.is_empty() => Some("GET, PUT, DELETE"),
            [name, "preview"] if !name.is_empty() => Some("POST"),
            _ => None,
        };
    }
    if let Some(rest) = below(path, ORDERS_PATH) {
        return Some("GET").filter(|_| {
            rest.strip_suffix("/evidence").is_some_and(|id| !id.is_empty() && !id.contains('/'))
        });
    }
    if let Some(number) = below(path, OWNERS_PATH) {
        return Some("GET, PUT").filter(|_| !number.is_empty() && !number.contains('/'));
    }
    if path == TEMPLATES_PATH {
        return Some("GET");
    }
    if path.strip_prefix(LISTS_PATH).is_some_and(|below| below.is_empty() || channel_of_list(below).is_some())
    {
        return Some("POST");
    }
    match below(path, SHIPMENT_PATH) {
        Some(id) if !id.is_empty() && !id.contains('/') => Some("GET"),
        None if path == ORDERS_PATH => Some("POST"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Problem {
        let mut event = ApiGatewayV2httpRequest::default();
        event.raw_path = Some(path.to_owned());
        unknown_route(&event)
    }

    #[test]
    fn a_known_path_takes_another_method() {
        assert_eq!(at("/notifications/api/v1/future/orders"), Problem::method_not_allowed("POST"));
        for path in ["orders", "orders/email", "orders/sms"] {
            let path = format!("/notifications/api/v1/{path}");
            assert_eq!(at(&path), Problem::method_not_allowed("POST"), "{path}");
        }
        assert_eq!(at("/notifications/api/v1/future/shipment/1"), Problem::method_not_allowed("GET"));
        assert_eq!(at("/notifications/api/v1/templates"), Problem::method_not_allowed("GET"));
        assert_eq!(at("/notifications/api/v1/templates/a"), Problem::method_not_allowed("GET, PUT, DELETE"));
        assert_eq!(at("/notifications/api/v1/templates/a/preview"), Problem::method_not_allowed("POST"));
        assert_eq!(at("/notifications/api/v1/owners/991825827"), Problem::method_not_allowed("GET, PUT"));
    }

    #[test]
    fn other_paths_are_not_found() {
        for path in [
            "",
            "/",
            "/notifications/api/v1/future/orders/",
            "/notifications/api/v1/future/shipment",
            "/notifications/api/v1/future/shipment/",
            "/notifications/api/v1/future/shipment/1/2",
            "/notifications/api/v1/future/shipments/1",
            "/notifications/api/v1/templates/",
            "/notifications/api/v1/templates/a/b",
            "/notifications/api/v1/owners",
            "/notifications/api/v1/orders/",
            "/notifications/api/v1/orders/post",
        ] {
            assert_eq!(at(path), Problem::not_found(), "{path}");
        }
        assert_eq!(unknown_route(&ApiGatewayV2httpRequest::default()), Problem::not_found());
    }
}
