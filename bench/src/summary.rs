use std::time::Duration;

use serde_json::{Value, json};

/// The latencies of one run.
#[derive(Debug, Default)]
pub struct Summary {
    micros: Vec<u32>,
    errors: u64,
}

impl Summary {
    /// Counts one answered request.
    pub fn record(&mut self, latency: Duration) {
        self.micros.push(u32::try_from(latency.as_micros()).unwrap_or(u32::MAX));
    }

    /// Counts one request that failed or was answered with another status than 200.
    pub fn record_error(&mut self) {
        self.errors += 1;
    }

    /// Adds another connection's figures.
    pub fn merge(&mut self, other: Self) {
        self.micros.extend(other.micros);
        self.errors += other.errors;
    }

    /// The latency below which `share` (0 to 1) of the answers came, in milliseconds.
    fn percentile(&self, share: f64) -> f64 {
        let at = ((self.micros.len() as f64 * share) as usize).min(self.micros.len().saturating_sub(1));
        self.micros.get(at).map_or(f64::NAN, |m| f64::from(*m) / 1000.0)
    }

    /// All figures as JSON; `elapsed` is the wall time over which they were taken.
    pub fn finish(mut self, elapsed: Duration) -> Value {
        self.micros.sort_unstable();
        json!({
            "requests": self.micros.len(),
            "errors": self.errors,
            "requests_per_s": self.micros.len() as f64 / elapsed.as_secs_f64(),
            "p50_ms": self.percentile(0.50),
            "p90_ms": self.percentile(0.90),
            "p99_ms": self.percentile(0.99),
            "max_ms": self.percentile(1.0),
        })
    }
}
