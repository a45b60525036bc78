//! What each endpoint takes and answers.

mod settings;

use serde_json::{Value, json};
use varsling_api::http::Health;
use varsling_api::routes::Endpoint;
use varsling_api::tokens::{ADMIN_SCOPE, COMPOSED_SCOPE, CREATE_SCOPE, SUPPORT_SCOPE};
use varsling_domain::channel::Channel;
use varsling_domain::check::CheckView;
use varsling_domain::contract;
use varsling_domain::erasure::ErasureView;
use varsling_domain::evidence::EvidenceView;
use varsling_domain::manifest::Manifest;
use varsling_domain::reading::{
    AcceptedListView, AcceptedView, CancelledView, DryRunView, FeedEntryView, FoundOrders, ListStatusView,
    ListView, ListsView, LogEntryView, NoticeView, NotificationsView, OrderView, TimelineView,
};
use varsling_domain::status::ShipmentStatus;

use crate::parameters::{self, Parameter};
use crate::shapes::Shapes;
use settings::{holding, posting, settling, suppressing};

/// What an endpoint takes and answers.
pub(crate) struct Operation {
    pub tag: &'static str,
    pub summary: &'static str,
    pub asker: Asker,
    pub parameters: Vec<Parameter>,
    /// The shape of the body that is sent; none where there is none.
    pub request: Option<Value>,
    /// What is answered where all is well, the usual answer first.
    pub answers: Vec<Success>,
    /// The statuses of what else can be answered.
    pub problems: &'static [u16],
    pub is_deprecated: bool,
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// A client whose Maskinporten token has a scope.
    Client(&'static str),
    /// A person with a token of their own.
    Person,
    Anybody,
}

/// An answer where all is well.
pub(crate) struct Success {
    pub status: u16,
    pub description: &'static str,
    /// None where there is no body.
    pub shape: Option<Value>,
    pub has_location: bool,
}

impl Success {
    fn new(status: u16, description: &'static str, shape: Value) -> Self {
        Self { status, description, shape: Some(shape), has_location: false }
    }

    fn located(self) -> Self {
        Self { has_location: true, ..self }
    }
}

/// What an order can be refused with.
const ORDERING: &[u16] = &[400, 401, 403, 409, 413, 415, 422, 429, 503];
/// What sending again can be refused with.
const AGAIN: &[u16] = &[400, 401, 403, 404, 409, 422, 429, 503];
/// What can be answered about something by its id.
const ONE: &[u16] = &[400, 401, 403, 404, 429, 503];
/// What can be answered to a search.
const SEARCH: &[u16] = &[400, 401, 403, 429, 503];

impl Operation {
    fn new(tag: &'static str, summary: &'static str, problems: &'static [u16]) -> Self {
        Self {
            tag,
            summary,
            asker: Asker::Client(CREATE_SCOPE),
            parameters: vec![],
            request: None,
            answers: vec![],
            problems,
            is_deprecated: false,
        }
    }

    fn by(self, asker: Asker) -> Self {
        Self { asker, ..self }
    }

    fn asking(self, parameters: Vec<Parameter>) -> Self {
        Self { parameters, ..self }
    }

    fn taking(self, request: Value) -> Self {
        Self { request: Some(request), ..self }
    }

    fn answering(mut self, answer: Success) -> Self {
        self.answers.push(answer);
        self
    }

    fn shown(self, shape: Value) -> Self {
        self.answering(Success::new(200, "As it is now.", shape))
    }

