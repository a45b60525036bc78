//! Files that an e-mail carries. An order names each by an address where it can be fetched when the e-mail is sent; the
//! address is a secret, because it carries the permission to read the file.

use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::mime_types;
use crate::parsed::hidden;

/// How many files an e-mail carries at most.
pub const MOST_FILES: usize = 10;
/// How many bytes its files have at most, all together.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;
/// How long after the e-mail may go an address must be good.
const GOOD_FOR: TimeDelta = TimeDelta::minutes(15);
/// Characters of a file's name.
const NAME: usize = 255;
/// Characters of an address.
const ADDRESS: usize = 2_048;

/// A file to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its name, with what says its kind.
    pub filename: FileName,
    /// Its kind.
    pub mime_type: String,
    /// Where it is.
    pub address: FileAddress,
}

/// The name of a file, without a folder.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileName(String);

/// An address where a file can be fetched.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAddress(String);

hidden!(FileName);
hidden!(FileAddress);

impl FileName {
    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name that mail programs show and that leads nowhere.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let name = text.trim();
        if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
            return Err("Must be a file name of at most 255 characters.");
        }
        if name.contains(['/', '\\']) {
            return Err("Must not have a folder.");
        }
        let is_named = |(stem, extension): (&str, &str)| !stem.is_empty() && !extension.trim().is_empty();
        if !name.rsplit_once('.').is_some_and(is_named) {
            return Err("Must have an extension.");
        }
        Ok(Self(name.to_owned()))
    }
}

/// The kind of a file, in small letters, if it is one that e-mails may carry.
pub fn parse_mime_type(text: &str) -> Result<String, &'static str> {
    let kind = text.trim().to_ascii_lowercase();
    let is_known = mime_types::ALL.iter().any(|known| known.eq_ignore_ascii_case(&kind));
    if is_known {
        Ok(kind)
    } else {
        Err("Must be the type of a document, an image, a recording or an archive.")
    }
}

/// On which hosts files may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttachmentHosts {
    /// Anywhere, by http too: for the local system.
    Any,
    /// By https, on hosts that fit one of these.
    Fitting(Vec<HostPattern>),
}

/// Labels of a host; `*` is any label, and at the beginning one or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern(Vec<String>);

/// Not a list of hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be host names with spaces between them, in which * is any label")]
pub struct InvalidHosts;

impl FromStr for AttachmentHosts {
    type Err = InvalidHosts;

    fn from_str(text: &str) -> Result<Self, InvalidHosts> {
        if text == "any" {
            return Ok(Self::Any);
        }
        text.split_whitespace()
            .map(HostPattern::parse)
            .collect::<Option<_>>()
            .map(Self::Fitting)
            .ok_or(InvalidHosts)
    }
}

impl HostPattern {
    fn parse(text: &str) -> Option<Self> {
        let labels: Vec<_> = text.to_ascii_lowercase().split('.').map(str::to_owned).collect();
        let is_label = |label: &String| {
            label == "*" || !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        // `*.no` would let everything in.
        let is_narrow = labels.iter().rev().take(2).all(|label| label != "*");
        (labels.len() > 1 && is_narrow && labels.iter().all(is_label)).then_some(Self(labels))
    }

    fn fits(&self, host: &str) -> bool {
        let host: Vec<_> = host.split('.').collect();
        let begins_open = self.0.first().is_some_and(|label| label == "*");
        let has_length = if begins_open { host.len() >= self.0.len() } else { host.len() == self.0.len() };
        has_length
            && self.0.iter().rev().zip(host.iter().rev()).all(|(label, of)| label == "*" || label == of)
    }
}

impl AttachmentHosts {
    /// The address of a file of an e-mail that may go from a time on.
    pub fn address(&self, text: &str, from: DateTime<Utc>) -> Result<FileAddress, &'static str> {
        let url = Url::parse(text.trim()).map_err(|_| "Must be an absolute https address.")?;
        self.permits(&url)?;
        if text.len() > ADDRESS {
            return Err("Must be at most 2048 characters.");
        }
        let until = good_until(&url)?;
        if until.is_some_and(|until| until < from + GOOD_FOR) {
            return Err("Must be good for a quarter of an hour after the e-mail may be sent.");
        }
        Ok(FileAddress(url.into()))
    }

