//! Links in texts. People are told never to follow a link in a notice, so an owner can have them refused,
//! with everything that looks like one.

use url::Url;

use crate::owner::Links;

/// What a bare word ends with that phones and mail programs turn into a link. Abbreviations such as
/// "f.eks" and "bl.a" are none.
const TOP_LEVELS: [&str; 22] = [
    "no", "com", "net", "org", "info", "eu", "se", "dk", "fi", "is", "de", "uk", "io", "co", "me", "app",
    "dev", "ai", "gov", "biz", "online", "site",
];

/// The first link in a text that is not permitted, as it is written.
pub fn first_refused<'a>(text: &'a str, links: &Links) -> Option<&'a str> {
    let mut found = words(text).filter_map(|word| Some((word, host(word)?)));
    match links {
        Links::Allowed => None,
        Links::Refused => found.next().map(|(word, _)| word),
        Links::To(domains) => {
            found.find(|(_, host)| !domains.iter().any(|domain| is_under(host, domain))).map(|(word, _)| word)
        }
    }
}

/// A host is under a domain if it is the domain or one of its sub-domains, not if it merely ends like it.
fn is_under(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// What stands between spaces, quotes and brackets, so that attributes of HTML are words too.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| {
        c.is_whitespace()
            || matches!(c, '<' | '>' | '"' | '\'' | '(' | ')' | '[' | ']' | '«' | '»' | '=' | ',')
    };
    text.split(ends)
        .map(|word| word.trim_end_matches(['.', ':', ';', '!', '?']))
        .filter(|word| !word.is_empty())
}

/// The host that a word leads to, in lower case and punycode, if it is or looks like a link.
fn host(word: &str) -> Option<String> {
    let has_scheme =
        word.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http")) && word.contains("://");
    if has_scheme {
        return Url::parse(word)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned))
            .or(Some(String::new()));
    }
    let name = word.split(['/', '?', '#', ':']).next()?;
    if word.contains('@') || !name.contains('.') {
        return None;
    }
    let name = url::Host::parse(name).ok()?.to_string();
    let top_level = name.rsplit('.').next()?;
    let is_link =
        name.starts_with("www.") || top_level.starts_with("xn--") || TOP_LEVELS.contains(&top_level);
    is_link.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_or_looks_like_a_link_is_found() {
        let cases = [
            ("Se https://eksempel.no/a?b.", "https://eksempel.no/a?b"),
            ("Logg inn på altinn.no.", "altinn.no"),
            ("HTTP://EKSEMPEL.NO", "HTTP://EKSEMPEL.NO"),
            ("www.noe.museum", "www.noe.museum"),
            ("<a href=\"https://x.example/y\">her</a>", "https://x.example/y"),
            ("(blåbær.no/side)", "blåbær.no/side"),
            ("http://", "http://"),
        ];
        for (text, link) in cases {
            assert_eq!(first_refused(text, &Links::Refused), Some(link), "{text}");
            assert_eq!(first_refused(text, &Links::Allowed), None);
        }
    }

    #[test]
    fn words_are_not_links() {
        for text in [
            "",
            "f.eks. bl.a. m.fl.",
            "kl. 10.30 den 12.05.2026",
            "post@altinn.no",
            "Slutt.Ny setning",
            "1.000,50",
        ] {
            assert_eq!(first_refused(text, &Links::Refused), None, "{text}");
        }
    }

    #[test]
    fn registered_domains_and_what_is_under_them_are_fine() {
        let links = Links::To(vec!["litenbygd.example.no".into(), "xn--blbr-roah.no".into()]);
        for text in ["litenbygd.example.no", "https://sak.litenbygd.example.no/1", "https://BLÅBÆR.no"] {
            assert_eq!(first_refused(text, &links), None, "{text}");
        }
        for text in [
            "https://evil-litenbygd.example.no",
            "litenbygd.example.no.evil.com",
            "https://litenbygd.example.no@evil.com/",
        ] {
            assert!(first_refused(text, &links).is_some(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_searched(text in ".*") {
            first_refused(&text, &Links::Refused);
            first_refused(&text, &Links::To(vec!["a.no".into()]));
        }
    }
}
