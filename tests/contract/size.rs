//! The local system stays a simulator, which knows only what the functions call.

use std::fs;
use std::path::{Path, PathBuf};

/// The most lines of code that it may have, beside the fake registers and the commands that use it.
const MOST: usize = 1_500;

#[test]
fn the_simulator_has_less_than_fifteen_hundred_lines_of_code() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/local/src");
    let files = simulator(&sources);
    assert!(files.iter().any(|file| file.ends_with("queues.rs")), "{files:?}");
    let lines: usize = files.iter().map(|file| code(&fs::read_to_string(file).unwrap())).sum();
    assert!(lines < MOST, "{lines}");
}

fn simulator(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let counted = entries.filter(|path| !path.ends_with("registers") && !path.ends_with("commands"));
    counted.flat_map(|path| if path.is_dir() { simulator(&path) } else { vec![path] }).collect()
}

/// Lines that are neither blank nor comments nor unit tests.
fn code(source: &str) -> usize {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

#[test]
fn blank_lines_comments_and_unit_tests_do_not_count() {
    assert_eq!(code("//! What.\n\nuse x;\n/// Why.\nfn f() {}\n\n#[cfg(test)]\nmod tests {}\n"), 2);
}
