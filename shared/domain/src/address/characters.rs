//! The characters of an address that somebody has copied: invisible ones are left out, and every space and hyphen is the
//! plain one.

/// A text without the characters that nobody sees: zero-width characters, marks of direction, byte order marks and soft
/// hyphens (Unicode 16, general categories Cf). They come along when somebody copies an address.
pub(super) fn visible(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).collect()
}

/// The same, with every kind of space and hyphen as the plain one.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| !is_invisible(*c)).map(plain_separator).collect()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn plain_separator(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        // A break would put two numbers into one.
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => c,
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_left_out() {
        for c in [
            '\u{ad}', '\u{200b}', '\u{200d}', '\u{200e}', '\u{202a}', '\u{202c}', '\u{2060}', '\u{2069}',
            '\u{feff}',
        ] {
            assert_eq!(visible(&format!("{c}a{c}b{c}")), "ab", "{:x}", u32::from(c));
        }
        assert_eq!(visible("a b\u{a0}c"), "a b\u{a0}c");
    }

    #[test]
    fn spaces_and_hyphens_are_plain_and_breaks_stay() {
        assert_eq!(plain("4\u{a0}0\u{202f}0\u{2009}0\t0\u{3000}0"), "4 0 0 0 0 0");
        assert_eq!(plain("4\u{2010}0\u{2011}0\u{2013}0\u{2014}0\u{2212}0"), "4-0-0-0-0-0");
        assert_eq!(plain("1\n2\r3\u{2028}4"), "1\n2\r3\u{2028}4");
    }
}