    /// Whether a file may be fetched there, also by an order that was accepted under another rule than today's.
    pub fn permits_address(&self, address: &FileAddress) -> bool {
        Url::parse(&address.0).is_ok_and(|url| self.permits(&url).is_ok())
    }

    fn permits(&self, url: &Url) -> Result<(), &'static str> {
        let Self::Fitting(patterns) = self else { return Ok(()) };
        let Some(url::Host::Domain(host)) = url.host().filter(|_| url.scheme() == "https") else {
            return Err("Must be an absolute https address.");
        };
        if !url.username().is_empty() || url.password().is_some() || url.port().is_some() {
            return Err("Must have no user, no password and no port.");
        }
        if !patterns.iter().any(|pattern| pattern.fits(host)) {
            return Err("Must be on a host that this deployment fetches files from.");
        }
        Ok(())
    }
}

impl FileAddress {
    /// The address, which is shown to nobody.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Until when an address is good that says so: a shared access signature of Azure, which must be one to read a blob by,
/// or a pre-signed address of S3.
fn good_until(url: &Url) -> Result<Option<DateTime<Utc>>, &'static str> {
    let parameter =
        |name: &str| url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
    if url.host_str().is_some_and(|host| host.ends_with(".blob.core.windows.net")) {
        let (until, sort, permissions) = (parameter("se"), parameter("sr"), parameter("sp"));
        let reads = permissions.is_some_and(|permissions| permissions.contains('r'));
        if parameter("sig").is_none() || sort.as_deref() != Some("b") || !reads {
            return Err(
                "Must be a shared access signature that lets one blob be read (se, sig, sp=r, sr=b).",
            );
        }
        let until = until.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
        return until.map(|until| Some(until.to_utc())).ok_or("Must say until when it is good (se).");
    }
    let Some(seconds) = parameter("X-Amz-Expires") else { return Ok(None) };
    let date =
        parameter("X-Amz-Date").and_then(|text| NaiveDateTime::parse_from_str(&text, "%Y%m%dT%H%M%SZ").ok());
    let until = date.zip(seconds.parse().ok().and_then(TimeDelta::try_seconds));
    let until = until.and_then(|(date, length)| date.and_utc().checked_add_signed(length));
    until.map(Some).ok_or("Must say until when it is good (X-Amz-Date, X-Amz-Expires).")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> AttachmentHosts {
        "*.blob.core.windows.net *.s3.*.amazonaws.com s3.*.amazonaws.com files.example.no".parse().unwrap()
    }

