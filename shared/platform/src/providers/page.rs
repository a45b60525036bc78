//! Writes the tables of errors as the page `docs/errors.md`, and fails when the page says anything else.

use std::fmt::Write;
use std::{env, fs};

use super::meaning::{Meaning, ProviderError};
use super::{ses_errors, sns_errors};
use crate::trouble::Trouble;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");
const BEGIN: &str = "<!-- The tables below are written from the code by a test. -->\n";

fn written() -> String {
    let mut tables = String::new();
    for (provider, errors) in [("SES", ses_errors::ERRORS), ("SNS", sns_errors::ERRORS)] {
        let _ = write!(tables, "\n## {provider}\n\n| error | what it tells | what becomes of the notice |\n");
        tables.push_str("| --- | --- | --- |\n");
        tables.extend(errors.iter().map(row));
    }
    tables
}

fn row(error: &ProviderError) -> String {
    let ProviderError { code, meaning, because } = error;
    match meaning {
        Meaning::ByText(phrases) => {
            let phrases = phrases.iter().map(|known| format!("“{}”: {:?}", known.phrase, known.failure));
            let phrases = phrases.collect::<Vec<_>>().join("; ");
            format!(
                "| `{code}` | {because}, unless its text says otherwise | waits, as an error; final where the text has {phrases} |\n"
            )
        }
        Meaning::Final(failure) => format!("| `{code}` | {because} | final: {failure:?} |\n"),
        Meaning::Waits(Trouble::Passing) => format!("| `{code}` | {because} | waits, as a warning |\n"),
        Meaning::Waits(Trouble::Ours) => format!("| `{code}` | {because} | waits, as an error |\n"),
        Meaning::Uncertain => {
            format!("| `{code}` | {because} | uncertain: its event or its lifetime tells |\n")
        }
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
    assert_eq!(tables, written(), "write it again with WRITE_DOCS=1 cargo test -p varsling-platform page");
}

#[test]
fn no_error_stands_twice() {
    for errors in [ses_errors::ERRORS, sns_errors::ERRORS] {
        let mut codes: Vec<_> = errors.iter().map(|error| error.code).collect();
        codes.sort_unstable();
        assert!(codes.windows(2).all(|pair| pair[0] != pair[1]), "{codes:?}");
    }
}
