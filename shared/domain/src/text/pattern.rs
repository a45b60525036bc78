//! Texts with places in them: `{0}` and `{name}` for what an order brings along, filled in once when it is
//! accepted; `{name?}` may be missing, and `{name!}` is HTML where the text is. `$recipientName$` and its like
//! stay until the recipient is known. `{{` and `}}` are braces.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::escape_html;
use crate::keywords;

/// What an order fills in, by name; a list of values by their positions, from `0` on.
pub type Tokens = BTreeMap<String, String>;

/// A text with places in it. It is stored as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    source: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Words(String),
    Token { name: String, kind: Kind },
}

/// What is special about a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `{name}`: nothing.
    Usual,
    /// `{name?}`: it may be missing, and is empty then.
    Optional,
    /// `{name!}`: in HTML its value is HTML too, and is taken as it is.
    Html,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPattern {
    /// A brace without its partner.
    #[error("Has a single brace: write {{{{ or }}}} for a brace, and {{name}} for a token.")]
    Brace,
    /// `{…}` around something that is no name.
    #[error("Has a token whose name is not letters, digits, hyphens or underscores.")]
    Name,
    /// Something like a macro that there is not.
    #[error("Has an unknown macro: {0}")]
    Macro(String),
}

/// Which tokens are missing, and which have no place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unfit {
    /// Named by the texts, not by the order.
    pub missing: BTreeSet<String>,
    /// Named by the order, not by the texts.
    pub surplus: BTreeSet<String>,
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.missing.is_empty() {
            write!(f, "These are missing: {}.", list(&self.missing))?;
        }
        if !self.surplus.is_empty() {
            let between = if self.missing.is_empty() { "" } else { " " };
            write!(f, "{between}These have no place in the template: {}.", list(&self.surplus))?;
        }
        Ok(())
    }
}

impl Unfit {
    /// How tokens fit the texts that they are for, taken together.
    pub fn of<'a>(patterns: impl IntoIterator<Item = &'a Pattern>, tokens: &Tokens) -> Self {
        let mut unfit = Self { surplus: tokens.keys().cloned().collect(), ..Self::default() };
        for (name, may_be_missing) in patterns.into_iter().flat_map(Pattern::places) {
            unfit.surplus.remove(name);
            if !may_be_missing && !tokens.contains_key(name) {
                unfit.missing.insert(name.to_owned());
            }
        }
        unfit
    }
}

crate::request::inline_schema!(Pattern, |_generator| schemars::json_schema!({"type": "string"}));

impl Pattern {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// The names of its tokens.
    pub fn tokens(&self) -> BTreeSet<&str> {
        self.places().map(|(name, _)| name).collect()
    }

    /// The name of the token in each place, and whether it may be missing there.
    pub fn places(&self) -> impl Iterator<Item = (&str, bool)> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Token { name, kind } => Some((name.as_str(), *kind == Kind::Optional)),
            Piece::Words(_) => None,
        })
    }

    /// The text with its tokens filled in. Values are read once: braces in them are braces. In HTML they
    /// are escaped, unless the pattern says that they are HTML. A missing one is empty, so ask [`Unfit`] first.
    pub fn render(&self, tokens: &Tokens, html: bool) -> String {
        self.pieces.iter().map(|piece| piece.render(tokens, html)).collect()
    }

    fn parse(source: &str) -> Result<Self, InvalidPattern> {
        if let Some(unknown) = keywords::unknown(source) {
            return Err(InvalidPattern::Macro(unknown.to_owned()));
        }
        let (mut pieces, mut words, mut rest) = (vec![], String::new(), source);
        while let Some(at) = rest.find(['{', '}']) {
            words.push_str(&rest[..at]);
            let (brace, after) = rest[at..].split_at(1);
            if let Some(after) = after.strip_prefix(brace) {
                words.push_str(brace);
                rest = after;
                continue;
            }
            let (name, after) =
                after.split_once('}').filter(|_| brace == "{").ok_or(InvalidPattern::Brace)?;
            pieces.push(Piece::Words(std::mem::take(&mut words)));
            pieces.push(Piece::token(name)?);
            rest = after;
        }
        pieces.push(Piece::Words(words + rest));
        Ok(Self { source: source.to_owned(), pieces })
    }
}

impl Piece {
    fn render(&self, tokens: &Tokens, html: bool) -> String {
        match self {
            Self::Words(words) => words.clone(),
            Self::Token { name, kind } => {
                let value = tokens.get(name).map(String::as_str).unwrap_or_default();
                if html && *kind != Kind::Html { escape_html(value) } else { value.to_owned() }
            }
        }
    }

    fn token(text: &str) -> Result<Self, InvalidPattern> {
        let (name, kind) = if let Some(name) = text.strip_suffix('?') {
            (name, Kind::Optional)
        } else if let Some(name) = text.strip_suffix('!') {
            (name, Kind::Html)
        } else {
            (text, Kind::Usual)
        };
        if name.is_empty() || !name.bytes().all(is_of_token) {
            return Err(InvalidPattern::Name);
        }
        Ok(Self::Token { name: name.to_owned(), kind })
    }
}

