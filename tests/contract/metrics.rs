//! The metrics that functions tell, and what of the template is about them.

use std::collections::BTreeSet;

use varsling_function::metrics::MetricName;

use crate::template::Template;

fn names() -> BTreeSet<String> {
    MetricName::ALL.iter().map(|metric| metric.name().to_owned()).collect()
}

#[test]
fn every_figure_is_on_the_dashboard() {
    let template = Template::read();
    let body = template.properties("Dashboard")["DashboardBody"]["Fn::Sub"][0].as_str().unwrap().to_owned();
    for name in names() {
        let is_shown = body.contains(&format!("\"{name}\"")) || body.contains(&format!("}} {name}'"));
        assert!(is_shown, "{name}");
    }
}

#[test]
fn an_alarm_on_a_figure_names_one_that_there_is() {
    let template = Template::read();
    let filters = template.resources("AWS::Logs::MetricFilter");
    let counted: BTreeSet<_> = filters
        .values()
        .map(|filter| filter["MetricTransformations"][0]["MetricName"].to_string().replace('"', ""))
        .collect();
    let alarms = template.resources("AWS::CloudWatch::Alarm");
    let own = alarms.values().filter(|alarm| alarm["Namespace"]["Fn::Sub"] == "Varsling/${AWS::StackName}");
    let named: BTreeSet<_> = own.filter_map(|alarm| alarm["MetricName"].as_str().map(String::from)).collect();
    let told: BTreeSet<_> = named.difference(&counted).cloned().collect();
    assert!(told.is_subset(&names()) && told.len() >= 2, "{told:?}");
}

#[test]
fn every_function_knows_under_which_name_it_tells() {
    let template = Template::read();
    let stack = template.at(&["Globals", "Function", "Environment", "Variables", "STACK_NAME"]);
    assert_eq!(stack["Ref"], "AWS::StackName");
}
