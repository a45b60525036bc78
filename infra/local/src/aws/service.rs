//! The services of AWS that are called, and which one a request is for.

use axum::http::StatusCode;

/// A service of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    DynamoDb,
    EventBridge,
    Lambda,
    SecretsManager,
    Ses,
    Sns,
    Sqs,
    Sts,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The header `x-amz-target`.
    pub target: Option<&'a str>,
    /// The path after the name of the calling function, without a slash before it.
    pub path: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// A service and what it is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation<'a> {
    /// The service.
    pub service: Service,
    /// The operation's name.
    pub name: &'a str,
}

impl<'a> Operation<'a> {
    /// What a request is for, if anything. The query protocol names its operation in the body.
    pub fn of(incoming: &Incoming<'a>) -> Option<Self> {
        let Some(target) = incoming.target else {
            return Self::of_path(incoming.path);
        };
        let (prefix, name) = target.split_once('.')?;
        let service = match prefix {
            "AmazonSQS" => Service::Sqs,
            "AWSEvents" => Service::EventBridge,
            "secretsmanager" => Service::SecretsManager,
            "DynamoDB_20120810" => Service::DynamoDb,
            _ => return None,
        };
        Some(Self { service, name })
    }

    fn of_path(path: &str) -> Option<Self> {
        match path {
            "v2/email/outbound-emails" => Some(Self { service: Service::Ses, name: "SendEmail" }),
            "v2/email/account" => Some(Self { service: Service::Ses, name: "GetAccount" }),
            path if path.starts_with("v2/email/identities/") => {
                Some(Self { service: Service::Ses, name: "GetEmailIdentity" })
            }
            "2016-08-19/account-settings" => {
                Some(Self { service: Service::Lambda, name: "GetAccountSettings" })
            }
            path if invoked(path).is_some() => Some(Self { service: Service::Lambda, name: "Invoke" }),
            "" => Some(Self { service: Service::Sns, name: "" }),
            _ => None,
        }
    }
}

/// The name of the function that a path invokes.
pub fn invoked(path: &str) -> Option<&str> {
    path.strip_prefix("2015-03-31/functions/")?.strip_suffix("/invocations")
}

impl Service {
    /// Its name, as faults have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::EventBridge => "events",
            Self::Lambda => "lambda",
            Self::SecretsManager => "secrets",
            Self::Ses => "ses",
            Self::Sns => "sns",
            Self::Sqs => "sqs",
            Self::Sts => "sts",
        }
    }

    /// How it writes.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Sqs | Self::DynamoDb => "application/x-amz-json-1.0",
            Self::EventBridge | Self::SecretsManager => "application/x-amz-json-1.1",
            Self::Ses | Self::Lambda => "application/json",
            Self::Sns | Self::Sts => "text/xml",
        }
    }

    /// What it usually means by a status.
    pub fn usual_error(self, status: StatusCode) -> &'static str {
        match (self, status.as_u16()) {
            (Self::Ses | Self::Lambda, 429) => "TooManyRequestsException",
            (Self::Ses, ..500) => "MessageRejected",
            (Self::Lambda, ..500) => "InvalidParameterValueException",
            (Self::Lambda, _) => "ServiceException",
            (_, 429) => "ThrottlingException",
            (Self::Sns, ..500) => "InvalidParameter",
            (_, ..500) => "ValidationError",
            _ => "InternalFailure",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation<'a>(target: Option<&'a str>, path: &'a str) -> Option<Operation<'a>> {
        Operation::of(&Incoming { target, path, body: b"" })
    }

    #[test]
    fn a_request_is_for_the_operation_of_its_header_or_path() {
        let put = Operation { service: Service::DynamoDb, name: "PutItem" };
        assert_eq!(operation(Some("DynamoDB_20120810.PutItem"), ""), Some(put));
        let send = Operation { service: Service::Ses, name: "SendEmail" };
        assert_eq!(operation(None, "v2/email/outbound-emails"), Some(send));
        let invoke = Operation { service: Service::Lambda, name: "Invoke" };
        assert_eq!(operation(None, "2015-03-31/functions/a-b/invocations"), Some(invoke));
        assert_eq!(operation(Some("Kinesis_20131202.PutRecord"), ""), None);
        assert_eq!(operation(None, "unknown"), None);
    }
}
