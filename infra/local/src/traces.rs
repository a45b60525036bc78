//! What leaves the table: the messages that were queued, and the lines that were logged. Nothing personal may be in them.

use std::io;
use std::sync::Mutex;

use crate::lock;
use crate::queues::Message;

/// The queue that carries SNS's own delivery log, in which AWS writes the number.
const LOG_OF_SNS: &str = "sms-log";

/// The messages that were queued, where somebody wants to look at them.
pub struct Traces(Option<Mutex<Vec<String>>>);

impl Traces {
    /// Kept, or not.
    pub fn kept(is_kept: bool) -> Self {
        Self(is_kept.then(Mutex::default))
    }

    /// A message is queued.
    pub fn note(&self, message: &Message) {
        if let Some(kept) = self.0.as_ref().filter(|_| message.queue.name != LOG_OF_SNS) {
            lock(kept).push(format!("{}: {}", message.queue.name, message.body));
        }
    }

    /// Those that were queued, each with its queue.
    pub fn messages(&self) -> Vec<String> {
        self.0.as_ref().map(|kept| lock(kept).clone()).unwrap_or_default()
    }
}

/// Where log lines go that somebody looks through: those with something that must not be there are kept.
#[derive(Clone, Copy)]
pub struct LogLines {
    /// Whether a line has something personal in it.
    pub is_personal: fn(&str) -> bool,
    /// The lines that have.
    pub found: &'static Mutex<Vec<String>>,
}

impl io::Write for LogLines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        if (self.is_personal)(&line) {
            lock(self.found).push(line.trim_end().to_owned());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_line_is_kept_for_what_must_not_be_in_it() {
        static FOUND: Mutex<Vec<String>> = Mutex::new(vec![]);
        let mut lines = LogLines { is_personal: |line| line.contains('@'), found: &FOUND };
        writeln!(lines, "handed over").unwrap();
        lines.write_all(b"to ola@example.no\n").unwrap();
        assert_eq!(*lock(&FOUND), ["to ola@example.no"]);
    }
}
