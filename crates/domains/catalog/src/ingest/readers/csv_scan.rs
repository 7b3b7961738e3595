//! Finding the end of one CSV record, however broken.

use std::ops::Range;

/// One cell within a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// Its bytes, quotes left out.
    pub(super) range: Range<usize>,
    /// Whether it holds doubled quotes, or goes on after its closing quote.
    pub(super) raw: bool,
}

/// What the bytes from a record's start on say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// A record of so many bytes and lines, its line end included.
    Record {
        bytes: usize,
        lines: u64,
        /// A quoted cell goes on after its closing quote, on the line where it began.
        stray: bool,
    },
    /// The bytes end within it.
    Open,
    /// A quoted cell goes on after what would be its closing quote, on a later line than it began: most likely it was
    /// never closed, and what follows are other records.
    Astray,
    /// The file ends within a quoted cell.
    Unclosed,
}

/// Scans the record at the start of `bytes`; `last` says that no bytes follow. Fills `cells`.
pub(super) fn scan(bytes: &[u8], delimiter: u8, last: bool, cells: &mut Vec<Cell>) -> Scan {
    cells.clear();
    let mut at = 0;
    let mut lines = 1;
    let mut stray = false;
    loop {
        let quote = bytes.get(at) == Some(&b'"');
        let (mut cell, mut next) = if quote {
            match closing_quote(bytes, at + 1, last) {
                Quote::Closed { at: close, doubled } => {
                    (Cell { range: at + 1..close, raw: doubled }, close + 1)
                }
                Quote::Open => return Scan::Open,
                Quote::Unclosed => return Scan::Unclosed,
            }
        } else {
            let end = plain(bytes, at, delimiter);
            (Cell { range: at..end, raw: false }, end)
        };
        if quote {
            let inner = bytes[cell.range.clone()].iter().filter(|&&b| b == b'\n').count() as u64;
            lines += inner;
            if bytes.get(next) == Some(&b'\r') && next + 1 == bytes.len() && !last {
                return Scan::Open;
            }
            if !ends_cell(bytes, next, delimiter) && next < bytes.len() {
                if inner > 0 {
                    return Scan::Astray;
                }
                stray = true;
                next = plain(bytes, next, delimiter);
                cell = Cell { range: cell.range.start..next, raw: true };
            }
        }
        if next >= bytes.len() && !last {
            return Scan::Open;
        }
        if bytes.get(next) == Some(&delimiter) {
            cells.push(cell);
            at = next + 1;
            continue;
        }
        let line_end = if bytes.get(next) == Some(&b'\r') { 2 } else { 1 };
        if !quote || stray {
            // A plain cell takes the carriage return of its line's end with it.
            let end = cell.range.end;
            if end > cell.range.start && bytes[end - 1] == b'\r' {
                cell.range.end -= 1;
            }
        }
        cells.push(cell);
        return Scan::Record { bytes: (next + line_end).min(bytes.len()), lines, stray };
    }
}

enum Quote {
    Closed { at: usize, doubled: bool },
    Open,
    Unclosed,
}

fn closing_quote(bytes: &[u8], mut at: usize, last: bool) -> Quote {
    let mut doubled = false;
    loop {
        let Some(found) = bytes[at..].iter().position(|&b| b == b'"') else {
            return if last { Quote::Unclosed } else { Quote::Open };
        };
        at += found;
        match bytes.get(at + 1) {
            Some(b'"') => {
                doubled = true;
                at += 2;
            }
            // The next byte decides whether this is a doubled quote.
            None if !last => return Quote::Open,
            _ => return Quote::Closed { at, doubled },
        }
    }
}

/// Where the plain bytes from `at` on end: at a delimiter, a line feed or the end.
fn plain(bytes: &[u8], at: usize, delimiter: u8) -> usize {
    bytes[at..].iter().position(|&b| b == delimiter || b == b'\n').map_or(bytes.len(), |n| at + n)
}

fn ends_cell(bytes: &[u8], at: usize, delimiter: u8) -> bool {
    match bytes.get(at) {
        Some(&b) if b == delimiter || b == b'\n' => true,
        Some(b'\r') => bytes.get(at + 1).is_none_or(|&b| b == b'\n'),
        _ => false,
    }
}

/// The text of a cell; `None` when it is not UTF-8.
pub(super) fn text(bytes: &[u8], cell: &Cell) -> Option<String> {
    let text = std::str::from_utf8(&bytes[cell.range.clone()]).ok()?;
    Some(if cell.raw { text.replace("\"\"", "\"") } else { text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, last: bool) -> (Scan, Vec<String>) {
        let mut cells = Vec::new();
        let scan = scan(text.as_bytes(), b',', last, &mut cells);
        let texts = cells.iter().map(|cell| super::text(text.as_bytes(), cell).unwrap()).collect();
        (scan, texts)
    }

    fn record(bytes: usize, lines: u64) -> Scan {
        Scan::Record { bytes, lines, stray: false }
    }

    #[test]
    fn records() {
        assert_eq!(cells("a,b\nc", false), (record(4, 1), vec!["a".into(), "b".into()]));
        assert_eq!(cells("a,b\r\nc", false), (record(5, 1), vec!["a".into(), "b".into()]));
        assert_eq!(cells("a,\"b\"\r\nc", false), (record(7, 1), vec!["a".into(), "b".into()]));
        assert_eq!(cells("a,", true), (record(2, 1), vec!["a".into(), String::new()]));
        assert_eq!(
            cells("\"x\ny \"\"z\"\"\",b\n", false),
            (record(14, 2), vec!["x\ny \"z\"".into(), "b".into()])
        );
        assert_eq!(cells("12\" vinyl,b\n", false).1, vec!["12\" vinyl", "b"]);
    }

    #[test]
    fn what_is_cut_off_is_open_until_the_end() {
        let whole = "a,\"b \"\"c\"\"\nd\"\r\n";
        for end in 0..whole.len() {
            assert_eq!(cells(&whole[..end], false).0, Scan::Open, "{end}");
        }
        assert_eq!(cells(whole, false).0, record(whole.len(), 2));
        assert_eq!(cells("a,\"b", true).0, Scan::Unclosed);
    }

    #[test]
    fn broken_quotes() {
        assert_eq!(
            cells("a,\"the \"best\" song\",c\n", false).0,
            Scan::Record { bytes: 22, lines: 1, stray: true }
        );
        assert_eq!(cells("a,\"open,c\nd,\"quoted\",f\n", false).0, Scan::Astray);
    }
}
