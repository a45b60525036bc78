//! Figures in CloudWatch's embedded metric format: a line of the log for each combination of dimensions and invocation, which
//! CloudWatch makes metrics of (Amazon CloudWatch user guide, "Specification: Embedded metric format").

use metrics::{Label, counter, describe_counter, describe_histogram, histogram};
use metrics_cloudwatch_embedded::{Builder, Collector};

use super::{Figure, Measure, MetricSink, Unit};

/// The process's collector of figures.
pub struct EmbeddedMetrics(&'static Collector);

impl EmbeddedMetrics {
    /// Under a namespace. A process has one such collector; none where it has one already.
    pub fn start(namespace: String) -> Option<Self> {
        let collector = Builder::new().cloudwatch_namespace(namespace).init();
        let collector = collector.inspect_err(|error| tracing::error!(%error, "no metrics are told")).ok()?;
        Measure::ALL.into_iter().for_each(describe);
        Some(Self(collector))
    }
}

fn describe(measure: Measure) {
    match measure.unit() {
        Unit::Count => describe_counter!(measure.name(), metrics::Unit::Count, ""),
        Unit::Seconds => describe_histogram!(measure.name(), metrics::Unit::Seconds, ""),
    }
}

impl MetricSink for EmbeddedMetrics {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole")]
    fn take(&self, figure: Figure) {
        let Figure { measure, dimensions, value } = figure;
        let labels: Vec<_> = dimensions.into_iter().map(|(name, value)| Label::new(name, value)).collect();
        match measure.unit() {
            Unit::Count => counter!(measure.name(), labels).increment(value as u64),
            Unit::Seconds => histogram!(measure.name(), labels).record(value),
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
    use serde_json::{Value, json};

    #[test]
    fn figures_become_a_line_for_each_set_of_dimensions() {
        let metrics = EmbeddedMetrics::start("Varsling/test".to_owned()).unwrap();
        let by = vec![("Channel", "email".to_owned())];
        let figures = [
            (Measure::OrdersAccepted, vec![], 1.0),
            (Measure::HandedOver, by.clone(), 1.0),
            (Measure::HandedOver, by.clone(), 1.0),
            (Measure::DueToHandOver, by.clone(), 0.5),
            (Measure::DueToHandOver, by, 2.0),
        ];
        for (measure, dimensions, value) in figures {
            metrics.take(Figure { measure, dimensions, value });
        }
        let mut written = vec![];
        metrics.0.flush(&mut written).unwrap();
        let lines = String::from_utf8(written).unwrap();
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
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
