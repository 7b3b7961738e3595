//! The service's own HTTP client: the one way in which commands reach a service, theirs or a running one.

use std::path::Path;

use bytes::Bytes;
use catalejo_port::Secret;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use reqwest::{Method, RequestBuilder, Response, header};
use serde_json::Value;
use tokio_util::io::ReaderStream;

/// Speaks to one service.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    key: Option<Secret>,
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The service answered with a problem.
    #[error("{detail}")]
    Problem {
        /// The problem's code.
        code: String,
        /// What happened.
        detail: String,
    },
    /// It did not answer, or not as expected.
    #[error("the service at {base} does not answer as expected: {cause}")]
    Broken {
        /// Its address.
        base: String,
        /// What went wrong.
        cause: String,
    },
    /// A file to send cannot be read.
    #[error("cannot read {path}: {cause}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
}

/// What requests return.
pub type Result<T, E = ClientError> = std::result::Result<T, E>;

/// One server-sent event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// `update` or `log`.
    pub name: String,
    /// Its JSON.
    pub data: Value,
}

impl Client {
    /// A client of the service at `base` (`http://host:port`), authorised by `key`.
    pub fn new(base: impl Into<String>, key: Option<Secret>) -> Self {
        // a proxy of the environment must not see what goes to our own machine
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client without TLS roots or proxies builds");
        Self { http, base: base.into(), key }
    }

    /// `GET`s JSON.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.json(self.request(Method::GET, path)).await
    }

    /// `POST`s JSON for JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.json(self.request(Method::POST, path).json(body)).await
    }

    /// `PUT`s a text of a media type.
    pub async fn put(&self, path: &str, media: &str, body: String) -> Result<Value> {
        self.json(self.request(Method::PUT, path).header(header::CONTENT_TYPE, media).body(body)).await
    }

    /// `PATCH`es JSON for JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        self.json(self.request(Method::PATCH, path).json(body)).await
    }

    /// `DELETE`s.
    pub async fn delete(&self, path: &str) -> Result<Value> {
        self.json(self.request(Method::DELETE, path)).await
    }

    /// All entries of a list, page by page, up to `most`.
    pub async fn list(&self, path: &str, most: usize) -> Result<Vec<Value>> {
        let join = if path.contains('?') { '&' } else { '?' };
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let mut page = self.get(&format!("{path}{join}limit={}{cursor}", most.clamp(1, 100))).await?;
            items.extend(page["items"].as_array_mut().map(std::mem::take).unwrap_or_default());
            match page["next_cursor"].as_str() {
                Some(next) if items.len() < most => cursor = format!("&cursor={next}"),
                _ => break,
            }
        }
        items.truncate(most);
        Ok(items)
    }

    /// Streams a file to a route as the multipart field `file`; `sent` hears of every piece.
    pub async fn upload(
        &self,
        path: &str,
        file: &Path,
        sent: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<Value> {
        let failed = |cause| ClientError::File { path: file.display().to_string(), cause };
        let opened = tokio::fs::File::open(file).await.map_err(failed)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().replace(['"', '\r', '\n'], "_");
        let boundary = random_hex();
        let head = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             content-type: application/octet-stream\r\n\r\n"
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        let content =
            ReaderStream::with_capacity(opened, 256 * 1024).inspect_ok(move |piece| sent(piece.len() as u64));
        let whole = |text: String| stream::once(async { Ok(Bytes::from(text)) });
        let body = reqwest::Body::wrap_stream(whole(head).chain(content).chain(whole(tail)));
        let media = format!("multipart/form-data; boundary={boundary}");
        self.json(self.request(Method::POST, path).header(header::CONTENT_TYPE, media).body(body)).await
    }

    /// The server-sent events of a route, until it ends them.
    pub async fn events(&self, path: &str) -> Result<impl Stream<Item = Result<Event>> + Unpin + use<>> {
        let response = self.send(self.request(Method::GET, path)).await?;
        let base = self.base.clone();
        let pieces = response.bytes_stream().map_err(move |error| broken(&base, &error));
        Ok(Box::pin(stream::try_unfold(
            (Box::pin(pieces), Vec::new()),
            |(mut pieces, mut held)| async move {
                loop {
                    if let Some(event) = take_event(&mut held) {
                        return Ok(Some((event, (pieces, held))));
                    }
                    match pieces.try_next().await? {
                        Some(piece) => held.extend_from_slice(&piece),
                        None => return Ok(None),
                    }
                }
            },
        )))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.key {
            Some(key) => request.bearer_auth(key.expose()),
            None => request,
        }
    }

    async fn json(&self, request: RequestBuilder) -> Result<Value> {
        let bytes = self.send(request).await?.bytes().await.map_err(|error| broken(&self.base, &error))?;
        if bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).map_err(|error| broken(&self.base, &error))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response> {
        let response = request.send().await.map_err(|error| broken(&self.base, &error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let problem: Value = response.json().await.unwrap_or_default();
        let text = |field: &str| problem[field].as_str().map(str::to_owned);
        let code = text("code").unwrap_or_else(|| status.to_string());
        let mut detail = text("detail").or_else(|| text("error")).unwrap_or_else(|| status.to_string());
        if status.is_server_error()
            && let Some(id) = text("request_id")
        {
            detail.push_str(&format!(" (request {id})"));
        }
        Err(ClientError::Problem { code, detail })
    }
}

/// 128 random bits: a token, or a boundary that no file holds.
pub fn random_hex() -> String {
    let mut bytes = [0; 16];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut bytes).expect("the system has random numbers");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One part of a path, escaped.
pub fn segment(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn broken(base: &str, error: &dyn std::error::Error) -> ClientError {
    let mut cause = error.to_string();
    let mut deeper = error.source();
    while let Some(error) = deeper {
        cause = error.to_string();
        deeper = error.source();
    }
    ClientError::Broken { base: base.to_owned(), cause }
}

/// Cuts the first whole event off what has come so far; comments are skipped.
fn take_event(held: &mut Vec<u8>) -> Option<Event> {
    loop {
        let end = held.windows(2).position(|pair| pair == b"\n\n")?;
        let block: Vec<u8> = held.drain(..end + 2).collect();
        let block = String::from_utf8_lossy(&block);
        let field = |name: &str| {
            let lines = block.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            lines.map(|text| text.strip_prefix(' ').unwrap_or(text)).collect::<Vec<_>>().join("\n")
        };
        if let Ok(data) = serde_json::from_str(&field("data")) {
            return Some(Event { name: field("event"), data });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_cut_where_they_end() {
        let mut held = b": hello\n\nevent: update\ndata: {\"a\":1}\n\nevent: lo".to_vec();
        let event = take_event(&mut held).unwrap();
        assert_eq!((event.name.as_str(), &event.data["a"]), ("update", &Value::from(1)));
        assert_eq!(take_event(&mut held), None);
        held.extend_from_slice(b"g\ndata: 2\n\n");
        assert_eq!(take_event(&mut held).unwrap().name, "log");
    }

    #[test]
    fn segments_are_escaped() {
        assert_eq!(segment("a/b ñ"), "a%2Fb%20%C3%B1");
    }
}
