//! The reports of both providers, as they reach this function, and what they mean.

use serde::{Deserialize, Serialize};
use varsling_domain::chain::Outcome;
use varsling_domain::ids::NotificationId;
use varsling_domain::status::Failure;

/// A message on the reports queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Report {
    /// From SES, by way of EventBridge.
    Ses(SesReport),
    /// From SNS's delivery log.
    Sms(SmsReport),
}

/// An SES event, stripped by the rule that put it on the queue of everything but this. Members that an
/// event doesn't have are empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SesReport {
    /// The event's detail type.
    pub event: String,
    /// The id that the e-mail was tagged with.
    pub notification: String,
    /// For a bounce: Permanent, Transient or Undetermined.
    #[serde(default)]
    pub bounce_type: String,
    /// For a bounce: why.
    #[serde(default)]
    pub bounce_sub_type: String,
}

impl SesReport {
    /// The notification it is about; none for an e-mail that somebody else sent.
    pub fn notification(&self) -> Option<NotificationId> {
        let id = self.notification.parse().ok();
        if id.is_none() {
            tracing::warn!(event = self.event, "a report about an e-mail that is not ours");
        }
        id
    }

    /// What it says became of the e-mail; none where it says nothing new (a delay). Detail types and bounce sub-types: SES developer guide, "Monitoring using EventBridge".
    pub fn outcome(&self) -> Option<Outcome> {
        match self.event.as_str() {
            "Email Sent" => Some(Outcome::Accepted),
            // Somebody can only complain about what has arrived.
            "Email Delivered" | "Email Complaint Received" => Some(Outcome::Delivered),
            "Email Bounced" if self.is_suppressed() => Some(Outcome::Failed(Failure::SuppressedRecipient)),
            "Email Bounced" => Some(Outcome::Failed(Failure::Bounced)),
            "Email Rejected" | "Email Rendering Failed" => Some(Outcome::Failed(Failure::Unspecified)),
            _ => None,
        }
    }

    fn is_suppressed(&self) -> bool {
        matches!(self.bounce_sub_type.as_str(), "Suppressed" | "OnAccountSuppressionList")
    }
}

/// What SNS's delivery log says of one SMS, without the number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsReport {
    /// SNS's message id.
    pub sms: String,
    /// Whether it arrived.
    pub delivered: bool,
    /// The operator's words.
    pub reason: String,
    /// How often it has been looked at in vain.
    #[serde(default)]
    pub tries: u32,
}

