//! What it takes to resolve an order that lists two thousand persons: the look-ups over HTTP in as few calls as the
//! register allows, each person's addresses by the rules, and a chain for each, as it is written: `cargo bench -p
//! varsling-registers`.

#![expect(clippy::expect_used, reason = "what a benchmark needs is there, or it cannot run")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use varsling_domain::chain::{
    Accepting, Backlogs, Chain, Child, ChildOf, Kept, Lookup, ResolvedTo, Scheduling, Wanted,
};
use varsling_domain::channel::Channel;
use varsling_domain::identity::{NationalIdentityNumber, Owner};
use varsling_domain::ids::{ChainId, IdKey, OrderKind};
use varsling_domain::order::parse::{self, OwnTemplates, Rules, parse_list_order};
use varsling_domain::order::{EndpointPolicy, Order, Recipient, Recipients};
use varsling_domain::owner::{Links, OwnerSettings};
use varsling_domain::recipients::{PersonRules, person};
use varsling_domain::window::SendingWindow;
use varsling_function::context::FunctionContext;
use varsling_function::environment::Environment;
use varsling_registers::krr::Krr;
use varsling_registers::{Coalesced, Endpoint, HttpContext};
use varsling_test_server::{Reply, Request, TinyServer};

const PERSONS: usize = 2_000;
/// As many as the register takes at once, twice; one more is allowed.
const MOST_CALLS: usize = 3;

/// Made-up persons of Tenor's kind, with the check digits that fit.
fn persons() -> Vec<NationalIdentityNumber> {
    let numbers = (0..).flat_map(|serial| (1..29).map(move |day| (day, serial % 500)));
    let with_check_digits = numbers.filter_map(|(day, serial)| {
        let stem = format!("{day:02}8170{serial:03}");
        (0..100)
            .find_map(|digits| NationalIdentityNumber::try_from(format!("{stem}{digits:02}").as_str()).ok())
    });
    with_check_digits.take(PERSONS).collect()
}

fn registered(number: &Value) -> Value {
    json!({
        "personidentifikator": number, "reservasjon": "NEI", "status": "AKTIV",
        "varslingsstatus": "KAN_VARSLES", "spraak": "nb",
        "kontaktinformasjon": {
            "epostadresse": "mottaker@example.no", "epostadresse_oppdatert": "2026-06-29T10:14:52+02",
            "epostadresse_sist_verifisert": "2026-06-29T10:14:52+02",
        },
    })
}

fn everybody(request: &Request) -> Reply {
    let numbers = request.json()["personidentifikatorer"].clone();
    let persons: Vec<_> = numbers.as_array().into_iter().flatten().map(registered).collect();
    Reply::json(&json!({ "personer": persons }))
}

/// An order to all of them, as it is accepted.
fn accepted(numbers: &[NationalIdentityNumber], window: &SendingWindow, now: DateTime<Utc>) -> Accepted {
    let recipients: Vec<_> = numbers.iter().map(|number| json!({"nationalIdentityNumber": number})).collect();
    let body = json!({"subject": "Emne", "body": "Tekst", "recipients": recipients});
    let (owner, templates) = (OwnerSettings::default(), OwnTemplates::new());
    let endpoints = EndpointPolicy::Public;
    let numbers = "EEA".parse().expect("a range");
    let rules = Rules {
        now,
        endpoints,
        links: &Links::Allowed,
        numbers: &numbers,
        owner: &owner,
        templates: &templates,
    };
    let parsed =
        parse_list_order(OrderKind::ListOn(Channel::Email), &body, "1", &rules).expect("a valid order");
    let (key, owner) =
        (IdKey::new(&[7; 32]).expect("a long key"), Owner::try_from("991825827").expect("a number"));
    let id = ChainId::derive(&key, OrderKind::ListOn(Channel::Email), &owner, "1");
    let (fingerprint, backlogs, kept) = (parse::fingerprint(&body, now), Backlogs::default(), Kept(30));
    let accepting = Accepting { id, owner, fingerprint, window, backlogs, kept, now };
    Accepted { chain: accepting.accept(&parsed.order), order: parsed.order }
}

/// An accepted order to many persons.
struct Accepted {
    chain: Chain,
    order: Order,
}

/// Looks all up concurrently and makes a chain for each; how many of the chains have something due.
async fn resolve(krr: &Krr, accepted: &Accepted, window: &SendingWindow, now: DateTime<Utc>) -> usize {
    let Some(Recipients::List(list)) = accepted.order.shipments.first().map(|shipment| &shipment.recipients)
    else {
        return 0;
    };
    let (together, rules) = (
        Coalesced::new(krr),
        PersonRules { ignore_reservation: false, use_stale_contact_information: false },
    );
    let look_up = list.recipients().map(async |(ordinal, recipient)| {
        let Recipient::Person { number, schema, .. } = &recipient else { return None };
        let contact = together.find(number).await.expect("the register answers");
        let lookup = Lookup::nobody(person(contact.as_ref(), *schema, rules, now), None);
        let shipment = accepted.chain.shipment(0)?;
        let (backlogs, class, planned_at) = (Backlogs::default(), accepted.chain.class, shipment.planned_at);
        let scheduling = Scheduling { window, backlogs, class, planned_at, now };
        let wanted = Wanted { recipient: &recipient, lookup: &lookup };
        let resolved = ResolvedTo::of(shipment.resolve(wanted, &scheduling));
        let of = ChildOf { resolved: &resolved, schema: *schema, class };
        black_box(accepted.chain.child(Child { shipment: 0, ordinal }, of, now)).due()
    });
    join_all(look_up).await.into_iter().flatten().count()
}

fn two_thousand_persons(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let server = runtime.block_on(TinyServer::answering(everybody));
    let jitter = Arc::new(|| 0.5);
    let context = FunctionContext { jitter, ..FunctionContext::of(Environment::of(BTreeMap::new())) };
    let http = HttpContext::open(&context).expect("a client");
    let krr = Krr::new(Endpoint::open(server.url()), &http);
    let (window, now) = (SendingWindow::default(), Utc::now());
    let order = accepted(&persons(), &window, now);
    assert_eq!(runtime.block_on(resolve(&krr, &order, &window, now)), PERSONS);
    assert!(server.requests().len() <= MOST_CALLS);
    criterion.bench_function("resolve an order to 2,000 persons", |bencher| {
        bencher.iter(|| runtime.block_on(resolve(&krr, black_box(&order), &window, now)));
    });
}

criterion_group!(benches, two_thousand_persons);
criterion_main!(benches);
