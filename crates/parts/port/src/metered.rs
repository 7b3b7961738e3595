use std::future::Future;
use std::time::{Duration, Instant};

use metrics::{counter, histogram};

use crate::PortResult;

/// Awaits `future` and counts it: `catalejo_<part>_operations_total{operation,outcome}` and
/// `catalejo_<part>_seconds{operation}`. The outcome is `ok` or the error's kind.
pub async fn observe<T>(
    part: &'static str,
    operation: &'static str,
    future: impl Future<Output = PortResult<T>>,
) -> PortResult<T> {
    let begun = Instant::now();
    let result = future.await;
    let outcome = result.as_ref().map_or_else(|error| error.kind().as_str(), |_| "ok");
    record(part, operation, outcome, begun.elapsed());
    result
}

/// What [`observe`] counts, for an outcome of one's own such as `hit` and `miss`.
pub fn record(part: &'static str, operation: &'static str, outcome: &'static str, took: Duration) {
    counter!(format!("catalejo_{part}_operations_total"), "operation" => operation, "outcome" => outcome)
        .increment(1);
    histogram!(format!("catalejo_{part}_seconds"), "operation" => operation).record(took);
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;
    use crate::PortError;

    #[test]
    fn counts_by_operation_and_outcome() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        metrics::with_local_recorder(&recorder, || {
            runtime.block_on(async {
                assert_eq!(observe("cache", "get", async { Ok(7) }).await.unwrap(), 7);
                observe("cache", "get", async { Ok(()) }).await.unwrap();
                observe("cache", "get", async { Err::<(), _>(PortError::busy("full")) }).await.unwrap_err();
            });
        });
        let text = recorder.handle().render();
        for line in [
            "catalejo_cache_operations_total{operation=\"get\",outcome=\"ok\"} 2",
            "catalejo_cache_operations_total{operation=\"get\",outcome=\"busy\"} 1",
            "catalejo_cache_seconds_count{operation=\"get\"} 3",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
