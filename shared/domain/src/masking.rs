//! Keeps national identity numbers out of what is sent: e-mail and SMS are read by others on the way.
//!
//! Account numbers have eleven digits as well, and the second check digit of a person's number by their own rule. So a
//! number after "konto" or "KID" stays, one in a link stays, and the first check digit must be one that is issued by now.

use chrono::{DateTime, Utc};

use crate::identity::NationalIdentityNumber;
use crate::text::characters::{Character, characters};
use crate::text::markup::{self, Fragment};

/// How many digits the date of birth has, and how many there are with those that come after it.
const DATE: usize = 6;
const ALL: usize = 11;
/// Characters and tags between a word and the number that it is about.
const MOST_BETWEEN: usize = 16;

/// The text with the last five digits of every national identity number masked that is issued by now, however HTML
/// writes them and whatever it hides between them. Account numbers, KIDs and links stay.
pub fn mask(text: &str, now: DateTime<Utc>) -> String {
    // Also a digit that is written as an entity has digits.
    if text.bytes().filter(u8::is_ascii_digit).count() < ALL {
        return text.to_owned();
    }
    // As it is written, which is what links and other attributes are, and then as it is read.
    if !text.contains(['<', '&']) {
        let signs = written(text);
        return mask_in(text, &signs, &signs, now);
    }
    let masked = mask_in(text, &written(text), &read(text), now);
    let seen = read(&masked);
    mask_in(&masked, &seen, &seen, now)
}

/// The text with the numbers masked that are found in its signs. What stands before one is judged as it is seen.
fn mask_in(text: &str, signs: &[Sign], seen: &[Sign], now: DateTime<Utc>) -> String {
    let (mut masked, mut written, mut at) = (String::with_capacity(text.len()), 0, 0);
    while at < signs.len() {
        let found = identity(signs, at, now);
        let Some(digits) =
            found.filter(|_| !is_in_link(text, signs[at].start) && !is_account(text, seen, signs[at].start))
        else {
            at += 1;
            continue;
        };
        for digit in &digits[DATE..] {
            let Sign { start, end, .. } = signs[*digit];
            masked.push_str(&text[written..start]);
            masked.push('*');
            written = end;
        }
        at = digits[ALL - 1] + 1;
    }
    masked + &text[written..]
}

/// Something that is read as one character, or not at all.
#[derive(Clone, Copy)]
struct Sign {
    start: usize,
    end: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Digit(char),
    Space,
    /// Tags, and characters that nobody sees.
    Hidden,
    Letter,
    Other,
}

impl Kind {
    fn of(c: char) -> Self {
        match c {
            '0'..='9' => Self::Digit(c),
            '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180e}' => Self::Hidden,
            c if c.is_whitespace() => Self::Space,
            c if c.is_alphanumeric() => Self::Letter,
            _ => Self::Other,
        }
    }
}

/// Every character for itself.
fn written(text: &str) -> Vec<Sign> {
    let signs = text.char_indices();
    signs.map(|(start, c)| Sign { start, end: start + c.len_utf8(), kind: Kind::of(c) }).collect()
}

/// What a reader of HTML sees.
fn read(text: &str) -> Vec<Sign> {
    markup::read(text).iter().flat_map(seen).collect()
}

/// What is seen of a part of HTML.
fn seen(fragment: &Fragment<'_>) -> Vec<Sign> {
    let start = fragment.start;
    if fragment.kind != markup::Kind::Text {
        return vec![Sign { start, end: start + fragment.source.len(), kind: Kind::Hidden }];
    }
    let characters = characters(fragment.source).into_iter();
    let signs = characters.map(|Character { start: from, end, read }| Sign {
        start: start + from,
        end: start + end,
        kind: Kind::of(read),
    });
    signs.collect()
}

/// Words after which a number is one of an account or a payment. `nr` and the like can stand between.
const ACCOUNTS: [&str; 9] =
    ["konto", "kontonr", "kontonummer", "kontonummeret", "bankkonto", "kid", "kidnr", "kidnummer", "account"];
const NUMBERS: [&str; 4] = ["nr", "no", "nummer", "number"];

/// Whether the number at a place follows a word that says that it is no person's. What stands in a tag is no text.
fn is_account(text: &str, signs: &[Sign], place: usize) -> bool {
    let Ok(at) = signs.binary_search_by_key(&place, |sign| sign.start) else { return false };
    let Some(last) = word_before(text, signs, at) else { return false };
    let word =
        if NUMBERS.contains(&last.word.as_str()) { word_before(text, signs, last.at) } else { Some(last) };
    word.is_some_and(|word| ACCOUNTS.contains(&word.word.as_str()))
}

/// A word in small letters, and the sign that it begins with.
struct Word {
    word: String,
    at: usize,
}

