//! What the tags of a text lead to.

use url::Url;

use super::found::{Link, bare, host_of, until_end};
use super::reading::plain;
use crate::text::markup::{self, Attribute, Fragment, Kind, Tag};

/// Attributes that lead somewhere.
const LEADING: [&str; 7] = ["href", "src", "action", "formaction", "background", "poster", "ping"];
/// What an attribute may lead to that is no link: addresses, numbers, parts of the message itself.
const NO_LINKS: [&str; 6] = ["#", "mailto:", "tel:", "sms:", "cid:", "data:image/"];

/// All links of tags, relative ones included.
pub fn all(fragments: &[Fragment<'_>]) -> Vec<Link> {
    fragments.iter().flat_map(of_fragment).collect()
}

fn of_fragment(fragment: &Fragment<'_>) -> Vec<Link> {
    match &fragment.kind {
        Kind::Start(tag) => of_tag(tag),
        Kind::End(name) => bare(&plain(name)),
        Kind::Text => nested(fragment.source),
        Kind::Unseen => of_unseen(fragment.source),
    }
}

/// Some programs show what others take for comments: Outlook reads tags in `<!--[if mso]>`, and in plain text `<?` and
/// `<!` begin none.
fn of_unseen(source: &str) -> Vec<Link> {
    let mut links = nested(source.strip_prefix('<').unwrap_or(source));
    if !source.starts_with("<!--") {
        links.extend(bare(&plain(source)));
    }
    links
}

/// The links of tags where a browser sees none.
fn nested(text: &str) -> Vec<Link> {
    markup::read_nested(text).iter().flat_map(of_nested).collect()
}

fn of_nested(fragment: &Fragment<'_>) -> Vec<Link> {
    if let Kind::Start(tag) = &fragment.kind { of_tag(tag) } else { vec![] }
}

fn of_tag(tag: &Tag) -> Vec<Link> {
    let mut links: Vec<_> = tag.attributes.iter().flat_map(of_attribute).collect();
    // In plain text a tag is none, and what would be its names are words.
    let names = tag.attributes.iter().map(|attribute| &attribute.name);
    links.extend(names.chain([&tag.name]).flat_map(|name| bare(&plain(name))));
    links
}

fn of_attribute(attribute: &Attribute) -> Vec<Link> {
    let value = plain(&attribute.value);
    let target = leads_somewhere(&attribute.name).then(|| target(&value)).flatten();
    target.into_iter().chain(hosts(&value)).collect()
}

/// `xlink:href` and `data-href` do as well.
fn leads_somewhere(name: &str) -> bool {
    let last = name.rsplit(|c: char| !c.is_ascii_alphanumeric()).next();
    last.is_some_and(|last| LEADING.contains(&last))
}

/// What an attribute leads to that is not for it, as `srcset`, `style` and the refresh of `meta`: hosts after two
/// slashes. What belongs to one of them is not searched again.
fn hosts(value: &str) -> Vec<Link> {
    let (mut links, mut end) = (vec![], 0);
    for (at, _) in value.match_indices("//") {
        if at < end || !leads_away(&value[..at]) {
            continue;
        }
        let link = until_end(&value[at..]);
        end = at + link.len();
        links.extend(target(link));
    }
    links
}

/// Whether two slashes after this begin a host.
fn leads_away(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_alphanumeric() || c == '/' || c == ':')
}

fn target(value: &str) -> Option<Link> {
    let value = value.trim();
    let is_none =
        NO_LINKS.iter().any(|start| value.get(..start.len()).is_some_and(|v| v.eq_ignore_ascii_case(start)));
    if value.is_empty() || is_none {
        return None;
    }
    // As a browser reads it: `//host`, `https:host` and `/\\host` lead away as well.
    let nowhere = Url::parse("https://nowhere.invalid/").ok()?;
    let url = nowhere.join(value).ok().filter(|url| url.host() != nowhere.host());
    Some(Link { written: value.to_owned(), host: url.as_ref().and_then(host_of) })
}
