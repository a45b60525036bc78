//! Finds links: written with a scheme, as a bare domain, or in an attribute of HTML.

use url::Url;

use super::{attributes, reading};
use crate::text::characters::decoded;
use crate::text::markup;

/// A link, or what looks like one.
pub struct Link {
    /// As it is read.
    pub written: String,
    /// Where it leads, in lower case and punycode; none that can be told.
    pub host: Option<String>,
}

/// What a bare word ends with that phones and mail programs turn into a link. It is a choice: two-letter
/// domains that end Norwegian words and abbreviations ("org.nr", "100.kr", "bl.a") are left out.
const TOP_LEVELS: &str = " no com net org info eu se dk fi is de uk io co me app dev ai gov biz online site \
    fo gl nl fr es pl ru ua cn ch ie lt lv ee cz us tv cc ly gg to nu su ws xyz top click link live shop store \
    club page cloud tech news blog icu vip work zip mov mobi pro edu mil int name email help support one ";

/// All links in a text. One may come twice, as its reader and its mail program see it.
pub fn all(text: &str) -> impl Iterator<Item = Link> {
    let fragments = markup::read(text);
    let (mut links, _) = with_scheme(&reading::plain(&decoded(text)));
    links.extend(attributes::all(&fragments));
    let (seen, rest) = with_scheme(&reading::visible(&fragments));
    links.extend(seen);
    links.extend(bare(&rest));
    links.into_iter()
}

/// What is written with `://`, and the text without it.
fn with_scheme(text: &str) -> (Vec<Link>, String) {
    let (mut links, mut others, mut rest) = (vec![], String::new(), text);
    while let Some(at) = rest.find("://") {
        let scheme = rest[..at].trim_end_matches(is_of_scheme).len();
        let url = until_end(&rest[scheme..]);
        others.push_str(&rest[..scheme]);
        others.push(' ');
        if scheme < at {
            links.push(Link {
                written: url.to_owned(),
                host: Url::parse(url).ok().as_ref().and_then(host_of),
            });
        }
        rest = &rest[scheme + url.len().max(at + 3 - scheme)..];
    }
    (links, others + rest)
}

fn is_of_scheme(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+-".contains(c)
}

fn ends_link(c: char) -> bool {
    c.is_whitespace() || "<>\"'`()[]{}|«»“”„‘’*,…".contains(c)
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || "-.".contains(c)
}

/// The part of a text that a link can take up, from its beginning.
pub(super) fn until_end(text: &str) -> &str {
    let (link, _) = text.split_at(text.find(ends_link).unwrap_or(text.len()));
    link.trim_end_matches(['.', ':', ';', '!', '?', '–', '—', '_'])
}

/// Words that are domains, with what follows them as far as it belongs to the link.
pub(super) fn bare(text: &str) -> Vec<Link> {
    let (mut links, mut rest, mut before) = (vec![], text, ' ');
    while let Some(at) = rest.find(is_of_name) {
        before = rest[..at].chars().next_back().unwrap_or(before);
        let word = &rest[at..];
        let (name, after) = word.split_at(word.find(|c| !is_of_name(c)).unwrap_or(word.len()));
        let is_email = before == '@' || after.starts_with('@');
        let host = domain(name).filter(|_| !is_email);
        let link = if host.is_some() && after.starts_with(['/', '?', '#']) { until_end(word) } else { name };
        if host.is_some() {
            let written = link.trim_matches(['.', '-']).to_owned();
            links.push(Link { written, host });
        }
        let end = link.len().max(name.len());
        before = word[..end].chars().next_back().unwrap_or(' ');
        rest = &word[end..];
    }
    links
}

/// Top-level domains that a sentence can begin with, after a full stop that no space follows.
const BEGINNINGS: [&str; 9] = ["Se", "Is", "No", "De", "Me", "To", "One", "Help", "Support"];

/// The months, by their names and as they are cut short. After a day, and before a word, one is no host.
const MONTHS: [&str; 20] = [
    "jan", "januar", "feb", "februar", "mar", "mars", "apr", "april", "mai", "jun", "juni", "jul", "juli",
    "aug", "sep", "sept", "okt", "nov", "des", "desember",
];

/// Whether a word is the end of one sentence and the beginning of the next, or a date and the word after it.
fn lacks_a_space(word: &str) -> bool {
    let labels: Vec<_> = word.split('.').collect();
    let [before @ .., last] = labels.as_slice() else { return false };
    let is_beginning = BEGINNINGS.contains(last) && !before.iter().any(|label| label.contains('-'));
    let is_date = match before {
        [.., day, month] => {
            day.bytes().all(|byte| byte.is_ascii_digit()) && MONTHS.contains(&month.to_lowercase().as_str())
        }
        _ => false,
    };
    is_beginning || is_date
}

/// The host that a word names, if it reads as one.
fn domain(word: &str) -> Option<String> {
    let word = word.trim_matches(['.', '-']);
    if !word.contains('.') || lacks_a_space(word) {
        return None;
    }
    let name = url::Host::parse(word).ok()?.to_string();
    let (_, top_level) = name.rsplit_once('.')?;
    let is_known = TOP_LEVELS.contains(&format!(" {top_level} "));
    (name.starts_with("www.") || top_level.starts_with("xn--") || is_known).then_some(name)
}

pub(super) fn host_of(url: &Url) -> Option<String> {
    // A dot at the end is the same host.
    url.host_str().map(|host| host.trim_end_matches('.').to_ascii_lowercase()).filter(|host| !host.is_empty())
}
