//! A text as its reader sees it: without tags, references and what is invisible.

use crate::text::characters::decoded;
use crate::text::markup::{Fragment, Kind};

/// Tags that do not break a word: `altinn<b>.no</b>` reads as one.
const INLINE: [&str; 14] =
    ["b", "i", "u", "s", "em", "a", "strong", "span", "font", "small", "big", "mark", "wbr", "bdi"];

/// The text without tags, and with its references and invisible characters read.
pub fn visible(fragments: &[Fragment<'_>]) -> String {
    let seen = fragments.iter().map(|fragment| match &fragment.kind {
        Kind::Text => plain(&decoded(fragment.source)),
        Kind::Start(tag) => between(&tag.name),
        Kind::End(name) => between(name),
        Kind::Unseen => String::new(),
    });
    seen.collect()
}

/// What a reader sees in the place of a tag.
fn between(name: &str) -> String {
    if INLINE.contains(&name) { String::new() } else { " ".to_owned() }
}

/// A text without invisible characters. The dots of other scripts are dots in domains (IDNA, UTS 46).
pub fn plain(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).map(with_plain_dot).collect()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// A dot for what browsers take for one.
fn with_plain_dot(c: char) -> char {
    if matches!(c, '。' | '．' | '｡') { '.' } else { c }
}
