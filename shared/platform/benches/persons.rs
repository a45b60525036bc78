//! What it takes to resolve two thousand persons: the look-ups over HTTP in as few calls as the register allows,
//! each person's addresses by the rules, and when each may go: `cargo bench -p varsling-platform`.

#![expect(clippy::expect_used, reason = "what a benchmark needs is there, or it cannot run")]

#[path = "../src/registers/tiny_server.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "shared with the unit tests")]
mod tiny_server;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use tiny_server::{Reply, Request, TinyServer};
use tokio::runtime::Runtime;
use varsling_domain::channel::{Channel, ChannelSchema, SendingTimePolicy};
use varsling_domain::identity::NationalIdentityNumber;
use varsling_domain::recipients::{PersonRules, Resolution, person};
use varsling_domain::window::SendingWindow;
use varsling_platform::clock::SystemClock;
use varsling_platform::environment::Environment;
use varsling_platform::registers::krr::Krr;
use varsling_platform::registers::{Line, Place};
use varsling_platform::surroundings::Surroundings;

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

fn everybody(request: &Request) -> Reply {
    let person = |number: &Value| {
        json!({
            "personidentifikator": number, "reservasjon": "NEI", "status": "AKTIV",
            "varslingsstatus": "KAN_VARSLES", "spraak": "nb",
            "kontaktinformasjon": {
                "epostadresse": "mottaker@example.no", "epostadresse_oppdatert": "2026-06-29T10:14:52+02",
                "epostadresse_sist_verifisert": "2026-06-29T10:14:52+02",
            },
        })
    };
    let numbers = request.json()["personidentifikatorer"].clone();
    let persons: Vec<_> = numbers.as_array().into_iter().flatten().map(person).collect();
    Reply::json(&json!({ "personer": persons }))
}

/// How many of them can be reached, and may go now or later.
async fn resolve(krr: &Krr, numbers: &[NationalIdentityNumber], now: DateTime<Utc>) -> usize {
    let found = krr.look_up(numbers).await.expect("the register answers");
    let (rules, window) = (
        PersonRules { ignore_reservation: false, use_stale_contact_information: false },
        SendingWindow::default(),
    );
    let reached = numbers.iter().filter(|number| {
        let resolution = person(found.get(number), ChannelSchema::EmailPreferred, rules, now);
        black_box(window.opens(Channel::Email, SendingTimePolicy::Daytime, now));
        matches!(resolution, Resolution::Addresses(_))
    });
    reached.count()
}

fn two_thousand_persons(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let server = runtime.block_on(TinyServer::answering(everybody));
    let (clock, chance) = (Arc::new(SystemClock), Arc::new(|| 0.5));
    let surroundings = Surroundings { environment: Environment::of(BTreeMap::new()), clock, chance };
    let line = Line::open(&surroundings).expect("a client");
    let krr = Krr::new(Place { url: server.url(), tokens: None }, &line);
    let (numbers, now) = (persons(), Utc::now());
    assert_eq!(runtime.block_on(resolve(&krr, &numbers, now)), PERSONS);
    assert!(server.requests().len() <= MOST_CALLS);
    criterion.bench_function("resolve 2,000 persons", |bencher| {
        bencher.iter(|| runtime.block_on(resolve(&krr, black_box(&numbers), now)));
    });
}

criterion_group!(benches, two_thousand_persons);
criterion_main!(benches);
