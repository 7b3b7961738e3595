use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde::Serialize;

type Check = dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync;

/// How long a check may take before it counts as failed.
const LIMIT: Duration = Duration::from_secs(5);
/// How long an answer is used again: many probes must not become many checks.
const FRESH: Duration = Duration::from_secs(2);

/// Knows whether the parts work, by asking them.
#[derive(Clone, Default)]
pub struct Health {
    parts: Arc<Mutex<Vec<Part>>>,
    last: Arc<tokio::sync::Mutex<Option<(Instant, Report)>>>,
}

#[derive(Clone)]
struct Part {
    name: String,
    required: bool,
    check: Arc<Check>,
}

/// Whether this process should be sent work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// Every part works.
    Ready,
    /// A part fails that can be done without; answers come, perhaps slower.
    Degraded,
    /// A part fails that is needed.
    NotReady,
}

/// How one part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// It answered.
    Ok,
    /// It answered with an error or not in time.
    Failed,
}

/// What is known about one part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartHealth {
    /// Its name, such as `store`.
    pub name: String,
    /// How it is.
    pub state: PartState,
    /// Whether the process can do without it.
    pub required: bool,
    /// What is wrong. Never holds a secret, as the parts' errors never do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

/// What is known about the whole process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The sum of it.
    pub status: Readiness,
    /// The parts in the order of their registration.
    pub parts: Vec<PartHealth>,
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_list().entries(parts.iter().map(|part| &part.name)).finish()
    }
}

impl Health {
    /// A registry without parts, which is ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a part. `check` asks it; while a `required` one fails the process is not ready.
    pub fn register<F, Fut, E>(&self, name: impl Into<String>, required: bool, check: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Display,
    {
        let check: Arc<Check> = Arc::new(move || {
            let answer = check();
            Box::pin(async move { answer.await.map_err(|error| error.to_string()) })
        });
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).push(Part {
            name: name.into(),
            required,
            check,
        });
    }

    /// How the parts are, asked at most two seconds ago. Callers that come together share one round of checks;
    /// a change of a part's state is logged.
    pub async fn report(&self) -> Report {
        let mut last = self.last.lock().await;
        if let Some((at, report)) = &*last
            && at.elapsed() < FRESH
        {
            return report.clone();
        }
        let report = self.ask(LIMIT).await;
        log_changes(last.as_ref().map(|(_, report)| report), &report);
        *last = Some((Instant::now(), report.clone()));
        report
    }

    async fn ask(&self, limit: Duration) -> Report {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let parts = join_all(parts.into_iter().map(|part| part.ask(limit))).await;
        let fails = |required| parts.iter().any(|p| p.state == PartState::Failed && p.required == required);
        let status = match (fails(true), fails(false)) {
            (true, _) => Readiness::NotReady,
            (_, true) => Readiness::Degraded,
            _ => Readiness::Ready,
        };
        Report { status, parts }
    }
}

impl Part {
    async fn ask(self, limit: Duration) -> PartHealth {
        let cause = match tokio::time::timeout(limit, (self.check)()).await {
            Ok(answer) => answer.err(),
            Err(_) => Some(format!("no answer within {limit:?}")),
        };
        let state = if cause.is_none() { PartState::Ok } else { PartState::Failed };
        PartHealth { name: self.name, state, required: self.required, cause }
    }
}

fn log_changes(before: Option<&Report>, now: &Report) {
    for part in &now.parts {
        let before = before.and_then(|report| report.parts.iter().find(|p| p.name == part.name));
        let was_ok = before.is_none_or(|part| part.state == PartState::Ok);
        match (&part.cause, was_ok) {
            (Some(cause), true) => tracing::warn!(part = part.name, %cause, "a part fails"),
            (None, false) => tracing::info!(part = part.name, "a part works again"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use super::*;

    fn switch(health: &Health, name: &str, required: bool) -> Arc<AtomicBool> {
        let works = Arc::new(AtomicBool::new(true));
        let state = works.clone();
        health.register(name, required, move || {
            let works = state.load(Ordering::Relaxed);
            async move { if works { Ok(()) } else { Err("nobody answers") } }
        });
        works
    }

    #[tokio::test]
    async fn readiness_follows_the_parts() {
        let health = Health::new();
        assert_eq!(health.ask(LIMIT).await.status, Readiness::Ready);
        let store = switch(&health, "store", true);
        let cache = switch(&health, "cache", false);
        assert_eq!(health.ask(LIMIT).await.status, Readiness::Ready);
        cache.store(false, Ordering::Relaxed);
        let report = health.ask(LIMIT).await;
        assert_eq!(report.status, Readiness::Degraded);
        assert_eq!(
            serde_json::to_value(&report).unwrap(),
            serde_json::json!({ "status": "degraded", "parts": [
                { "name": "store", "state": "ok", "required": true },
                { "name": "cache", "state": "failed", "required": false, "cause": "nobody answers" },
            ]})
        );
        store.store(false, Ordering::Relaxed);
        assert_eq!(health.ask(LIMIT).await.status, Readiness::NotReady);
        store.store(true, Ordering::Relaxed);
        cache.store(true, Ordering::Relaxed);
        assert_eq!(health.ask(LIMIT).await.status, Readiness::Ready);
    }

    #[tokio::test]
    async fn a_silent_part_fails_in_time() {
        let health = Health::new();
        health.register("index", true, std::future::pending::<Result<(), String>>);
        let report = health.ask(Duration::from_millis(10)).await;
        assert_eq!(report.parts[0].cause.as_deref(), Some("no answer within 10ms"));
    }

    #[tokio::test]
    async fn probes_share_a_round_of_checks() {
        let health = Health::new();
        let asked = Arc::new(AtomicU32::new(0));
        let count = asked.clone();
        health.register("store", true, move || {
            count.fetch_add(1, Ordering::Relaxed);
            async { Ok::<_, String>(()) }
        });
        let begun = Instant::now();
        join_all((0..50).map(|_| health.report())).await;
        if begun.elapsed() < FRESH {
            assert_eq!(asked.load(Ordering::Relaxed), 1);
        }
    }
}
