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
