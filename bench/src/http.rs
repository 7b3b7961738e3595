use std::io::{Error, ErrorKind, Result};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Where requests go: `http://host:port/path`.
#[derive(Debug, Clone)]
pub struct Target {
    /// `host:port` for the socket and the `Host` header.
    pub authority: String,
    /// Path and query.
    pub path: String,
}

impl Target {
    /// Reads a plain `http://` URL; anything else is an error that says so.
    pub fn parse(url: &str) -> std::result::Result<Self, String> {
        let rest = url.strip_prefix("http://").ok_or_else(|| format!("{url}: only http:// URLs"))?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if !authority.contains(':') {
            return Err(format!("{url}: name the port"));
        }
        let path = if path.is_empty() { "/" } else { path };
        Ok(Self { authority: authority.to_owned(), path: path.to_owned() })
    }

    /// The bytes of a JSON POST, with further header lines.
    pub fn post(&self, body: &str, headers: &[String]) -> Vec<u8> {
        let length = body.len();
        let head = self.head("POST", headers);
        format!("{head}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes()
    }

    /// The bytes of a GET, with further header lines.
    pub fn get(&self, headers: &[String]) -> Vec<u8> {
        (self.head("GET", headers) + "\r\n").into_bytes()
    }

    fn head(&self, method: &str, headers: &[String]) -> String {
        let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
        format!("{method} {} HTTP/1.1\r\nHost: {}\r\n{lines}", self.path, self.authority)
    }
}

/// One keep-alive connection; it reconnects when the server closed it.
#[derive(Debug)]
pub struct Connection {
    authority: String,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Connection {
    /// A connection that opens with its first request.
    pub fn new(target: &Target) -> Self {
        Self { authority: target.authority.clone(), stream: None, buffer: Vec::with_capacity(64 << 10) }
    }

    /// Sends `request` and reads the answer to its end; the HTTP status.
    pub async fn send(&mut self, request: &[u8]) -> Result<u16> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.authority).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(request).await?;
        let head = self.read_head(&mut stream).await?;
        self.read_body(&mut stream, &head).await?;
        if head.keep_alive {
            self.stream = Some(stream);
        }
        Ok(head.status)
    }

    async fn fill(&mut self, stream: &mut TcpStream) -> Result<usize> {
        stream.read_buf(&mut self.buffer).await
    }

    async fn read_head(&mut self, stream: &mut TcpStream) -> Result<Head> {
        self.buffer.clear();
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let head = Head::parse(&self.buffer[..end])?;
                self.buffer.drain(..end + 4);
                return Ok(head);
            }
            if self.fill(stream).await? == 0 {
                return Err(Error::new(ErrorKind::UnexpectedEof, "closed before the answer's head"));
            }
        }
    }

    async fn read_body(&mut self, stream: &mut TcpStream, head: &Head) -> Result<()> {
        loop {
            let complete = match head.length {
                Length::Known(n) => self.buffer.len() >= n,
                Length::Chunked => self.buffer.ends_with(b"0\r\n\r\n"),
                Length::UntilClose => false,
            };
            if complete {
                return Ok(());
            }
            if self.fill(stream).await? == 0 {
                return match head.length {
                    Length::UntilClose => Ok(()),
                    _ => Err(Error::new(ErrorKind::UnexpectedEof, "closed in the middle of an answer")),
                };
            }
        }
    }
}

#[derive(Debug)]
enum Length {
    Known(usize),
    Chunked,
    UntilClose,
}

#[derive(Debug)]
struct Head {
    status: u16,
    length: Length,
    keep_alive: bool,
}

impl Head {
    fn parse(bytes: &[u8]) -> Result<Self> {
        let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
        let mut lines = text.split("\r\n");
        let first = lines.next().unwrap_or_default();
        let status = first
            .split(' ')
            .nth(1)
            .and_then(|s| s.parse().ok())
            .ok_or_else(|| Error::new(ErrorKind::InvalidData, "no status line"))?;
        let mut head = Self { status, length: Length::UntilClose, keep_alive: first.starts_with("http/1.1") };
        for (name, value) in lines.filter_map(|l| l.split_once(':')) {
            match (name, value.trim()) {
                ("content-length", n) => head.length = n.parse().map_or(Length::UntilClose, Length::Known),
                ("transfer-encoding", "chunked") => head.length = Length::Chunked,
                ("connection", "close") => head.keep_alive = false,
                _ => {}
            }
        }
        if matches!(head.length, Length::UntilClose) {
            head.keep_alive = false;
        }
        Ok(head)
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}
