//! The source files: each is a module of its crate, for the compiler says nothing of one that is not.

use std::path::Path;

use crate::docs::files;

/// Whether a file is the root of a crate, which cargo finds by its name.
fn is_root(file: &Path) -> bool {
    let is_binary = file.parent().is_some_and(|folder| folder.ends_with("src/bin"));
    is_binary || ["lib.rs", "main.rs"].iter().any(|name| file.ends_with(name))
}

fn is_source(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str() == "src")
}

/// Whether the file above one declares it as its module.
fn is_declared(file: &Path) -> bool {
    let folder = file.parent().unwrap();
    let (module, above) =
        if file.ends_with("mod.rs") { (folder, folder.parent().unwrap()) } else { (file, folder) };
    let declaration = format!("mod {};", module.file_stem().unwrap().to_str().unwrap());
    let mut parents = ["mod.rs", "lib.rs", "main.rs"].map(|name| above.join(name)).to_vec();
    parents.push(above.with_extension("rs"));
    let mut texts = parents.iter().filter_map(|parent| std::fs::read_to_string(parent).ok());
    texts.any(|text| text.lines().any(|line| line.ends_with(&declaration)))
}

#[test]
fn every_source_file_is_a_module_of_its_crate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let all = files(&root, "rs");
    let modules: Vec<_> = all.iter().filter(|file| is_source(file) && !is_root(file)).collect();
    assert!(modules.len() > 200, "{}", modules.len());
    for module in modules {
        assert!(is_declared(module), "{} is in no crate", module.display());
    }
}
