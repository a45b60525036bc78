//! The keywords in a text that stand for its recipient.

mod facts;

pub use facts::{Facts, Sources, asked};

use crate::text::escape_html;

const NAME: &str = "$recipientName$";
const NUMBER: &str = "$recipientNumber$";
/// What Altinn's older service called the same.
const OLDER_NAME: &str = "$reporteeName$";
const OLDER_NUMBER: &str = "$reporteeNumber$";
/// What begins like a keyword, and must be one.
const FAMILIES: [&str; 3] = ["$recipient", "$reportee", "$servicename"];

/// Whether the text has a place for the recipient's name.
pub fn names_recipient(text: &str) -> bool {
    text.contains(NAME) || text.contains(OLDER_NAME)
}

/// Whether the text has a place for the recipient's number.
pub fn numbers_recipient(text: &str) -> bool {
    text.contains(NUMBER) || text.contains(OLDER_NUMBER)
}

/// Whether the text has a place for anything that a register knows of the recipient.
pub fn any(text: &str) -> bool {
    names_recipient(text) || numbers_recipient(text) || !asked(text).is_empty()
}

/// The first thing in a text that is written like a keyword and is none that there is a source for: it
/// would arrive as it stands. Small and capital letters make no difference in being like one.
pub fn unknown(text: &str) -> Option<&str> {
    all(text)
        .find(|found| ![NAME, NUMBER, OLDER_NAME, OLDER_NUMBER].contains(found) && !facts::is_fact(found))
}

/// The first thing in a text that is written like a keyword of ours and is none: it would arrive as it stands. A word
/// between two signs that is like none of ours is the owner's own text.
pub fn near_miss(text: &str) -> Option<&str> {
    let odd = all(text)
        .filter(|found| ![NAME, NUMBER, OLDER_NAME, OLDER_NUMBER].contains(found) && !facts::is_fact(found));
    odd.into_iter().find(|found| is_like_ours(found))
}

/// Whether a word between two signs begins like a keyword of ours, or is written almost like one.
fn is_like_ours(found: &str) -> bool {
    let word = found.to_ascii_lowercase();
    FAMILIES.iter().any(|family| word.starts_with(family))
        || [NAME, NUMBER, OLDER_NAME, OLDER_NUMBER]
            .iter()
            .any(|keyword| strsim::osa_distance(&word, &keyword.to_ascii_lowercase()) <= MOST_SLIPS)
}

/// In how many letters a misspelt keyword differs from the one that is meant.
const MOST_SLIPS: usize = 2;

/// Everything in a text that is written like a keyword.
fn all(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    // One after the other, as they are filled in: what ends a keyword begins no other.
    std::iter::from_fn(move || {
        loop {
            let at = rest.find('$')?;
            let found = like_keyword(&rest[at..]);
            rest = &rest[at + found.map_or(1, str::len)..];
            if found.is_some() {
                return found;
            }
        }
    })
}

/// What a text begins with, up to the second `$`, if that is of a family: a name, and what stands in
/// brackets or after bars behind it, as in `$reporteeBirthDay(dd. mm)$` and `$servicename SC:1 SEC:2$`.
fn like_keyword(text: &str) -> Option<&str> {
    let Some(family) = FAMILIES
        .iter()
        .find(|family| text.get(..family.len()).is_some_and(|start| start.eq_ignore_ascii_case(family)))
    else {
        return between_signs(text);
    };
    let end = family.len() + text[family.len()..].find('$')?;
    let name = text[1..end].trim_start_matches(|c: char| c.is_ascii_alphanumeric());
    let (service, detail) = (family.ends_with("servicename"), name.trim_start());
    let is_one = name.is_empty() || name.starts_with(['(', '|']) || (service && detail.starts_with("SC:"));
    let found = (is_one && !name.contains(['\n', '\r'])).then(|| &text[..=end]);
    found.or_else(|| between_signs(text))
}

/// The most characters that a name has: as many as the register of legal entities takes. What is longer is
/// cut when it is looked up.
pub const LONGEST_NAME: usize = 175;
/// The most digits that a number has.
const LONGEST_NUMBER: usize = 11;

