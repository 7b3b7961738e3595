//! What the routes stand on.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use catalejo_encoder::Encoder;
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
