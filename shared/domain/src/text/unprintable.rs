//! Which tokens bring control characters to where none can stand: a subject is one line, and an SMS has
//! nothing but line breaks.

use std::collections::BTreeSet;

use super::{Pattern, Tokens};

/// Tokens whose values cannot stand where the template puts them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unprintable {
    /// In an e-mail's subject.
    #[error("These stand in the subject and must not hold control characters: {0}.")]
    InSubject(String),
    /// In an SMS.
    #[error("These stand in the SMS and must not hold control characters other than line breaks: {0}.")]
    InSms(String),
}

/// The names of the tokens in a pattern whose values are refused; none if none is.
pub(super) fn refused_tokens(
    pattern: &Pattern,
    tokens: &Tokens,
    is_refused: fn(&str) -> bool,
) -> Option<String> {
    let names = pattern.tokens().into_iter();
    let refused_names = names.filter(|name| tokens.get(*name).is_some_and(|value| is_refused(value)));
    let names: BTreeSet<_> = refused_names.collect();
    (!names.is_empty()).then(|| names.into_iter().collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::template::ChannelTemplate;
    use crate::text::{ContentType, EmailTemplate, SmsTemplate};

    #[test]
    fn only_what_stands_there_is_refused_there() {
        let [subject, body, of_sms] =
            ["{a}{b}", "{c}", "{a} {b} {c}"].map(|text| Pattern::try_from(text).unwrap());
        let email = EmailTemplate { subject, body, content_type: ContentType::Plain };
        let sms = SmsTemplate { body: of_sms };
        for (refused, in_subject, in_sms) in [
            ("\t", true, true),
            ("\u{1}", true, true),
            ("\u{7f}", true, true),
            ("\u{85}", true, true),
            ("\n", true, false),
            ("\r\n", true, false),
            (" \u{a0}", false, false),
        ] {
            let tokens = ["a", "c"].map(|name| (name.to_owned(), format!("x{refused}y"))).into();
            let found = email.unprintable(&tokens);
            assert_eq!(found, in_subject.then(|| Unprintable::InSubject("a".into())), "{refused:?}");
            let found = sms.unprintable(&tokens);
            assert_eq!(found, in_sms.then(|| Unprintable::InSms("a, c".into())), "{refused:?}");
        }
    }
}
