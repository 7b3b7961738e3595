use super::Next;

/// Bytes of a file that were fed and not yet read, and the number of the line at which they begin.
#[derive(Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    at: usize,
    lines: u64,
    finished: bool,
}

impl Buffer {
    /// Takes the next bytes of the file.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        // What was read is dropped when it is half of the buffer: each byte is moved a bounded number of times.
        if self.at > 0 && self.at >= self.bytes.len() / 2 {
            self.bytes.drain(..self.at);
            self.at = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Says that there are no more.
    pub(crate) fn finish(&mut self) {
        self.finished = true;
    }

    /// Whether all of the file was fed.
    pub(crate) fn finished(&self) -> bool {
        self.finished
    }

    /// What is not yet read.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// The line at which the rest begins, counted from 1.
    pub(crate) fn line(&self) -> u64 {
        self.lines + 1
    }

    /// The length of the line at hand with its end, which is looked for after the first `searched` bytes; `None` while
    /// it has none.
    pub(crate) fn line_length(&self, searched: usize) -> Option<usize> {
        let rest = self.rest();
        match rest[searched..].iter().position(|&b| b == b'\n') {
            Some(end) => Some(searched + end + 1),
            None if self.finished => Some(rest.len()),
            None => None,
        }
    }

    /// Takes bytes as read, and with them the ends of `lines` lines.
    pub(crate) fn advance(&mut self, bytes: usize, lines: u64) {
        self.at += bytes;
        self.lines += lines;
    }

    /// Takes all that is there as read: the beginning of a line that is too long to be kept.
    pub(crate) fn discard(&mut self) {
        self.at = self.bytes.len();
    }

    /// What to say when nothing is left to read.
    pub(crate) fn starved(&self) -> Next {
        if self.finished { Next::End } else { Next::Hungry }
    }
}
