//! Notices that no provider is called for: to addresses that nobody has, and of owners who only try the service. What
//! their provider would have reported comes by the same queue as all reports.

use chrono::{DateTime, Utc};
use varsling_domain::chain::Delivery;
use varsling_domain::channel::Channel;
use varsling_domain::ids::DeliveryId;
use varsling_domain::owner::OwnerSettings;
use varsling_domain::sandbox::{Reported, Simulated, SimulatedReport};
use varsling_function::trouble::{Trouble, Waiting};
use varsling_providers::HandOverError;
use varsling_providers::report::{Report, SesReport, SmsReport};
use varsling_queues::{Outgoing, QueueError, QueueName, Queues};
use varsling_store::{SmsCall, Store};

/// What becomes of a delivery for which no provider is called; none for all others.
pub fn simulated(delivery: &Delivery, owner: Option<&OwnerSettings>) -> Option<Simulated> {
    let address = delivery.address.as_ref()?;
    let of_owner = owner.filter(|settings| settings.test_owner).map(|_| Simulated::Delivered);
    Simulated::of(delivery.channel, address.as_str()).or(of_owner)
}

/// A call that is not made.
#[derive(Debug, Clone, Copy)]
pub struct SimulatedCall {
    /// On which channel.
    pub channel: Channel,
    /// Of which delivery.
    pub delivery: DeliveryId,
    /// Under which claim.
    pub claim: u64,
    /// What becomes of it.
    pub fate: Simulated,
}

impl SimulatedCall {
    /// As if the provider had been called.
    pub async fn hand_over(
        &self,
        store: &Store,
        queues: &Queues,
        now: DateTime<Utc>,
    ) -> Result<(), HandOverError> {
        tracing::info!(delivery = %self.delivery, "no provider is called: only the service is tried");
        match self.fate {
            Simulated::Suppressed => return Err(HandOverError::suppressed()),
            Simulated::Complaint if self.channel == Channel::Sms => return Err(HandOverError::barred()),
            // Not as what a provider says of its rate: that would slow down everybody's notices.
            Simulated::Throttled if self.claim == 1 => {
                let why = "a recipient of the sandbox that is not taken at first".to_owned();
                return Err(HandOverError::Waits { trouble: Trouble::Passing, why });
            }
            _ => {}
        }
        if let Err(error) = self.report(store, queues, now).await {
            error.log_waiting(&self.delivery);
        }
        Ok(())
    }

    async fn report(&self, store: &Store, queues: &Queues, now: DateTime<Utc>) -> Result<(), QueueError> {
        let sms = self.message_id();
        if self.channel == Channel::Sms {
            let call = SmsCall { delivery: self.delivery, claim: self.claim };
            if let Err(error) = store.put_sms_reference(&sms, call, now).await {
                error.log_waiting(&self.delivery);
            }
        }
        for Reported { after, report } in self.fate.reports() {
            let Some(report) = self.as_told(*report) else { continue };
            let message = Outgoing::new(QueueName::Reports, &report)?.delayed(*after);
            queues.send_one(&message).await?;
        }
        Ok(())
    }

    /// What SNS would have called it.
    fn message_id(&self) -> String {
        format!("sandbox-{}-{}", self.delivery, self.claim)
    }

    /// A report as the provider of the channel tells it; none of what that provider never tells.
    fn as_told(&self, report: SimulatedReport) -> Option<Report> {
        match self.channel {
            Channel::Email => Some(Report::Ses(self.of_ses(report))),
            Channel::Sms => {
                let (delivered, reason) = match report {
                    SimulatedReport::Delivered => (true, ""),
                    SimulatedReport::HardBounce => (false, "Invalid phone number"),
                    SimulatedReport::TransientBounce | SimulatedReport::Complaint => return None,
                };
                let (sms, reason) = (self.message_id(), reason.to_owned());
                Some(Report::Sms(SmsReport { sms, delivered, reason, tries: 0 }))
            }
        }
    }

    fn of_ses(&self, report: SimulatedReport) -> SesReport {
        let (event, bounce_type) = match report {
            SimulatedReport::Delivered => ("Email Delivered", ""),
            SimulatedReport::HardBounce => ("Email Bounced", "Permanent"),
            SimulatedReport::TransientBounce => ("Email Bounced", "Transient"),
            SimulatedReport::Complaint => ("Email Complaint Received", ""),
        };
        SesReport {
            event: event.to_owned(),
            notification: self.delivery.to_string(),
            bounce_type: bounce_type.to_owned(),
            bounce_sub_type: "General".to_owned(),
            complaint_sub_type: String::new(),
        }
    }
}
