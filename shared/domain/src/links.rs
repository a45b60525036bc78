//! Links in texts. People are told never to follow a link in a notice, so an owner can have them refused,
//! with everything that looks like one: what a mail program or phone makes one of, or shows as one.

use crate::channel::Channel;
use crate::owner::Links;

mod attributes;
mod found;
mod reading;

use found::Link;

/// The first link in a text that is not permitted, as a reader sees it. The text may be HTML.
pub fn first_refused(text: &str, links: &Links) -> Option<String> {
    match links {
        Links::Allowed => None,
        Links::Refused => found::all(text).next().map(|link| link.written),
        Links::To(domains) => {
            found::all(text).find(|link| !is_permitted(link, domains)).map(|link| link.written)
        }
    }
}

/// What keeps two parts of a word together, and is not seen.
const WORD_JOINER: &str = "\u{2060}";

/// A name in which nobody's program finds a link. A word joiner after the dot is not seen in an e-mail; in an SMS it would
/// make three messages of one, so that a space takes the place of the dot.
pub fn defused(name: &str, channel: Channel) -> String {
    if first_refused(name, &Links::Refused).is_none() {
        return name.to_owned();
    }
    match channel {
        Channel::Email => name.replace('.', &format!(".{WORD_JOINER}")).replace("://", ": "),
        Channel::Sms => name.replace("://", " ").replace(['.', '/'], " "),
    }
}

fn is_permitted(link: &Link, domains: &[String]) -> bool {
    let host = link.host.as_deref().unwrap_or_default();
    domains.iter().any(|domain| is_under(host, domain))
}

/// A host is under a domain if it is the domain or one of its sub-domains, not if it merely ends like it.
fn is_under(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests;
