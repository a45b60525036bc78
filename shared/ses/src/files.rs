//! Fetches the files that an e-mail carries, right before it is sent: from hosts that the deployment permits, within a
//! time, a count and a size, and never from inside our own network.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures::future::try_join_all;
use reqwest::Client;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use varsling_domain::order::EndpointPolicy;
use varsling_domain::status::Failure;
use varsling_domain::text::{Attachment, AttachmentHosts, MOST_BYTES};
use varsling_function::clock::{self, Clock};
use varsling_function::context::FunctionContext;
use varsling_function::lambda::StartError;
use varsling_function::trouble::Trouble;
use varsling_outgoing_http::guard::Guard;
use varsling_outgoing_http::{self as outgoing_http, Unanswered};
use varsling_providers::HandOverError;

/// How long fetching the files of an e-mail may take in all. A sender has half a minute for everything.
const TOTAL: TimeDelta = TimeDelta::seconds(10);
/// The same for a single request, by the computer's clock.
const REQUEST: Duration = Duration::from_secs(10);
/// How many e-mails have files in memory at once: each takes about four times the size of its files until it is sent, and a
/// sender has 128 MB.
const AT_ONCE: usize = 1;

/// Fetches files.
pub struct Files {
    hosts: AttachmentHosts,
    client: Client,
    room: Arc<Semaphore>,
    clock: Arc<dyn Clock>,
}

/// The files of an e-mail, which have a place in memory until they are dropped.
pub struct Fetched {
    /// Each with what it is.
    pub files: Vec<File>,
    _room: Option<OwnedSemaphorePermit>,
}

/// A file.
pub struct File {
    /// What the order says of it.
    pub attachment: Attachment,
    /// What is in it.
    pub content: Vec<u8>,
}

impl Fetched {
    fn none() -> Self {
        Self { files: vec![], _room: None }
    }
}

impl Files {
    /// From the hosts that `ATTACHMENT_HOSTS` names.
    pub fn open(context: &FunctionContext) -> Result<Self, StartError> {
        let hosts = context.environment.parsed("ATTACHMENT_HOSTS", str::parse::<AttachmentHosts>)?;
        let is_local = hosts == AttachmentHosts::Any;
        let policy = if is_local { EndpointPolicy::Any } else { EndpointPolicy::Public };
        let builder = outgoing_http::builder(REQUEST).dns_resolver(Guard::new(policy)).https_only(!is_local);
        let (client, room) = (outgoing_http::build(builder)?, Arc::new(Semaphore::new(AT_ONCE)));
        Ok(Self { hosts, client, room, clock: Arc::clone(&context.clock) })
    }

    /// All files of an e-mail.
    pub async fn fetch(&self, attachments: &[Attachment]) -> Result<Fetched, HandOverError> {
        if attachments.is_empty() {
            return Ok(Fetched::none());
        }
        let deadline = self.clock.now() + TOTAL;
        let fetched = clock::within(&*self.clock, deadline, self.fetch_all(attachments)).await;
        fetched.unwrap_or_else(|| Err(later("timed out")))
    }

    async fn fetch_all(&self, attachments: &[Attachment]) -> Result<Fetched, HandOverError> {
        let room = Arc::clone(&self.room).acquire_owned().await.map_err(|_| later("there is no room"))?;
        let files = try_join_all(attachments.iter().map(|attachment| self.file(attachment))).await?;
        if files.iter().map(|file| file.content.len()).sum::<usize>() > MOST_BYTES {
            return Err(too_large());
        }
        Ok(Fetched { files, _room: Some(room) })
    }

    async fn file(&self, attachment: &Attachment) -> Result<File, HandOverError> {
        if !self.hosts.permits_address(&attachment.address) {
            return Err(gone("the host is not permitted any more"));
        }
        let request = self.client.get(attachment.address.as_str());
        let content = outgoing_http::fetch(request, MOST_BYTES).await.map_err(judged)?;
        Ok(File { attachment: attachment.clone(), content })
    }
}

/// What a file that was not fetched means: trying again helps where its host does not answer, or has too much to do.
fn judged(why: Unanswered) -> HandOverError {
    match why {
        Unanswered::TooLarge => too_large(),
        Unanswered::Status(408 | 429 | 500..) => later(&why.to_string()),
        Unanswered::NotPermitted(_) | Unanswered::Status(_) => gone(&why.to_string()),
        _ => later(&why.to_string()),
    }
}

fn later(why: &str) -> HandOverError {
    HandOverError::Waits { trouble: Trouble::Passing, why: format!("a file of the e-mail: {why}") }
}

fn gone(why: &str) -> HandOverError {
    HandOverError::Refused { failure: Failure::InvalidSasUrl, why: format!("a file of the e-mail: {why}") }
}

fn too_large() -> HandOverError {
    let why = format!("the files of the e-mail have more than {MOST_BYTES} bytes");
    HandOverError::Refused { failure: Failure::PayloadTooLarge, why }
}
