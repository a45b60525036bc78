//! What SES's errors mean for an e-mail (SESv2 API reference, `SendEmail` and "Common Error Types"; SES developer
//! guide, "Amazon SES email sending errors").

use varsling_domain::status::Failure;
use varsling_function::trouble::Trouble::Ours;
use varsling_providers::meaning::Meaning::{ByText, Final, QuotaUsedUp, Throttled, Uncertain, Waits};
use varsling_providers::meaning::{KnownText, Meaning, ProviderError, error};

/// Texts of a message that SES does not take. SES gives them for the sender and for each recipient alike, so one
/// about an address is read as the recipient's only where [`crate::EmailProvider`] has seen SES take the sender.
const TEXTS: &[KnownText] = &[
    malformed("Illegal address"),
    malformed("Invalid email address"),
    malformed("Missing final '@domain'"),
    malformed("Missing domain"),
    malformed("Local address contains"),
    malformed("Domain contains"),
    KnownText { phrase: "Address blacklisted", meaning: Final(Failure::SuppressedRecipient) },
    KnownText { phrase: "Message length is more than", meaning: Final(Failure::Unspecified) },
];

/// One error is a rate, which passes by itself, and a quota for 24 hours, which somebody should know of.
const THROTTLED: &[KnownText] = &[KnownText { phrase: "Daily message quota exceeded", meaning: QuotaUsedUp }];

const BY_TEXT: Meaning = ByText { known: TEXTS, otherwise: &Waits(Ours) };
const BY_QUOTA: Meaning = ByText { known: THROTTLED, otherwise: &Throttled };

const fn malformed(phrase: &'static str) -> KnownText {
    KnownText { phrase, meaning: Final(Failure::InvalidFormat) }
}

/// The errors that are known.
pub const ERRORS: &[ProviderError] = &[
    error("MessageRejected", BY_TEXT, "an identity is not verified, or sending is paused or suspended"),
    error("BadRequestException", BY_TEXT, "the request is not one that SES takes"),
    error("TooManyRequestsException", BY_QUOTA, "the sending rate is used up"),
    error("Throttling", BY_QUOTA, "too many requests"),
    error("ThrottlingException", BY_QUOTA, "too many requests"),
    error("LimitExceededException", QuotaUsedUp, "a quota of the account is used up"),
    error("AccountSuspendedException", Waits(Ours), "the account may not send any more"),
    error(
        "SendingPausedException",
        Waits(Ours),
        "sending is paused for the account or the configuration set",
    ),
    error("MailFromDomainNotVerifiedException", Waits(Ours), "the MAIL FROM domain is not verified"),
    error("NotFoundException", Waits(Ours), "the configuration set does not exist"),
    error("AccessDenied", Waits(Ours), "the function may not send from this identity"),
    error("AccessDeniedException", Waits(Ours), "the function may not send from this identity"),
    error("NotAuthorized", Waits(Ours), "the function may not send from this identity"),
    error("OptInRequired", Waits(Ours), "the account is not subscribed to SES"),
    error("UnrecognizedClientException", Waits(Ours), "the function's credentials are not valid"),
    error("InvalidClientTokenId", Waits(Ours), "the function's credentials are not valid"),
    error("MissingAuthenticationToken", Waits(Ours), "the function's credentials are missing"),
    error("MissingAuthenticationTokenException", Waits(Ours), "the function's credentials are missing"),
    error("ExpiredTokenException", Waits(Ours), "the function's credentials have expired"),
    error("RequestExpired", Waits(Ours), "the function's clock is wrong"),
    error("IncompleteSignature", Waits(Ours), "the request's signature is not complete"),
    error("InvalidSignatureException", Waits(Ours), "the request's signature is not valid"),
    error("SignatureDoesNotMatch", Waits(Ours), "the request's signature is not valid"),
    error("ValidationError", Waits(Ours), "the request is not one that SES takes"),
    error("ValidationException", Waits(Ours), "the request is not one that SES takes"),
    error("InternalFailure", Uncertain, "SES failed"),
    error("InternalServerError", Uncertain, "SES failed"),
    error("InternalServiceErrorException", Uncertain, "SES failed"),
    error("ServiceUnavailable", Uncertain, "SES failed"),
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
    fn a_mistake_of_the_operator_waits() {
        // Recorded from public reports; addresses are replaced.
        for text in [
            "Email address is not verified. The following identities failed the check in region EU-NORTH-1: \
             Kommunen <post@example.no>, post@example.no",
            "Email address is not verified.",
            "Sending suspended for this account. For more information, please check the inbox of the email address.",
            "Sending paused for this account. For more information, please check the inbox of the email address.",
            "Something that SES has never said before",
            "",
        ] {
            let read = meaning("MessageRejected", text, 400);
            assert!(matches!(read, Meaning::Waits(Ours)), "{text}");
        }
    }

    #[test]
    fn what_is_about_the_recipient_is_final() {
        // Recorded from public reports of SESv2 and of its predecessor, which uses the same texts.
        for text in [
            "Illegal address",
            "Missing final '@domain'",
            "Missing domain",
            "Invalid email address .",
            "Local address contains control or whitespace",
            "Local address contains illegal character",
            "Domain contains control or whitespace",
        ] {
            let read = meaning("BadRequestException", text, 400);
            assert!(matches!(read, Meaning::Final(Failure::InvalidFormat)), "{text}");
        }
        let suppressed = meaning("MessageRejected", "Address blacklisted.", 400);
        assert!(matches!(suppressed, Meaning::Final(Failure::SuppressedRecipient)));
        let long =
            meaning("MessageRejected", "Message length is more than 10485760 bytes long: '12345678'.", 400);
        assert!(matches!(long, Meaning::Final(Failure::Unspecified)));
    }

    #[test]
    fn a_used_up_quota_is_told_from_a_rate() {
        for code in ["TooManyRequestsException", "ThrottlingException"] {
            assert!(matches!(meaning(code, "Maximum sending rate exceeded.", 429), Meaning::Throttled));
            assert!(matches!(meaning(code, "Daily message quota exceeded.", 429), Meaning::QuotaUsedUp));
        }
    }

    #[test]
    fn every_error_that_sdk_and_service_know_is_read() {
        for (code, status) in [("TooManyRequestsException", 429), ("ThrottlingException", 400)] {
            assert!(matches!(meaning(code, "", status), Meaning::Throttled), "{code}");
        }
        for code in
            ["AccountSuspendedException", "SendingPausedException", "NotFoundException", "NewException"]
        {
            assert!(matches!(meaning(code, "", 400), Meaning::Waits(Ours)), "{code}");
        }
        for (code, status) in [("InternalServiceErrorException", 503), ("NewException", 500), ("X", 408)] {
            assert!(matches!(meaning(code, "", status), Meaning::Uncertain), "{code}");
        }
    }
}
