//! CSV with a header: columns by name in any order, quoted cells over several lines, and a bad row that costs no
//! other row.
//!
//! A quote that is never closed would swallow the rows after it up to the next quote, or the end of the file. So a
//! record is believed only if it closes properly and, when it goes over several lines, has as many cells as the header.
//! Otherwise its first line alone is refused, reading goes on with the next line, and lines that are no whole row are
//! taken for the rest of the refused one until a whole row comes.

use serde_json::{Map, Value as Json};

use super::buffer::Buffer;
use super::csv_scan::{self, Cell, Scan};
use super::{BadRow, Limits, Next, Row, Splitter, Unreadable};
use crate::items::{Refusal, RefusalCode};

const BOM: &[u8] = b"\xef\xbb\xbf";

pub(super) struct Csv {
    delimiter: u8,
    /// The column that the header must have.
    id: String,
    limits: Limits,
    header: Option<Vec<String>>,
    /// Begins with the next record.
    buffer: Buffer,
    /// Bytes that must be there before another scan of an open record is worth it.
    worth: usize,
    /// The next line is part of a row that was refused for its size.
    skipping: bool,
    /// A row was refused by its first line: its other lines may follow.
    after_broken: bool,
    cells: Vec<Cell>,
}

impl Csv {
    pub(super) fn new(delimiter: u8, id: &str, limits: Limits) -> Self {
        Self {
            delimiter,
            id: id.to_owned(),
            limits,
            header: None,
            buffer: Buffer::default(),
            worth: 0,
            skipping: false,
            after_broken: false,
            cells: Vec::new(),
        }
    }

    fn advance(&mut self, bytes: usize, lines: u64) {
        self.buffer.advance(bytes, lines);
        self.worth = 0;
    }

    fn read_header(&mut self) -> Result<Option<Next>, Unreadable> {
        let rest = self.buffer.rest();
        if rest.len() < BOM.len() && !self.buffer.finished() {
            return Ok(Some(Next::Hungry));
        }
        if rest.starts_with(&[0xff, 0xfe]) || rest.starts_with(&[0xfe, 0xff]) {
            return Err(Unreadable("the file is UTF-16; save it as UTF-8".to_owned()));
        }
        let bom = if rest.starts_with(BOM) { BOM.len() } else { 0 };
        let mut cells = std::mem::take(&mut self.cells);
        let scan = csv_scan::scan(&rest[bom..], self.delimiter, self.buffer.finished(), &mut cells);
        let length = match scan {
            Scan::Record { bytes, lines, stray: false } => (bytes, lines),
            Scan::Open if rest.len() <= self.limits.row => return Ok(Some(Next::Hungry)),
            Scan::Open => return Err(Unreadable("the header has no end; is this CSV?".to_owned())),
            _ => return Err(Unreadable("the header has broken quotes".to_owned())),
        };
        let names: Option<Vec<String>> =
            cells.iter().map(|cell| csv_scan::text(&rest[bom..], cell)).collect();
        let names = names.ok_or_else(|| Unreadable("the header is not UTF-8".to_owned()))?;
        let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
        self.cells = cells;
        if names.iter().all(String::is_empty) && rest.len() == bom + length.0 && self.buffer.finished() {
            // An empty file has no rows.
            self.advance(bom + length.0, length.1);
            return Ok(Some(Next::End));
        }
        for (place, name) in names.iter().enumerate() {
            if !name.is_empty() && names[..place].contains(name) {
                return Err(Unreadable(format!("the header has the column {name:?} twice")));
            }
        }
        if !names.contains(&self.id) {
            let seen = crate::items::refusal::excerpt(&names.join(", "), 300);
            return Err(Unreadable(format!(
                "the header has no column {:?}, which identifies an item; it has {seen}",
                self.id
            )));
        }
        self.header = Some(names);
        self.advance(bom + length.0, length.1);
        Ok(None)
    }

    /// Passes over the rest of a line that is too long to be kept.
    fn skip_line(&mut self) -> bool {
        match self.buffer.line_length(0) {
            Some(length) => {
                self.advance(length, 1);
                self.skipping = false;
                true
            }
            None => {
                self.buffer.discard();
                false
            }
        }
    }

    /// Refuses the line at hand alone; its row's other lines follow or do not.
    fn refuse_line(&mut self, refusal: Refusal) -> Option<Next> {
        let limit = self.limits.row;
        match self.buffer.line_length(0) {
            Some(length) if length <= limit => {
                let remains = self.after_broken && self.buffer.rest().starts_with(b"\"");
                // A line that begins with a quote that belongs to nothing is where the refused row's cell closed.
                let row = (!remains).then(|| self.bad(length, refusal));
                self.advance(length, 1);
                self.after_broken = true;
                row.map(Next::Row)
            }
            None if self.buffer.rest().len() <= limit => Some(Next::Hungry),
            end => {
                let row = self.bad(self.buffer.rest().len(), too_large(limit));
                match end {
                    Some(length) => self.advance(length, 1),
                    None => {
                        self.buffer.discard();
                        self.skipping = true;
                    }
                }
                self.after_broken = true;
                Some(Next::Row(row))
            }
        }
    }

    fn refuse_endless(&mut self) -> Option<Next> {
        let message = format!("a quote is not closed within {} bytes", self.limits.row);
        self.refuse_line(Refusal::new(RefusalCode::BrokenQuotes, message))
    }

