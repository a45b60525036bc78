//! The functions' binaries, built as they are deployed but for this machine, and how large they are.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use tokio::process::Command;

use crate::AnyError;

/// Where the workspace is.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A binary.
pub struct Binary {
    /// Where it is.
    pub path: PathBuf,
    /// Its bytes.
    pub size: u64,
    /// Its bytes in a zip.
    pub zipped: u64,
}

/// Builds binaries by the functions' profile, which cargo finds from their folder; only what has changed is built.
pub async fn build(packages: &[&str]) -> Result<(), AnyError> {
    let chosen = packages.iter().flat_map(|package| ["--package", package]);
    let done = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--locked", "--target-dir"])
        .arg(target())
        .args(chosen)
        .current_dir(Path::new(ROOT).join("functions"))
        .stdin(Stdio::null())
        .status()
        .await?;
    if done.success() { Ok(()) } else { Err(format!("the functions could not be built: {done}").into()) }
}

/// Apart from what is built by the workspace's own profile.
fn target() -> PathBuf {
    Path::new(ROOT).join("target/functions")
}

impl Binary {
    /// One that was built.
    pub fn open(name: &str) -> Result<Self, AnyError> {
        let path = target().join("release").join(name);
        let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
        deflated.write_all(&bytes)?;
        let zipped = deflated.finish()?.len();
        Ok(Self { path, size: bytes.len().try_into()?, zipped: zipped.try_into()? })
    }
}
