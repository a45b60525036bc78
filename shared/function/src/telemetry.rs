//! Logs: one JSON line for each thing that happened, ids only. Each line has the spans that it belongs to: the invocation
//! with its request id, and what is worked on, so that one order can be followed through the logs of all functions.

use tracing::Subscriber;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::environment::Environment;

/// Starts logging for a process. `LOG_LEVEL` is a filter such as `info` (the default) or
/// `warn,send_email=debug`; libraries are heard from `warn` unless it names them.
pub fn start(environment: &Environment) {
    let level = environment.optional("LOG_LEVEL").unwrap_or_else(|| "info".into());
    subscriber(&level, std::io::stdout).init();
}

/// What logs at a level, as [`start`] has it, into a writer.
pub fn subscriber<W>(level: &str, writer: W) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let quiet =
        "aws_config=warn,aws_smithy_runtime=warn,hyper=warn,hyper_util=warn,lambda_runtime=warn,reqwest=warn";
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(true)
        .with_writer(writer);
    tracing_subscriber::registry().with(filter(&format!("{quiet},{level}"))).with(lines)
}

/// A filter such as `warn,send_email=debug`. What of it cannot be read is left out, so that a function logs in any case.
pub fn filter(directives: &str) -> Targets {
    let readable = directives.split(',').filter(|directive| directive.parse::<Targets>().is_ok());
    readable.collect::<Vec<_>>().join(",").parse().unwrap_or_default()
}

/// Log lines that a test reads.
#[cfg(test)]
pub(crate) mod lines {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    /// The lines that were written.
    #[derive(Clone, Default)]
    pub struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Lines {
        /// All of them.
        pub fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::lines::Lines;
    use super::*;

    #[test]
    fn a_filter_tells_targets_apart_and_what_cannot_be_read_changes_nothing_else() {
        let filter = filter("hyper=warn,info,send_email=debug,nonsense=loud");
        let is_heard = |target, level| filter.would_enable(target, &level);
        assert!(is_heard("accept_order", Level::INFO) && !is_heard("accept_order", Level::DEBUG));
        assert!(is_heard("send_email::sender", Level::DEBUG) && !is_heard("hyper::client", Level::INFO));
    }

    #[test]
    fn a_line_says_by_which_invocation_and_about_what_it_is() {
        let lines = Lines::default();
        let writer = lines.clone();
        tracing::subscriber::with_default(subscriber("warn", move || writer.clone()), || {
            let _invocation = tracing::error_span!("invocation", request_id = "b1").entered();
            let _messages = tracing::error_span!("messages", subject = "c2").entered();
            tracing::info!("not heard");
            tracing::warn!(waits_for = "ses", "waiting");
        });
        let line: serde_json::Value = serde_json::from_str(&lines.text()).unwrap();
        assert_eq!(
            (&line["level"], &line["waits_for"], &line["message"]),
            (&"WARN".into(), &"ses".into(), &"waiting".into())
        );
        assert_eq!(
            (&line["spans"][0]["request_id"], &line["spans"][1]["subject"]),
            (&"b1".into(), &"c2".into())
        );
    }
}