    fn bad(&self, length: usize, refusal: Refusal) -> Row {
        let content = Err(BadRow::new(refusal, &self.buffer.rest()[..length]));
        Row { line: self.buffer.line(), bytes: super::EXCERPT, content }
    }

    /// One step: a row, a request for bytes, or nothing to show for it.
    fn step(&mut self) -> Option<Next> {
        if self.skipping && !self.skip_line() {
            return Some(self.buffer.starved());
        }
        if self.buffer.rest().is_empty() {
            return Some(self.buffer.starved());
        }
        if self.buffer.rest().len() < self.worth && !self.buffer.finished() {
            return Some(Next::Hungry);
        }
        let columns = self.header.as_ref().map_or(0, Vec::len);
        let mut cells = std::mem::take(&mut self.cells);
        let scan = csv_scan::scan(self.buffer.rest(), self.delimiter, self.buffer.finished(), &mut cells);
        self.cells = cells;
        match scan {
            Scan::Open if self.buffer.rest().len() <= self.limits.row => {
                // Twice as much before the next look: an open record is scanned a bounded number of times.
                self.worth = (self.buffer.rest().len() * 2).min(self.limits.row + 1);
                Some(Next::Hungry)
            }
            Scan::Open => self.refuse_endless(),
            // The same as if the bytes beyond the limit had not been there yet.
            Scan::Record { bytes, .. } if bytes > self.limits.row => self.refuse_endless(),
            Scan::Astray | Scan::Unclosed => {
                let message = "a quoted cell is not closed, or has a quote in the middle that is not doubled";
                self.refuse_line(Refusal::new(RefusalCode::BrokenQuotes, message))
            }
            Scan::Record { bytes, lines, .. } if is_blank(&self.buffer.rest()[..bytes]) => {
                self.advance(bytes, lines);
                None
            }
            Scan::Record { bytes, lines, stray } if self.cells.len() != columns => {
                if self.after_broken && lines == 1 {
                    self.advance(bytes, lines);
                    return None;
                }
                let found = self.cells.len();
                if lines > 1 || stray {
                    let message =
                        format!("a quote is broken: the row has {found} cells, the header {columns}");
                    return self.refuse_line(Refusal::new(RefusalCode::BrokenQuotes, message));
                }
                let message = format!("the row has {found} cells, the header has {columns}");
                Some(self.take(bytes, lines, Some(Refusal::new(RefusalCode::WrongColumns, message))))
            }
            Scan::Record { bytes, lines, stray } => {
                let refusal = stray.then(|| {
                    let message =
                        "a quoted cell goes on after its closing quote; double the quotes within it";
                    Refusal::new(RefusalCode::BrokenQuotes, message)
                });
                Some(self.take(bytes, lines, refusal))
            }
        }
    }

    /// The record at hand as a row.
    fn take(&mut self, bytes: usize, lines: u64, refusal: Option<Refusal>) -> Next {
        let record = &self.buffer.rest()[..bytes];
        let content = match refusal {
            Some(refusal) => Err(refusal),
            None => self.to_item(record),
        };
        let row = match content {
            Ok(item) => Row { line: self.buffer.line(), bytes, content: Ok(item) },
            Err(refusal) => self.bad(bytes, refusal),
        };
        self.advance(bytes, lines);
        self.after_broken = false;
        Next::Row(row)
    }

    fn to_item(&self, record: &[u8]) -> Result<Map<String, Json>, Refusal> {
        if record.contains(&0) {
            return Err(Refusal::new(RefusalCode::NulByte, "the row holds a byte 0"));
        }
        if let Err(error) = std::str::from_utf8(record) {
            let at = error.valid_up_to();
            let message = format!("the row is not UTF-8: byte 0x{:02x} at byte {} of it", record[at], at + 1);
            return Err(Refusal::new(RefusalCode::WrongEncoding, message));
        }
        let mut item = Map::new();
        let header = self.header.iter().flatten();
        for (name, cell) in
            header.zip(&self.cells).filter(|(name, cell)| !name.is_empty() && !cell.range.is_empty())
        {
            if cell.range.len() >= self.limits.cell {
                let message = format!(
                    "{name}: the cell has {} bytes; it must be under {}",
                    cell.range.len(),
                    self.limits.cell
                );
                return Err(Refusal::new(RefusalCode::CellTooLarge, message).field(name));
            }
            let text = csv_scan::text(record, cell).unwrap_or_default();
            item.insert(name.clone(), Json::String(text));
        }
        Ok(item)
    }
}

fn is_blank(record: &[u8]) -> bool {
    record.iter().all(|b| matches!(b, b'\r' | b'\n'))
}

pub(super) fn too_large(limit: usize) -> Refusal {
    Refusal::new(RefusalCode::RowTooLarge, format!("the row has more than {limit} bytes"))
}

impl Splitter for Csv {
    fn buffer(&mut self) -> &mut Buffer {
        &mut self.buffer
    }

    fn next(&mut self) -> Result<Next, Unreadable> {
        if self.header.is_none()
            && let Some(next) = self.read_header()?
        {
            return Ok(next);
        }
        loop {
            if let Some(next) = self.step() {
                return Ok(next);
            }
        }
    }
}

#[cfg(test)]
#[path = "csv_tests.rs"]
mod tests;
