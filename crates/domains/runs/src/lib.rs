//! Runs: every long piece of work (a crawl, an ingest, a re-index) with its state, counts, attempts, error and log.
//!
//! A run outlives the process that works on it. Its state is in the store; progress is written at most once a second
//! and told to watchers of the same process at once. A run that a dead process left `running` is put back to `queued`
//! by [`Runs::recover`], so that its work is taken up again by whoever does work of its kind.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod entity;
mod error;
mod handle;
mod log;
mod migrations;
mod run;
mod service;
mod watch;

pub use error::{RunError, RunResult};
pub use handle::RunHandle;
pub use log::{LogLevel, LogLine};
pub use migrations::migrations;
pub use run::{Counts, NewRun, Page, Run, RunKind, RunQuery, RunState};
pub use service::Runs;
pub use watch::RunEvent;
