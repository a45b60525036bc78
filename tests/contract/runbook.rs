//! The runbook: each alarm names a section of it, and each section says what it means, how to look, and what to do.

use std::collections::BTreeSet;
use std::path::Path;

use crate::template::Template;

const PAGE: &str = "docs/runbook.md#";

fn page(name: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    std::fs::read_to_string(root.join(name)).unwrap()
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric() || " -".contains(*letter))
        .collect::<String>();
    kept.replace(' ', "-")
}

/// The sections of a page, each with its text.
fn sections(text: &str) -> Vec<Section<'_>> {
    let parts = text.split("\n## ").skip(1);
    let parts = parts.filter_map(|part| part.split_once('\n'));
    parts.map(|(heading, text)| Section { anchor: anchor(heading), text }).collect()
}

struct Section<'a> {
    anchor: String,
    text: &'a str,
}

#[test]
fn every_alarm_names_a_section_and_stands_in_it() {
    let text = page("runbook.md");
    let sections = sections(&text);
    let template = Template::read();
    let mut named = BTreeSet::new();
    for (id, alarm) in template.resources("AWS::CloudWatch::Alarm") {
        let description = alarm["AlarmDescription"].as_str().unwrap();
        let (_, place) = description.rsplit_once(PAGE).unwrap_or_else(|| panic!("{id}: {description}"));
        let section = sections.iter().find(|section| section.anchor == place);
        let section = section.unwrap_or_else(|| panic!("{id}: there is no section {place}"));
        let is_one_of_many = section.text.contains("<Function>");
        assert!(is_one_of_many || section.text.contains(&format!("`{id}`")), "{id} is not in {place}");
        named.insert(place.to_owned());
    }
    let all: BTreeSet<_> = sections.iter().map(|section| section.anchor.clone()).collect();
    assert_eq!(named, all, "each section has its alarms");
}

#[test]
fn every_section_says_what_it_means_how_to_look_and_what_to_do() {
    let text = page("runbook.md");
    for Section { anchor, text } in sections(&text) {
        for part in ["**What it means.**", "**How to look.**", "**What to do.**"] {
            assert!(text.contains(part), "{anchor}: {part}");
        }
    }
}

#[test]
fn links_to_other_sections_lead_somewhere() {
    let (runbook, operation) = (page("runbook.md"), page("operation.md"));
    for (prefix, target) in [("](#", &runbook), ("](operation.md#", &operation)] {
        let anchors: BTreeSet<_> = sections(target).into_iter().map(|section| section.anchor).collect();
        for link in runbook.split(prefix).skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(anchors.contains(link), "{prefix}{link}");
        }
    }
}