/// How many characters a text has at most when its keywords are filled in.
pub fn longest(text: &str) -> usize {
    let (name, number) = ("x".repeat(LONGEST_NAME), "0".repeat(LONGEST_NUMBER));
    let facts = Facts::longest(&asked(text));
    fill(text, &Reader { name: &name, number: &number, facts: &facts }, false).chars().count()
}

/// Who reads a text.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// The name; empty where none is known.
    pub name: &'a str,
    /// An organisation's number; empty for everybody else.
    pub number: &'a str,
    /// Whatever else the text asks for.
    pub facts: &'a Facts,
}

/// A word between two signs, as other services write their keywords. Amounts have no letters in between, or none
/// but a currency's.
fn between_signs(text: &str) -> Option<&str> {
    let (word, _) = text.strip_prefix('$')?.split_once('$')?;
    let is_word = word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_word && word.len() > 3).then(|| &text[..word.len() + 2])
}

/// The text with its keywords filled in. It is read once, so a name that looks like a keyword stays
/// what it is; in HTML the values are escaped.
pub fn fill(text: &str, reader: &Reader<'_>, html: bool) -> String {
    let (name, number) = (reader.name, reader.number);
    let known = [(NAME, name), (NUMBER, number), (OLDER_NAME, name), (OLDER_NUMBER, number)];
    let unknown = asked(text);
    let unknown = unknown.iter().map(|keyword| (keyword.as_str(), ""));
    // What nobody knows of this reader is filled in with nothing.
    let known = known.into_iter().chain(reader.facts.iter()).chain(unknown);
    let values: Vec<_> = known.map(|(keyword, known)| (keyword, value(known, html))).collect();
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, found) = rest.split_at(at);
        filled.push_str(before);
        let keyword = values.iter().find(|(keyword, _)| found.starts_with(keyword));
        let (insert, length) = keyword.map_or(("$", 1), |(keyword, value)| (value.as_str(), keyword.len()));
        filled.push_str(insert);
        rest = &found[length..];
    }
    filled + rest
}

