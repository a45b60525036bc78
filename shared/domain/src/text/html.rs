//! Between HTML and plain text.

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

/// An HTML body as plain text, for a reader without HTML.
pub fn plain_alternative(html: &str) -> String {
    // The library would write the cells of a row together.
    let apart = ["</td>", "</TD>", "</th>", "</TH>"]
        .iter()
        .fold(html.to_owned(), |html, end| html.replace(end, &format!(" {end}")));
    nanohtml2text::html2text(&apart).replace("\r\n", "\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_reads_as_plain_text() {
        let html = "<html><head><style>p {}</style></head><body><p>Hei, K&aring;re &amp; co.</p>\
            <ul><li>Den <b>ene</b></li><li>Den andre</li></ul><script>x()</script><p>Hilsen<br>oss</p></body></html>";
        let plain = plain_alternative(html);
        assert!(plain.starts_with("Hei, Kåre & co."), "{plain:?}");
        assert!(plain.contains("Den ene") && plain.contains("Hilsen\noss"), "{plain:?}");
        assert!(!plain.contains('<') && !plain.contains("x()") && !plain.contains("p {}"), "{plain:?}");
    }

    #[test]
    fn cells_of_a_row_stay_apart() {
        let plain = plain_alternative("<table><tr><td>Frist</td><td>1. mai</td></tr></table>");
        assert_eq!(plain.split_whitespace().collect::<Vec<_>>(), ["Frist", "1.", "mai"]);
    }
}
