//! The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038, section 6.2.1).

/// The default alphabet, in the order of its codes without the escape.
const DEFAULT: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// What is reached by the escape.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How many septets a character takes; none that the alphabet does not have.
pub fn septets(c: char) -> Option<usize> {
    // Nearly all of any text, without a search.
    if c == ' ' || c.is_ascii_alphanumeric() || DEFAULT.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_complete() {
        assert_eq!((DEFAULT.chars().count(), EXTENSION.chars().count()), (127, 10));
    }

    #[test]
    fn norwegian_is_in_it_and_sami_is_not() {
        assert!("Blåbærsyltetøy på Ærfuglvegen, ØÅ".chars().all(|c| septets(c) == Some(1)));
        assert!("€[]{}~^|\\".chars().all(|c| septets(c) == Some(2)));
        assert!("áčđŋšŧžêçÁ`«»–“”…\u{a0}🙂".chars().all(|c| septets(c).is_none()));
    }
}
