//! What came of a command, for people and for programs.

use std::process::ExitCode;

use serde_json::Value;

/// What came of a command.
#[derive(Debug)]
pub struct Report {
    /// For programs.
    pub json: Value,
    /// For people: lines.
    pub text: Vec<String>,
    /// Whether something is found to be wrong; the exit status is 1 then.
    pub is_alarming: bool,
}

impl Report {
    /// Lines for people, and the same for programs.
    pub fn new(json: Value, text: Vec<String>) -> Self {
        Self { json, text, is_alarming: false }
    }

    /// An answer of the API, its fields one below the other.
    pub fn of_answer(json: Value) -> Self {
        let mut text = vec![];
        write(&json, 0, &mut text);
        Self::new(json, text)
    }

    /// A table: its heads, and its rows.
    pub fn table(json: Value, heads: &[&str], rows: &[Vec<String>]) -> Self {
        Self::new(json, table(heads, rows))
    }

    /// The same, alarming if something is wrong.
    #[must_use]
    pub fn alarming_if(self, is_alarming: bool) -> Self {
        Self { is_alarming, ..self }
    }

    /// Prints it.
    pub fn print(&self, as_json: bool) -> ExitCode {
        if as_json {
            println!("{}", self.json);
        } else {
            self.text.iter().for_each(|line| println!("{line}"));
        }
        ExitCode::from(u8::from(self.is_alarming))
    }
}

/// A table's lines. The columns are as wide as what is in them, the last one as it is.
fn table(heads: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let heads: Vec<_> = heads.iter().map(|head| (*head).to_owned()).collect();
    let all: Vec<_> = std::iter::once(&heads).chain(rows).collect();
    let wide =
        |column: usize| all.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<_> = (0..heads.len()).map(|column| wide(column).unwrap_or_default()).collect();
    all.iter().map(|row| line(row, &widths)).collect()
}

fn line(row: &[String], widths: &[usize]) -> String {
    let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

fn write(value: &Value, depth: usize, lines: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| write_as(&format!("{name}:"), field, depth, lines));
        }
        Value::Array(items) => items.iter().for_each(|item| write_as("-", item, depth, lines)),
        other => lines.extend(plain(other).map(|text| "  ".repeat(depth) + &text)),
    }
}

/// A value behind a word: on the same line if it fits there, else below it.
fn write_as(word: &str, value: &Value, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    if let Some(text) = plain(value) {
        lines.push(format!("{indent}{word} {text}"));
    } else {
        lines.push(format!("{indent}{word}"));
        write(value, depth + 1, lines);
    }
}

/// What fits behind a name.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) if items.is_empty() => Some("none".to_owned()),
        Value::Object(fields) if fields.is_empty() => Some("nothing".to_owned()),
        Value::Array(_) | Value::Object(_) => None,
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_is_written_field_by_field() {
        let report = Report::of_answer(json!({"id": "1", "holds": [], "shipments": [{"status": "Done"}]}));
        assert_eq!(report.text, ["holds: none", "id: 1", "shipments:", "  -", "    status: Done"]);
    }

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let rows = [vec!["email".to_owned(), "1".to_owned()], vec!["s".to_owned(), "20".to_owned()]];
        assert_eq!(table(&["queue", "n"], &rows), ["queue  n", "email  1", "s      20"]);
    }
}
