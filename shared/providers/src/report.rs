//! The reports of both providers, as their queue carries them, and what they mean.

use serde::{Deserialize, Serialize};
use varsling_domain::chain::{self, ProviderReply};
use varsling_domain::ids::DeliveryId;
use varsling_domain::status::Failure;
use varsling_domain::suppression::SuppressedBecause;

/// A message on the reports queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Report {
    /// From SES, by way of EventBridge.
    Ses(SesReport),
    /// From SNS's delivery log.
    Sms(SmsReport),
}

impl Report {
    /// What the report is about: reports with the same subject are recorded in one write.
    pub fn subject(&self) -> String {
        match self {
            Self::Ses(report) => match report.delivery() {
                Some(delivery) => delivery.shipment.chain().to_string(),
                None => report.notification.clone(),
            },
            Self::Sms(report) => report.sms.clone(),
        }
    }

    /// The delivery that an SES event is about.
    pub fn delivery(&self) -> Option<DeliveryId> {
        match self {
            Self::Ses(report) => report.delivery(),
            Self::Sms(_) => None,
        }
    }
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
    /// For a complaint: why, where it is not the recipient's.
    #[serde(default)]
    pub complaint_sub_type: String,
}

impl SesReport {
    /// The delivery that it is about; none for an e-mail that somebody else sent.
    pub fn delivery(&self) -> Option<DeliveryId> {
        self.notification.parse().ok()
    }

    /// What it says became of the e-mail; none where it says nothing of that. Detail types and bounce types: SES
    /// developer guide, "Monitoring using EventBridge" and "Contents of event data".
    pub fn outcome(&self) -> Option<chain::Report> {
        use chain::Report::{Accepted, Delivered, Failed, FailedForNow};
        match self.event.as_str() {
            // What is delayed has been taken.
            "Email Sent" | "Email Delivery Delayed" => Some(Accepted),
            // An earlier complaint, for which SES takes the e-mail and does not send it (SES API reference: Complaint).
            "Email Complaint Received" if self.complaint_sub_type == "OnAccountSuppressionList" => {
                Some(Failed(Failure::SuppressedRecipient))
            }
            // Somebody can only complain about what has arrived.
            "Email Delivered" | "Email Complaint Received" => Some(Delivered),
            "Email Bounced" if self.is_suppressed() => Some(Failed(Failure::SuppressedRecipient)),
            "Email Bounced" if self.bounce_type == "Permanent" => Some(Failed(Failure::Bounced)),
            "Email Bounced" => Some(FailedForNow(Failure::Bounced)),
            "Email Rejected" | "Email Rendering Failed" => Some(Failed(Failure::Unspecified)),
            _ => None,
        }
    }

    /// Why nothing more is sent to the address, if that follows: a bounce for good, or somebody who complains.
    pub fn suppresses(&self) -> Option<SuppressedBecause> {
        match self.event.as_str() {
            "Email Complaint Received" => Some(SuppressedBecause::Complaint),
            "Email Bounced" if self.is_suppressed() => Some(SuppressedBecause::ProvidersList),
            "Email Bounced" if self.bounce_type == "Permanent" => Some(SuppressedBecause::Bounced),
            _ => None,
        }
    }

    /// Its own words of what came back, beside the status: of what arrives there is nothing to add.
    pub fn reply(&self) -> Option<ProviderReply> {
        match self.event.as_str() {
            "Email Bounced" => ProviderReply::of(&[&self.bounce_type, &self.bounce_sub_type]),
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
    /// The words of the carrier, which only matter when it could not deliver.
    provider_response: Option<String>,
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
            reason: line.delivery.provider_response.unwrap_or_default(),
            tries: 0,
        })
    }

    /// The operator's words, where SNS lists them: of one that arrived, whether the phone has it or only its operator.
    /// Nothing of what is not listed, which may name the recipient.
    pub fn reply(&self) -> Option<ProviderReply> {
        let said = self.reason.trim().trim_end_matches('.');
        let listed = LISTED.iter().find(|sentence| sentence.eq_ignore_ascii_case(said))?;
        ProviderReply::of(&[listed])
    }

    /// What it says became of the SMS; none where SNS did not send it for a reason that is not about the recipient:
    /// a quota, a price, an account under review, or whatever else is not among [`FINAL`].
    pub fn outcome(&self) -> Option<chain::Report> {
        if self.delivered {
            return Some(chain::Report::Delivered);
        }
        let reason = self.reason.to_lowercase();
        FINAL
            .iter()
            .find(|(words, _)| reason.contains(words))
            .map(|(_, failure)| chain::Report::Failed(*failure))
    }
}

