//! Named points at which a test may end the process as abruptly as `kill -9` does.
//!
//! Set `CATALEJO_FAULT=NAME` or `NAME:N` (the Nth time) in the environment of the process. Unset, a point costs one
//! comparison.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

struct Armed {
    name: String,
    left: AtomicU64,
}

static ARMED: LazyLock<Option<Armed>> = LazyLock::new(|| {
    let setting = std::env::var("CATALEJO_FAULT").ok()?;
    let (name, times) = setting.split_once(':').unwrap_or((&setting, "1"));
    Some(Armed { name: name.to_owned(), left: AtomicU64::new(times.parse().unwrap_or(1)) })
});

/// Ends the process here if the environment says so.
pub fn point(name: &str) {
    let Some(armed) = ARMED.as_ref() else { return };
    if armed.name == name && armed.left.fetch_sub(1, Ordering::AcqRel) == 1 {
        tracing::error!(name, "fault point: ending the process");
        std::process::abort();
    }
}