/// A line of SNS's delivery log (SNS developer guide, "SMS delivery status").
#[derive(Deserialize)]
struct LogLine {
    notification: LogNotification,
    delivery: LogDelivery,
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogNotification {
    message_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogDelivery {
    #[serde(default)]
    provider_response: String,
}

impl SmsReport {
    /// Reads a line of the log; none for a line that is no delivery report.
    pub fn of_log_line(line: &str) -> Option<Self> {
        let line: LogLine = serde_json::from_str(line)
            .inspect_err(|_| tracing::error!("a line of the delivery log cannot be understood"))
            .ok()?;
        Some(Self {
            sms: line.notification.message_id,
            delivered: line.status == "SUCCESS",
            reason: line.delivery.provider_response,
            tries: 0,
        })
    }

    /// Whether SNS took it and then did not send it because of the account: its monthly quota, or its highest price.
    /// SNS says so here only ("Viewing Amazon CloudWatch metrics and logs for SMS deliveries").
    pub fn is_about_the_account(&self) -> bool {
        !self.delivered && self.says(&["no quota left", "exceed max price"])
    }

    /// What it says became of the SMS. SNS gives reasons as English sentences only.
    pub fn outcome(&self) -> Outcome {
        if self.delivered {
            return Outcome::Delivered;
        }
        Outcome::Failed(if self.says(&["opted out", "blocked list"]) {
            Failure::BarredReceiver
        } else if self.says(&["invalid"]) {
            Failure::InvalidRecipient
        } else if self.says(&["blocked", "spam"]) {
            Failure::Rejected
        } else if self.says(&["unreachable", "unavailable"]) {
            Failure::Undelivered
        } else {
            Failure::Unspecified
        })
    }

    fn says(&self, words: &[&str]) -> bool {
        let reason = self.reason.to_lowercase();
        words.iter().any(|word| reason.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ses(event: &str, sub_type: &str) -> Option<Outcome> {
        let report = SesReport {
            event: event.into(),
            notification: String::new(),
            bounce_type: String::new(),
            bounce_sub_type: sub_type.into(),
        };
        report.outcome()
    }

    #[test]
    fn ses_events_mean_what_ses_says() {
        assert_eq!(ses("Email Sent", ""), Some(Outcome::Accepted));
        assert_eq!(ses("Email Delivered", ""), Some(Outcome::Delivered));
        assert_eq!(ses("Email Bounced", "General"), Some(Outcome::Failed(Failure::Bounced)));
        let suppressed = Some(Outcome::Failed(Failure::SuppressedRecipient));
        assert_eq!(ses("Email Bounced", "OnAccountSuppressionList"), suppressed);
        assert_eq!(ses("Email Rejected", ""), Some(Outcome::Failed(Failure::Unspecified)));
        assert_eq!(ses("Email Delivery Delayed", ""), None);
        assert_eq!(ses("Email Opened", ""), None);
    }

    #[test]
    fn a_delivery_log_line_loses_its_number() {
        let line = r#"{"notification":{"messageId":"34d9b400-c6dd-5444-820d-fbeb0f1f54cf","timestamp":"2026-11-02 09:00:00.558"},
            "delivery":{"destination":"+4799999999","priceInUSD":0.05,"smsType":"Transactional","providerResponse":"Phone number is opted out","dwellTimeMs":599},
            "status":"FAILURE"}"#;
        let report = SmsReport::of_log_line(line).unwrap();
        assert_eq!(report.outcome(), Outcome::Failed(Failure::BarredReceiver));
        assert!(!serde_json::to_string(&report).unwrap().contains("+47"));
        assert_eq!(SmsReport::of_log_line("START"), None);
    }

    #[test]
    fn the_operators_words_are_understood() {
        let outcome = |reason: &str| {
            SmsReport { sms: String::new(), delivered: false, reason: reason.into(), tries: 0 }.outcome()
        };
        for (reason, failure) in [
            ("Blocked as spam by phone carrier", Failure::Rejected),
            ("Destination is on a blocked list", Failure::BarredReceiver),
            ("Invalid phone number", Failure::InvalidRecipient),
            ("Phone carrier is currently unreachable/unavailable", Failure::Undelivered),
            ("Unknown error attempting to reach phone", Failure::Unspecified),
        ] {
            assert_eq!(outcome(reason), Outcome::Failed(failure), "{reason}");
        }
    }

    #[test]
    fn trouble_of_the_account_is_told_from_the_recipients() {
        let about_the_account = |reason: &str, delivered| {
            SmsReport { sms: String::new(), delivered, reason: reason.into(), tries: 0 }
                .is_about_the_account()
        };
        assert!(about_the_account("No quota left for account", false));
        assert!(about_the_account("This delivery would exceed max price", false));
        assert!(!about_the_account("Phone number is opted out", false));
        assert!(!about_the_account("Message has been accepted by phone carrier", true));
    }

    #[test]
    fn both_kinds_of_report_are_told_apart() {
        let sms: Report = serde_json::from_str(r#"{"sms":"1","delivered":true,"reason":""}"#).unwrap();
        assert!(matches!(sms, Report::Sms(_)));
        let ses = r#"{"event":"Email Sent","notification":"x","at":"2026-11-02T09:00:00Z","bounceType":"","bounceSubType":""}"#;
        assert!(matches!(serde_json::from_str::<Report>(ses).unwrap(), Report::Ses(_)));
        assert!(serde_json::from_str::<Report>("{}").is_err());
    }
}
