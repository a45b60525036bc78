//! The pages in docs/: the tests that they name exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// From so many words on, a name in a page is one of a test.
const WORDS: usize = 5;

/// The files below a folder whose names end like this, but for what is built.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let here = files.into_iter().filter(|path| path.extension().is_some_and(|found| found == extension));
    here.chain(folders.iter().flat_map(|folder| files_in(folder, extension))).collect()
}

fn files_in(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let is_made = folder.ends_with("target") || folder.file_name().is_some_and(|name| name == ".git");
    if is_made { vec![] } else { files(folder, extension) }
}

/// The names in a text: words of small letters, joined by low lines.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    parts.filter(|part| part.split('_').filter(|word| !word.is_empty()).count() >= WORDS)
}

#[test]
fn every_test_that_a_page_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let code = files(&root, "rs").into_iter().map(|path| std::fs::read_to_string(path).unwrap());
    let code: BTreeSet<_> =
        code.flat_map(|text| names(&text).map(str::to_owned).collect::<Vec<_>>()).collect();
    let mut named = 0;
    for page in files(&root.join("docs"), "md") {
        let text = std::fs::read_to_string(&page).unwrap();
        for name in names(&text).filter(|name| name.chars().all(|letter| !letter.is_ascii_uppercase())) {
            assert!(code.contains(name), "{}: {name}", page.display());
            named += 1;
        }
    }
    assert!(named > 100, "{named}");
}
