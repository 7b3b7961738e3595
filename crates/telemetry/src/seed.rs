//! The metrics of the first system, under their exact names, so that its dashboards show Catalejo unchanged.
//!
//! Its client library shows a metric without labels from the start and one with labels from its first use. Here all
//! are shown from the start, with the labels that its dashboards meet first; those of the cache name the one in use.

use metrics::{counter, describe_counter, describe_histogram, histogram};

/// The default buckets of the first system's client library, in seconds.
pub const BUCKETS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// One metric and the labels it is registered with.
#[derive(Debug)]
pub struct SeedMetric {
    /// Its exact name.
    pub name: &'static str,
    /// Names and first values of its labels.
    pub labels: &'static [(&'static str, &'static str)],
    help: &'static str,
}

impl SeedMetric {
    /// The series as Prometheus' text format writes it.
    #[cfg(test)]
    pub(crate) fn series(&self, suffix: &str, more: &[(&str, &str)]) -> String {
        let labels = self.labels.iter().chain(more).map(|(name, value)| format!("{name}=\"{value}\""));
        let labels = labels.collect::<Vec<_>>().join(",");
        let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
        format!("{}{suffix}{labels}", self.name)
    }
}

const fn metric(
    name: &'static str,
    labels: &'static [(&'static str, &'static str)],
    help: &'static str,
) -> SeedMetric {
    SeedMetric { name, labels, help }
}

const ENCODE: &[(&str, &str)] = &[("endpoint", "/encode")];
const ASK: &[(&str, &str)] = &[("method", "POST"), ("endpoint", "/ask")];

/// The first system's counters.
pub const COUNTERS: &[SeedMetric] = &[
    metric("api_requests_total", ENCODE, "requests to the embedding service"),
    metric("http_requests_total", ASK, "requests to the API"),
    metric("s3_crawler_objects_total", &[], "objects found by the crawler"),
    metric("processed_objects_total", &[], "files ingested"),
    metric("processed_rows_total", &[], "rows ingested"),
    metric("error_rows_total", &[], "rows refused"),
];

/// The first system's histograms, in seconds.
pub const HISTOGRAMS: &[SeedMetric] = &[
    metric("embedding_generation_seconds", ENCODE, "time to encode a text"),
    metric("http_request_duration_seconds", ASK, "time to answer a request"),
    metric("request_duration_seconds_with_cache", ASK, "time to answer from the cache"),
    metric("request_duration_seconds_without_cache", ASK, "time to answer without the cache"),
    metric("s3_crawler_processing_time_seconds", &[], "time of a crawl"),
    metric("object_processing_time_seconds", &[], "time to ingest a file"),
    metric("row_processing_time_seconds", &[], "time to ingest a row"),
];

/// The first system's summaries, in seconds.
pub const SUMMARIES: &[SeedMetric] = &[
    metric("request_processing_seconds", ASK, "time to process a request"),
    metric("embedding_processing_seconds", ASK, "time to get a question's embedding"),
];

/// Its counters of the cache; which one is in use is known when it is opened, see [`register_cache`].
const CACHE_COUNTERS: [(&str, &str); 2] = [
    ("cache_hits_total", "answers found in the cache"),
    ("cache_misses_total", "answers not found in the cache"),
];

/// Registers the counters of the cache in use at zero; its kind, such as `memcached`, labels them.
pub fn register_cache(kind: &str) {
    for (name, _) in CACHE_COUNTERS {
        counter!(name, "cache_type" => kind.to_owned()).absolute(0);
    }
}

/// Describes all of them and registers each at zero.
pub(crate) fn register() {
    for (name, help) in CACHE_COUNTERS {
        describe_counter!(name, help);
    }
    for SeedMetric { name, labels, help } in COUNTERS {
        describe_counter!(*name, *help);
        counter!(*name, *labels).absolute(0);
    }
    for SeedMetric { name, labels, help } in HISTOGRAMS.iter().chain(SUMMARIES) {
        describe_histogram!(*name, *help);
        let _registered = histogram!(*name, *labels);
    }
}
