//! Characters that would make a whole text take twice the room, in their nearest form that doesn't.

use deunicode::deunicode_char;

use super::gsm::septets;

/// Letters of the alphabet, each with the combining mark that some systems write it with.
const COMPOSED: [(char, &str, &str); 6] = [
    ('\u{300}', "aeiou", "àèìòù"),
    ('\u{301}', "eE", "éÉ"),
    ('\u{303}', "nN", "ñÑ"),
    ('\u{308}', "aouAOU", "äöüÄÖÜ"),
    ('\u{30a}', "aA", "åÅ"),
    ('\u{327}', "C", "Ç"),
];

/// The text with Latin letters, spaces and punctuation that GSM lacks written with those that it has. What
/// has no such form (other scripts, emoji) stays, and then all does: nothing would be won.
pub fn nearest(text: &str) -> String {
    let written = text.chars().fold(String::with_capacity(text.len()), |mut written, c| {
        match replacement(c) {
            Some(near) => written.push_str(near),
            None if is_mark(c) => add_mark(&mut written, c),
            None => written.push(c),
        }
        written
    });
    if written.chars().all(|c| septets(c).is_some()) { written } else { text.to_owned() }
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// A mark joins the letter before it where the alphabet has both together, and else is left out; it stays
/// on letters of other scripts.
fn add_mark(written: &mut String, mark: char) {
    match written.pop() {
        Some(letter) if septets(letter).is_some() => written.push(with_mark(letter, mark).unwrap_or(letter)),
        letter => written.extend(letter.into_iter().chain([mark])),
    }
}

fn with_mark(letter: char, mark: char) -> Option<char> {
    let (_, letters, composed) = COMPOSED.iter().find(|(known, ..)| *known == mark)?;
    letters.chars().zip(composed.chars()).find(|(bare, _)| *bare == letter).map(|(_, composed)| composed)
}

fn replacement(c: char) -> Option<&'static str> {
    if septets(c).is_some() {
        return None;
    }
    match c {
        // The library knows these as something longer, something farther off, or nothing.
        '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' => Some(" "),
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{ad}' | '\u{feff}' => Some(""),
        '`' => Some("'"),
        '«' | '»' => Some("\""),
        '—' | '―' | '\u{2212}' => Some("-"),
        'Ŋ' => Some("NG"),
        'ŋ' => Some("ng"),
        'ǿ' => Some("ø"),
        'Ǿ' => Some("Ø"),
        'ǽ' => Some("æ"),
        'Ǽ' => Some("Æ"),
        'ǻ' => Some("å"),
        'Ǻ' => Some("Å"),
        c if is_latin_or_punctuation(c) => {
            deunicode_char(c).filter(|near| near.chars().all(|c| septets(c).is_some()))
        }
        _ => None,
    }
}

fn is_latin_or_punctuation(c: char) -> bool {
    matches!(c, '\u{a1}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{2010}'..='\u{2044}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::{Encoding, Segments};
    use proptest::prelude::*;

    #[test]
    fn what_forces_ucs2_becomes_what_does_not() {
        let cases = [
            ("Čáhppes beana, Ŋ ŋ đ š ŧ ž", "Cahppes beana, NG ng d s t z"),
            ("«Hei» – “du” ‘der’…", "\"Hei\" - \"du\" 'der'..."),
            ("a\u{a0}b\u{200b}c", "a bc"),
            ("Ære være Åse på øya à é ü", "Ære være Åse på øya à é ü"),
            ("Привет 🙂", "Привет 🙂"),
            ("ê ç Á", "e c A"),
            // Accents apart from their letters, as some systems write them.
            ("A\u{30a}se pa\u{30a} o\u{301} e\u{301} c\u{30c} C\u{327}", "Åse på o é c Ç"),
            ("ǿ ǻ ǽ \u{2212}5\u{2060}", "ø å æ -5"),
            // Nothing is won, so nothing is changed.
            ("«Hei» á 🙂", "«Hei» á 🙂"),
            ("и\u{306}", "и\u{306}"),
        ];
        for (text, expected) in cases {
            assert_eq!(nearest(text), expected);
        }
        assert_eq!(Segments::of(&nearest("«Ávjovárri» – čálli")).encoding, Encoding::Gsm);
    }

    proptest! {
        #[test]
        fn what_gsm_has_stays(text in "[ -~æøåÆØÅéèàüöä€\n]*") {
            let text = text.replace('`', "");
            prop_assert_eq!(nearest(&text), text);
        }

        #[test]
        fn it_is_done_once(text in ".*") {
            let once = nearest(&text);
            prop_assert_eq!(nearest(&once), once);
        }
    }
}
