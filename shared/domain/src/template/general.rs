//! The templates that come with the service, for every owner.
//!
//! `VarselDPVMedRevarsel`, `VarselDPVUtenRevarsel` and `TokenTextOnly` are names that owners know from
//! Altinn's older service, and behave as they did there. The others follow the guidelines for notices of 2018:
//! who sends, for whom it is, where to find it, what it concerns, and no link.

use std::sync::LazyLock;

use super::{Template, TemplateName};

/// Every general template's name, and what it is, as an owner would write it.
const SOURCES: [(&str, &str); 7] = [
    ("MessageAvailable", include_str!("general/message_available.json")),
    ("FormAvailable", include_str!("general/form_available.json")),
    ("DeadlineNear", include_str!("general/deadline_near.json")),
    ("Notice", include_str!("general/notice.json")),
    ("TokenTextOnly", include_str!("general/token_text_only.json")),
    ("VarselDPVUtenRevarsel", include_str!("general/varsel_dpv_uten_revarsel.json")),
    ("VarselDPVMedRevarsel", include_str!("general/varsel_dpv_med_revarsel.json")),
];

static TEMPLATES: LazyLock<Vec<(&'static str, Template)>> = LazyLock::new(|| {
    let read =
        SOURCES.into_iter().filter_map(|(name, source)| Some((name, serde_json::from_str(source).ok()?)));
    read.collect()
});

/// All of them, by the names that they are known by.
pub fn all() -> &'static [(&'static str, Template)] {
    &TEMPLATES
}

/// The one of this name.
pub fn find(name: &TemplateName) -> Option<&'static Template> {
    TEMPLATES.iter().find(|(known, _)| name.is(known)).map(|(_, template)| template)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keywords;
    use crate::links::first_refused;
    use crate::owner::Links;
    use crate::template::parse_template;
    use crate::text::ContentType;
    use crate::text::{Pattern, Texts};

    #[test]
    fn every_general_template_is_one_that_an_owner_could_have_written() {
        assert_eq!(all().len(), SOURCES.len());
        for (name, source) in SOURCES {
            let read = parse_template(&serde_json::from_str(source).unwrap());
            assert_eq!(read.as_ref(), Ok(find(&TemplateName::try_from(name).unwrap()).unwrap()), "{name}");
            assert_eq!(read.unwrap().texts.len(), 3, "{name}");
        }
    }

    #[test]
    fn no_general_template_has_a_link() {
        for (name, template) in all() {
            for pattern in template.texts.values().flat_map(Texts::patterns) {
                assert_eq!(first_refused(pattern.as_str(), &Links::Refused), None, "{name}");
            }
        }
    }

    /// What arrives of a pattern whose tokens are words.
    fn arrived(pattern: &Pattern, name: &str, number: &str) -> String {
        let tokens = pattern.tokens().into_iter().map(|token| (token.to_owned(), "ord".to_owned())).collect();
        let reader = keywords::Reader { name, number, facts: &keywords::Facts::default() };
        keywords::fill(&pattern.render(&tokens, false), &reader, false)
    }

    #[test]
    fn persons_who_have_no_number_and_organisations_read_well() {
        for (name, template) in all() {
            for pattern in template.texts.values().flat_map(Texts::patterns) {
                // A space at the end of a line is not seen.
                let person = arrived(pattern, "Kari Nordmann", "").trim_end().replace(" \n", "\n");
                for odd in ["  ", " .", " ,", " :", "()"] {
                    assert!(!person.contains(odd), "{name}: {person}");
                }
                let organization = arrived(pattern, "Liten bedrift AS", "991825827");
                assert!(!organization.contains("  "), "{name}: {organization}");
                let has_number = keywords::numbers_recipient(pattern.as_str());
                assert_eq!(organization.ends_with(": Liten bedrift AS 991825827"), has_number, "{name}");
            }
        }
    }

    #[test]
    fn who_it_is_for_is_said_with_name_and_number() {
        for name in ["MessageAvailable", "FormAvailable", "DeadlineNear"] {
            let template = find(&TemplateName::try_from(name).unwrap()).unwrap();
            for texts in template.texts.values() {
                for body in [&texts.email.as_ref().unwrap().body, &texts.sms.as_ref().unwrap().body] {
                    let text = body.as_str();
                    assert!(keywords::names_recipient(text) && keywords::numbers_recipient(text), "{text}");
                }
            }
        }
    }

    #[test]
    fn the_text_of_tokens_is_html_in_an_email_and_nowhere_else() {
        let template = find(&TemplateName::try_from("TokenTextOnly").unwrap()).unwrap();
        let tokens = ["<b>Ås & Ås</b>"; 2].map(str::to_owned).into_iter().enumerate();
        let tokens = tokens.map(|(i, value)| (i.to_string(), value)).collect();
        for texts in template.texts.values() {
            let (email, sms) = (texts.email.as_ref().unwrap(), texts.sms.as_ref().unwrap());
            assert_eq!(email.content_type, ContentType::Html);
            assert_eq!(email.subject.render(&tokens, false), "<b>Ås & Ås</b>");
            assert_eq!(email.body.render(&tokens, true), "<b>Ås & Ås</b>");
            assert_eq!(sms.body.render(&tokens, false), "<b>Ås & Ås</b>".repeat(2));
        }
    }

    fn named(name: &str) -> &'static Template {
        find(&TemplateName::try_from(name).unwrap()).unwrap()
    }

    #[test]
    fn the_one_with_a_reminder_reminds_after_a_week_with_the_same_text() {
        let reminder = named("varseldpvmedrevarsel").reminder.as_ref().unwrap();
        assert_eq!(reminder.delay_days, 7);
        for (language, prefix) in reminder.texts.keys().zip(["Påminnelse: ", "Påminning: ", "Reminder: "]) {
            let first = named("VarselDPVMedRevarsel").texts[language].sms.as_ref().unwrap().body.as_str();
            let second = reminder.texts[language].sms.as_ref().unwrap().body.as_str();
            assert_eq!(second, format!("{prefix}{first}"));
        }
        assert_eq!(named("VarselDPVUtenRevarsel").reminder, None);
    }
}
