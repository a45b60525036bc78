//! An HTML body as plain text, for a reader without HTML.

use super::characters::decoded;
use super::markup::{self, Kind, Tag};

/// Elements whose text nobody sees.
const DROPPED: [&str; 4] = ["head", "style", "script", "title"];
/// Elements with an empty line around them.
const APART: [&str; 7] = ["p", "h1", "h2", "h3", "h4", "h5", "h6"];
/// Elements that begin and end a line.
const LINES: [&str; 33] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "nav",
    "ol",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "ul",
];
/// Elements that stand beside each other.
const CELLS: [&str; 2] = ["td", "th"];

/// An HTML body as plain text. A link is followed by where it leads, unless that is what it says.
pub fn plain_alternative(html: &str) -> String {
    let mut page = Page::default();
    for fragment in markup::read(html) {
        match fragment.kind {
            Kind::Text => page.text(&decoded(fragment.source)),
            Kind::Start(tag) => page.start(&tag),
            Kind::End(name) => page.end(&name),
            Kind::Unseen => {}
        }
    }
    page.end_link();
    page.written.trim().to_owned()
}

/// What has been written, and what is to come before more of it.
#[derive(Default)]
struct Page {
    written: String,
    space: bool,
    lines: usize,
    link: Option<Link>,
    /// The element whose end is waited for.
    dropped: Option<String>,
}

/// A link that has not ended.
struct Link {
    address: String,
    /// Where its text begins.
    start: usize,
}

impl Page {
    fn text(&mut self, text: &str) {
        if self.dropped.is_some() {
            return;
        }
        for c in text.chars() {
            if c.is_ascii_whitespace() {
                self.space = true;
            } else {
                self.write_gap();
                self.written.push(c);
            }
        }
    }

    /// Spaces and breaks are written once something follows them, and so not at the end of a line.
    fn write_gap(&mut self) {
        if self.written.is_empty() {
            self.lines = 0;
        } else if self.lines > 0 {
            self.written.extend(std::iter::repeat_n('\n', self.lines));
        } else if self.space {
            self.written.push(' ');
        }
        (self.lines, self.space) = (0, false);
    }

    fn start(&mut self, tag: &Tag) {
        // The end of `head` may be left out.
        if tag.name == "body" {
            self.dropped.take_if(|name| name == "head");
        }
        if self.dropped.is_some() {
            return;
        }
        match tag.name.as_str() {
            "br" => self.lines += 1,
            "a" => self.start_link(tag),
            name if DROPPED.contains(&name) => self.dropped = Some(name.to_owned()),
            name => self.stand_apart(name),
        }
    }

    fn end(&mut self, name: &str) {
        if self.dropped.is_some() {
            self.dropped.take_if(|dropped| dropped == name);
        } else if name == "a" {
            self.end_link();
        } else {
            self.stand_apart(name);
        }
    }

    fn stand_apart(&mut self, name: &str) {
        if APART.contains(&name) {
            self.lines = self.lines.max(2);
        } else if LINES.contains(&name) {
            self.lines = self.lines.max(1);
        } else if CELLS.contains(&name) {
            self.space = true;
        }
    }

    /// There are no links in links.
    fn start_link(&mut self, tag: &Tag) {
        self.end_link();
        let address = tag.attributes.iter().find(|attribute| attribute.name == "href");
        let address = address.map(|attribute| attribute.value.trim().to_owned());
        let address = address.filter(|address| !address.to_ascii_lowercase().starts_with("javascript:"));
        self.link = address.map(|address| Link { address, start: self.written.len() });
    }

    fn end_link(&mut self) {
        let Some(Link { address, start }) = self.link.take() else { return };
        let text = self.written[start..].trim();
        if text == address || address.is_empty() {
            return;
        }
        if text.is_empty() {
            self.text(&address);
        } else {
            self.written.extend([" (", address.as_str(), ")"]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    #[test]
    fn elements_break_lines_or_words_or_nothing() {
        for (html, plain) in [
            ("", ""),
            (" a\r\n\t b ", "a b"),
            ("<div>a</div><div>b</div>", "a\nb"),
            ("a<p>b</p>c<h1>d</h1>e", "a\n\nb\n\nc\n\nd\n\ne"),
            ("<p>a</p>\n<p>b</p>", "a\n\nb"),
            ("a<br>b<br/> <br>c<br>", "a\nb\n\nc"),
            ("<ul>\n<li>a\n<li>b</ul>c", "a\nb\nc"),
            ("<tr><td>a</td><td>b</td></tr><TR><TH>c<TH>d", "a b\nc d"),
            ("a<b>l</b>t<wbr><span title=\">\">inn</span>", "altinn"),
            ("a<!-- <p> -->b</>c<?d?>", "abc"),
            ("a&nbsp;&lt;b&gt; &amp;amp; &oslash;", "a\u{a0}<b> &amp; ø"),
            ("<title>a</title><script>b('<p>')</script><style>c</style>d", "d"),
            ("<head><meta x>a<body>b", "b"),
            ("<noscript>a</noscript>", "a"),
            // What nothing ends may be no tag.
            ("a <b og c", "a <b og c"),
        ] {
            assert_eq!(plain_alternative(html), plain, "{html}");
        }
    }

    #[test]
    fn a_link_is_followed_by_where_it_leads() {
        for (html, plain) in [
            ("Se <a href=\"https://x.no/a?b&amp;c\">her</a>.", "Se her (https://x.no/a?b&c)."),
            ("<a class=x href='https://x.no'> <b>her</b>\n</a> nå", "her (https://x.no) nå"),
            ("a <a href=x>b<br></a>c", "a b (x)\nc"),
            ("<p>a</p><a href=x><p>b</p></a>", "a\n\nb (x)"),
            ("<a href=mailto:a@b.no>a@b.no</a>", "a@b.no (mailto:a@b.no)"),
            // Where it says so itself, says nothing, or leads nowhere.
            ("<a href=\"https://x.no\">https://x.no</a>", "https://x.no"),
            ("a <a href=\"https://x.no\"><img src=b></a>", "a https://x.no"),
            ("<a href=\"JavaScript:x()\">a</a> <a name=b>c</a> <a href=''>d</a>", "a c d"),
            // Without an end.
            ("<a href=x>a", "a (x)"),
            ("<a href=x>a<a href=y>b</a></a>", "a (x)b (y)"),
        ] {
            assert_eq!(plain_alternative(html), plain, "{html}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_one(text in ".*|[a<>/!\"'= brpé&;]{0,40}") {
            let plain = plain_alternative(&text);
            prop_assert_eq!(plain.trim(), plain.as_str());
        }
    }
}
