//! The HTTP routes, as the gateway has them: the one table that the local gateway serves and a test holds
//! against the template.

use varsling_domain::channel::Channel;

/// Method, path and function. What matches none goes to [`DEFAULT`].
pub const ROUTES: [(&str, &str, &str); 11 + Channel::COUNT] = [
    ("POST", "/notifications/api/v1/future/orders", "accept-order"),
    ("POST", "/notifications/api/v1/orders", "accept-order"),
    ("POST", "/notifications/api/v1/orders/email", "accept-order"),
    ("POST", "/notifications/api/v1/orders/sms", "accept-order"),
    ("GET", "/notifications/api/v1/future/orders/{id}/evidence", "report-status"),
    ("GET", "/notifications/api/v1/future/shipment/{id}", "report-status"),
    ("GET", "/notifications/api/v1/templates", "manage-templates"),
    ("GET", "/notifications/api/v1/templates/{name}", "manage-templates"),
    ("PUT", "/notifications/api/v1/templates/{name}", "manage-templates"),
    ("DELETE", "/notifications/api/v1/templates/{name}", "manage-templates"),
    ("POST", "/notifications/api/v1/templates/{name}/preview", "manage-templates"),
    ("GET", "/notifications/api/v1/owners/{orgNumber}", "manage-templates"),
    ("PUT", "/notifications/api/v1/owners/{orgNumber}", "manage-templates"),
];

/// The function behind the gateway's `$default` route.
pub const DEFAULT: &str = "report-status";