    /// What an endpoint takes and answers.
    pub fn of(endpoint: Endpoint, shapes: &mut Shapes) -> Self {
        match endpoint {
            Endpoint::PlaceOrder
            | Endpoint::PlaceComposed
            | Endpoint::PlaceList
            | Endpoint::PlaceListOn(_)
            | Endpoint::SendAgain
            | Endpoint::SendInstant(_)
            | Endpoint::SendInstantWrapped => placing(endpoint, shapes),
            Endpoint::CancelOrder | Endpoint::CancelShipment | Endpoint::CancelList => {
                cancelling(endpoint, shapes)
            }
            Endpoint::ListTemplates
            | Endpoint::ShowTemplate
            | Endpoint::PutTemplate
            | Endpoint::RetireTemplate
            | Endpoint::PreviewTemplate
            | Endpoint::ShowOwner
            | Endpoint::ShowUsage
            | Endpoint::PutOwner => settling(endpoint, shapes),
            Endpoint::ListWebhooks
            | Endpoint::PutWebhook
            | Endpoint::DeleteWebhook
            | Endpoint::RotateWebhook
            | Endpoint::TestWebhook => posting(endpoint, shapes),
            Endpoint::ListSuppressions | Endpoint::FindSuppression | Endpoint::LiftSuppression => {
                suppressing(endpoint, shapes)
            }
            Endpoint::ShowHolds | Endpoint::Hold | Endpoint::Release | Endpoint::Settle => {
                holding(endpoint, shapes)
            }
            Endpoint::ShowNoticesOfPerson
            | Endpoint::ShowNoticesOfOrganization
            | Endpoint::ShowEndUserLog
            | Endpoint::CheckRecipients
            | Endpoint::EraseRecipient => asking_about_recipients(endpoint, shapes),
            Endpoint::FindOrders | Endpoint::FindLists | Endpoint::ShowFeed => searching(endpoint, shapes),
            _ => reading(endpoint, shapes),
        }
    }
}

/// The bodies of orders that list their recipients have their text beside the list.
fn both(first: &Value, second: &Value) -> Value {
    json!({"allOf": [first, second]})
}

fn placing(endpoint: Endpoint, shapes: &mut Shapes) -> Operation {
    let order = |summary| Operation::new("Orders", summary, ORDERING).asking(vec![parameters::dry_run()]);
    let list =
        |summary| Operation::new("Orders with a list", summary, ORDERING).asking(vec![parameters::dry_run()]);
    let instant = |summary| {
        let operation = Operation::new("Instant notifications", summary, ORDERING);
        operation.asking(vec![parameters::dry_run()])
    };
    let mut operation = match endpoint {
        Endpoint::PlaceOrder => order("Order a notification with its reminders")
            .taking(shapes.request::<contract::ChainRequest>()),
        Endpoint::SendAgain => Operation::new(
            "Orders",
            "Order again what failed of an order's notification, with nobody whom it may have reached",
            AGAIN,
        )
        .asking(vec![parameters::dry_run(), parameters::for_owner()]),
        Endpoint::PlaceComposed => order("Order an e-mail with files")
            .by(Asker::Client(COMPOSED_SCOPE))
            .taking(shapes.request::<contract::ComposedEmailRequest>()),
        Endpoint::SendInstant(Channel::Email) => {
            instant("Send an e-mail at once, and wait for the provider's answer")
                .taking(shapes.request::<contract::InstantEmailRequest>())
        }
        Endpoint::SendInstant(Channel::Sms) => {
            instant("Send an SMS at once, and wait for the provider's answer")
                .taking(shapes.request::<contract::InstantSmsRequest>())
        }
        Endpoint::PlaceListOn(Channel::Email) => list("Order an e-mail to everybody in a list").taking(both(
            &shapes.request::<contract::ListRequest>(),
            &shapes.request::<contract::EmailTemplate>(),
        )),
        Endpoint::PlaceListOn(Channel::Sms) => list("Order an SMS to everybody in a list").taking(both(
            &shapes.request::<contract::ListRequest>(),
            &shapes.request::<contract::SmsTemplate>(),
        )),
        Endpoint::PlaceList => list("Order a notification to everybody in a list").taking(both(
            &shapes.request::<contract::ListRequest>(),
            &shapes.request::<contract::ListedOn>(),
        )),
        _ => Operation {
            is_deprecated: true,
            ..instant("Send an SMS at once, in the form that the contract has given up")
                .taking(shapes.request::<contract::InstantRequest>())
        },
    };
    let is_list = operation.tag == "Orders with a list";
    let (accepted, accepted_shape) = if is_list {
        (202, shapes.answer::<AcceptedListView<'_>>())
    } else {
        (201, shapes.answer::<AcceptedView<'_>>())
    };
    let same = json!({"anyOf": [accepted_shape, shapes.answer::<DryRunView>()]});
    if endpoint == Endpoint::SendAgain {
        let list = shapes.answer::<AcceptedListView<'_>>();
        operation =
            operation.answering(Success::new(202, "An order with a list is accepted.", list).located());
    }
    operation.answering(Success::new(accepted, "The order is accepted.", accepted_shape).located()).answering(
        Success::new(200, "The same order was accepted before, or it was tried only (`dryRun`).", same)
            .located(),
    )
}

fn cancelling(endpoint: Endpoint, shapes: &mut Shapes) -> Operation {
    let cancel = |summary| {
        let operation = Operation::new("Cancelling", summary, &[400, 401, 403, 404, 409, 429, 503]);
        operation.asking(vec![parameters::for_owner()])
    };
    let done = "What was not yet handed over is cancelled.";
    match endpoint {
        Endpoint::CancelShipment => cancel("Take a shipment back before it is handed over")
            .answering(Success::new(200, done, shapes.answer::<Manifest>())),
        Endpoint::CancelList => cancel("Take an order with a list back before it is handed over")
            .answering(Success::new(200, done, shapes.answer::<ListStatusView<'_>>())),
        _ => cancel("Take an order back before it is handed over").answering(Success::new(
            200,
            done,
            shapes.answer::<CancelledView>(),
        )),
    }
}

fn asking_about_recipients(endpoint: Endpoint, shapes: &mut Shapes) -> Operation {
    let support = |summary| Operation::new("Support", summary, SEARCH).by(Asker::Client(SUPPORT_SCOPE));
    match endpoint {
        Endpoint::ShowNoticesOfPerson => support("What a person was notified of, by any owner")
            .asking(parameters::notices("NationalIdentityNumber", "11837512435"))
            .shown(json!({"type": "array", "items": shapes.answer::<NoticeView>()})),
        Endpoint::ShowNoticesOfOrganization => support("What an organisation was notified of, by any owner")
            .asking(parameters::notices("OrganizationNumber", "313600947"))
            .shown(json!({"type": "array", "items": shapes.answer::<NoticeView>()})),
        Endpoint::ShowEndUserLog => {
            Operation::new("End users", "What the person who asks was notified of about a dialog", ONE)
                .by(Asker::Person)
                .asking(parameters::log())
                .shown(json!({"type": "array", "items": shapes.answer::<LogEntryView>()}))
        }
        Endpoint::EraseRecipient => Operation::new(
            "Recipients",
            "Erase what is held about a person or an organisation, as far as it may be",
            &[400, 401, 403, 413, 415, 503],
        )
        .by(Asker::Client(ADMIN_SCOPE))
        .asking(vec![parameters::dry_run()])
        .taking(shapes.request::<contract::EraseRequest>())
        .shown(shapes.answer::<ErasureView>()),
        _ => Operation::new(
            "Recipients",
            "Whether persons and organisations can be notified",
            &[400, 401, 403, 413, 415, 429, 503],
        )
        .taking(shapes.request::<contract::CheckRequest>())
        .shown(shapes.answer::<CheckView>()),
    }
}

fn searching(endpoint: Endpoint, shapes: &mut Shapes) -> Operation {
    match endpoint {
        Endpoint::FindOrders => {
            let states: Vec<_> = ShipmentStatus::ALL.iter().map(|status| status.wire_name()).collect();
            Operation::new("Orders", "The orders with a reference, the newest first", SEARCH)
                .asking(parameters::search(&states))
                .shown(shapes.answer::<FoundOrders>())
        }
        Endpoint::FindLists => {
            Operation::new("Orders with a list", "The orders with a reference, the newest first", SEARCH)
                .asking(parameters::by_reference())
                .shown(shapes.answer::<ListsView>())
        }
        _ => Operation::new(
            "Shipments",
            "What has come to its end, each shipment once and with corrections",
            SEARCH,
        )
        .asking(parameters::feed())
        .shown(json!({"type": "array", "items": shapes.answer::<FeedEntryView>()})),
    }
}

fn reading(endpoint: Endpoint, shapes: &mut Shapes) -> Operation {
    let order = |summary| Operation::new("Orders", summary, ONE).asking(vec![parameters::for_owner()]);
    let list = |summary| Operation::new("Orders with a list", summary, ONE);
    let open = |summary, problems| Operation::new("Service", summary, problems).by(Asker::Anybody);
    match endpoint {
        Endpoint::ShowOrder => order("An order as it was accepted").shown(shapes.answer::<OrderView<'_>>()),
        Endpoint::ShowTimeline => {
            order("What happened to an order, when and why").shown(shapes.answer::<TimelineView>())
        }
        Endpoint::ShowEvidence => {
            order("What can be proved of an order").shown(shapes.answer::<EvidenceView>())
        }
        Endpoint::ShowShipment => Operation::new("Shipments", "What became of a shipment", ONE)
            .asking(vec![parameters::for_owner()])
            .shown(shapes.answer::<Manifest>()),
        Endpoint::ShowList => list("An order as it was accepted").shown(shapes.answer::<ListView<'_>>()),
        Endpoint::ShowListStatus => {
            list("How far an order has come").shown(shapes.answer::<ListStatusView<'_>>())
        }
        Endpoint::ShowNotificationsOn(Channel::Email) => {
            list("The e-mails of an order").shown(shapes.answer::<NotificationsView<'_>>())
        }
        Endpoint::ShowNotificationsOn(Channel::Sms) => {
            list("The SMS of an order").shown(shapes.answer::<NotificationsView<'_>>())
        }
        Endpoint::ShowHealth => open("Whether the service answers", &[503]).shown(shapes.answer::<Health>()),
        _ => open("This document", &[]).shown(json!({"type": "object"})),
    }
}
