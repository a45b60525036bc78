//! The console has a Norwegian word for each that the API may say.

use std::collections::BTreeSet;
use std::path::Path;

/// Where the words of the API are: statuses, why somebody was reached or not, and what happened to an order.
const SOURCES: [&str; 4] = [
    "shared/domain/src/status.rs",
    "shared/domain/src/reached.rs",
    "shared/domain/src/reading/timeline/mod.rs",
    "shared/domain/src/reading/timeline/waits.rs",
];

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

/// The words of a source, without those of its tests.
fn words(path: &str) -> BTreeSet<String> {
    let source = read(path);
    let code = source.split("#[cfg(test)]").next().unwrap();
    let texts = code.split('"').skip(1).step_by(2);
    let is_word = |text: &&str| {
        text.len() > 2
            && text.starts_with(|c: char| c.is_ascii_uppercase())
            && !text.ends_with('_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    texts.filter(is_word).map(ToOwned::to_owned).collect()
}

#[test]
fn the_console_says_every_word_of_the_api_in_norwegian() {
    let norwegian = read("infra/local/console/nb.js");
    let known = |word: &str| {
        [format!(" {word}: '"), format!("'{word}': '"), format!("\n    {word}: '")]
            .iter()
            .any(|entry| norwegian.contains(entry.as_str()))
    };
    let all: BTreeSet<_> = SOURCES.iter().flat_map(|path| words(path)).collect();
    assert!(all.len() > 30, "{all:?}");
    let missing: Vec<_> = all
        .iter()
        .filter(|word| {
            !known(word) && !known(word.trim_start_matches("Order_").trim_start_matches("Failed_"))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
