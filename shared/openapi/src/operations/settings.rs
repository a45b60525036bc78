//! What owners and administrators settle: templates, settings, webhooks, holds and suppressed addresses.

use serde_json::json;
use varsling_api::routes::Endpoint;
use varsling_api::tokens::ADMIN_SCOPE;
use varsling_domain::contract;
use varsling_domain::deployment::DeploymentView;
use varsling_domain::owner::OwnerSettings;
use varsling_domain::reading::{FoundSuppressionView, SuppressionsView};
use varsling_domain::template::{NamedTemplate, Preview, TemplateView};
use varsling_domain::usage::UsageView;
use varsling_domain::webhook::{WebhookView, WebhooksView};

use super::{Asker, ONE, Operation, Success};
use crate::parameters;
use crate::shapes::Shapes;

pub(super) fn settling(endpoint: Endpoint, shapes: &mut Shapes) -> Operation {
    const PUTTING: &[u16] = &[400, 401, 403, 404, 409, 413, 415, 429, 503];
    let template = |summary, problems| Operation::new("Templates", summary, problems);
    let owner =
        |summary, problems| Operation::new("Owners", summary, problems).by(Asker::Client(ADMIN_SCOPE));
    match endpoint {
        Endpoint::ListTemplates => {
            template("The names of all templates that the owner may use", &[401, 403, 429, 503])
                .shown(json!({"type": "array", "items": shapes.answer::<NamedTemplate<'_>>()}))
        }
        Endpoint::ShowTemplate => template("A template", ONE).shown(shapes.answer::<TemplateView<'_>>()),
        Endpoint::PutTemplate => {
            let shape = shapes.answer::<TemplateView<'_>>();
            template("Store a template", PUTTING)
                .taking(shapes.request::<contract::TemplateRequest>())
                .answering(Success::new(201, "The first version of the template.", shape.clone()))
                .answering(Success::new(200, "A new version of the template.", shape))
        }
        Endpoint::RetireTemplate => template("Retire a template; orders that were made of it are sent", ONE)
            .answering(Success {
                status: 204,
                description: "The template is retired.",
                shape: None,
                has_location: false,
            }),
        Endpoint::PreviewTemplate => template("A template with its tokens filled in", PUTTING)
            .taking(shapes.request::<contract::PreviewRequest>())
            .shown(shapes.answer::<Preview>()),
        Endpoint::ShowOwner => owner("An owner's settings", ONE).shown(shapes.answer::<OwnerSettings>()),
        Endpoint::ShowUsage => owner(
            "What an owner has used, by day; asked by the owner itself too",
            &[400, 401, 403, 404, 429, 503],
        )
        .asking(parameters::days())
        .shown(shapes.answer::<UsageView>()),
        _ => owner("Settle what holds for all orders of an owner", PUTTING)
            .taking(shapes.request::<contract::OwnerSettingsRequest>())
            .shown(shapes.answer::<OwnerSettings>()),
    }
}

pub(super) fn holding(endpoint: Endpoint, shapes: &mut Shapes) -> Operation {
    const PUTTING: &[u16] = &[400, 401, 403, 413, 415, 503];
    let deployment =
        |summary, problems| Operation::new("Deployment", summary, problems).by(Asker::Client(ADMIN_SCOPE));
    let operation = match endpoint {
        Endpoint::ShowHolds => {
            deployment("What is held, and what was settled after a restore", &[401, 403, 503])
        }
        Endpoint::Hold => deployment("Hold the deployment, a channel or an owner", PUTTING)
            .taking(shapes.request::<contract::HoldRequest>()),
        Endpoint::Release => deployment("Let what was held go on", &[400, 401, 403, 503]),
        _ => deployment("Say what becomes of what was under way when the table was lost", PUTTING)
            .taking(shapes.request::<contract::SettlementRequest>()),
    };
    operation.shown(shapes.answer::<DeploymentView>())
}

pub(super) fn posting(endpoint: Endpoint, shapes: &mut Shapes) -> Operation {
    const ONE_OF_THEM: &[u16] = &[401, 403, 404, 409, 429, 503];
    let webhooks = |summary, problems| Operation::new("Webhooks", summary, problems);
    match endpoint {
        Endpoint::ListWebhooks => webhooks("Where the owner has its events posted", &[401, 403, 429, 503])
            .shown(shapes.answer::<WebhooksView>()),
        Endpoint::PutWebhook => {
            let shape = shapes.answer::<WebhookView>();
            webhooks("Have events posted", &[400, 401, 403, 404, 409, 413, 415, 429, 503])
                .taking(shapes.request::<contract::WebhookRequest>())
                .answering(Success::new(201, "A new webhook, with its secret.", shape.clone()))
                .answering(Success::new(200, "The webhook leads elsewhere, and is switched on.", shape))
        }
        Endpoint::DeleteWebhook => webhooks("Have events posted no more", ONE_OF_THEM).answering(Success {
            status: 204,
            description: "The webhook is deleted.",
            shape: None,
            has_location: false,
        }),
        Endpoint::RotateWebhook => {
            webhooks("A new secret; the one before signs beside it for a week", ONE_OF_THEM)
                .shown(shapes.answer::<WebhookView>())
        }
        _ => webhooks("Have a test event posted", ONE_OF_THEM).answering(Success::new(
            202,
            "It is on its way.",
            shapes.answer::<WebhookView>(),
        )),
    }
}

pub(super) fn suppressing(endpoint: Endpoint, shapes: &mut Shapes) -> Operation {
    let suppressions =
        |summary, problems| Operation::new("Suppressions", summary, problems).by(Asker::Client(ADMIN_SCOPE));
    match endpoint {
        Endpoint::ListSuppressions => suppressions(
            "The addresses that nothing is sent to any more, the latest first",
            &[400, 401, 403, 503],
        )
        .asking(parameters::after())
        .shown(shapes.answer::<SuppressionsView>()),
        Endpoint::FindSuppression => {
            suppressions("Whether an address is suppressed, and why", &[400, 401, 403, 413, 415, 503])
                .taking(shapes.request::<contract::FindSuppressionRequest>())
                .shown(shapes.answer::<FoundSuppressionView>())
        }
        _ => suppressions("Let an address be sent to again", &[401, 403, 404, 503]).answering(Success {
            status: 204,
            description: "The address is sent to again.",
            shape: None,
            has_location: false,
        }),
    }
}
