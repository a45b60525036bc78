//! The routes of the API: the one table that functions find their endpoint in, that the local gateway serves and that
//! a test holds against the template.

mod resolve;

use std::fmt::Display;

use varsling_domain::channel::Channel;

pub use resolve::{Matched, resolve};

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// Order a notification with its reminders.
    PlaceOrder,
    /// Send a notice on a channel, and wait for the provider's answer.
    SendInstant(Channel),
    /// The same for an SMS, in the form that the contract has given up.
    SendInstantWrapped,
    /// Order an e-mail with files.
    PlaceComposed,
    /// Order a notice to a list of recipients.
    PlaceList,
    /// Order a notice on one channel to a list of recipients.
    PlaceListOn(Channel),
    /// An order as it was accepted.
    ShowOrder,
    /// What can be proved of an order.
    ShowEvidence,
    /// Send again what failed of an order.
    SendAgain,
    /// Take an order back.
    CancelOrder,
    /// Take a shipment back.
    CancelShipment,
    /// An order that lists its recipients, as it was accepted.
    ShowList,
    /// How far such an order has come.
    ShowListStatus,
    /// The notifications of such an order on a channel.
    ShowNotificationsOn(Channel),
    /// Take such an order back.
    CancelList,
    /// What became of a shipment.
    ShowShipment,
    /// What has come to its end.
    ShowFeed,
    /// The orders with a reference.
    FindOrders,
    /// The orders with a reference, by the older names.
    FindLists,
    /// What a person was notified of.
    ShowNoticesOfPerson,
    /// What an organisation was notified of.
    ShowNoticesOfOrganization,
    /// What the person who asks was notified of.
    ShowEndUserLog,
    /// Whether somebody can be notified.
    CheckRecipients,
    /// Erase what is held about somebody, as far as it may be.
    EraseRecipient,
    /// What happened to an order, and why.
    ShowTimeline,
    /// The names of the owner's templates.
    ListTemplates,
    /// A template.
    ShowTemplate,
    /// Store a template.
    PutTemplate,
    /// Retire a template.
    RetireTemplate,
    /// What a template makes of tokens.
    PreviewTemplate,
    /// An owner's settings.
    ShowOwner,
    /// What an owner has used.
    ShowUsage,
    /// Store an owner's settings.
    PutOwner,
    /// What is held, and what was settled after a restore.
    ShowHolds,
    /// Hold the deployment, a channel or an owner.
    Hold,
    /// Let it go on.
    Release,
    /// Say what becomes of what was under way when the table was lost.
    Settle,
    /// Where an owner has its events posted.
    ListWebhooks,
    /// Have events posted.
    PutWebhook,
    /// Have them posted no more.
    DeleteWebhook,
    /// A new secret for a webhook.
    RotateWebhook,
    /// Have a test event posted.
    TestWebhook,
    /// The addresses that nothing is sent to any more.
    ListSuppressions,
    /// Whether an address is one of them, and why.
    FindSuppression,
    /// Let an address be sent to again.
    LiftSuppression,
    /// Whether the service answers.
    ShowHealth,
    /// The OpenAPI document.
    ShowDocument,
}

/// A method and a path, and who answers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method, in capitals.
    pub method: &'static str,
    /// The path, with the names of parameters in braces.
    pub path: &'static str,
    /// The function that answers.
    pub function: &'static str,
    /// What is asked for.
    pub endpoint: Endpoint,
}

/// The function behind the gateway's `$default` route, which takes what no route takes as it is written.
pub const DEFAULT: &str = "route-request";

/// How many routes there are: each channel has one for lists, for their notifications, and for instant notices.
const COUNT: usize = 44 + 3 * Channel::COUNT;

/// A path of the API.
macro_rules! api {
    ($path:literal) => {
        concat!("/notifications/api/v1", $path)
    };
}

const EMAIL: Channel = Channel::Email;
const SMS: Channel = Channel::Sms;