/// The reasons that SNS gives for an SMS that a recipient's phone or its operator did not take, as English sentences
/// ("Viewing Amazon CloudWatch metrics and logs for SMS deliveries", reasons for failed deliveries), in both wordings
/// that it has had.
const FINAL: [(&str, Failure); 10] = [
    ("opted out", Failure::BarredReceiver),
    ("on a blocked list", Failure::BarredReceiver),
    ("blacklisted", Failure::BarredReceiver),
    ("invalid phone number", Failure::InvalidRecipient),
    ("message body is invalid", Failure::Unspecified),
    ("blocked as spam", Failure::Rejected),
    ("has blocked", Failure::Rejected),
    ("unreachable", Failure::Undelivered),
    ("unavailable", Failure::Undelivered),
    ("unknown error attempting to reach phone", Failure::Unspecified),
];

/// What SNS lists as the words of operators ("Viewing Amazon CloudWatch metrics and logs for SMS deliveries"), in both
/// wordings that they have had.
const LISTED: [&str; 15] = [
    "Message has been accepted by phone",
    "Message has been accepted by phone carrier",
    "Blocked as spam by phone carrier",
    "Destination is on a blocked list",
    "Destination is blacklisted",
    "Invalid phone number",
    "Message body is invalid",
    "Phone carrier has blocked this message",
    "Phone carrier is currently unreachable/unavailable",
    "Phone has blocked SMS",
    "Phone is on a blocked list",
    "Phone is blacklisted",
    "Phone is currently unreachable/unavailable",
    "Phone number is opted out",
    "Unknown error attempting to reach phone",
];

#[cfg(test)]
mod tests {
    use super::*;

    use chain::Report::{Accepted, Delivered, Failed, FailedForNow};

    fn outcome_of_reason(reason: &str) -> Option<chain::Report> {
        SmsReport { sms: String::new(), delivered: false, reason: reason.into(), tries: 0 }.outcome()
    }

    fn ses(event: &str, bounce_type: &str, sub_type: &str) -> Option<chain::Report> {
        let report = SesReport {
            event: event.into(),
            notification: String::new(),
            bounce_type: bounce_type.into(),
            bounce_sub_type: sub_type.into(),
            complaint_sub_type: String::new(),
        };
        report.outcome()
    }

    #[test]
    fn a_complaint_is_of_what_arrived_unless_it_is_an_earlier_one() {
        for (sub_type, told) in [
            ("", Delivered),
            ("null", Delivered),
            ("OnAccountSuppressionList", Failed(Failure::SuppressedRecipient)),
        ] {
            let report = format!(
                r#"{{"event":"Email Complaint Received","notification":"","complaintSubType":"{sub_type}"}}"#
            );
            let report: SesReport = serde_json::from_str(&report).unwrap();
            assert_eq!(report.outcome(), Some(told), "{sub_type}");
        }
    }

    #[test]
    fn ses_events_mean_what_ses_says() {
        assert_eq!(ses("Email Sent", "", ""), Some(Accepted));
        assert_eq!(ses("Email Delivered", "", ""), Some(Delivered));
        assert_eq!(ses("Email Bounced", "Permanent", "General"), Some(Failed(Failure::Bounced)));
        for passes in ["Transient", "Undetermined", ""] {
            assert_eq!(
                ses("Email Bounced", passes, "General"),
                Some(FailedForNow(Failure::Bounced)),
                "{passes}"
            );
        }
        let suppressed = Some(Failed(Failure::SuppressedRecipient));
        assert_eq!(ses("Email Bounced", "Permanent", "OnAccountSuppressionList"), suppressed);
        assert_eq!(ses("Email Rejected", "", ""), Some(Failed(Failure::Unspecified)));
        assert_eq!(ses("Email Delivery Delayed", "", ""), Some(Accepted));
        assert_eq!(ses("Email Opened", "", ""), None);
    }

