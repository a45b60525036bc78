//! The files of the console: a page with its styles and modules, which are part of whatever serves them, and the headers
//! that they go with. Each is text. The page is `/console`, and at the root where nothing else is; the rest is beside it.

/// A file.
#[derive(Debug)]
pub struct ConsoleFile {
    /// Its name in the folder.
    pub name: &'static str,
    /// Its content type.
    pub content_type: &'static str,
    /// What is in it.
    pub content: &'static str,
}

/// The headers of each file beside its type. The page may load its own files and call where it came from, and nothing else;
/// no script runs that is not a file (W3C, "Content Security Policy Level 3").
pub const HEADERS: [(&str, &str); 3] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
];

/// The page.
pub const PAGE: &str = "index.html";

/// The file that a path names: `/console` is the page.
pub fn file_at(path: &str) -> Option<&'static ConsoleFile> {
    let name = path.strip_prefix("/console")?;
    file(if name.is_empty() { PAGE } else { name.strip_prefix('/')? })
}

/// The file of a name.
pub fn file(name: &str) -> Option<&'static ConsoleFile> {
    FILES.iter().find(|file| file.name == name)
}

/// The files of the folder, which lies with the local system.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(ConsoleFile {
            name: $name,
            content_type: content_type($name),
            content: include_str!(concat!("../../../infra/local/console/", $name)),
        }),*]
    };
}

static FILES: &[ConsoleFile] = files![
    "index.html",
    "base.css",
    "parts.css",
    "views.css",
    "main.js",
    "api.js",
    "calendar.js",
    "chart.js",
    "dom.js",
    "draw.js",
    "en.js",
    "errors.js",
    "fields.js",
    "format.js",
    "inside.js",
    "language.js",
    "live.js",
    "messages.js",
    "nb.js",
    "order.js",
    "orders.js",
    "place.js",
    "preview.js",
    "request.js",
    "story.js",
    "time.js",
    "timeline.js",
];

const fn content_type(name: &str) -> &'static str {
    match name.as_bytes() {
        [.., b'.', b'j', b's'] => "text/javascript; charset=utf-8",
        [.., b'.', b'c', b's', b's'] => "text/css; charset=utf-8",
        _ => "text/html; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The most that the console may weigh, in bytes.
    const MOST: usize = 150_000;

    #[test]
    fn every_file_of_the_folder_is_served_and_all_of_them_are_small() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/local/console");
        let there: BTreeSet<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(there, FILES.iter().map(|file| file.name.to_owned()).collect());
        let weight: usize = FILES.iter().map(|file| file.content.len()).sum();
        assert!(weight < MOST, "{weight}");
    }

    #[test]
    fn no_file_has_a_script_a_style_or_an_address_in_it() {
        for file in FILES {
            for unwanted in
                ["://", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "style=", "eval("]
            {
                assert!(!file.content.contains(unwanted), "{unwanted} in {}", file.name);
            }
        }
        let page = file(PAGE).unwrap().content;
        assert_eq!(
            page.matches("<script").count(),
            page.matches("<script type=\"module\" src=\"console/").count()
        );
        assert!(!page.contains("<style") && !page.contains(" on"), "no handler in an attribute");
    }

    #[test]
    fn a_path_names_the_page_or_a_file_and_nothing_else() {
        let name = |path| file_at(path).map(|file| file.name);
        assert_eq!([name("/console"), name("/console/main.js")], [Some("index.html"), Some("main.js")]);
        for path in
            ["/", "/consolemain.js", "/console/", "/console/../lib.rs", "/console/no.js", "/notifications"]
        {
            assert_eq!(name(path), None, "{path}");
        }
    }
}
