//! Readers: a file's bytes to rows, one by one, good or refused, with bounded memory.

mod buffer;
mod csv;
mod csv_scan;
mod jsonl;
mod parquet;
mod text;

use serde_json::{Map, Value as Json};

use self::buffer::Buffer;
use super::Format;
use crate::items::{Refusal, refusal::excerpt};

pub(crate) use parquet::ParquetReader;
pub(crate) use text::{ReadError, TextReader};

/// Characters of a refused row that are kept.
pub(crate) const EXCERPT: usize = 1000;

/// One row of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// The line on which it begins, counted from 1; for Parquet the row.
    pub(crate) line: u64,
    /// About how much memory it takes.
    pub(crate) bytes: usize,
    pub(crate) content: Result<Map<String, Json>, BadRow>,
}

/// A row that the reader refuses.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BadRow {
    pub(crate) refusal: Refusal,
    pub(crate) excerpt: String,
}

impl BadRow {
    pub(crate) fn new(refusal: Refusal, row: &[u8]) -> Self {
        // Four bytes a character are the most that UTF-8 takes.
        let begin = &row[..row.len().min(EXCERPT * 4)];
        let text: String = String::from_utf8_lossy(begin).replace('\0', "␀");
        Self { refusal, excerpt: excerpt(text.trim_end(), EXCERPT) }
    }
}

/// How large cells and rows may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) cell: usize,
    pub(crate) row: usize,
}

/// What a text reader says when it is asked for the next row.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    Row(Row),
    /// More bytes are needed.
    Hungry,
    /// There are no more rows.
    End,
}

/// A file that cannot be read at all; trying again cannot help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unreadable(pub(crate) String);

/// A reader of a text format that is handed bytes and asked for rows: it reads and waits for nothing itself.
pub(crate) trait Splitter: Send {
    /// Where its bytes are fed.
    fn buffer(&mut self) -> &mut Buffer;
    /// The next row.
    fn next(&mut self) -> Result<Next, Unreadable>;
}

/// The splitter of a text format; `None` for the others.
pub(crate) fn splitter(format: Format, path: &str, id: &str, limits: Limits) -> Option<Box<dyn Splitter>> {
    match format {
        Format::Csv => {
            let delimiter = if path.to_ascii_lowercase().ends_with(".tsv") { b'\t' } else { b',' };
            Some(Box::new(csv::Csv::new(delimiter, id, limits)))
        }
        Format::Jsonl => Some(Box::new(jsonl::Jsonl::new(limits))),
        Format::Parquet | Format::Auto => None,
    }
}
