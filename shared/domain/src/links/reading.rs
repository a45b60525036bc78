//! A text as its reader sees it: without tags, entities and what is invisible.

/// Tags that do not break a word: `altinn<b>.no</b>` reads as one.
const INLINE: [&str; 14] =
    ["b", "i", "u", "s", "em", "a", "strong", "span", "font", "small", "big", "mark", "wbr", "bdi"];

/// The text without what is between `<` and `>`, and with its entities and invisible characters read.
pub fn visible(text: &str) -> String {
    let mut seen = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tagged)) = rest.split_once('<') {
        seen.push_str(before);
        let is_tag = tagged.starts_with(|c: char| c.is_ascii_alphabetic() || "/!".contains(c));
        let Some((tag, after)) = tagged.split_once('>').filter(|_| is_tag) else {
            seen.push('<');
            rest = tagged;
            continue;
        };
        if !is_inline(tag) {
            seen.push(' ');
        }
        rest = after;
    }
    decoded(&(seen + rest))
}

fn is_inline(tag: &str) -> bool {
    let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric() && c != '!').next();
    name.is_some_and(|name| INLINE.iter().any(|inline| inline.eq_ignore_ascii_case(name)) || name == "!")
}

/// The text with the entities that can be part of a link, and without invisible characters. The dots of
/// other scripts are dots in domains (IDNA, UTS 46).
pub fn decoded(text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, entity)) = rest.split_once('&') {
        read.push_str(before);
        rest = if let Some((c, after)) = character(entity) {
            read.push(c);
            after
        } else {
            read.push('&');
            entity
        };
    }
    read.push_str(rest);
    read.chars().filter(|c| !is_invisible(*c)).map(with_plain_dot).collect()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// A dot for what browsers take for one.
fn with_plain_dot(c: char) -> char {
    if matches!(c, '。' | '．' | '｡') { '.' } else { c }
}

/// The character that an entity stands for, and what follows it. A number needs no semicolon.
fn character(entity: &str) -> Option<(char, &str)> {
    let names = [
        ("period;", '.'),
        ("colon;", ':'),
        ("sol;", '/'),
        ("amp;", '&'),
        ("commat;", '@'),
        ("shy;", '\u{ad}'),
    ];
    let by_name = names.iter().find_map(|(name, c)| Some((*c, entity.strip_prefix(name)?)));
    by_name.or_else(|| {
        let number = entity.strip_prefix('#')?;
        let hexadecimal = number.strip_prefix(['x', 'X']);
        let (digits, radix) = hexadecimal.map_or((number, 10), |digits| (digits, 16));
        let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        let c = u32::from_str_radix(&digits[..end], radix).ok().and_then(char::from_u32)?;
        Some((c, digits[end..].strip_prefix(';').unwrap_or(&digits[end..])))
    })
}
