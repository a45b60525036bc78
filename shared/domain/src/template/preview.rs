//! What a template looks like with its tokens filled in.

use serde::Serialize;

use super::{Texts, Tokens, Unfit};
use crate::sms::{Encoding, Segments};
use crate::text::ContentType;

/// The texts of one language as they would be ordered.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Preview {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Email>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms: Option<Sms>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Email {
    subject: String,
    body: String,
    content_type: ContentType,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Sms {
    body: String,
    segments: usize,
    encoding: &'static str,
}

/// Fills tokens in, unless they do not fit.
pub fn preview(texts: &Texts, tokens: &Tokens) -> Result<Preview, Unfit> {
    let unfit = Unfit::of(texts.patterns(), tokens);
    if unfit != Unfit::default() {
        return Err(unfit);
    }
    let email = texts.email.as_ref().map(|email| Email {
        subject: email.subject.render(tokens, false),
        body: email.body.render(tokens, email.content_type == ContentType::Html),
        content_type: email.content_type,
    });
    let sms = texts.sms.as_ref().map(|sms| sms_of(sms.body.render(tokens, false)));
    Ok(Preview { email, sms })
}

fn sms_of(body: String) -> Sms {
    let Segments { encoding, count, .. } = Segments::of(&body);
    let encoding = match encoding {
        Encoding::Gsm => "Gsm",
        Encoding::Ucs2 => "Ucs2",
    };
    Sms { body, segments: count, encoding }
}

impl Texts {
    /// All of its patterns.
    pub fn patterns(&self) -> impl Iterator<Item = &super::Pattern> {
        let email = self.email.iter().flat_map(|email| [&email.subject, &email.body]);
        email.chain(self.sms.iter().map(|sms| &sms.body))
    }
}
