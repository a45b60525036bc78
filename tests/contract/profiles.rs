//! The profiles that cargo builds by: the local system's, and the functions' own.

use std::collections::BTreeMap;
use std::fs;

use crate::template;

type Profile = BTreeMap<String, String>;

/// The release profile of a file of cargo's.
fn release_profile(path: &str) -> Profile {
    let text = fs::read_to_string(template::path(path)).unwrap();
    let (_, profile) = text.split_once("[profile.release]\n").unwrap();
    let settings = profile.lines().take_while(|line| !line.starts_with('['));
    let settings = settings.filter_map(|line| line.split_once(" = "));
    settings.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// cargo-lambda passes those of its own settings to cargo that the manifest does not name, and they go before both files
/// (Cargo Lambda, "cargo lambda build", release optimizations). Among them is that a panic ends the process.
#[test]
fn the_manifest_leaves_no_setting_to_cargo_lambda() {
    let manifest = release_profile("Cargo.toml");
    for name in ["lto", "codegen-units", "panic", "strip"] {
        assert!(manifest.contains_key(name), "{name}");
    }
}

/// What a file of cargo's says of single packages.
fn packages(path: &str) -> Vec<String> {
    let text = fs::read_to_string(template::path(path)).unwrap();
    let headers = text.lines().filter(|line| line.starts_with("[profile.release.package."));
    headers.map(str::to_owned).collect()
}

/// Cargo merges the two files, so what the first says of a package would count for the functions, too.
#[test]
fn what_the_local_system_settles_for_a_package_is_settled_for_the_functions() {
    let packages = packages("Cargo.toml");
    assert!(!packages.is_empty());
    let functions = fs::read_to_string(template::path("functions/.cargo/config.toml")).unwrap();
    for package in packages {
        assert!(functions.contains(&format!("{package}\nopt-level = \"s\"\n")), "{package}");
    }
}

/// A panic costs the message that it is about, and none of its neighbours.
#[test]
fn a_function_outlives_a_panic_and_is_small() {
    let functions = release_profile("functions/.cargo/config.toml");
    let expected = [
        ("opt-level", r#""s""#),
        ("lto", r#""thin""#),
        ("codegen-units", "1"),
        ("panic", r#""unwind""#),
        ("strip", r#""symbols""#),
    ];
    assert_eq!(functions, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}
