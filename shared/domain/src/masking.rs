//! Keeps national identity numbers out of what is sent: e-mail and SMS are read by others on the way.

use crate::identity::NationalIdentityNumber;

/// How many digits the date of birth has, and how many come after it.
const DATE: usize = 6;
const INDIVIDUAL: usize = 5;
/// Characters of an entity's name, such as `nbsp` or `#x202F`.
const MAX_ENTITY: usize = 12;

/// The text with the last five digits of every valid national identity number masked. Other long numbers
/// stay: eleven digits of an account number pass the check digits of a person only by chance.
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        masked.push_str(before);
        let (length, kept) = match identity(number) {
            Some(length) => (length, length - INDIVIDUAL),
            None => (digits(number), digits(number)),
        };
        masked.push_str(&number[..kept]);
        masked.extend(std::iter::repeat_n('*', length - kept));
        rest = &number[length..];
    }
    masked + rest
}

/// How many digits a text begins with.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// The length of the identity number that a text begins with, if it does, gap included.
fn identity(text: &str) -> Option<usize> {
    let gap = match digits(text) {
        DATE => gap(&text[DATE..]),
        together if together == DATE + INDIVIDUAL => 0,
        _ => return None,
    };
    let (date, individual) = (&text[..DATE], &text[DATE + gap..]);
    let number = format!("{date}{}", individual.get(..INDIVIDUAL)?);
    let is_one =
        digits(individual) == INDIVIDUAL && NationalIdentityNumber::try_from(number.as_str()).is_ok();
    is_one.then_some(DATE + gap + INDIVIDUAL)
}

/// The length of what may stand between the date of birth and the individual number: one character of
/// any kind but a letter or digit, however HTML writes it, and tags, which nobody sees.
fn gap(text: &str) -> usize {
    let before = tags(text);
    let separator = separator(&text[before..]);
    before + separator + tags(&text[before + separator..])
}

fn separator(text: &str) -> usize {
    let entity = text.strip_prefix('&').and_then(|rest| rest.split_once(';')).map(|(name, _)| name);
    let is_name = |name: &&str| {
        (1..=MAX_ENTITY).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#')
    };
    let character = text.chars().next().filter(|c| !c.is_alphanumeric());
    entity.filter(is_name).map_or(character.map_or(0, char::len_utf8), |name| name.len() + 2)
}

fn tags(text: &str) -> usize {
    let mut rest = text;
    while let Some((tag, after)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        if !tag.starts_with(|c: char| c.is_ascii_alphabetic() || "/!".contains(c)) {
            break;
        }
        rest = after;
    }
    text.len() - rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_five_digits_are_masked_wherever_a_number_stands() {
        let cases = [
            ("Fødselsnummer 20914695016.", "Fødselsnummer 209146*****."),
            ("209146 95016", "209146 *****"),
            ("209146-95016 og 209146&nbsp;95016", "209146-***** og 209146&nbsp;*****"),
            ("<b>54928201018</b>", "<b>549282*****</b>"),
            ("nr=11876995923&x", "nr=118769*****&x"),
            ("æ02013299997ø", "æ020132*****ø"),
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
        ];
        for gap in gaps {
            assert_eq!(mask(&format!("Nr. 209146{gap}95016.")), format!("Nr. 209146{gap}*****."), "{gap:?}");
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
            "209146  95016",
            "209146&#160;&#160;95016",
            "209146a95016",
            "209146 < 95016",
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
