//! Why a command was not carried out.

use std::fmt::Display;
use std::process::ExitCode;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::Value;
use varsling_store::StoreError;

/// Why a command was not carried out. Nothing was changed, unless it says so.
#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    /// What was asked for makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The API said no.
    #[error("the API answered {status} to {request}: {problem}")]
    Refused {
        /// What was asked.
        request: String,
        /// The HTTP status.
        status: u16,
        /// The problem document, in words.
        problem: String,
    },
    /// A service of AWS said no, or nothing.
    #[error("{operation} failed: {why}")]
    Aws {
        /// What was called.
        operation: &'static str,
        /// The error's code.
        why: String,
    },
    /// Somebody could not be reached.
    #[error("{whom} does not answer: {why}")]
    Unreachable {
        /// Who.
        whom: String,
        /// Why.
        why: String,
    },
    /// The table said no.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be written or read.
    #[error("{path}: {why}")]
    File {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
}

impl OpsError {
    /// What was asked for makes no sense.
    pub fn usage(why: impl Display) -> Self {
        Self::Usage(why.to_string())
    }

    /// A service of AWS failed.
    pub fn aws<E: ProvideErrorMetadata, R>(operation: &'static str, error: &SdkError<E, R>) -> Self {
        Self::Aws { operation, why: varsling_function::aws::reason(error) }
    }

    /// The API refused a request. The document's fields are put into words.
    pub fn refused(request: String, status: u16, document: &Value) -> Self {
        let words = ["title", "detail"].map(|field| document[field].as_str().unwrap_or_default());
        let words = words.map(|word| word.trim_end_matches('.').to_owned());
        let faults = document["errors"].as_object().into_iter().flatten();
        let faults = faults.flat_map(|(path, messages)| {
            let messages = messages.as_array().into_iter().flatten().filter_map(Value::as_str);
            messages.map(move |message| format!("{path}: {message}"))
        });
        let all = words.into_iter().filter(|word| !word.is_empty()).chain(faults);
        Self::Refused { request, status, problem: all.collect::<Vec<_>>().join("; ") }
    }

    /// 2 for what the operator can write otherwise, 1 for everything else.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(if matches!(self, Self::Usage(_)) { 2 } else { 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_problem_document_is_put_into_words() {
        let document =
            json!({"title": "One or more validation errors occurred.", "errors": {"owner": ["Must be so."]}});
        let error = OpsError::refused("GET /x".into(), 400, &document);
        assert_eq!(
            error.to_string(),
            "the API answered 400 to GET /x: One or more validation errors occurred; owner: Must be so."
        );
        let error = OpsError::refused(
            "GET /x".into(),
            404,
            &json!({"title": "Not Found", "detail": "Order not found"}),
        );
        assert!(error.to_string().ends_with("404 to GET /x: Not Found; Order not found"));
    }
}