    #[test]
    fn a_bounce_for_good_and_a_complaint_suppress_the_address() {
        let suppresses = |event: &str, kind: &str, sub_type: &str| {
            SesReport {
                event: event.into(),
                notification: String::new(),
                bounce_type: kind.into(),
                bounce_sub_type: sub_type.into(),
                complaint_sub_type: String::new(),
            }
            .suppresses()
        };
        assert_eq!(suppresses("Email Bounced", "Permanent", "General"), Some(SuppressedBecause::Bounced));
        assert_eq!(
            suppresses("Email Bounced", "Permanent", "OnAccountSuppressionList"),
            Some(SuppressedBecause::ProvidersList)
        );
        assert_eq!(suppresses("Email Complaint Received", "", ""), Some(SuppressedBecause::Complaint));
        for (event, kind) in [("Email Bounced", "Transient"), ("Email Delivered", ""), ("Email Rejected", "")]
        {
            assert_eq!(suppresses(event, kind, "General"), None, "{event} {kind}");
        }
    }

    #[test]
    fn a_bounce_and_an_operator_have_words_of_their_own() {
        let bounced = r#"{"event":"Email Bounced","notification":"","bounceType":"Permanent","bounceSubType":"NoEmail"}"#;
        let bounced: SesReport = serde_json::from_str(bounced).unwrap();
        assert_eq!(bounced.reply(), ProviderReply::of(&["Permanent", "NoEmail"]));
        let delivered = r#"{"event":"Email Delivered","notification":""}"#;
        assert_eq!(serde_json::from_str::<SesReport>(delivered).unwrap().reply(), None);
        let reason = "Message has been accepted by phone";
        let sms = SmsReport { sms: String::new(), delivered: true, reason: reason.into(), tries: 0 };
        assert_eq!(sms.reply(), ProviderReply::of(&[reason]));
        let named = SmsReport { reason: "Phone of Ola Nordmann is off".into(), ..sms };
        assert_eq!(named.reply(), None);
    }

    #[test]
    fn a_delivery_log_line_may_say_nothing_of_the_carrier() {
        let line = r#"{"notification":{"messageId":"34d9b400-c6dd-5444-820d-fbeb0f1f54cf"},"delivery":{
            "destination":"+4799999999","phoneCarrier":null,"mnc":null,"providerResponse":null},"status":"SUCCESS"}"#;
        assert_eq!(SmsReport::of_log_line(line).unwrap().outcome(), Some(Delivered));
    }

    #[test]
    fn a_delivery_log_line_loses_its_number() {
        let line = r#"{"notification":{"messageId":"34d9b400-c6dd-5444-820d-fbeb0f1f54cf","timestamp":"2026-11-02 09:00:00.558"},
            "delivery":{"destination":"+4799999999","priceInUSD":0.05,"smsType":"Transactional","providerResponse":"Phone number is opted out","dwellTimeMs":599},
            "status":"FAILURE"}"#;
        let report = SmsReport::of_log_line(line).unwrap();
        assert_eq!(report.outcome(), Some(Failed(Failure::BarredReceiver)));
        assert!(!serde_json::to_string(&report).unwrap().contains("+47"));
        assert_eq!(SmsReport::of_log_line("START"), None);
    }

    #[test]
    fn the_operators_words_are_understood() {
        for (reason, failure) in [
            ("Blocked as spam by phone carrier", Failure::Rejected),
            ("Destination is on a blocked list", Failure::BarredReceiver),
            ("Invalid phone number", Failure::InvalidRecipient),
            ("Phone carrier is currently unreachable/unavailable", Failure::Undelivered),
            ("Phone is currently unreachable/unavailable", Failure::Undelivered),
            ("Phone carrier has blocked this message", Failure::Rejected),
            ("Phone has blocked SMS", Failure::Rejected),
            ("Phone is blacklisted", Failure::BarredReceiver),
            ("Message body is invalid", Failure::Unspecified),
            ("Unknown error attempting to reach phone", Failure::Unspecified),
        ] {
            assert_eq!(outcome_of_reason(reason), Some(Failed(failure)), "{reason}");
        }
        for reason in [
            "No quota left for account",
            "This delivery would exceed max price",
            "Your account requires additional review prior to being able to send SMS messages",
            "Something that SNS has never said before",
            "",
        ] {
            assert_eq!(outcome_of_reason(reason), None, "{reason}");
        }
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
