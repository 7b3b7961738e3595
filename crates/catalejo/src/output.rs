//! How commands print: tables for people, JSON for programs, never control characters out of data.

use std::io::{IsTerminal, Write};

use serde_json::Value;

/// How this command answers.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// For programs.
    pub json: bool,
}

impl Output {
    /// Prints a value for programs, or what `human` makes of it.
    pub fn show(self, value: &Value, human: impl FnOnce(&Value) -> String) {
        let text = match self.json {
            true => serde_json::to_string_pretty(value).expect("a JSON value prints"),
            false => human(value),
        };
        print(text.trim_end());
    }

    /// Prints a list as one JSON array, or as a table of the columns.
    pub fn table(self, items: &[Value], columns: &[(&str, &str)], empty: &str) {
        if self.json {
            return self.show(&Value::Array(items.to_vec()), |_| String::new());
        }
        if items.is_empty() {
            return print(empty);
        }
        print(&table(items, columns));
    }
}

/// Prints a line. Nobody reads any more when the pipe is closed (`catalejo … | head`), and that is no error.
pub fn print(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// A list as aligned columns: heading and JSON pointer of each.
fn table(items: &[Value], columns: &[(&str, &str)]) -> String {
    let header: Vec<String> = columns.iter().map(|(heading, _)| (*heading).to_owned()).collect();
    let row = |item: &Value| columns.iter().map(|(_, pointer)| cell(item.pointer(pointer))).collect();
    let rows: Vec<Vec<String>> = std::iter::once(header).chain(items.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(text, width)| format!("{text:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A value as one line of text.
pub fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".into(),
        Some(Value::String(text)) => plain(text),
        Some(Value::Array(values)) => {
            values.iter().map(|value| cell(Some(value))).collect::<Vec<_>>().join(", ")
        }
        Some(value) => value.to_string(),
    }
}

/// Text without what could move a terminal's cursor or paint it.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A passage of the API (`<mark>`, HTML-escaped) for a terminal.
pub fn passage(html: &str) -> String {
    let (on, off) = if std::io::stdout().is_terminal() { ("\u{1b}[1m", "\u{1b}[0m") } else { ("*", "*") };
    let unescaped = html
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'");
    let marked = unescaped.replace("<mark>", "\u{1}").replace("</mark>", "\u{2}").replace("&amp;", "&");
    let marked = marked.replace('\n', " / ");
    let clean: String =
        marked.chars().filter(|c| !c.is_control() || *c == '\u{1}' || *c == '\u{2}').collect();
    clean.replace('\u{1}', on).replace('\u{2}', off)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let items = [
            serde_json::json!({"name": "a", "items": 12}),
            serde_json::json!({"name": "songs", "items": null}),
        ];
        let text = table(&items, &[("NAME", "/name"), ("ITEMS", "/items")]);
        assert_eq!(text, "NAME   ITEMS\na      12\nsongs  -");
    }

    #[test]
    fn data_cannot_paint_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\nc"), "a [31mb c");
        assert_eq!(passage("x &lt;b&gt; <mark>y</mark>\u{1b}[2J"), "x <b> *y*[2J");
    }
}
