//! The API's routes: those of the template against those that the functions know and the local gateway serves.

use std::collections::BTreeSet;

use serde_json::Value;
use varsling_api::routes::{DEFAULT, ROUTES};

use crate::permissions::resources;
use crate::template::{Template, target};

#[test]
fn api_gateway_and_the_local_gateway_have_the_same_routes() {
    let template = Template::read();
    let mut deployed = BTreeSet::new();
    let mut defaults = Vec::new();
    for (function, event) in template.events("HttpApi") {
        assert_eq!(target(&event["ApiId"]), Some("Api"), "{function}");
        match (event["Method"].as_str(), event["Path"].as_str()) {
            (Some(method), Some(path)) => drop(deployed.insert((method, path, function))),
            _ => defaults.push(function),
        }
    }
    let known = ROUTES.map(|route| (route.method, route.path, route.function));
    assert_eq!(deployed, known.into_iter().collect());
    assert_eq!(defaults, [DEFAULT]);
}

/// What hands requests on calls the functions of routes, and no others.
#[test]
fn the_default_route_leads_to_every_function_of_a_route() {
    let template = Template::read();
    let invoked = resources(&template, DEFAULT, "lambda:InvokeFunction");
    let functions = template.functions();
    let routed: BTreeSet<_> = ROUTES
        .iter()
        .filter(|route| route.function != DEFAULT)
        .map(|route| functions[route.function])
        .collect();
    assert_eq!(invoked, routed.into_iter().collect());
}

#[test]
fn the_gateway_throttles_and_logs_nothing_personal() {
    let template = Template::read();
    let api = template.properties("Api");
    for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
        assert!(target(&api["DefaultRouteSettings"][limit]).is_some(), "{limit} is a parameter");
    }
    let format = api["AccessLogSettings"]["Format"].as_str().unwrap();
    assert!(serde_json::from_str::<Value>(format).is_ok_and(|line| line.is_object()), "a line is JSON");
    for personal in ["sourceIp", "userAgent", "context.path", "authorizer", "identity"] {
        assert!(!format.contains(personal), "{personal}");
    }
}
