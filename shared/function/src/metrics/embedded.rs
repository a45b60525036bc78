//! CloudWatch's embedded metric format: a log line for each combination of dimensions in an invocation, which CloudWatch turns
//! into metrics (Amazon CloudWatch user guide, "Specification: Embedded metric format").

use metrics::{Label, counter, describe_counter, describe_histogram, histogram};
use metrics_cloudwatch_embedded::{Builder, Collector};

use super::{DataPoint, MetricName, MetricSink, Unit, Value};

/// The process's collector of data points.
pub struct EmbeddedMetrics(&'static Collector);

impl EmbeddedMetrics {
    /// Under a namespace. A process has one such collector; none where it has one already.
    pub fn start(namespace: String) -> Option<Self> {
        let collector = Builder::new().cloudwatch_namespace(namespace).init();
        let collector = collector.inspect_err(|error| tracing::error!(%error, "no metrics are told")).ok()?;
        MetricName::ALL.into_iter().for_each(describe);
        Some(Self(collector))
    }
}

fn describe(metric: MetricName) {
    match metric.unit() {
        Unit::Count => describe_counter!(metric.name(), metrics::Unit::Count, ""),
        Unit::Seconds => describe_histogram!(metric.name(), metrics::Unit::Seconds, ""),
    }
}

impl MetricSink for EmbeddedMetrics {
    fn record(&self, point: DataPoint) {
        let DataPoint { metric, dimensions, value } = point;
        let labels: Vec<_> = dimensions.into_iter().map(|(name, value)| Label::new(name, value)).collect();
        match value {
            Value::Count(more) => counter!(metric.name(), labels).increment(more),
            Value::Seconds(seconds) => histogram!(metric.name(), labels).record(seconds),
        }
    }

    fn flush(&self) {
        if let Err(error) = self.0.flush(std::io::stdout()) {
            tracing::error!(%error, "metrics could not be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn data_points_become_a_line_for_each_set_of_dimensions() {
        let metrics = EmbeddedMetrics::start("Varsling/test".to_owned()).unwrap();
        let by = vec![("Channel", "email".to_owned())];
        let points = [
            (MetricName::OrdersAccepted, vec![], Value::Count(1)),
            (MetricName::HandedOver, by.clone(), Value::Count(1)),
            (MetricName::HandedOver, by.clone(), Value::Count(1)),
            (MetricName::DueToHandOver, by.clone(), Value::Seconds(0.5)),
            (MetricName::DueToHandOver, by, Value::Seconds(2.0)),
        ];
        for (metric, dimensions, value) in points {
            metrics.record(DataPoint { metric, dimensions, value });
        }
        let mut written = vec![];
        metrics.0.flush(&mut written).unwrap();
        let lines = String::from_utf8(written).unwrap();
        let lines: Vec<serde_json::Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        let of_email = lines.iter().find(|line| line["Channel"] == "email").unwrap();
        assert_eq!((&of_email["HandedOver"], &of_email["DueToHandOver"]), (&json!(2), &json!([0.5, 2.0])));
        let told = &of_email["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(
            (&told["Namespace"], &told["Dimensions"]),
            (&json!("Varsling/test"), &json!([["Channel"]]))
        );
        let units: Vec<_> = told["Metrics"].as_array().unwrap().iter().map(|one| &one["Unit"]).collect();
        assert!(units.contains(&&json!("Count")) && units.contains(&&json!("Seconds")), "{units:?}");
    }
}