/// A value as it can stand in any text: a register's control characters (a line break in a subject)
/// become spaces.
fn value(value: &str, html: bool) -> String {
    let on_one_line = value.replace(|c: char| c.is_control(), " ");
    if html { escape_html(&on_one_line) } else { on_one_line }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fill(text: &str, name: &str, number: &str, html: bool) -> String {
        super::fill(text, &Reader { name, number, facts: &Facts::default() }, html)
    }

    fn plain(text: &str) -> String {
        fill(text, "Ola Nordmann", "991825827", false)
    }

    #[test]
    fn keywords_are_filled_in_wherever_they_stand() {
        let cases = [
            ("", ""),
            ("Hei", "Hei"),
            ("$recipientName$", "Ola Nordmann"),
            ("Hei $recipientName$!", "Hei Ola Nordmann!"),
            ("$recipientName$$recipientNumber$", "Ola Nordmann991825827"),
            ("$recipientName$ $recipientName$", "Ola Nordmann Ola Nordmann"),
            ("$$recipientName$$", "$Ola Nordmann$"),
            ("æ$recipientNumber$ø", "æ991825827ø"),
            ("5 $ og 6 $", "5 $ og 6 $"),
        ];
        for (text, filled) in cases {
            assert_eq!(plain(text), filled);
        }
    }

    #[test]
    fn the_longest_that_a_text_can_become_has_the_longest_name_and_number() {
        assert_eq!(longest("æ"), 1);
        assert_eq!(
            longest("Hei $recipientName$ ($reporteeNumber$)"),
            4 + LONGEST_NAME + 2 + LONGEST_NUMBER + 1
        );
    }

    #[test]
    fn a_word_that_is_almost_a_keyword_is_told_from_the_owners_own() {
        for text in [
            "$recipientname$",
            "$RecipientName$",
            "$recipentName$",
            "$recipiantNumber$",
            "$reciepientName$",
            "$reporteName$",
            "$recipientFirstName$",
            "$reporteeBirthDay(xx)$",
        ] {
            assert_eq!(near_miss(text), Some(text));
        }
        for text in [
            "",
            "$recipientName$",
            "$reporteeBirthDay(dd.mm)$",
            "$name$",
            "$orgnr$",
            "fra $usd$ til $eur$",
            "5 $ og 6 $",
        ] {
            assert_eq!(near_miss(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_of_a_reader_is_filled_in_with_nothing() {
        assert_eq!(fill("Hei $recipientName$, $reporteeEmail$.", "", "", false), "Hei , .");
    }

    #[test]
    fn only_the_exact_keyword_counts() {
        for text in
            ["$recipientname$", "$RecipientName$", "$recipientName", "recipientName$", "$ recipientName$"]
        {
            assert_eq!(plain(text), text);
            assert!(!names_recipient(text) && !numbers_recipient(text));
        }
        assert!(names_recipient("a$recipientName$") && !numbers_recipient("a$recipientName$"));
        assert!(numbers_recipient("$recipientNumber$a") && !names_recipient("$recipientNumber$a"));
    }

    #[test]
    fn older_names_mean_the_same_and_unknown_ones_are_found() {
        assert_eq!(plain("$reporteeName$ $reporteeNumber$"), "Ola Nordmann 991825827");
        for text in [
            "",
            "5 $ og 6 $",
            "$recipientName$$reporteeNumber$",
            "$recipient $",
            "$x$",
            "$æ",
            "$reporteeName",
            "$recipient er 5 $",
        ] {
            assert_eq!(unknown(text), None, "{text}");
        }
        for text in ["$reporteeBirthDay(year)$", "$servicename$", "$recipientname$", "$recipientEmail$"]
            .into_iter()
            .chain(["$reporteeFirstName$", "$servicename|SC:1|SEC:2$", "$servicename SC:1 SEC:2$"])
            .chain([
                "$ReporteeName$",
                "$RECIPIENTNAME$",
                "$sendersName$",
                "$recipient_Name$",
                "$receipientName$",
            ])
        {
            assert_eq!(unknown(&format!("Hei {text}!")), Some(text));
        }
    }

    #[test]
    fn a_value_is_not_filled_in_again() {
        let text = "$recipientName$, $recipientNumber$";
        assert_eq!(
            fill(text, "$recipientNumber$", "$recipientName$", false),
            "$recipientNumber$, $recipientName$"
        );
        assert_eq!(fill("$recipient$recipientName$", "Name$", "", false), "$recipientName$");
    }

    #[test]
    fn values_are_escaped_in_html_and_nowhere_else() {
        let name = "<b>\"Ås & Ås\"</b> d'Or";
        let text = "<p>$recipientName$ & co</p>";
        assert_eq!(fill(text, name, "", false), "<p><b>\"Ås & Ås\"</b> d'Or & co</p>");
        let escaped = "<p>&lt;b&gt;&quot;Ås &amp; Ås&quot;&lt;/b&gt; d&#39;Or & co</p>";
        assert_eq!(fill(text, name, "", true), escaped);
    }

    #[test]
    fn a_value_brings_no_line_breaks() {
        assert_eq!(fill("$recipientName$", "Ola\r\nBcc: x", "", false), "Ola  Bcc: x");
    }

    proptest! {
        #[test]
        fn a_text_without_keywords_stays_as_it_is(text in "[^$]*", name in ".*", number in ".*", html: bool) {
            prop_assert_eq!(fill(&text, &name, &number, html), text);
        }

        #[test]
        fn every_keyword_is_replaced_once(
            parts in proptest::collection::vec("[a-zæøå <&]{0,5}", 1..6),
            name in "[a-zA-Z $]{0,9}",
        ) {
            prop_assert_eq!(fill(&parts.join(NAME), &name, "", false), parts.join(&name));
        }

        #[test]
        fn no_text_and_no_value_make_it_panic(text in ".*", name in ".*", number in ".*", html: bool) {
            let text = format!("{text}{NAME}{number}$recipient{NUMBER}");
            let filled = fill(&text, &name, &number, html);
            prop_assert!(!html || filled.matches('<').count() == text.matches('<').count());
        }
    }
}
