//! A from-address with the name that mail programs show beside it (RFC 5322, and RFC 2047 for other letters than
//! ASCII, as SES asks for).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of a name in one encoded word, which may have 75 characters with everything around it.
const WORD: usize = 45;

/// The mailbox of an address; without a name it is the address itself.
pub fn mailbox(name: Option<&str>, address: &str) -> String {
    name.map_or_else(|| address.to_owned(), |name| format!("{} <{address}>", phrase(name)))
}

fn phrase(name: &str) -> String {
    if name.is_ascii() {
        return format!(
            "\"{}\"",
            name.replace(char::is_control, " ").replace('\\', "\\\\").replace('"', "\\\"")
        );
    }
    let encoded = words(name).into_iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word)));
    encoded.collect::<Vec<_>>().join(" ")
}

/// Pieces that break no letter.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![];
    for c in name.chars() {
        match words.last_mut() {
            Some(word) if word.len() + c.len_utf8() <= WORD => word.push(c),
            _ => words.push(c.into()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_beside_its_address_in_whatever_letters() {
        let address = "post@example.no";
        assert_eq!(mailbox(None, address), address);
        assert_eq!(mailbox(Some("Liten kommune"), address), "\"Liten kommune\" <post@example.no>");
        assert_eq!(
            mailbox(Some("A \"B\" \\C\r\nX: y"), address),
            "\"A \\\"B\\\" \\\\C  X: y\" <post@example.no>"
        );
        assert_eq!(mailbox(Some("Blåbær"), address), "=?UTF-8?B?QmzDpWLDpnI=?= <post@example.no>");
    }

    #[test]
    fn a_long_name_is_in_several_words_and_no_letter_is_broken() {
        let name = "å".repeat(60);
        let phrase = phrase(&name);
        let words: Vec<_> = phrase.split(' ').collect();
        assert!(words.len() == 3 && words.iter().all(|word| word.len() <= 75), "{phrase}");
        let decoded = words.iter().map(|word| {
            let encoded = word.strip_prefix("=?UTF-8?B?").unwrap().strip_suffix("?=").unwrap();
            String::from_utf8(STANDARD.decode(encoded).unwrap()).unwrap()
        });
        assert_eq!(decoded.collect::<String>(), name);
    }
}
