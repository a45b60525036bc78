//! The alarms of the table: every operation that a role allows is watched.

use std::collections::BTreeSet;

use varsling_local::DEPLOYED;

use crate::template::{Template, strings, target};

#[test]
fn errors_of_the_table_raise_an_alarm_for_every_operation_that_a_role_allows() {
    let template = Template::read();
    let roles = template.resources("AWS::IAM::Role").into_values();
    let policies = roles.flat_map(|role| role["Policies"].as_array().unwrap());
    let statements = policies.flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap());
    let actions = statements.flat_map(|statement| strings(&statement["Action"]));
    let allowed = actions.filter_map(|action| action.strip_prefix("dynamodb:"));
    // Lambda reads the stream, and what fails there shows as its age.
    let allowed: BTreeSet<_> = allowed.filter(|operation| !OF_THE_STREAM.contains(operation)).collect();
    let of_evidence = DEPLOYED.iter().flat_map(|deployed| deployed.evidence);
    let of_evidence = of_evidence.filter_map(|action| action.strip_prefix("dynamodb:"));
    let expected = allowed.into_iter().map(|operation| ("Table", operation));
    let expected = expected.chain(of_evidence.map(|operation| ("EvidenceTable", operation)));
    let expected = expected.map(|(table, operation)| (table, "SystemErrors", vec![("Operation", operation)]));
    assert_eq!(watched(&template, "TableErrorsAlarm"), expected.collect());
}

#[test]
fn throttling_of_the_table_and_its_index_raises_an_alarm() {
    let template = Template::read();
    let index = vec![("GlobalSecondaryIndexName", "due")];
    let expected = ["ReadThrottleEvents", "WriteThrottleEvents"]
        .map(|name| [("Table", name, vec![]), ("Table", name, index.clone())]);
    assert_eq!(watched(&template, "TableThrottledAlarm"), expected.concat().into_iter().collect());
}

const OF_THE_STREAM: [&str; 4] = ["DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"];

/// Of which table, which metric, and its dimensions beside the table's name.
type Watched<'a> = BTreeSet<(&'a str, &'a str, Vec<(&'a str, &'a str)>)>;

/// The metrics of the tables that an alarm adds up.
fn watched<'a>(template: &'a Template, id: &str) -> Watched<'a> {
    let metrics = template.properties(id)["Metrics"].as_array().unwrap();
    let sum = metrics.iter().find_map(|metric| metric["Expression"].as_str()).unwrap();
    let parts = metrics.iter().filter(|metric| metric["MetricStat"].is_object());
    let watched = parts.map(|part| {
        assert!(sum.contains(&format!("FILL({}, 0)", part["Id"].as_str().unwrap())), "{sum}");
        assert_eq!(part["ReturnData"], false);
        let metric = &part["MetricStat"]["Metric"];
        assert_eq!(metric["Namespace"], "AWS/DynamoDB");
        let dimensions = metric["Dimensions"].as_array().unwrap();
        let (tables, others): (Vec<_>, Vec<_>) =
            dimensions.iter().partition(|one| one["Name"] == "TableName");
        let table = target(&tables[0]["Value"]).unwrap();
        let others =
            others.into_iter().map(|one| (one["Name"].as_str().unwrap(), one["Value"].as_str().unwrap()));
        (table, metric["MetricName"].as_str().unwrap(), others.collect())
    });
    watched.collect()
}
