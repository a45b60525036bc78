//! Characters that would make a whole text take twice the room, in their nearest form that doesn't.

use deunicode::deunicode_char;

use super::gsm::septets;

/// The text with Latin letters, spaces and punctuation that GSM lacks written with those that it has.
/// What has no such form (other scripts, emoji) stays as it is.
pub fn nearest(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut written, c| {
        match replacement(c) {
            Some(near) => written.push_str(near),
            None => written.push(c),
        }
        written
    })
}

fn replacement(c: char) -> Option<&'static str> {
    if septets(c).is_some() {
        return None;
    }
    match c {
        // The library knows these as something longer or nothing.
        '\t' | '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' => Some(" "),
        '\u{200b}'..='\u{200d}' | '\u{ad}' | '\u{feff}' => Some(""),
        '`' => Some("'"),
        'Ŋ' => Some("NG"),
        'ŋ' => Some("ng"),
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
            ("«Hei» – “du” ‘der’…", "<<Hei>> - \"du\" 'der'..."),
            ("a\u{a0}b\u{200b}c", "a bc"),
            ("Ære være Åse på øya à é ü", "Ære være Åse på øya à é ü"),
            ("Привет 🙂", "Привет 🙂"),
            ("ê ç Á", "e c A"),
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
