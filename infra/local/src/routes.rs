//! The HTTP routes, as the gateway has them: the one table that the front serves and a test holds
//! against the template.

/// Method, path and function. What matches none goes to [`DEFAULT`].
pub const ROUTES: &[(&str, &str, &str)] = &[
    ("POST", "/notifications/api/v1/future/orders", "accept-order"),
    ("GET", "/notifications/api/v1/future/shipment/{id}", "report-status"),
];

/// The function behind the gateway's `$default` route.
pub const DEFAULT: &str = "report-status";
