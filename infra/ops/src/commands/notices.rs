//! What a person or an organisation was notified of.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::api::Request;
use crate::arguments::Whose;
use crate::context::Context;
use crate::error::OpsError;
use crate::report::Report;

/// Asks for the notices of a number. The API records who asked about whom.
pub async fn run(
    context: &Context,
    whose: Whose,
    number: &str,
    from: Option<DateTime<Utc>>,
) -> Result<Report, OpsError> {
    let (path, header) = match whose {
        Whose::Person => ("nin", "NationalIdentityNumber"),
        Whose::Organization => ("orgnumber", "OrganizationNumber"),
    };
    let path = format!("/future/dashboard/recipients/notifications/{path}");
    let mut request = Request::get(&path).with_header(header, number.to_owned());
    if let Some(from) = from {
        request = request.with("from", &from.to_rfc3339_opts(SecondsFormat::Secs, true));
    }
    Ok(Report::of_answer(context.api.ask(request).await?))
}
