//! Background work as the crawler and the re-indexing do it: look for queued runs, do them, wait for the bell.

use std::future::Future;
use std::time::Duration;

use catalejo_runs::{RunHandle, RunKind};
use chrono::Utc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::CatalogResult;
use crate::catalog::Core;

/// Calls `look` until `shutdown`: at once when the `bell` rings, else every `period`. An error of one look is logged,
/// and the next one tries again.
pub(crate) async fn look_again<F>(
    what: &str,
    period: Duration,
    bell: &Notify,
    shutdown: &CancellationToken,
    mut look: impl FnMut() -> F,
) where
    F: Future<Output = CatalogResult<()>>,
{
    loop {
        if let Err(error) = look().await {
            tracing::warn!(%error, "{what} waits");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = bell.notified() => {}
            () = tokio::time::sleep(jitter(period)) => {}
        }
    }
}

impl Core {
    /// Does each queued run of a kind that this process can take up, the oldest first, until `shutdown`.
    pub(crate) async fn each_queued<F>(
        &self,
        kind: RunKind,
        shutdown: &CancellationToken,
        mut work: impl FnMut(RunHandle) -> F,
    ) -> CatalogResult<()>
    where
        F: Future<Output = CatalogResult<()>>,
    {
        for run in self.runs.queued(kind).await? {
            if shutdown.is_cancelled() {
                break;
            }
            if let Some(handle) = self.runs.claim(&run.id).await? {
                work(handle).await?;
            }
        }
        Ok(())
    }
}

/// Up to a quarter more, so that processes do not look all at once.
fn jitter(period: Duration) -> Duration {
    let nanos = Utc::now().timestamp_subsec_nanos();
    period + period.mul_f64(f64::from(nanos % 1000) / 4000.0)
}
