//! What the benchmarks share: a closed-loop HTTP load generator that costs little itself.
//!
//! Each connection sends a request, waits for the whole answer and sends the next, so the figures are those of
//! `connections` people who ask without pause. Latency is from the first byte written to the last byte read.

mod http;
mod summary;

pub use http::{Connection, Target};
pub use summary::Summary;