/// The word before a sign; none if there is a digit between, or the line ends.
fn word_before(text: &str, signs: &[Sign], at: usize) -> Option<Word> {
    let is_letter = |sign: &Sign| sign.kind == Kind::Letter;
    let between = signs[..at].iter().rev().take_while(|sign| !is_letter(sign)).take(MOST_BETWEEN);
    let gap = between.clone().count();
    let is_plain =
        |sign: &Sign| !matches!(sign.kind, Kind::Digit(_)) && !text[sign.start..sign.end].contains('\n');
    let end = at - gap;
    if !between.clone().all(is_plain) || end == 0 || !is_letter(&signs[end - 1]) {
        return None;
    }
    let start = end - signs[..end].iter().rev().take_while(|sign| is_letter(sign)).count();
    Some(Word { word: text[signs[start].start..signs[end - 1].end].to_lowercase(), at: start })
}

/// Whether a place in a text is inside a link, as it is written.
fn is_in_link(text: &str, place: usize) -> bool {
    let ends = |c: char| c.is_whitespace() || "<>\"'()".contains(c);
    let link = text[..place].rsplit(ends).next().unwrap_or_default();
    link.contains("://") || link.to_ascii_lowercase().starts_with("www.")
}

fn is_digit(signs: &[Sign], at: usize) -> bool {
    signs.get(at).is_some_and(|sign| matches!(sign.kind, Kind::Digit(_)))
}

