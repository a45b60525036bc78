//! The examples of requests and answers: files that a test sends and sees, by the names of their operations.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use varsling_api::routes::Endpoint;

/// A folder with `<operation>.request.json` and `<operation>.response.json`.
#[derive(Debug, Clone)]
pub struct Examples(PathBuf);

impl Examples {
    /// Those in a folder.
    pub fn inside(folder: impl AsRef<Path>) -> Self {
        Self(folder.as_ref().to_owned())
    }

    /// What is sent to an endpoint; none where nothing is.
    pub fn request(&self, endpoint: Endpoint) -> Option<Value> {
        self.read(endpoint, "request")
    }

    /// What it answers; none where it answers nothing.
    pub fn response(&self, endpoint: Endpoint) -> Option<Value> {
        self.read(endpoint, "response")
    }

    /// Where one of them is.
    pub fn path(&self, endpoint: Endpoint, what: &str) -> PathBuf {
        self.0.join(format!("{}.{what}.json", name_of(endpoint)))
    }

    fn read(&self, endpoint: Endpoint, what: &str) -> Option<Value> {
        let text = fs::read_to_string(self.path(endpoint, what)).ok()?;
        serde_json::from_str(&text).ok()
    }
}

/// The name of an endpoint's operation: what is asked for, with the channel where there is one for each.
pub fn name_of(endpoint: Endpoint) -> String {
    let words = format!("{endpoint:?}").replace(['(', ')'], "");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}
