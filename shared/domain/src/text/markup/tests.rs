use super::*;
use crate::links;
use crate::masking::mask;
use crate::owner::Links;
use crate::text::plain_alternative;
use proptest::prelude::*;

/// The parts of a text as they are written, `|` between them.
fn parts(html: &str) -> String {
    read(html).iter().map(|fragment| fragment.source).collect::<Vec<_>>().join("|")
}

#[test]
fn a_text_falls_into_its_parts() {
    for html in [
        "",
        "a < b & c > d",
        "a|<b>|c|</b>|d",
        "a\r\n|<b\r\nc='x'>|d",
        "209146|<b title=\">\">|95016",
        "a|<!-- > -->|b|<!-->|c|<!doctype html>|d|<?x?>|e|</>|f|</ g>",
        "<style>|a<b|</style>|<title>|<i>&amp;|</title>|<i>",
        "<noscript>|<a href=x>|b|</a>|</noscript>",
        "é|<b>|\u{2060}ø\0|</b>|å<",
        // What nothing ends.
        "a<b c=\"<i>",
        "a|<i>|<!-- <b>",
        "a|<i>|<!-- b>",
        "a|<i>|</b",
        "a|<i>|<!b",
    ] {
        assert_eq!(parts(&html.replace('|', "")), html);
    }
}

#[test]
fn tags_have_a_name_and_attributes_as_they_are_read() {
    let html = "<A HREF='a&#98;>' b=c&ampd e href=f G = \"é&quot;\" />";
    let attribute = |name: &str, value: &str| Attribute { name: name.to_owned(), value: value.to_owned() };
    let attributes =
        vec![attribute("b", "c&ampd"), attribute("e", ""), attribute("g", "é\""), attribute("href", "ab>")];
    let kinds: Vec<_> = read(html).into_iter().map(|fragment| fragment.kind).collect();
    assert_eq!(kinds, [Kind::Start(Tag { name: "a".to_owned(), attributes })]);
    assert_eq!(read("</A b='>'>")[0].kind, Kind::End("a".to_owned()));
}

#[test]
fn what_has_no_elements_may_be_read_as_if_it_had() {
    let sources: Vec<_> = read_nested("<style><a></style>").iter().map(|fragment| fragment.source).collect();
    assert_eq!(sources, ["<style>", "<a>", "</style>"]);
}

/// Each of them is read once, and not again from every tag: as many as a body holds, and many more.
#[test]
fn tags_that_nothing_ends_are_one_part() {
    let bodies = ["<a".repeat(4_994), "<a b=\"".repeat(4_001), "<!--".repeat(40_000), "&#".repeat(40_000)];
    for body in bodies {
        let text = format!("12345678901{body}");
        let now = "2026-11-02T10:00:00Z".parse().unwrap();
        assert_eq!(read(&text).len(), 1);
        assert_eq!(mask(&text, now), text);
        assert_eq!(links::first_refused(&text, &Links::Refused), None);
        assert_eq!(plain_alternative(&text), text);
    }
}

/// Many tags are as many parts, however they are nested and whatever they lead to.
#[test]
fn tags_of_a_kind_are_as_many_parts() {
    let now = "2026-11-02T10:00:00Z".parse().unwrap();
    let links = Links::To(vec!["example.no".to_owned()]);
    for tag in ["<a href=//example.no/>", "<b>", "<p>", "<head>", "<style></style>", "<!-- -->", "</a>"] {
        let text = format!("12345678901{}", tag.repeat(20_000));
        assert!(read(&text).len() <= 1 + 2 * 20_000, "{tag}");
        assert_eq!(mask(&text, now), text);
        assert_eq!(links::first_refused(&text, &links), None, "{tag}");
        assert!(plain_alternative(&text).starts_with("12345678901"), "{tag}");
    }
}

proptest! {
    #[test]
    fn the_parts_are_the_text(
        text in ".*|[a-c<>/!?'\"= \r\n&;-]{0,60}|(<(/|!--)?(b|style|title|script)? ?[>-]*|é|\r\n|[<>'\"=]){0,20}",
    ) {
        for fragments in [read(&text), read_nested(&text)] {
            let mut end = 0;
            for fragment in fragments {
                prop_assert_eq!(fragment.start, end);
                end += fragment.source.len();
                prop_assert_eq!(&text[fragment.start..end], fragment.source);
                prop_assert!(fragment.kind == Kind::Text || fragment.source.starts_with('<'));
            }
            prop_assert_eq!(end, text.len());
        }
    }
}