    fn now() -> DateTime<Utc> {
        "2026-11-02T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn names_of_files() {
        for name in ["vedtak.pdf", "år 2026.docx", " vedtak.pdf ", "a.tar.gz", "søknad (1).pdf"] {
            assert!(FileName::parse(name).is_ok(), "{name}");
        }
        for name in [
            "",
            " ",
            "vedtak",
            ".pdf",
            "vedtak.",
            "vedtak. ",
            "../vedtak.pdf",
            "a\\b.pdf",
            "a/b.pdf",
            "a\n.pdf",
            "a\0.pdf",
            &"a".repeat(256),
        ] {
            assert!(FileName::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn kinds_of_files() {
        for kind in ["application/pdf", "APPLICATION/PDF", "image/jpeg", "text/csv", " application/zip "] {
            assert!(parse_mime_type(kind).is_ok(), "{kind}");
        }
        for kind in [
            "",
            "pdf",
            "text/html",
            "application/octet-stream",
            "image/jpg",
            "application/x-msdownload",
            "application/pdf; a=b",
            "application/javascript",
        ] {
            assert!(parse_mime_type(kind).is_err(), "{kind}");
        }
    }

    #[test]
    fn addresses_of_files() {
        let azure = "https://konto.blob.core.windows.net/ut/vedtak.pdf";
        let signed = "se=2026-11-02T12%3A00%3A00Z&sp=r&sr=b&sig=abc";
        let s3 = "https://bucket.s3.eu-north-1.amazonaws.com/vedtak.pdf";
        let presigned = "X-Amz-Date=20261102T090000Z&X-Amz-Expires=3600&X-Amz-Signature=abc";
        for text in [
            format!("{azure}?{signed}"),
            format!("{azure}?{}", signed.replace("sp=r", "sp=rw")),
            format!("{azure}?{}", signed.replace("12%3A00", "09%3A15")),
            format!("{s3}?{presigned}"),
            format!("https://s3.eu-north-1.amazonaws.com/bucket/vedtak.pdf?{presigned}"),
            "https://files.example.no/vedtak.pdf".to_owned(),
            "https://FILES.example.no/vedtak.pdf".to_owned(),
        ] {
            assert!(hosts().address(&text, now()).is_ok(), "{text}");
        }
        for text in [
            String::new(),
            "vedtak.pdf".to_owned(),
            azure.to_owned(),
            format!("http://konto.blob.core.windows.net/ut/vedtak.pdf?{signed}"),
            format!("{azure}?{}", signed.replace("&sig=abc", "")),
            format!("{azure}?{}", signed.replace("sr=b", "sr=c")),
            format!("{azure}?{}", signed.replace("sp=r", "sp=w")),
            format!("{azure}?{}", signed.replace("se=", "st=")),
            format!("{azure}?{}", signed.replace("12%3A00", "09%3A14")),
            format!("{azure}?{}", signed.replace("2026-11-02T12%3A00%3A00Z", "tomorrow")),
            format!("{s3}?{}", presigned.replace("3600", "60")),
            format!("{s3}?{}", presigned.replace("3600", "x")),
            format!("{s3}?{}", presigned.replace("X-Amz-Date", "Date")),
            "https://files.example.no:8443/vedtak.pdf".to_owned(),
            "https://ola@files.example.no/vedtak.pdf".to_owned(),
            "https://example.no/vedtak.pdf".to_owned(),
            "https://a.files.example.no/vedtak.pdf".to_owned(),
            "https://blob.core.windows.net/vedtak.pdf".to_owned(),
            "https://evil.no/.blob.core.windows.net/vedtak.pdf".to_owned(),
            "https://konto.blob.core.windows.net.evil.no/vedtak.pdf".to_owned(),
            "https://127.0.0.1/vedtak.pdf".to_owned(),
            "https://[::1]/vedtak.pdf".to_owned(),
            "https://169.254.169.254/latest/meta-data".to_owned(),
            "ftp://files.example.no/vedtak.pdf".to_owned(),
            "file:///etc/passwd".to_owned(),
            format!("https://files.example.no/{}.pdf", "a".repeat(2_048)),
        ] {
            assert!(hosts().address(&text, now()).is_err(), "{text}");
        }
        assert!(AttachmentHosts::Any.address("http://127.0.0.1:9/a.pdf", now()).is_ok());
    }

    #[test]
    fn hosts_are_names_that_are_not_too_wide() {
        for text in ["a.no", "*.a.no", "*.s3.*.amazonaws.com", "a.no  b.no"] {
            assert!(text.parse::<AttachmentHosts>().is_ok(), "{text}");
        }
        for text in ["*", "no", "*.no", "a.*", "*.*", "a..no", "https://a.no", "a.no,b.no", "å.no"] {
            assert_eq!(text.parse::<AttachmentHosts>(), Err(InvalidHosts), "{text}");
        }
        assert_eq!("".parse(), Ok(AttachmentHosts::Fitting(vec![])), "none at all");
    }
}
