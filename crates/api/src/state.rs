//! What the routes stand on.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{HeaderMap, HeaderName};
use catalejo_encoder::Encoder;
use catalejo_port::PortResult;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::guard::Guard;
use crate::ops::PartReport;
use crate::problem::{Code, Problem, Result};

/// Shared by all routes; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Base>);

/// What every role's routes need.
pub struct Base {
    /// Who may do what.
    pub guard: Guard,
    /// What one caller may cost.
    pub limits: Limits,
    /// Whether the service itself speaks HTTPS.
    pub secure: bool,
    /// Texts to vectors; absent when no model is installed.
    pub encoder: Option<Arc<dyn Encoder>>,
    /// Looks after all parts.
    pub parts: Arc<dyn Parts>,
    /// Renders the metrics in Prometheus' text form.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Fires when the service is going away, so that streams end.
    pub shutdown: CancellationToken,
}

/// What one caller may cost.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Largest JSON body in bytes.
    pub body: usize,
    /// Largest uploaded file in bytes.
    pub upload: u64,
    /// Most entries of one page.
    pub page: usize,
    /// Longest time until an answer begins.
    pub request_timeout: Duration,
    /// How often a source without a schedule of its own is crawled.
    pub crawl_interval: Duration,
    /// Folders that `file:` sources may read; empty means any.
    pub source_roots: Vec<PathBuf>,
    /// The header in which a proxy before us names the caller's address.
    pub address_header: Option<HeaderName>,
}

impl Limits {
    /// Refuses a `file:` source outside the folders that sources may read.
    pub fn check_source(&self, url: &str) -> Result<()> {
        let Some(path) = url.strip_prefix("file:").filter(|_| !self.source_roots.is_empty()) else {
            return Ok(());
        };
        let path = path.split('?').next().unwrap_or_default();
        let real = Path::new(path).canonicalize();
        let inside = |real: &PathBuf| {
            let roots = self.source_roots.iter().filter_map(|root| root.canonicalize().ok());
            roots.into_iter().any(|root| real.starts_with(root))
        };
        match real.as_ref().is_ok_and(inside) {
            true => Ok(()),
            false => {
                Err(Problem::invalid("url: the folder is not inside one of the configured `source_roots`"))
            }
        }
    }
}

/// Copies everything aside while the service runs.
#[async_trait]
pub trait Backups: Send + Sync {
    /// Writes a backup into the new or empty `folder`; answers its manifest.
    async fn create(&self, folder: &Path) -> PortResult<Value>;
}

/// Knows the parts that this process stands on.
#[async_trait]
pub trait Parts: Send + Sync {
    /// Asks every part whether it answers.
    async fn check(&self) -> Vec<PartReport>;
}

impl AppState {
    /// Shares what the routes stand on.
    pub fn new(base: Base) -> Self {
        Self(Arc::new(base))
    }

    /// Whether the caller's browser speaks HTTPS, to us or to a proxy before us.
    pub fn is_secure(&self, headers: &HeaderMap) -> bool {
        self.secure || headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https")
    }

    /// The encoder, or the problem that says what to do about its absence.
    pub fn encoder(&self) -> Result<&Arc<dyn Encoder>> {
        self.encoder.as_ref().ok_or_else(|| Problem::new(Code::Unavailable, NO_MODEL))
    }
}

const NO_MODEL: &str = "no embedding model is installed, so only search by words (`\"mode\": \"text\"`) works; `catalejo check` says what to do";

impl Deref for AppState {
    type Target = Base;

    fn deref(&self) -> &Base {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_stay_inside_their_roots() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("in")).unwrap();
        let limits = Limits {
            body: 1,
            upload: 1,
            page: 1,
            request_timeout: Duration::ZERO,
            crawl_interval: Duration::ZERO,
            source_roots: vec![root.path().join("in")],
            address_header: None,
        };
        let check = |path: &str| limits.check_source(&format!("file:{}/{path}", root.path().display()));
        assert!(check("in").is_ok());
        assert!(check("in/../").is_err() && check("missing").is_err() && check("").is_err());
        assert!(limits.check_source("s3://bucket/prefix").is_ok());
    }
}
