//! What the rules cost for one notification: `cargo bench -p varsling-domain`. It reports and asserts nothing.

#![expect(clippy::expect_used, reason = "what a benchmark needs is there, or it cannot run")]

use std::collections::BTreeMap;
use std::hint::black_box;

use chrono::{DateTime, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use varsling_domain::channel::{Channel, SendingTimePolicy};
use varsling_domain::keywords::{self, Facts, Reader};
use varsling_domain::language::Language;
use varsling_domain::masking;
use varsling_domain::sms::Segments;
use varsling_domain::template::{TemplateName, general};
use varsling_domain::text::Tokens;
use varsling_domain::window::SendingWindow;

fn rendering(criterion: &mut Criterion) {
    let name = TemplateName::try_from("MessageAvailable").expect("a name");
    let texts = &general::find(&name).expect("a template").texts[&Language::Nb];
    let body = &texts.email.as_ref().expect("an e-mail").body;
    let tokens: Tokens = BTreeMap::from([("sender", "Liten bygd kommune"), ("subject", "byggesak 2026/417")])
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    criterion
        .bench_function("render a template", |bench| bench.iter(|| body.render(black_box(&tokens), false)));
    let text = body.render(&tokens, false);
    criterion.bench_function("fill in a name and mask", |bench| {
        let reader = Reader { name: "Kari Nordmann", number: "", facts: &Facts::default() };
        let now = "2026-11-02T10:00:00Z".parse::<DateTime<Utc>>().expect("a time");
        bench.iter(|| masking::mask(&keywords::fill(black_box(&text), &reader, false), now));
    });
    criterion.bench_function("count segments", |bench| bench.iter(|| Segments::of(black_box(&text))));
}

fn window(criterion: &mut Criterion) {
    let window = SendingWindow::default();
    for (name, time) in
        [("window: open", "2026-11-02T12:00:00+01:00"), ("window: over Easter", "2027-03-24T17:00:00+01:00")]
    {
        let at: DateTime<Utc> = time.parse().expect("a time");
        criterion.bench_function(name, |bench| {
            bench.iter(|| window.opens(Channel::Email, SendingTimePolicy::House, black_box(at)));
        });
    }
}

criterion_group!(rules, rendering, window);
criterion_main!(rules);