/// Every route.
pub const ROUTES: [Route; COUNT] = [
    route("POST", api!("/future/orders"), "accept-order", Endpoint::PlaceOrder),
    route("POST", api!("/future/orders/composed-email"), "accept-order", Endpoint::PlaceComposed),
    route("POST", api!("/future/orders/instant/email"), "send-instant", Endpoint::SendInstant(EMAIL)),
    route("POST", api!("/future/orders/instant/sms"), "send-instant", Endpoint::SendInstant(SMS)),
    route("POST", api!("/future/orders/instant"), "send-instant", Endpoint::SendInstantWrapped),
    route("GET", api!("/future/orders"), "report-status", Endpoint::FindOrders),
    route("GET", api!("/future/orders/{id}"), "report-status", Endpoint::ShowOrder),
    route("GET", api!("/future/orders/{id}/timeline"), "report-status", Endpoint::ShowTimeline),
    route("GET", api!("/future/orders/{id}/evidence"), "report-status", Endpoint::ShowEvidence),
    route("POST", api!("/future/orders/{id}/send-again"), "accept-order", Endpoint::SendAgain),
    route("PUT", api!("/future/orders/{id}/cancel"), "cancel-order", Endpoint::CancelOrder),
    route("GET", api!("/future/shipment/feed"), "report-status", Endpoint::ShowFeed),
    route("GET", api!("/future/shipment/{id}"), "report-status", Endpoint::ShowShipment),
    route("PUT", api!("/future/shipment/{id}/cancel"), "cancel-order", Endpoint::CancelShipment),
    route(
        "GET",
        api!("/future/dashboard/recipients/notifications/nin"),
        "report-recipients",
        Endpoint::ShowNoticesOfPerson,
    ),
    route(
        "GET",
        api!("/future/dashboard/recipients/notifications/orgnumber"),
        "report-recipients",
        Endpoint::ShowNoticesOfOrganization,
    ),
    route("GET", api!("/future/enduser/log"), "report-recipients", Endpoint::ShowEndUserLog),
    route("POST", api!("/recipients/check"), "report-recipients", Endpoint::CheckRecipients),
    route("POST", api!("/recipients/erase"), "report-recipients", Endpoint::EraseRecipient),
    route("POST", api!("/orders"), "accept-order", Endpoint::PlaceList),
    route("POST", api!("/orders/email"), "accept-order", Endpoint::PlaceListOn(EMAIL)),
    route("POST", api!("/orders/sms"), "accept-order", Endpoint::PlaceListOn(SMS)),
    route("GET", api!("/orders"), "report-status", Endpoint::FindLists),
    route("GET", api!("/orders/{id}"), "report-status", Endpoint::ShowList),
    route("GET", api!("/orders/{id}/status"), "report-status", Endpoint::ShowListStatus),
    route(
        "GET",
        api!("/orders/{id}/notifications/email"),
        "report-status",
        Endpoint::ShowNotificationsOn(EMAIL),
    ),
    route("GET", api!("/orders/{id}/notifications/sms"), "report-status", Endpoint::ShowNotificationsOn(SMS)),
    route("PUT", api!("/orders/{id}/cancel"), "cancel-order", Endpoint::CancelList),
    route("GET", api!("/templates"), "manage-templates", Endpoint::ListTemplates),
    route("GET", api!("/templates/{name}"), "manage-templates", Endpoint::ShowTemplate),
    route("PUT", api!("/templates/{name}"), "manage-templates", Endpoint::PutTemplate),
    route("DELETE", api!("/templates/{name}"), "manage-templates", Endpoint::RetireTemplate),
    route("POST", api!("/templates/{name}/preview"), "manage-templates", Endpoint::PreviewTemplate),
    route("GET", api!("/owners/{orgNumber}"), "manage-templates", Endpoint::ShowOwner),
    route("PUT", api!("/owners/{orgNumber}"), "manage-templates", Endpoint::PutOwner),
    route("GET", api!("/owners/{orgNumber}/usage"), "report-status", Endpoint::ShowUsage),
    route("GET", api!("/holds"), "manage-templates", Endpoint::ShowHolds),
    route("PUT", api!("/holds/{scope}"), "manage-templates", Endpoint::Hold),
    route("DELETE", api!("/holds/{scope}"), "manage-templates", Endpoint::Release),
    route("PUT", api!("/settlement"), "manage-templates", Endpoint::Settle),
    route("GET", api!("/webhooks"), "manage-templates", Endpoint::ListWebhooks),
    route("PUT", api!("/webhooks/{webhook}"), "manage-templates", Endpoint::PutWebhook),
    route("DELETE", api!("/webhooks/{webhook}"), "manage-templates", Endpoint::DeleteWebhook),
    route("POST", api!("/webhooks/{webhook}/secret"), "manage-templates", Endpoint::RotateWebhook),
    route("POST", api!("/webhooks/{webhook}/test"), "manage-templates", Endpoint::TestWebhook),
    route("GET", api!("/suppressions"), "manage-templates", Endpoint::ListSuppressions),
    route("POST", api!("/suppressions/find"), "manage-templates", Endpoint::FindSuppression),
    route("DELETE", api!("/suppressions/{suppressionId}"), "manage-templates", Endpoint::LiftSuppression),
    route("GET", "/health", DEFAULT, Endpoint::ShowHealth),
    route("GET", api!("/openapi.json"), DEFAULT, Endpoint::ShowDocument),
];

const fn route(
    method: &'static str,
    path: &'static str,
    function: &'static str,
    endpoint: Endpoint,
) -> Route {
    Route { method, path, function, endpoint }
}

impl Route {
    /// How the gateway calls it.
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl Endpoint {
    /// The path of this endpoint, with a value in place of its parameter.
    pub fn path(self, value: impl Display) -> String {
        let route = ROUTES.iter().find(|route| route.endpoint == self);
        let segments = route.map_or("", |route| route.path).split('/');
        let filled = segments.map(|one| if is_parameter(one) { value.to_string() } else { one.to_owned() });
        filled.collect::<Vec<_>>().join("/")
    }
}

/// Whether a segment of a route's path stands for a parameter.
fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_routes_are_the_same() {
        assert_eq!(ROUTES.map(|route| route.key()).into_iter().collect::<HashSet<_>>().len(), COUNT);
        assert_eq!(ROUTES.map(|route| route.endpoint).into_iter().collect::<HashSet<_>>().len(), COUNT);
    }

    #[test]
    fn a_path_is_filled_with_its_parameter() {
        assert_eq!(Endpoint::ShowEvidence.path(7), "/notifications/api/v1/future/orders/7/evidence");
    }
}
