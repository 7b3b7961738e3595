//! Logs, metrics and health.
//!
//! Logs go to the standard error stream, as text or JSON lines ([`init_logs`]). Metrics are kept by one recorder for the
//! process and rendered for Prometheus ([`Metrics`]); the names on the first system's dashboards are registered from
//! the start ([`seed`]). [`Health`] knows which part works and whether the process is ready.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod health;
mod logs;
mod metrics;
pub mod process;
pub mod seed;

pub use health::{Health, PartHealth, PartState, Readiness, Report};
pub use logs::{LogFormat, init_logs};
pub use metrics::Metrics;

/// Why telemetry cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter for log lines is not understood.
    #[error(
        "the log filter is wrong; it is a level such as `info`, or a list such as `info,catalejo_index=debug`: {0}"
    )]
    Filter(String),
    /// The name of a log format is not understood.
    #[error("the log format must be `text` or `json`")]
    Format,
    /// Somebody else in this process collects logs or metrics already.
    #[error("{0} are collected by something else already")]
    Taken(&'static str),
}
