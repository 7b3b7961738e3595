use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::{TelemetryError, process, seed};

/// How often samples are put into their buckets, so that they do not pile up while nobody asks for them.
const UPKEEP: Duration = Duration::from_secs(5);

/// Buckets in seconds for our own timings, which begin far below those of the first system.
const FINE_BUCKETS: [f64; 16] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];

/// All metrics of this process.
#[derive(Debug, Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl Metrics {
    /// Installs the recorder that the `metrics` macros write to and registers the first system's metrics.
    /// Once per process; later calls answer the same.
    pub fn install() -> Result<Self, TelemetryError> {
        static INSTALLED: OnceLock<Metrics> = OnceLock::new();
        static INSTALLING: Mutex<()> = Mutex::new(());
        let _one_at_a_time = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(metrics) = INSTALLED.get() {
            return Ok(metrics.clone());
        }
        let handle = builder().install_recorder().map_err(|_| TelemetryError::Taken("metrics"))?;
        seed::register();
        let upkeep = handle.clone();
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(UPKEEP);
                upkeep.run_upkeep();
            }
        });
        Ok(INSTALLED.get_or_init(|| Self { handle }).clone())
    }

    /// Everything in Prometheus' text format (`text/plain; version=0.0.4`), the process's own metrics included.
    pub fn render(&self) -> String {
        let mut text = self.handle.render();
        text.push_str(&process::render());
        text
    }
}

fn builder() -> PrometheusBuilder {
    let names = seed::HISTOGRAMS.iter().map(|metric| Matcher::Full(metric.name.to_owned()));
    let with_seed = names.fold(PrometheusBuilder::new(), |builder, name| {
        builder.set_buckets_for_metric(name, &seed::BUCKETS).expect("there are buckets")
    });
    with_seed
        .set_buckets_for_metric(Matcher::Prefix("catalejo_".to_owned()), &FINE_BUCKETS)
        .expect("there are buckets")
        .set_quantiles(&[0.5, 0.9, 0.99])
        .expect("there are quantiles")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of the line that begins with `series` and a blank.
    fn value(text: &str, series: &str) -> Option<f64> {
        let line =
            text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    #[test]
    fn everything_is_rendered_from_the_start_and_counts() {
        let metrics = Metrics::install().unwrap();
        let text = metrics.render();
        for counter in seed::COUNTERS {
            assert_eq!(value(&text, &counter.series("", &[])), Some(0.0), "{} in\n{text}", counter.name);
        }
        for metric in seed::HISTOGRAMS.iter().chain(seed::SUMMARIES) {
            assert_eq!(value(&text, &metric.series("_count", &[])), Some(0.0), "{} in\n{text}", metric.name);
            assert_eq!(value(&text, &metric.series("_sum", &[])), Some(0.0));
        }
        for histogram in seed::HISTOGRAMS {
            assert!(text.contains(&format!("# TYPE {} histogram", histogram.name)));
            let buckets = text.matches(&format!("{}_bucket{{", histogram.name)).count();
            assert_eq!(buckets, seed::BUCKETS.len() + 1, "{}", histogram.name);
        }
        for summary in seed::SUMMARIES {
            assert!(text.contains(&format!("# TYPE {} summary", summary.name)));
        }

        assert!(!text.contains("cache_type"), "no cache is in use yet");
        seed::register_cache("memory");
        assert_eq!(value(&metrics.render(), "cache_hits_total{cache_type=\"memory\"}"), Some(0.0));
        metrics::counter!("processed_rows_total").increment(7);
        let labels = [("endpoint", "/encode")];
        metrics::histogram!("embedding_generation_seconds", &labels).record(0.3);
        metrics::histogram!("embedding_processing_seconds", "method" => "POST", "endpoint" => "/ask")
            .record(0.25);
        metrics::histogram!("catalejo_cache_seconds", "operation" => "get").record(0.0002);
        let text = metrics.render();
        assert_eq!(value(&text, "processed_rows_total"), Some(7.0));
        let encode = |suffix, le: &str| {
            let le = if le.is_empty() { String::new() } else { format!(",le=\"{le}\"") };
            value(&text, &format!("embedding_generation_seconds{suffix}{{endpoint=\"/encode\"{le}}}"))
        };
        assert_eq!((encode("_sum", ""), encode("_count", "")), (Some(0.3), Some(1.0)));
        assert_eq!((encode("_bucket", "0.25"), encode("_bucket", "0.5")), (Some(0.0), Some(1.0)));
        assert_eq!((encode("_bucket", "0.005"), encode("_bucket", "+Inf")), (Some(0.0), Some(1.0)));
        let ask = "{method=\"POST\",endpoint=\"/ask\"}";
        assert_eq!(value(&text, &format!("embedding_processing_seconds_sum{ask}")), Some(0.25));
        let fine = "catalejo_cache_seconds_bucket{operation=\"get\",le=\"0.00025\"}";
        assert_eq!(value(&text, fine), Some(1.0));
        assert!(value(&text, "process_resident_memory_bytes").unwrap() > 1e6);
        assert_eq!(Metrics::install().unwrap().render().lines().count(), text.lines().count());
    }
}
