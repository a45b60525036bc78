//! What the facts come to: what is as it must be, what is missing, and how to get it.

use super::facts::{Asked, Facts, Identity, Ses, Sns};
use crate::deployment::Deployment;

/// How many executions the queues take with the default parameters (docs/operation.md).
const EXECUTIONS: i32 = 46;
/// How many more reserved executions need (docs/operation.md, "Executions of their own").
const RESERVED: i32 = 180;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it must be.
    Good,
    /// Something is missing.
    Missing,
    /// It could not be asked.
    Unknown,
}

impl State {
    /// For people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Missing => "MISSING",
            Self::Unknown => "unknown",
        }
    }
}

/// What one question came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How it is.
    pub state: State,
    /// What it is about.
    pub what: String,
    /// What to do; empty where there is nothing to do.
    pub todo: String,
}

impl Finding {
    fn new(is_good: bool, what: impl Into<String>, todo: impl Into<String>) -> Self {
        let state = if is_good { State::Good } else { State::Missing };
        Self { state, what: what.into(), todo: if is_good { String::new() } else { todo.into() } }
    }

    fn unknown(what: impl Into<String>, why: &str) -> Self {
        Self { state: State::Unknown, what: what.into(), todo: format!("could not be asked: {why}") }
    }
}

/// Everything that was asked, in the order in which it is needed.
pub fn findings(facts: &Facts, deployment: &Deployment) -> Vec<Finding> {
    let mut all = vec![of_health(&facts.health), of_token(&facts.token)];
    all.extend(each(&facts.ses, "SES", |ses| of_ses(ses, deployment)));
    all.extend(each(&facts.identity, "the identity of e-mails", |identity| {
        of_identity(identity, deployment)
    }));
    if deployment.parameter("SmsSenderId").is_some() {
        all.extend(each(&facts.sns, "SNS", |sns| of_sns(sns, deployment)));
    }
    all.extend(each(&facts.executions, "Lambda", |executions| vec![of_executions(*executions, deployment)]));
    if let Some(subscribers) = &facts.subscribers {
        all.extend(each(subscribers, "alarms", |count| vec![of_subscribers(*count, deployment)]));
    }
    all
}

/// What an answer comes to, or that there was none.
fn each<T>(asked: &Asked<T>, what: &str, judge: impl Fn(&T) -> Vec<Finding>) -> Vec<Finding> {
    match asked {
        Ok(answer) => judge(answer),
        Err(why) => vec![Finding::unknown(what, why)],
    }
}

fn of_health(health: &Asked<String>) -> Finding {
    let is_good = health.as_deref() == Ok("Healthy");
    let said = match health {
        Ok(said) | Err(said) => said,
    };
    let todo = format!("GET /health: {said}. Look at the dashboard and the log of route-request");
    Finding::new(is_good, "the API answers", todo)
}

fn of_token(token: &Asked<()>) -> Finding {
    let todo = token.as_ref().err().cloned().unwrap_or_default();
    Finding::new(token.is_ok(), "a token of an administrator counts", todo)
}

fn of_ses(ses: &Ses, deployment: &Deployment) -> Vec<Finding> {
    let access = Finding::new(
        ses.has_production_access,
        "SES sends to everybody",
        "SES is in its sandbox: ask for production access (SES console, Account dashboard); it takes a day",
    );
    let standing = Finding::new(
        ses.is_sending && ses.standing == "HEALTHY",
        format!("SES lets the account send ({})", ses.standing),
        "bounces or complaints are too many: read SES's mail to the account, and docs/runbook.md",
    );
    let rate =
        deployment.parameter("EmailRate").and_then(|rate| rate.parse::<f64>().ok()).unwrap_or_default();
    let fits = Finding::new(
        ses.rate >= rate,
        format!("SES takes EmailRate ({rate} of {} a second)", ses.rate),
        "set EmailRate to what SES takes, or ask for more (Service Quotas, SES, Sending rate)",
    );
    let a_day = rate * 86_400.0;
    let quota = Finding::new(
        ses.quota < 0.0 || ses.quota >= a_day.min(50_000.0),
        match ses.quota {
            ..0.0 => "SES takes any number of e-mails in 24 hours".to_owned(),
            most => format!("SES takes {most} e-mails in 24 hours"),
        },
        "ask for more (Service Quotas, SES, Sending quota): what is over waits a day",
    );
    vec![access, standing, fits, quota]
}

