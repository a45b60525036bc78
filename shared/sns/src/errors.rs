//! What SNS's errors mean for an SMS (SNS API reference, `Publish` and "Common Errors").

use varsling_domain::status::Failure;
use varsling_function::trouble::Trouble::Ours;
use varsling_providers::meaning::Meaning::{ByText, Final, Throttled, Uncertain, Waits};
use varsling_providers::meaning::{KnownText, Meaning, ProviderError, error};

/// A parameter that is invalid may be ours, such as the sender id; only the text names it.
const BY_TEXT: Meaning = ByText {
    known: &[KnownText { phrase: "is not valid to publish to", meaning: Final(Failure::InvalidRecipient) }],
    otherwise: &Waits(Ours),
};

/// The errors that are known.
pub const ERRORS: &[ProviderError] = &[
    error(
        "InvalidParameter",
        BY_TEXT,
        "a parameter other than the number is not valid, such as the sender id",
    ),
    error("InvalidParameterValue", BY_TEXT, "a parameter other than the number is not valid"),
    error("ParameterValueInvalid", BY_TEXT, "a parameter other than the number is not valid"),
    error("OptedOut", Final(Failure::BarredReceiver), "the number has opted out"),
    error("Throttled", Throttled, "the sending rate is used up"),
    error("Throttling", Throttled, "too many requests"),
    error("ThrottlingException", Throttled, "too many requests"),
    error("KMSThrottling", Throttled, "too many requests for the key"),
    error("AuthorizationError", Waits(Ours), "the function may not publish"),
    error("AccessDenied", Waits(Ours), "the function may not publish"),
    error("AccessDeniedException", Waits(Ours), "the function may not publish"),
    error("NotAuthorized", Waits(Ours), "the function may not publish"),
    error("InvalidSecurity", Waits(Ours), "the credentials or the signature are not valid"),
    error("KMSAccessDenied", Waits(Ours), "the function may not use the key"),
    error("KMSDisabled", Waits(Ours), "the key is disabled"),
    error("KMSInvalidState", Waits(Ours), "the key cannot be used as it is"),
    error("KMSNotFound", Waits(Ours), "there is no such key"),
    error("KMSOptInRequired", Waits(Ours), "the account is not subscribed to KMS"),
    error("NotFound", Waits(Ours), "what is published to does not exist"),
    error("EndpointDisabled", Waits(Ours), "the endpoint is disabled"),
    error("PlatformApplicationDisabled", Waits(Ours), "the application is disabled"),
    error("UserError", Waits(Ours), "the account is not set up to send, as in the SMS sandbox"),
    error("OptInRequired", Waits(Ours), "the account is not subscribed to SNS"),
    error("InvalidClientTokenId", Waits(Ours), "the function's credentials are not valid"),
    error("MissingAuthenticationToken", Waits(Ours), "the function's credentials are missing"),
    error("ExpiredToken", Waits(Ours), "the function's credentials have expired"),
    error("RequestExpired", Waits(Ours), "the function's clock is wrong"),
    error("IncompleteSignature", Waits(Ours), "the request's signature is not complete"),
    error("SignatureDoesNotMatch", Waits(Ours), "the request's signature is not valid"),
    error("ValidationError", Waits(Ours), "the request is not one that SNS takes"),
    error("ValidationException", Waits(Ours), "the request is not one that SNS takes"),
    error("InternalError", Uncertain, "SNS failed"),
    error("InternalFailure", Uncertain, "SNS failed"),
    error("ServiceUnavailable", Uncertain, "SNS failed"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use varsling_providers::meaning::{Answered, read};

    /// What an error with a text means, with its HTTP status.
    fn meaning(code: &str, text: &str, status: u16) -> Meaning {
        read(ERRORS, &Answered { code: Some(code), text: Some(text), status }).meaning
    }

    #[test]
    fn only_the_number_is_the_recipients() {
        let number = "Invalid parameter: PhoneNumber Reason: +4790000000 is not valid to publish to";
        let read = meaning("InvalidParameter", number, 400);
        assert!(matches!(read, Meaning::Final(Failure::InvalidRecipient)));
        for text in ["Invalid parameter: SenderId", "Invalid parameter: Message too long", ""] {
            assert!(matches!(meaning("InvalidParameter", text, 400), Meaning::Waits(Ours)), "{text}");
        }
        assert!(matches!(meaning("OptedOut", "", 400), Meaning::Final(Failure::BarredReceiver)));
    }

    #[test]
    fn trouble_waits_and_a_failure_is_uncertain() {
        for (code, status) in [("Throttled", 429), ("SomethingNew", 429)] {
            assert!(matches!(meaning(code, "", status), Meaning::Throttled), "{code}");
        }
        for code in ["AuthorizationError", "UserError", "SomethingNew"] {
            assert!(matches!(meaning(code, "", 403), Meaning::Waits(Ours)), "{code}");
        }
        assert!(matches!(meaning("InternalError", "", 500), Meaning::Uncertain));
    }
}
