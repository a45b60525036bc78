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
        // Without a space before it, in typographic quotes, with other marks around it.
        ("Les mer:https://evil.com", "https://evil.com"),
        ("Les mer:altinn.no", "altinn.no"),
        ("“https://evil.com”", "https://evil.com"),
        ("„altinn.no“", "altinn.no"),
        ("*https://evil.com* {x}", "https://evil.com"),
        ("…altinn.no… og", "altinn.no"),
        ("–altinn.no–", "altinn.no"),
        ("ftp://evil.com", "ftp://evil.com"),
        ("bit.ly/abc, x", "bit.ly/abc"),
        ("Gå til ALTINN.NO nå", "ALTINN.NO"),
        ("Altinn.no", "Altinn.no"),
        ("mai.no", "mai.no"),
        ("1.evil.no", "1.evil.no"),
        ("min-side.No", "min-side.No"),
        ("evil.xyz", "evil.xyz"),
        // Where only a browser sees it.
        ("<a href=\"//evil.com/x\">her</a>", "//evil.com/x"),
        ("<A HREF = 'https:evil.com'>her</A>", "https:evil.com"),
        ("<a href=/\\evil.com>x</a>", "/\\evil.com"),
        ("<a href=\"javascript:x()\">x</a>", "javascript:x()"),
        ("<a href='&#104;ttps://evil.com'>x</a>", "https://evil.com"),
        ("<img srcset=\"//evil.com/x 2x\">", "//evil.com/x"),
        ("<p style=\"background: url(//evil.com/x)\">", "//evil.com/x"),
        ("<meta http-equiv=refresh content='0;url=//evil.com'>", "//evil.com"),
        // Where only a reader sees it.
        ("altinn&#46;no", "altinn.no"),
        ("altinn<b>.no</b>", "altinn.no"),
        ("altinn\u{200b}.no", "altinn.no"),
        ("altinn<!-- x -->.no", "altinn.no"),
        ("altinn。no", "altinn.no"),
        ("al<b a=\">\">tinn.no</b>", "altinn.no"),
        ("alt</>inn<?x?>&period;no", "altinn.no"),
        ("bl&aring;b&aelig;r&#46no", "blåbær.no"),
        // Behind what looks like the end of a tag, and where a tag has no end.
        ("<a title='>' href='/inn'>her</a>", "/inn"),
        ("<img alt=\"a > b\" srcset='a 1x, //evil.com/x 2x'>", "//evil.com/x"),
        ("<style><a b=\"</style><a href='/inn'>her</a>", "/inn"),
        ("<noscript><a href='/inn'>her</a></noscript>", "/inn"),
        ("<svg xlink:href='/inn'>", "/inn"),
        ("<a href=\"//evil.com", "evil.com"),
        ("Se <!-- altinn.no", "altinn.no"),
        // Where only some programs see it.
        ("<!--[if mso]><a href='/inn'>her</a><![endif]-->", "/inn"),
        ("<svg><style><p><a href='/inn'>her</a>", "/inn"),
        ("Trykk <her altinn.no>", "altinn.no"),
        ("Trykk <altinn.no>", "altinn.no"),
        ("Trykk <?altinn.no>", "altinn.no"),
        ("Trykk </altinn.no>", "altinn.no"),
    ];
    for (text, link) in cases {
        assert_eq!(first_refused(text, &Links::Refused).as_deref(), Some(link), "{text}");
        assert_eq!(first_refused(text, &Links::Allowed), None);
    }
}

