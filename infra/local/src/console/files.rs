//! The files of the console, which are part of the program, and the headers that they go with.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::simulator::Simulator;

/// A file of the console.
struct File {
    name: &'static str,
    content_type: &'static str,
    content: &'static [u8],
}

/// The files, from their folder; the type follows from the end of the name.
macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(File {
            name: $name,
            content_type: content_type($name),
            content: include_bytes!(concat!("../../console/", $name)),
        }),*]
    };
}

const FILES: [File; FILE_COUNT] = files![
    "index.html",
    "base.css",
    "parts.css",
    "views.css",
    "main.js",
    "api.js",
    "calendar.js",
    "chart.js",
    "dom.js",
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
const FILE_COUNT: usize = 26;

/// Nothing but the page's own files, and calls of where it came from.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes of the files: the page at the root, the rest beside it.
pub fn routes() -> Router<Arc<Simulator>> {
    Router::new()
        .route("/", get(async || served("index.html")))
        .route("/console", get(async || served("index.html")))
        .route("/console/{name}", get(async |Path(name): Path<String>| served(&name)))
}

fn served(name: &str) -> Response {
    let Some(file) = FILES.iter().find(|file| file.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, file.content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, file.content).into_response()
}

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
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("console");
        let there: BTreeSet<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(there, FILES.iter().map(|file| file.name.to_owned()).collect());
        let weight: usize = FILES.iter().map(|file| file.content.len()).sum();
        assert!(weight < MOST, "{weight}");
    }

    #[test]
    fn the_page_has_no_script_no_style_and_no_address_in_it() {
        for file in FILES {
            let text = std::str::from_utf8(file.content).unwrap();
            assert!(!text.contains("://"), "an absolute URL in {}", file.name);
            assert!(!text.contains("innerHTML"), "markup from text in {}", file.name);
            assert!(!text.contains("style="), "an inline style in {}", file.name);
        }
        let page = std::str::from_utf8(FILES[0].content).unwrap();
        assert_eq!(page.matches("<script").count(), page.matches("<script type=\"module\" src=").count());
        assert!(!page.contains("<style"));
    }
}
