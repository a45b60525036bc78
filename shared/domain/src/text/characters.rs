//! Text of HTML as it is read: its character references, such as `&nbsp;` and `&#65`, are the characters they name.

use html5gum::{Token, Tokenizer};

/// A character as it is read, and the bytes of the source that it is written with.
pub struct Character {
    /// Where it begins.
    pub start: usize,
    /// Where it ends. The second character of a reference to two takes up nothing.
    pub end: usize,
    /// What is read.
    pub read: char,
}

/// A text as it is read.
pub fn decoded(text: &str) -> String {
    characters(text).iter().map(|character| character.read).collect()
}

/// Every character of a text.
pub fn characters(text: &str) -> Vec<Character> {
    let (mut characters, mut start) = (Vec::with_capacity(text.len()), 0);
    while let Some(c) = text[start..].chars().next() {
        let Reference { read, length } = reference(&text[start..])
            .unwrap_or_else(|| Reference { read: c.to_string(), length: c.len_utf8() });
        let end = start + length;
        for c in read.chars() {
            characters.push(Character { start, end, read: c });
            start = end;
        }
    }
    characters
}

/// What a reference is read as, and how long it is.
struct Reference {
    read: String,
    length: usize,
}

/// The reference that a text begins with. Only what can be one is handed over, so that every byte is read once.
fn reference(text: &str) -> Option<Reference> {
    let written = candidate(text)?;
    let read = tokenized(written);
    if read == written {
        return None;
    }
    // A reference without a semicolon may have more behind it. No reference names more than two characters.
    let ends = read.char_indices().map(|(at, c)| at + c.len_utf8()).take(2);
    let end = ends.into_iter().find(|end| written.ends_with(&read[*end..]))?;
    let length = written.len() - (read.len() - end);
    Some(Reference { read: read[..end].to_owned(), length })
}

/// What a reference at the beginning of a text can take up at most.
fn candidate(text: &str) -> Option<&str> {
    let name = text.strip_prefix('&')?;
    let digits = name.strip_prefix('#').unwrap_or(name);
    let after = digits.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    let after = after.strip_prefix(';').unwrap_or(after);
    Some(&text[..text.len() - after.len()])
}

fn tokenized(reference: &str) -> String {
    let tokens = Tokenizer::new(reference).flatten();
    let read = tokens.filter_map(|token| match token {
        Token::String(text) => Some(String::from_utf8_lossy(&text).into_owned()),
        _ => None,
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn references_are_read_as_in_a_browser() {
        for (text, read) in [
            ("", ""),
            ("K&aring;re &amp; co.", "Kåre & co."),
            ("&#54;&#x36;&#X36&#54", "6666"),
            ("a&nbspb&ampc;", "a\u{a0}b&c;"),
            ("&amp;#46;", "&#46;"),
            ("&fjlig;ord&period;no&NotEqualTilde;", "fjord.no\u{2242}\u{338}"),
            ("&xothing; & &; &# &#; &#x; &&amp;", "&xothing; & &; &# &#; &#x; &&"),
            ("&#0;&#x110000;&#x80;", "\u{fffd}\u{fffd}€"),
        ] {
            assert_eq!(decoded(text), read, "{text}");
        }
    }

    proptest! {
        #[test]
        fn characters_lie_one_after_the_other(text in ".*|[a&#;x0-9é\r\n]{0,40}|(&(amp|nbsp|fjlig|#5)[;a]?){0,9}") {
            let mut read = 0;
            for character in characters(&text) {
                prop_assert_eq!(character.start, read);
                prop_assert!(text.is_char_boundary(character.end));
                read = character.end;
            }
            prop_assert_eq!(read, text.len());
        }

        #[test]
        fn it_is_what_the_tokenizer_reads(text in "[a&#;x0-9é=]{0,40}|(&(amp|nbsp|notin|not|#5)[;a=]?){0,9}") {
            prop_assert_eq!(decoded(&text), tokenized(&text));
        }
    }
}
