//! HTML as a browser reads it, in one go: tags, what shows nothing, and the text between, each at its place.

use html5gum::{DefaultEmitter, Error, Span, StartTag, State, Token, Tokenizer};

/// A part of a text that may be HTML. All of them, one after the other, are the text.
pub struct Fragment<'a> {
    /// Where it begins.
    pub start: usize,
    /// As it is written.
    pub source: &'a str,
    /// What it is.
    pub kind: Kind,
}

/// What a part of HTML is.
#[derive(Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, with its references as they are written. So is a tag or a comment that nothing ends: a browser drops it,
    /// but the text may be no HTML at all.
    Text,
    /// The beginning of an element.
    Start(Tag),
    /// The end of an element, by its name in small letters.
    End(String),
    /// A comment, a doctype and the like.
    Unseen,
}

/// The beginning of an element.
#[derive(Debug, PartialEq, Eq)]
pub struct Tag {
    /// In small letters.
    pub name: String,
    /// In the order of their names. Of two with the same name the first counts.
    pub attributes: Vec<Attribute>,
}

/// An attribute of a tag.
#[derive(Debug, PartialEq, Eq)]
pub struct Attribute {
    /// In small letters.
    pub name: String,
    /// As it is read: without quotes, and with its references decoded.
    pub value: String,
}

/// The parts of a text, as a browser without scripts reads them.
pub fn read(html: &str) -> Vec<Fragment<'_>> {
    fragments(html, content)
}

/// The parts of a text in which also `style` and the like may hold tags: some programs show what others skip.
pub fn read_nested(html: &str) -> Vec<Fragment<'_>> {
    fragments(html, |_| None)
}

fn fragments(html: &str, content: fn(&[u8]) -> Option<State>) -> Vec<Fragment<'_>> {
    let mut tokenizer = Tokenizer::new_with_emitter(html, DefaultEmitter::<usize>::new_with_span());
    let mut reading = Reading { html, read: 0, fragments: vec![] };
    while let Some(Ok(token)) = tokenizer.next() {
        if let Token::StartTag(tag) = &token
            && let Some(state) = content(&tag.name)
        {
            tokenizer.set_state(state);
        }
        reading.take(token);
    }
    reading.text_until(html.len());
    reading.fragments
}

/// How the content of an element is read that has no elements in it. Mail programs run no scripts, so that `noscript`
/// is none of them.
fn content(name: &[u8]) -> Option<State> {
    match name {
        b"title" | b"textarea" => Some(State::RcData),
        b"style" | b"xmp" | b"iframe" | b"noembed" | b"noframes" => Some(State::RawText),
        b"script" => Some(State::ScriptData),
        b"plaintext" => Some(State::PlainText),
        _ => None,
    }
}

/// How far a text has been read.
struct Reading<'a> {
    html: &'a str,
    read: usize,
    fragments: Vec<Fragment<'a>>,
}

impl Reading<'_> {
    /// Text is what lies between the other tokens: the tokenizer does not say where every character of it stands.
    fn take(&mut self, token: Token<usize>) {
        match token {
            Token::StartTag(tag) => self.markup(tag.span, Kind::Start(Tag::from(tag))),
            Token::EndTag(tag) => self.markup(tag.span, Kind::End(text(&tag.name))),
            Token::Comment(comment) => self.markup(comment.span, Kind::Unseen),
            Token::Doctype(doctype) => self.markup(doctype.span, Kind::Unseen),
            // `</>`, of which it says only where it ends.
            Token::Error(error) if error.value == Error::MissingEndTagName => {
                self.markup(Span { start: error.span.end.saturating_sub(3), ..error.span }, Kind::Unseen);
            }
            Token::String(_) | Token::Error(_) => {}
        }
    }

    fn markup(&mut self, span: Span, kind: Kind) {
        let source = self.html.get(span.start..span.end).filter(|source| is_ended(source));
        if let Some(source) = source.filter(|_| span.start >= self.read) {
            self.text_until(span.start);
            self.fragments.push(Fragment { start: span.start, source, kind });
            self.read = span.end;
        }
    }

    fn text_until(&mut self, end: usize) {
        let source = self.html.get(self.read..end).filter(|source| !source.is_empty());
        self.fragments.extend(source.map(|source| Fragment { start: self.read, source, kind: Kind::Text }));
    }
}

/// Whether a tag or comment has its end, and not only the end of the text.
fn is_ended(source: &str) -> bool {
    if source.starts_with("<!--") {
        source.ends_with("-->") || source.ends_with("--!>")
    } else {
        source.ends_with('>')
    }
}

impl From<StartTag<usize>> for Tag {
    fn from(tag: StartTag<usize>) -> Self {
        let attributes = tag.attributes.iter();
        let attributes =
            attributes.map(|(name, value)| Attribute { name: text(name), value: text(&value.value) });
        Self { name: text(&tag.name), attributes: attributes.collect() }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;
