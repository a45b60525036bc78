//! The records that were not handed over yet, in a file, so that they survive a restart.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::record::Record;
use crate::AnyError;

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Line {
    /// A record has come.
    Put { source: String, shard: usize, record: Record },
    /// The records of a shard up to this one are done.
    Done { source: String, shard: usize, sequence: u64 },
}

/// The file, where there is a folder for it.
#[derive(Default)]
pub struct Journal(Option<File>);

impl Journal {
    /// Opens the file of a folder, and what is in it.
    pub fn open(folder: &Path) -> Result<(Self, Vec<Line>), AnyError> {
        let path = folder.join("stream");
        let text = if path.exists() { std::fs::read_to_string(&path)? } else { String::new() };
        // The last line may have been cut off by the end of the process that wrote it.
        let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok((Self(Some(file)), lines))
    }

    /// Adds a line.
    pub fn write(&mut self, line: &Line) {
        let Some(file) = &mut self.0 else { return };
        let written = serde_json::to_vec(line).map_err(std::io::Error::from).and_then(|mut text| {
            text.push(b'\n');
            file.write_all(&text)
        });
        if let Err(error) = written {
            tracing::error!(%error, "the stream could not be written down");
        }
    }

    /// Begins anew, because nothing is left to be handed over.
    pub fn clear(&mut self) {
        let Some(file) = &mut self.0 else { return };
        if let Err(error) = file.set_len(0) {
            tracing::error!(%error, "the stream's file could not be emptied");
        }
    }
}
