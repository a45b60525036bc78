//! What the account and the deployment say of themselves.

use std::collections::HashMap;

use aws_sdk_lambda::types::AccountLimit;
use aws_sdk_sesv2::types::SendQuota;

use crate::context::Context;
use crate::error::OpsError;

/// What was asked and could not be answered, and why.
pub type Asked<T> = Result<T, String>;

/// SES's account.
#[derive(Debug, Clone, Default)]
pub struct Ses {
    /// It sends to anybody, and not to verified addresses only.
    pub has_production_access: bool,
    /// It may send at all.
    pub is_sending: bool,
    /// `HEALTHY`, `PROBATION` or `SHUTDOWN`.
    pub standing: String,
    /// How many e-mails a second.
    pub rate: f64,
    /// How many in 24 hours; less than 0 where nothing bounds that.
    pub quota: f64,
}

/// The identity that e-mails are sent from.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// It may be sent from.
    pub is_verified: bool,
    /// Its e-mails are signed.
    pub has_dkim: bool,
    /// Bounces go to a domain of its own, so that SPF is its own, too.
    pub has_mail_from: bool,
}

/// SNS's account.
#[derive(Debug, Clone, Default)]
pub struct Sns {
    /// It sends to verified numbers only.
    pub is_in_sandbox: bool,
    /// Its settings for SMS.
    pub attributes: HashMap<String, String>,
}

impl Sns {
    /// A setting for SMS; empty where there is none.
    pub fn setting(&self, name: &str) -> &str {
        self.attributes.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// All of it.
#[derive(Debug, Clone)]
pub struct Facts {
    /// What the API's health says.
    pub health: Asked<String>,
    /// SES's account.
    pub ses: Asked<Ses>,
    /// The identity.
    pub identity: Asked<Identity>,
    /// SNS's account.
    pub sns: Asked<Sns>,
    /// How many executions of functions the account may have at a time.
    pub executions: Asked<i32>,
    /// How many confirmed subscriptions the topic of the alarms has; none where there is no topic.
    pub subscribers: Option<Asked<usize>>,
    /// Whether a token of an administrator counts.
    pub token: Asked<()>,
}

impl Facts {
    /// Asks for everything. What one does not answer, others may.
    pub async fn gather(context: &Context) -> Self {
        let (health, token) = futures::join!(health(context), token(context));
        let (ses, identity, sns) = futures::join!(ses(context), identity(context), sns(context));
        let (executions, subscribers) = futures::join!(executions(context), subscribers(context));
        Self { health, ses, identity, sns, executions, subscribers, token }
    }
}

async fn health(context: &Context) -> Asked<String> {
    let answer = context.api.health().await.map_err(|error| error.to_string())?;
    Ok(answer["status"].as_str().unwrap_or("no status").to_owned())
}

async fn token(context: &Context) -> Asked<()> {
    let request = crate::api::Request::get("/holds");
    context.api.ask(request).await.map(drop).map_err(|error| error.to_string())
}

async fn ses(context: &Context) -> Asked<Ses> {
    let client = aws_sdk_sesv2::Client::new(context.configuration());
    let answer = client.get_account().send().await;
    let answer = answer.map_err(|error| OpsError::aws("sesv2 GetAccount", &error).to_string())?;
    let quota = answer.send_quota();
    Ok(Ses {
        has_production_access: answer.production_access_enabled(),
        is_sending: answer.sending_enabled(),
        standing: answer.enforcement_status().unwrap_or("unknown").to_owned(),
        rate: quota.map_or(0.0, SendQuota::max_send_rate),
        quota: quota.map_or(0.0, SendQuota::max24_hour_send),
    })
}

async fn identity(context: &Context) -> Asked<Identity> {
    let name =
        context.deployment.parameter("EmailIdentity").ok_or("the stack has no parameter EmailIdentity")?;
    let client = aws_sdk_sesv2::Client::new(context.configuration());
    let answer = client.get_email_identity().email_identity(name).send().await;
    let answer = answer.map_err(|error| OpsError::aws("sesv2 GetEmailIdentity", &error).to_string())?;
    let dkim =
        answer.dkim_attributes().and_then(|dkim| dkim.status()).map(|status| status.as_str() == "SUCCESS");
    let mail_from = answer.mail_from_attributes();
    let mail_from = mail_from.map(|from| from.mail_from_domain_status().as_str() == "SUCCESS");
    Ok(Identity {
        is_verified: answer.verified_for_sending_status(),
        has_dkim: dkim.unwrap_or_default(),
        has_mail_from: mail_from.unwrap_or_default(),
    })
}

async fn sns(context: &Context) -> Asked<Sns> {
    let client = aws_sdk_sns::Client::new(context.configuration());
    let (sandbox, attributes) =
        futures::join!(client.get_sms_sandbox_account_status().send(), client.get_sms_attributes().send());
    let sandbox =
        sandbox.map_err(|error| OpsError::aws("sns GetSMSSandboxAccountStatus", &error).to_string())?;
    let attributes = attributes.map_err(|error| OpsError::aws("sns GetSMSAttributes", &error).to_string())?;
    Ok(Sns {
        is_in_sandbox: sandbox.is_in_sandbox(),
        attributes: attributes.attributes().cloned().unwrap_or_default(),
    })
}

async fn executions(context: &Context) -> Asked<i32> {
    let client = aws_sdk_lambda::Client::new(context.configuration());
    let answer = client.get_account_settings().send().await;
    let answer = answer.map_err(|error| OpsError::aws("lambda GetAccountSettings", &error).to_string())?;
    Ok(answer.account_limit().map_or(0, AccountLimit::concurrent_executions))
}

async fn subscribers(context: &Context) -> Option<Asked<usize>> {
    let topic = context.deployment.outputs.get("AlarmTopicArn")?;
    let client = aws_sdk_sns::Client::new(context.configuration());
    let answer = client.list_subscriptions_by_topic().topic_arn(topic).send().await;
    let answer = answer.map_err(|error| OpsError::aws("sns ListSubscriptionsByTopic", &error).to_string());
    // One that nobody has confirmed has a word in place of its ARN.
    Some(answer.map(|answer| {
        let all = answer.subscriptions().iter();
        all.filter(|one| one.subscription_arn().is_some_and(|arn| arn.starts_with("arn:"))).count()
    }))
}
