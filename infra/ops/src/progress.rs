//! Progress bars for work that takes a while. They go to standard error, and only where that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for work of a known length.
pub fn bar(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(length).with_message(what);
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// A counter for work whose length is not known.
pub fn counter(what: &'static str) -> ProgressBar {
    let counter = ProgressBar::new_spinner().with_message(what);
    let style = ProgressStyle::with_template("{spinner} {msg}: {pos}");
    counter.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}
