//! Writes the tables of errors as the page `docs/errors.md`, and fails when the page says anything else.

use std::fmt::Write;
use std::{env, fs};

use varsling_function::trouble::Trouble;
use varsling_providers::meaning::{Meaning, ProviderError};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/errors.md");
const BEGIN: &str = "<!-- The tables below are written from the code by a test. -->\n";

fn written() -> String {
    let mut tables = String::new();
    for (provider, errors) in [("SES", varsling_ses::ERRORS), ("SNS", varsling_sns::ERRORS)] {
        let _ = write!(tables, "\n## {provider}\n\n| error | what it tells | what becomes of the notice |\n");
        tables.push_str("| --- | --- | --- |\n");
        tables.extend(errors.iter().map(row));
    }
    tables
}

fn row(error: &ProviderError) -> String {
    let becomes = match &error.meaning {
        Meaning::ByText { known, otherwise } => {
            let by_text = known.iter().map(|known| format!("“{}”: {}", known.phrase, plain(&known.meaning)));
            let by_text = by_text.collect::<Vec<_>>().join("; ");
            format!("{}, but by its text: {by_text}", plain(otherwise))
        }
        meaning => plain(meaning),
    };
    format!("| `{}` | {} | {becomes} |\n", error.code, error.because)
}

fn plain(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Final(failure) => format!("final ({failure:?})"),
        Meaning::Waits(Trouble::Passing) => "waits, as a warning".to_owned(),
        Meaning::Waits(Trouble::Ours) => "waits, as an error".to_owned(),
        Meaning::Throttled => "goes on at a slower pace, as a warning".to_owned(),
        Meaning::QuotaUsedUp => "waits a quarter of an hour or longer, as an error".to_owned(),
        Meaning::Uncertain => "uncertain".to_owned(),
        Meaning::ByText { .. } => "by its text".to_owned(),
    }
}

#[test]
fn the_page_of_errors_says_what_the_code_does() {
    let page = fs::read_to_string(PAGE).unwrap();
    let (introduction, tables) = page.split_once(BEGIN).unwrap();
    if env::var_os("WRITE_DOCS").is_some() {
        fs::write(PAGE, format!("{introduction}{BEGIN}{}", written())).unwrap();
        return;
    }
    assert_eq!(
        tables,
        written(),
        "write it again with WRITE_DOCS=1 cargo test -p varsling-tests --test contract errors"
    );
}

#[test]
fn no_error_stands_twice() {
    for errors in [varsling_ses::ERRORS, varsling_sns::ERRORS] {
        let mut codes: Vec<_> = errors.iter().map(|error| error.code).collect();
        codes.sort_unstable();
        assert!(codes.windows(2).all(|pair| pair[0] != pair[1]), "{codes:?}");
    }
}
