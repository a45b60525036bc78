//! What a sender counts and measures: what its provider took, how late that was, and what it did not take.

use chrono::{DateTime, Utc};
use varsling_domain::channel::Channel;
use varsling_function::context::FunctionContext;
use varsling_function::environment::ConfigError;
use varsling_function::metrics::{MetricName, Metrics};
use varsling_providers::HandOverError;

/// The class of notices that are sent while their owner waits.
const INSTANT: &str = "Instant";

/// A sender's metrics, with its channel and class as dimensions.
pub struct Meter {
    metrics: Metrics,
    channel: Channel,
    class: String,
}

impl Meter {
    /// Of a channel, and of the class that `PRIORITY_CLASS` says.
    pub fn open(channel: Channel, context: &FunctionContext) -> Result<Self, ConfigError> {
        let class = context.environment.required("PRIORITY_CLASS")?;
        Ok(Self { metrics: context.metrics.clone(), channel, class })
    }

    /// Of notices that are sent while their owner waits.
    pub fn of_instant(channel: Channel, metrics: Metrics) -> Self {
        Self { metrics, channel, class: INSTANT.to_owned() }
    }

    /// Records what a call came to.
    pub fn measure(
        &self,
        outcome: &Result<(), HandOverError>,
        due: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) {
        let by = [("Channel", self.channel.name()), ("Class", &self.class)];
        match outcome {
            Ok(()) => {
                self.metrics.count(MetricName::HandedOver, 1, &by);
                if let Some(late) = due.and_then(|due| (now - due).to_std().ok()) {
                    self.metrics.time(MetricName::DueToHandOver, late, &by);
                }
            }
            Err(error) => {
                let by = [by[0], by[1], ("Why", why(error))];
                self.metrics.count(MetricName::NotHandedOver, 1, &by);
            }
        }
    }
}

fn why(error: &HandOverError) -> &'static str {
    match error {
        HandOverError::Refused { .. } => "Refused",
        HandOverError::Waits { .. } => "Waits",
        HandOverError::Throttled { .. } => "Throttled",
        HandOverError::QuotaUsedUp { .. } => "QuotaUsedUp",
        HandOverError::Uncertain { .. } => "Uncertain",
    }
}
