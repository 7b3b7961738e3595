//! JSON Lines: one object a line. A bad line costs itself only.

use serde_json::{Map, Value as Json};

use super::buffer::Buffer;
use super::csv::too_large;
use super::{BadRow, Limits, Next, Row, Splitter, Unreadable};
use crate::items::{Refusal, RefusalCode};

pub(super) struct Jsonl {
    limits: Limits,
    buffer: Buffer,
    /// How far the line at hand has been searched for its end.
    searched: usize,
    skipping: bool,
}

impl Jsonl {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, buffer: Buffer::default(), searched: 0, skipping: false }
    }

    fn parse(&self, line: &[u8]) -> Result<Map<String, Json>, Refusal> {
        if line.contains(&0) {
            return Err(Refusal::new(RefusalCode::NulByte, "the line holds a byte 0"));
        }
        let text = std::str::from_utf8(line).map_err(|error| {
            let message = format!("the line is not UTF-8 at byte {}", error.valid_up_to() + 1);
            Refusal::new(RefusalCode::WrongEncoding, message)
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let item = match serde_json::from_str(text) {
            Ok(Json::Object(item)) => item,
            Ok(_) => return Err(Refusal::new(RefusalCode::WrongJson, "the line is JSON, but not an object")),
            Err(error) => {
                let message = format!("the line is not JSON: {error}");
                return Err(Refusal::new(RefusalCode::WrongJson, message));
            }
        };
        let large =
            item.iter().find(|(_, value)| value.as_str().is_some_and(|text| text.len() >= self.limits.cell));
        if let Some((name, value)) = large {
            let bytes = value.as_str().map_or(0, str::len);
            let message =
                format!("{name}: the value has {bytes} bytes; it must be under {}", self.limits.cell);
            return Err(Refusal::new(RefusalCode::CellTooLarge, message).field(name));
        }
        Ok(item)
    }
}

impl Splitter for Jsonl {
    fn buffer(&mut self) -> &mut Buffer {
        &mut self.buffer
    }

    fn next(&mut self) -> Result<Next, Unreadable> {
        loop {
            let rest = self.buffer.rest();
            if rest.is_empty() {
                return Ok(self.buffer.starved());
            }
            let Some(length) = self.buffer.line_length(self.searched) else {
                if rest.len() <= self.limits.row {
                    self.searched = rest.len();
                    return Ok(Next::Hungry);
                }
                let content = Err(BadRow::new(too_large(self.limits.row), rest));
                let row = Row { line: self.buffer.line(), bytes: super::EXCERPT, content };
                self.buffer.discard();
                self.searched = 0;
                let skipped = std::mem::replace(&mut self.skipping, true);
                return Ok(if skipped { Next::Hungry } else { Next::Row(row) });
            };
            let line = rest[..length].strip_suffix(b"\n").unwrap_or(&rest[..length]);
            let blank = line.iter().all(u8::is_ascii_whitespace);
            let skipped = std::mem::take(&mut self.skipping);
            let row = (!blank && !skipped).then(|| Row {
                line: self.buffer.line(),
                bytes: line.len(),
                content: self.parse(line).map_err(|refusal| BadRow::new(refusal, line)),
            });
            self.buffer.advance(length, 1);
            self.searched = 0;
            if let Some(row) = row {
                return Ok(Next::Row(row));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_lines_cost_themselves() {
        let mut file = b"{\"id\":1}\n\nnot json\n[1]\n{\"id\":2,\"x\":\"caf\xe9\"}\r\n{\"id\":\"".to_vec();
        file.extend(vec![b'x'; 300]);
        file.extend(b"\"}\n{\"id\":\"");
        file.extend(vec![b'y'; 5000]);
        file.extend(b"\"}\n{\"id\":3}");
        for piece in [1, 3, 100, usize::MAX] {
            let mut reader = Jsonl::new(Limits { cell: 200, row: 1000 });
            let mut pieces = file.chunks(piece);
            let mut seen = Vec::new();
            loop {
                match reader.next().unwrap() {
                    Next::Row(row) => {
                        seen.push((row.line, row.content.map_err(|bad| bad.refusal.code).map(|_| ())))
                    }
                    Next::End => break,
                    Next::Hungry => match pieces.next() {
                        Some(bytes) => reader.buffer().feed(bytes),
                        None => reader.buffer().finish(),
                    },
                }
            }
            let expected = vec![
                (1, Ok(())),
                (3, Err(RefusalCode::WrongJson)),
                (4, Err(RefusalCode::WrongJson)),
                (5, Err(RefusalCode::WrongEncoding)),
                (6, Err(RefusalCode::CellTooLarge)),
                (
                    7,
                    Err(if piece == usize::MAX {
                        RefusalCode::CellTooLarge
                    } else {
                        RefusalCode::RowTooLarge
                    }),
                ),
                (8, Ok(())),
            ];
            assert_eq!(seen, expected, "in pieces of {piece}");
        }
    }
}
