//! Between HTML and plain text, and the language of HTML.

use super::markup::{self, Kind};
use crate::language::Language;

/// A text as it stands in HTML.
pub fn escape_html(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, c| {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
        escaped
    })
}

/// HTML that says in which language it is, so that a screen reader reads it aloud as such (WCAG 2.2, 3.1.1). What says so
/// itself is left as it is.
pub fn in_language(html: &str, language: Language) -> String {
    let lang = format!("lang=\"{}\"", language.code());
    let fragments = markup::read(html);
    let root = fragments.iter().find_map(|fragment| match &fragment.kind {
        Kind::Start(tag) if matches!(tag.name.as_str(), "html" | "body") => Some((fragment.start, tag)),
        _ => None,
    });
    let Some((start, tag)) = root else { return format!("<div {lang}>{html}</div>") };
    if tag.attributes.iter().any(|attribute| attribute.name == "lang") {
        return html.to_owned();
    }
    let (before, after) = html.split_at(start + 1 + tag.name.len());
    format!("{before} {lang}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_says_in_which_language_it_is() {
        for (html, expected) in [
            ("<p>Hei</p>", "<div lang=\"nn\"><p>Hei</p></div>"),
            ("Hei", "<div lang=\"nn\">Hei</div>"),
            (
                "<!DOCTYPE html><HTML><body>a</body></HTML>",
                "<!DOCTYPE html><HTML lang=\"nn\"><body>a</body></HTML>",
            ),
            ("<html class=\"a>b\">x", "<html lang=\"nn\" class=\"a>b\">x"),
            ("<html LANG='se'>x</html>", "<html LANG='se'>x</html>"),
            ("<!-- <html> --><body bgcolor=red>x", "<!-- <html> --><body lang=\"nn\" bgcolor=red>x"),
        ] {
            assert_eq!(in_language(html, Language::Nn), expected);
        }
    }
}
