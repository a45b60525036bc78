//! What the account has sent by its providers, against its limits.

use std::sync::Mutex;

use chrono::{DateTime, Utc};

use super::limits::{Budget, ProviderLimits, Quota, Rate};
use super::reply::Refused;
use crate::lock;

/// The account at its providers; without limits it takes everything.
pub struct Account(Option<Limited>);

struct Limited {
    limits: ProviderLimits,
    emails: Mutex<Emails>,
    sms_rate: Mutex<Rate>,
    sms_budget: Mutex<Budget>,
}

struct Emails {
    rate: Rate,
    quota: Quota,
}

impl Account {
    /// An account that has sent nothing yet.
    pub fn new(limits: Option<ProviderLimits>, now: DateTime<Utc>) -> Self {
        Self(limits.map(|limits| Limited {
            limits,
            emails: Mutex::new(Emails {
                rate: Rate::new(limits.emails_per_second, now),
                quota: Quota::new(limits.emails_per_day),
            }),
            sms_rate: Mutex::new(Rate::new(limits.sms_per_second, now)),
            sms_budget: Mutex::new(Budget::new(limits.sms_per_month, now)),
        }))
    }

    /// Takes an e-mail, or says why not. SES has one error for both, with a text of its own for each.
    pub fn take_email(&self, now: DateTime<Utc>) -> Result<(), Refused> {
        let Some(limited) = &self.0 else { return Ok(()) };
        let mut emails = lock(&limited.emails);
        if !emails.quota.has_room(now) {
            return Err(too_many_emails("Daily message quota exceeded."));
        }
        if !emails.rate.take(now) {
            return Err(too_many_emails("Maximum sending rate exceeded."));
        }
        emails.quota.use_one(now);
        Ok(())
    }

    /// How many e-mails it takes a second, and in 24 hours; without limits more than anybody sends, and -1.
    pub fn email_limits(&self) -> (f64, f64) {
        let Some(limits) = self.0.as_ref().map(|limited| limited.limits) else { return (100_000.0, -1.0) };
        (limits.emails_per_second.into(), u32::try_from(limits.emails_per_day).unwrap_or(u32::MAX).into())
    }

    /// Takes an SMS, or says why not.
    pub fn take_sms(&self, now: DateTime<Utc>) -> Result<(), Refused> {
        match &self.0 {
            Some(limited) if !lock(&limited.sms_rate).take(now) => {
                Err(Refused::throttled("Throttled", "Rate exceeded."))
            }
            _ => Ok(()),
        }
    }

    /// Whether an SMS that was taken can be paid for.
    pub fn pay_for_sms(&self, now: DateTime<Utc>) -> bool {
        self.0.as_ref().is_none_or(|limited| lock(&limited.sms_budget).spend(now))
    }
}

fn too_many_emails(message: &'static str) -> Refused {
    Refused::throttled("TooManyRequestsException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ProviderLimits =
        ProviderLimits { emails_per_second: 2, emails_per_day: 3, sms_per_second: 1, sms_per_month: 1 };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn refused(taken: Result<(), Refused>) -> Option<String> {
        taken.err().map(|refused| refused.message.into_owned())
    }

    #[test]
    fn a_rate_and_a_quota_are_distinguished_by_their_texts() {
        let account = Account::new(Some(LIMITS), at(0));
        assert_eq!((refused(account.take_email(at(0))), refused(account.take_email(at(0)))), (None, None));
        assert_eq!(refused(account.take_email(at(0))).unwrap(), "Maximum sending rate exceeded.");
        assert_eq!(refused(account.take_email(at(1))), None);
        assert_eq!(refused(account.take_email(at(9))).unwrap(), "Daily message quota exceeded.");
    }

    #[test]
    fn sms_have_a_rate_and_a_budget_and_an_account_without_limits_has_none() {
        let now = at(0);
        let account = Account::new(Some(LIMITS), now);
        assert_eq!(refused(account.take_sms(now)), None);
        assert!(refused(account.take_sms(now)).is_some());
        assert!(account.pay_for_sms(now) && !account.pay_for_sms(now));
        let unlimited = Account::new(None, now);
        assert!((0..1_000).all(|_| unlimited.take_email(now).is_ok() && unlimited.pay_for_sms(now)));
    }
}