impl TryFrom<&str> for Pattern {
    type Error = InvalidPattern;

    fn try_from(text: &str) -> Result<Self, InvalidPattern> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Pattern {
    type Error = InvalidPattern;

    fn try_from(text: String) -> Result<Self, InvalidPattern> {
        Self::parse(&text)
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.source
    }
}

fn list(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(pairs: &[(&str, &str)]) -> Tokens {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn render(pattern: &str, pairs: &[(&str, &str)]) -> String {
        Pattern::try_from(pattern).unwrap().render(&tokens(pairs), false)
    }

    #[test]
    fn tokens_are_filled_in_where_they_stand() {
        type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
        let cases: [Case<'_>; 7] = [
            ("", &[], ""),
            ("{0} og {1}, {0}", &[("0", "a"), ("1", "b")], "a og b, a"),
            ("Hei {navn}!", &[("navn", "Åse")], "Hei Åse!"),
            ("{{0}} {{{0}}}", &[("0", "a")], "{0} {a}"),
            ("{0}{1?}", &[("0", "a")], "a"),
            ("$recipientName$ har {0} kr", &[("0", "5 $")], "$recipientName$ har 5 $ kr"),
            // A value is read once.
            ("{0}{1}", &[("0", "{1}"), ("1", "{{0}}")], "{1}{{0}}"),
        ];
        for (pattern, pairs, expected) in cases {
            assert_eq!(render(pattern, pairs), expected, "{pattern}");
        }
    }

    #[test]
    fn values_are_escaped_in_html_and_the_text_around_them_is_not() {
        let pattern = Pattern::try_from("<p>{0}</p>").unwrap();
        let rendered = pattern.render(&tokens(&[("0", "<b>\"Ås & Ås\"</b>")]), true);
        assert_eq!(rendered, "<p>&lt;b&gt;&quot;Ås &amp; Ås&quot;&lt;/b&gt;</p>");
    }

    #[test]
    fn a_value_that_is_said_to_be_html_is_html() {
        let pattern = Pattern::try_from("<p>{0!}</p>{0}").unwrap();
        let filled = tokens(&[("0", "<b>Ås</b>")]);
        assert_eq!(pattern.render(&filled, true), "<p><b>Ås</b></p>&lt;b&gt;Ås&lt;/b&gt;");
        assert_eq!(pattern.render(&filled, false), "<p><b>Ås</b></p><b>Ås</b>");
        assert_eq!(Unfit::of([&pattern], &Tokens::new()).missing, BTreeSet::from(["0".to_owned()]));
    }

    #[test]
    fn what_cannot_be_a_pattern_says_why() {
        for text in ["{", "}", "{0", "0}", "a } b", "{{0}"] {
            assert_eq!(Pattern::try_from(text), Err(InvalidPattern::Brace), "{text}");
        }
        for text in ["{}", "{a b}", "{?}", "{!}", "{a!?}", "{a?!}", "{æ}", "{a{b}"] {
            assert_eq!(Pattern::try_from(text), Err(InvalidPattern::Name), "{text}");
        }
        let unknown = Pattern::try_from("Hei $reporteePostalCode$!");
        assert_eq!(unknown, Err(InvalidPattern::Macro("$reporteePostalCode$".into())));
    }

    #[test]
    fn missing_and_surplus_tokens_are_named() {
        let patterns = ["{0} {a?}", "{1}"].map(|text| Pattern::try_from(text).unwrap());
        let unfit = Unfit::of(&patterns, &tokens(&[("1", ""), ("2", "x")]));
        assert_eq!(unfit.missing, BTreeSet::from(["0".to_owned()]));
        assert_eq!(unfit.surplus, BTreeSet::from(["2".to_owned()]));
        assert_eq!(Unfit::of(&patterns, &tokens(&[("0", ""), ("1", "")])), Unfit::default());
    }

    proptest! {
        #[test]
        fn words_with_doubled_braces_are_themselves(text in "[a-zæøå{}<& ]*") {
            let doubled = text.replace('{', "{{").replace('}', "}}");
            prop_assert_eq!(render(&doubled, &[]), text);
        }

        #[test]
        fn no_value_brings_anything_but_itself(value in ".*", html: bool) {
            let pattern = Pattern::try_from("[{0}]").unwrap();
            let rendered = pattern.render(&tokens(&[("0", &value)]), html);
            prop_assert!(!html || !rendered.contains('<'));
            prop_assert!(html || rendered == ["[", &value, "]"].concat());
        }

        #[test]
        fn any_text_is_a_pattern_or_says_why(text in ".*") {
            if let Ok(pattern) = Pattern::try_from(text.as_str()) {
                prop_assert_eq!(String::from(pattern), text);
            }
        }
    }
}