/// Where the digits of the identity number are that begins at a sign, if one does. Between the date of birth and the
/// rest there may be one character of any kind but a letter, and any amount of space.
fn identity(signs: &[Sign], at: usize, now: DateTime<Utc>) -> Option<Vec<usize>> {
    if !is_digit(signs, at) || at.checked_sub(1).is_some_and(|before| is_digit(signs, before)) {
        return None;
    }
    let (mut digits, mut number, mut separators) = (Vec::with_capacity(ALL), String::with_capacity(ALL), 0);
    for (position, sign) in signs.iter().enumerate().skip(at) {
        match sign.kind {
            Kind::Digit(digit) => {
                digits.push(position);
                number.push(digit);
            }
            Kind::Space if digits.len() == DATE => {}
            Kind::Other if digits.len() == DATE && separators == 0 => separators += 1,
            Kind::Hidden => {}
            _ => return None,
        }
        if digits.len() == ALL {
            break;
        }
    }
    let is_one = digits.len() == ALL && !is_digit(signs, digits[ALL - 1] + 1);
    let number = NationalIdentityNumber::try_from(number.as_str()).ok().filter(|_| is_one);
    number.is_some_and(|number| number.is_issued_by(now)).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    fn mask(text: &str) -> String {
        super::mask(text, at("2026-11-02T10:00:00Z"))
    }

    #[test]
    fn the_last_five_digits_are_masked_wherever_a_number_stands() {
        let cases = [
            ("Fødselsnummer 20914695016.", "Fødselsnummer 209146*****."),
            ("209146 95016", "209146 *****"),
            ("209146-95016 og 209146&nbsp;95016", "209146-***** og 209146&nbsp;*****"),
            ("<b>54928201018</b>", "<b>549282*****</b>"),
            ("nr=11876995923&x", "nr=118769*****&x"),
            ("20914695016 20914695016", "209146***** 209146*****"),
        ];
        for (text, masked) in cases {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn one_separator_of_any_kind_hides_nothing() {
        let gaps = [
            "/",
            ".",
            "_",
            "\t",
            "\n",
            "\u{2009}",
            "\u{2011}",
            "\u{2212}",
            "\u{200b}",
            "&#xA0;",
            "&#x20;",
            "&thinsp;",
            "&ndash;",
            "<wbr>",
            "<b>",
            "</td><td>",
            "</i> <b>",
            "<br/>&nbsp;",
            "  ",
            "\n   ",
            "&#160;&#160;",
            " - ",
            "<br>\n<!-- -->",
            "&shy;",
        ];
        for gap in gaps {
            assert_eq!(mask(&format!("Nr. 209146{gap}95016.")), format!("Nr. 209146{gap}*****."), "{gap:?}");
        }
    }

    #[test]
    fn what_nobody_sees_hides_nothing_either() {
        let cases = [
            ("2091<b>46</b>95016", "2091<b>46</b>*****"),
            ("20914&#54;95016", "20914&#54;*****"),
            ("209146950&#x31;&#54;", "209146*****"),
            ("209146\u{200b}9\u{ad}5016", "209146\u{200b}*\u{ad}****"),
            ("<td>1</td><td>20914695016</td>", "<td>1</td><td>209146*****</td>"),
            ("20914695016<br>20914695016", "209146*****<br>209146*****"),
            ("<img alt='209146 95016'>", "<img alt='209146 *****'>"),
            ("209146<!-- > -->95016", "209146<!-- > -->*****"),
            ("209146<b title=\">\">95016", "209146<b title=\">\">*****"),
            ("20914<i data-a='1>0'></i>695016", "20914<i data-a='1>0'></i>6*****"),
            ("209146950&#49&#54;", "209146*****"),
            ("20914\u{fe0f}695016", "20914\u{fe0f}6*****"),
            ("20914&#54;&InvisibleTimes;95016", "20914&#54;&InvisibleTimes;*****"),
            ("<!-- 20914695016 -->", "<!-- 209146***** -->"),
            ("209146</>950<?x?>16", "209146</>***<?x?>**"),
            ("209146&nbsp95016 209146&hairsp;95016", "209146&nbsp***** 209146&hairsp;*****"),
            ("&lt;20914695016&gt;", "&lt;209146*****&gt;"),
            ("<noscript>2091<b>46</b>95016</noscript>", "<noscript>2091<b>46</b>*****</noscript>"),
            // Nothing ends the tag, so that it may be none.
            ("Til <a 209146 95016", "Til <a 209146 *****"),
        ];
        for (text, masked) in cases {
            assert_eq!(mask(text), masked);
        }
    }

    #[test]
    fn numbers_of_the_other_kind_are_masked_once_they_are_issued() {
        assert_eq!(mask("æ02013299903ø"), "æ02013299903ø");
        assert_eq!(super::mask("æ02013299903ø", at("2032-01-01T00:00:00Z")), "æ020132*****ø");
    }

    #[test]
    fn accounts_payments_and_links_stay() {
        for text in [
            "konto 20914695016",
            "Konto: 20914695016",
            "til KONTO <b>20914695016</b> innen",
            "Kontonummer: 209146 95016",
            "kontonr. 20914695016",
            "konto nr. 20914695016",
            "bankkonto\u{a0}20914695016",
            "KID 20914695016",
            "KID-nummer: 20914695016",
            "account number 20914695016",
            "account no. 20914695016",
            "https://sak.example.no/s/20914695016",
            "https://sak.example.no/s?nr=20914695016&a=b",
            "www.example.no/20914695016",
            "<a href=\"https://x.no/20914695016?a\">x</a>",
        ] {
            assert_eq!(mask(text), text);
        }
        for text in [
            "Kontoen tilhører 20914695016",
            "konto 15030000037, eier 20914695016",
            "konto\n20914695016",
            "nr. 20914695016",
            "diskonto 20914695016",
            "Fødselsnummer 20914695016 til konto",
            "https://sak.example.no 20914695016",
            "<a href=\"https://x.no/\">20914695016</a>",
            "konto, kid, kid, kid, kid: -- -- -- -- -- -- 20914695016",
        ] {
            let masked = mask(text);
            assert!(masked.contains("209146*****") && !masked.contains("20914695016"), "{text}: {masked}");
        }
    }

    /// Each of them was gone through from every tag that nothing ends.
    #[test]
    fn tags_that_nothing_ends_are_gone_through_once() {
        for open in ["<a", "<a b=\"", "<!--", "<!"] {
            let text = "12345678901".to_owned() + &open.repeat(200_000);
            assert_eq!(mask(&text), text, "{open}");
        }
    }

    #[test]
    fn other_numbers_stay() {
        for text in [
            "",
            "991825827",
            "+4790000001",
            "20914695017",
            "120914695016",
            "209146950161",
            "209146 950161",
            "209146a95016",
            "2091 4695016",
            "209146--95016",
            "209146 / - 95016",
            "12345678901",
            "1209146 95016",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    proptest! {
        #[test]
        fn no_valid_number_is_left(before in "[a-zø .]{0,5}", after in "[a-zø .]{0,5}", which in 0_usize..6) {
            let numbers =
                ["20914695016", "11876995923", "08867597396", "54928201018", "10915596784", "50846202355"];
            let masked = mask(&format!("{before}{}{after}", numbers[which]));
            prop_assert_eq!(masked, format!("{before}{}*****{after}", &numbers[which][..6]));
        }

        #[test]
        fn whatever_html_puts_between_the_digits_no_reader_sees_them(
            places in proptest::collection::vec((0_usize..11, 0_usize..5), 0..4), space in " {0,3}",
        ) {
            let hidden = ["<b>", "</i>", "<span class=\"x\">", "\u{200b}", "<!-- a -->"];
            let mut number = String::new();
            for (at, digit) in "20914695016".chars().enumerate() {
                number.extend(places.iter().filter(|(place, _)| *place == at).map(|(_, which)| hidden[*which]));
                number.extend((at == DATE).then_some(space.as_str()));
                number.push(digit);
            }
            let read = crate::text::plain_alternative(&mask(&format!("<p>Nr. {number}.</p>")));
            let seen: String = read.chars().filter(|c| c.is_ascii_digit() || *c == '*').collect();
            prop_assert_eq!(seen, "209146*****", "{}", number);
        }

        #[test]
        fn it_is_done_once_and_changes_digits_only(text in "[0-9 \\-æ&;<>b]{0,40}") {
            let masked = mask(&text);
            prop_assert_eq!(mask(&masked), masked.clone());
            prop_assert_eq!(masked.chars().count(), text.chars().count());
            let same = text.chars().zip(masked.chars()).all(|(a, b)| a == b || (a.is_ascii_digit() && b == '*'));
            prop_assert!(same);
        }

        #[test]
        fn any_text_can_be_masked(text in ".*") {
            mask(&text);
        }
    }
}