#[test]
fn words_are_not_links() {
    for text in [
        "",
        "f.eks. bl.a. m.fl. org.nr. 991825827, p.g.a. e.Kr. 100.kr",
        "kl. 10.30 den 12.05.2026, tlf. 22.33.44.55",
        "post@altinn.no, ola.nordmann@post.altinn.no.",
        "Slutt.Ny setning",
        "1.000,50",
        "rapport.pdf",
        "a < b.c & d > e",
        "<a href=\"mailto:post@altinn.no\">post@altinn.no</a> <a href='#a'>a</a> <a href=tel:+4790000001>x</a>",
        "<p>Slutt</p><p>no</p>",
        "x = y",
        "a // b < c // d",
        "<p class=\"a//b\">x</p>",
        "<p title=\"href='/inn'\">href=/inn</p>",
        "Ola <ola@altinn.no>",
        "<!DOCTYPE html><?xml version=\"1.0\"?>",
        "<!-- Slutt.Ny setning --><style>p.intro { margin: 0 }</style>",
        // A full stop without a space after it.
        "Mvh Ola.Se mer i innboksen",
        "Vi har mottatt søknaden.Se vedlegget",
        "Frist 1.mai.no rush",
        "1.des.Is på veien",
        "Fristen er 12.januar.De må svare",
        "Møt opp 3.okt.To uker senere er det for sent",
        "Takk.No er det klart",
    ] {
        assert_eq!(first_refused(text, &Links::Refused), None, "{text}");
    }
}

#[test]
fn registered_domains_and_what_is_under_them_are_fine() {
    let links = Links::To(vec!["litenbygd.example.no".into(), "xn--blbr-roah.no".into()]);
    for text in [
        "litenbygd.example.no",
        "https://sak.litenbygd.example.no/1",
        "https://BLÅBÆR.no",
        "“https://litenbygd.example.no”, „litenbygd.example.no“",
        "https://litenbygd.example.no./x https://litenbygd.example.no… https://litenbygd.example.no:8080",
        "https://litenbygd.example.no/fil.com?til=evil.com litenbygd.example.no/fil.com",
        "<a href=\"//litenbygd.example.no/x\">her</a>",
    ] {
        assert_eq!(first_refused(text, &links), None, "{text}");
    }
    for text in [
        "https://evil-litenbygd.example.no",
        "litenbygd.example.no.evil.com",
        "https://litenbygd.example.no@evil.com/",
        "<a href=\"//evil.com\">litenbygd.example.no</a>",
        "<a href=\"/inn\">her</a>",
        "mailto:a@litenbygd.example.no https://evil.com",
    ] {
        assert!(first_refused(text, &links).is_some(), "{text}");
    }
}

#[test]
fn a_name_that_reads_as_a_link_is_defused_and_others_stay() {
    for (name, email, sms) in [
        ("ALTINN.NO BILLIGSALG AS", "ALTINN.\u{2060}NO BILLIGSALG AS", "ALTINN NO BILLIGSALG AS"),
        ("https://evil.com AS", "https: evil.\u{2060}com AS", "https evil com AS"),
        ("Byggmester A. Berg AS", "Byggmester A. Berg AS", "Byggmester A. Berg AS"),
        ("Kåre Nordmann", "Kåre Nordmann", "Kåre Nordmann"),
    ] {
        assert_eq!(
            (defused(name, Channel::Email).as_str(), defused(name, Channel::Sms).as_str()),
            (email, sms)
        );
        assert_eq!(first_refused(sms, &Links::Refused), None, "{sms}");
    }
}

/// A host was searched for from each of them to the end.
#[test]
fn slashes_are_gone_through_once() {
    let links = Links::To(vec!["example.no".into()]);
    let text = format!("<p style=\"url(//example.no/{})\">", "//.".repeat(100_000));
    assert_eq!(first_refused(&text, &links), None);
}

proptest! {
    #[test]
    fn any_text_can_be_searched(text in ".*|[a-z:/.&#;<>=\"'@]{0,40}") {
        first_refused(&text, &Links::Refused);
        first_refused(&text, &Links::To(vec!["a.no".into()]));
    }

    #[test]
    fn a_link_is_found_wherever_it_stands(before in "[ -~æøå«“–\n]{0,12}", after in "[ -~æøå»”–\n]{0,12}") {
        // A letter, sign or address right before it would make it part of something else.
        let text = format!("{before} https://evil.com {after}");
        let to = Links::To(vec!["altinn.no".into()]);
        prop_assert!(first_refused(&text, &Links::Refused).is_some());
        prop_assert!(first_refused(&text, &to).is_some());
    }
}