fn of_identity(identity: &Identity, deployment: &Deployment) -> Vec<Finding> {
    let name = deployment.parameter("EmailIdentity").unwrap_or_default();
    vec![
        Finding::new(identity.is_verified, format!("{name} is verified"), "put SES's records into its DNS"),
        Finding::new(
            identity.has_dkim,
            "e-mails are signed (DKIM)",
            "put SES's three CNAME records into its DNS",
        ),
        Finding::new(
            identity.has_mail_from,
            "bounces go to its own domain (SPF)",
            "give the identity a custom MAIL FROM domain, with its MX and TXT records",
        ),
    ]
}

fn of_sns(sns: &Sns, deployment: &Deployment) -> Vec<Finding> {
    let is_logged = !sns.setting("DeliveryStatusIAMRole").is_empty()
        && sns.setting("DeliveryStatusSuccessSamplingRate") == "100";
    let mut all = vec![
        Finding::new(
            !sns.is_in_sandbox,
            "SNS sends SMS to everybody",
            "SNS is in its sandbox: ask AWS to leave it (SNS console, Text messaging); it takes a day",
        ),
        Finding::new(
            is_logged,
            "SNS logs what becomes of SMS",
            "aws sns set-sms-attributes, as the output ToDo has it: without it nobody hears of an SMS that SNS did not send",
        ),
    ];
    let wanted = deployment.parameter("SmsDollarsPerMonth").and_then(|dollars| dollars.parse::<f64>().ok());
    if let Some(wanted) = wanted {
        let limit = sns.setting("MonthlySpendLimit").parse::<f64>().unwrap_or(1.0);
        all.push(Finding::new(
            (limit - wanted).abs() < 0.5,
            format!("SNS's own limit is SmsDollarsPerMonth ({limit} of {wanted} dollars)"),
            "ask for the quota \"Account spend threshold\", then aws sns set-sms-attributes, as the output ToDo has it",
        ));
    }
    all
}

fn of_executions(executions: i32, deployment: &Deployment) -> Finding {
    let is_reserved = deployment.parameter("ReservedConcurrency") == Some("ENABLED");
    let needed = if is_reserved { RESERVED } else { EXECUTIONS };
    Finding::new(
        executions > needed,
        format!("functions may run {executions} at a time ({needed} are needed)"),
        "ask for more (Service Quotas, AWS Lambda, Concurrent executions); a new account has 10",
    )
}

fn of_subscribers(count: usize, deployment: &Deployment) -> Finding {
    let topic = deployment.outputs.get("AlarmTopicArn").map(String::as_str).unwrap_or_default();
    Finding::new(
        count > 0,
        format!("somebody is told of alarms ({count})"),
        format!("give AlarmEmail and confirm the e-mail, or: aws sns subscribe --topic-arn {topic}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(parameters: &[(&str, &str)]) -> Deployment {
        let all = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Deployment { parameters: all.collect(), ..Deployment::default() }
    }

    /// An account as AWS makes it.
    fn new_account() -> Facts {
        let ses =
            Ses { is_sending: true, standing: "HEALTHY".into(), rate: 1.0, quota: 200.0, ..Ses::default() };
        Facts {
            health: Ok("Healthy".into()),
            ses: Ok(ses),
            identity: Ok(Identity::default()),
            sns: Ok(Sns { is_in_sandbox: true, ..Sns::default() }),
            executions: Ok(10),
            subscribers: Some(Ok(0)),
            token: Ok(()),
        }
    }

    fn missing(facts: &Facts, deployment: &Deployment) -> Vec<String> {
        let all = findings(facts, deployment).into_iter();
        all.filter(|finding| finding.state == State::Missing).map(|finding| finding.what).collect()
    }

    #[test]
    fn a_new_account_lacks_nearly_everything() {
        let deployment =
            deployment(&[("EmailRate", "14"), ("SmsSenderId", "X"), ("SmsDollarsPerMonth", "1000")]);
        let missing = missing(&new_account(), &deployment);
        assert_eq!(missing.len(), 11, "{missing:#?}");
        for finding in findings(&new_account(), &deployment) {
            assert_eq!(finding.state == State::Missing, !finding.todo.is_empty(), "{finding:?}");
        }
    }

    #[test]
    fn a_deployment_without_sms_needs_nothing_of_sns() {
        let missing = missing(&new_account(), &deployment(&[("EmailRate", "1")]));
        assert!(missing.iter().all(|what| !what.contains("SNS")), "{missing:?}");
    }

    #[test]
    fn what_cannot_be_asked_is_unknown_and_not_missing() {
        let facts = Facts { executions: Err("AccessDenied".into()), ..new_account() };
        let all = findings(&facts, &deployment(&[]));
        let unknown = all.iter().find(|finding| finding.state == State::Unknown).unwrap();
        assert_eq!(
            (unknown.what.as_str(), unknown.todo.as_str()),
            ("Lambda", "could not be asked: AccessDenied")
        );
    }
}
