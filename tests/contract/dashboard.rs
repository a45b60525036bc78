//! The dashboard: what it shows is there, and the page that explains it has the same widgets.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use varsling_local::{DEPLOYED, QUEUES};

use crate::template::Template;

fn widgets() -> Vec<Value> {
    let template = Template::read();
    let body = &template.properties("Dashboard")["DashboardBody"]["Fn::Sub"][0];
    let body: Value = serde_json::from_str(body.as_str().unwrap()).unwrap();
    body["widgets"].as_array().unwrap().clone()
}

/// The values of a dimension in all metrics, without the stack's name.
fn named(dimension: &str) -> BTreeSet<String> {
    let widgets = widgets();
    let metrics = widgets.iter().flat_map(|widget| widget["properties"]["metrics"].as_array().unwrap());
    let values = metrics.filter_map(|metric| {
        let parts = metric.as_array()?;
        let place = parts.iter().position(|part| part == dimension)?;
        Some(parts[place + 1].as_str()?.trim_start_matches("${AWS::StackName}-").to_owned())
    });
    values.collect()
}

#[test]
fn every_function_and_every_queue_that_it_shows_is_deployed() {
    let deployed: BTreeSet<_> = DEPLOYED.iter().map(|one| one.name.to_owned()).collect();
    assert_eq!(named("FunctionName"), deployed);
    let template = Template::read();
    let made = template.resources("AWS::SQS::Queue").into_values();
    let made: BTreeSet<_> = made
        .map(|queue| {
            queue["QueueName"]["Fn::Sub"]
                .as_str()
                .unwrap()
                .trim_start_matches("${AWS::StackName}-")
                .to_owned()
        })
        .collect();
    let shown = named("QueueName");
    assert!(shown.is_subset(&made), "{:?}", shown.difference(&made));
    let dead: BTreeSet<_> = made.iter().filter(|name| name.contains("-dead")).cloned().collect();
    assert!(dead.is_subset(&shown), "{:?}", dead.difference(&shown));
    assert!(
        QUEUES.iter().filter(|queue| queue.name.starts_with("email")).all(|queue| shown.contains(queue.name))
    );
}

#[test]
fn the_page_has_the_same_widgets() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operation.md");
    let page = std::fs::read_to_string(page).unwrap();
    for widget in widgets() {
        let title = widget["properties"]["title"].as_str().unwrap();
        assert!(page.contains(&format!("| {title} |")), "{title}");
        assert_eq!(widget["type"], json!("metric"));
    }
}
