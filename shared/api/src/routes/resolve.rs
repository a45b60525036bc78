//! Which route a request takes, also where its path ends with a slash or is written in other letters.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use percent_encoding::percent_decode_str;

use super::{ROUTES, Route, is_parameter};
use crate::http::Problem;

/// The route that a request takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matched {
    /// The route.
    pub route: &'static Route,
    /// What stands for its parameters, by their names.
    pub parameters: BTreeMap<&'static str, String>,
}

impl Matched {
    /// The value of a parameter; empty if the route has none of that name.
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// The route that a request takes. A path that no route has is a 404, a method that the path does not take a 405.
pub fn resolve(event: &ApiGatewayV2httpRequest) -> Result<Matched, Problem> {
    let method = event.request_context.http.method.as_str();
    let path = asked(event);
    let matching: Vec<_> = ROUTES.iter().filter_map(|route| matched(route, &path)).collect();
    // `/future/shipment/feed` is no shipment: a path that is written out goes before one with parameters.
    let fewest = matching.iter().map(|one| one.parameters.len()).min().ok_or_else(Problem::not_found)?;
    let candidates = || matching.iter().filter(|one| one.parameters.len() == fewest);
    match candidates().find(|one| one.route.method == method) {
        Some(matched) => Ok(matched.clone()),
        None => Err(Problem::method_not_allowed(
            candidates().map(|one| one.route.method).collect::<Vec<_>>().join(", "),
        )),
    }
}

/// The path that is asked for. Where the gateway knows the route, it is that of the route: what a domain name has
/// before it in its mapping is left out.
fn asked(event: &ApiGatewayV2httpRequest) -> Cow<'_, str> {
    let raw = event.raw_path.as_deref().unwrap_or_default();
    let Some((_, pattern)) = event.route_key.as_deref().and_then(|key| key.split_once(' ')) else {
        return raw.into();
    };
    let filled = pattern.split('/').map(|segment| {
        let name = segment.trim_matches(['{', '}']);
        event.path_parameters.get(name).filter(|_| is_parameter(segment)).map_or(segment, String::as_str)
    });
    filled.collect::<Vec<_>>().join("/").into()
}

/// The route with its parameters, if a path is its path.
fn matched(route: &'static Route, path: &str) -> Option<Matched> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let (mut written, mut asked) = (route.path.split('/'), path.split('/'));
    let mut parameters = BTreeMap::new();
    loop {
        match (written.next(), asked.next()) {
            (None, None) => return Some(Matched { route, parameters }),
            (Some(written), Some(asked)) if is_parameter(written) && !asked.is_empty() => {
                let value = percent_decode_str(asked).decode_utf8_lossy().into_owned();
                parameters.insert(written.trim_matches(['{', '}']), value);
            }
            (Some(written), Some(asked)) if written.eq_ignore_ascii_case(asked) => {}
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Endpoint;
    use super::*;

    const BASE: &str = "/notifications/api/v1";

    fn event(method: &str, path: &str) -> ApiGatewayV2httpRequest {
        let mut event = ApiGatewayV2httpRequest::default();
        event.raw_path = Some(path.to_owned());
        event.request_context.http.method = method.parse().unwrap();
        event
    }

    fn at(method: &str, path: &str) -> Result<(Endpoint, String), Problem> {
        let matched = resolve(&event(method, &format!("{BASE}{path}")))?;
        Ok((matched.route.endpoint, matched.parameters.into_values().collect()))
    }

    #[test]
    fn a_path_is_found_with_a_slash_at_its_end_and_in_any_letters() {
        for path in ["/future/orders", "/future/orders/", "/Future/Orders", "/FUTURE/orders/"] {
            assert_eq!(at("POST", path), Ok((Endpoint::PlaceOrder, String::new())), "{path}");
        }
        for path in ["/future/shipment/Ab1", "/future/shipment/Ab1/", "/Future/Shipment/Ab1"] {
            assert_eq!(at("GET", path), Ok((Endpoint::ShowShipment, "Ab1".into())), "{path}");
        }
        let preview = Ok((Endpoint::PreviewTemplate, "a b".into()));
        assert_eq!(at("POST", "/templates/a%20b/Preview/"), preview, "the name as it is meant");
        assert_eq!(
            resolve(&event("GET", "/Health/")).map(|one| one.route.endpoint),
            Ok(Endpoint::ShowHealth)
        );
    }

    #[test]
    fn another_method_is_told_which_there_are() {
        for (path, allow) in [
            ("/future/orders", "POST, GET"),
            ("/orders/email/", "POST"),
            ("/future/shipment/1", "GET"),
            ("/templates", "GET"),
            ("/templates/a", "GET, PUT, DELETE"),
            ("/templates/a/preview", "POST"),
            ("/owners/991825827", "GET, PUT"),
        ] {
            assert_eq!(at("PATCH", path), Err(Problem::method_not_allowed(allow.into())), "{path}");
        }
    }

    #[test]
    fn other_paths_are_not_found() {
        for path in [
            "",
            "/",
            "/future/orders//",
            "//future/orders",
            "/future/shipment",
            "/future/shipment/",
            "/future/shipment//",
            "/future/shipment/1/2",
            "/future/shipments/1",
            "/templates/a/b",
            "/owners",
        ] {
            assert_eq!(at("GET", path), Err(Problem::not_found()), "{path}");
        }
        assert_eq!(resolve(&ApiGatewayV2httpRequest::default()), Err(Problem::not_found()));
    }

    #[test]
    fn what_a_domain_name_has_before_the_path_is_left_out() {
        let mut mapped = event("GET", "/varsling/notifications/api/v1/future/shipment/1");
        mapped.route_key = Some(format!("GET {BASE}/future/shipment/{{id}}"));
        mapped.path_parameters.insert("id".into(), "1".into());
        assert_eq!(resolve(&mapped).map(|one| one.route.endpoint), Ok(Endpoint::ShowShipment));
    }
}
