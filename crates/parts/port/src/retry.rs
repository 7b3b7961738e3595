use std::future::Future;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::time::Instant;

use crate::{PortError, PortResult};

/// How long and how often a call is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Calls at most, the first one included.
    pub attempts: u32,
    /// Pause before the second call; it doubles each time, and a random part of up to half is taken off
    /// so that callers who failed together do not come back together.
    pub first_delay: Duration,
    /// Longest pause.
    pub max_delay: Duration,
    /// Time for everything: a call still running then is given up, a pause that would reach past it is not begun.
    pub deadline: Duration,
}

impl Default for RetryPolicy {
    /// Five calls within 30 seconds.
    fn default() -> Self {
        Self {
            attempts: 5,
            first_delay: Duration::from_millis(100),
            max_delay: Duration::from_secs(5),
            deadline: Duration::from_secs(30),
        }
    }
}

impl RetryPolicy {
    fn delay(&self, attempt: u32) -> Duration {
        let doubled = self.first_delay.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
        let whole = doubled.min(self.max_delay);
        whole - whole.mul_f64(0.5 * random_share())
    }
}

/// Repeats `call` while its error is transient, as `policy` allows and never sooner than the error's own
/// [`retry_after`](PortError::retry_after). Only for calls that may be done twice.
pub async fn retry<T, F, Fut>(policy: &RetryPolicy, mut call: F) -> PortResult<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = PortResult<T>>,
{
    let deadline = Instant::now() + policy.deadline;
    let mut last = None;
    for attempt in 1..=policy.attempts.max(1) {
        let error = match tokio::time::timeout_at(deadline, call()).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => error,
            // The error before says more than that time ran out.
            Err(_) => return Err(last.unwrap_or_else(|| timed_out(policy.deadline))),
        };
        let pause = policy.delay(attempt).max(error.retry_after().unwrap_or_default());
        let worthwhile =
            error.is_transient() && attempt < policy.attempts && Instant::now() + pause < deadline;
        if !worthwhile {
            return Err(error);
        }
        last = Some(error);
        tokio::time::sleep(pause).await;
    }
    Err(last.unwrap_or_else(|| timed_out(policy.deadline)))
}

/// Gives up on `future` after `limit` with an error of kind `Timeout` that names `part`.
pub async fn with_timeout<T>(
    part: &str,
    limit: Duration,
    future: impl Future<Output = PortResult<T>>,
) -> PortResult<T> {
    match tokio::time::timeout(limit, future).await {
        Ok(result) => result,
        Err(_) => Err(PortError::timeout(format!("{part}: no answer within {limit:?}"))),
    }
}

fn timed_out(limit: Duration) -> PortError {
    PortError::timeout(format!("no answer within {limit:?}"))
}

/// A number from 0 to 1. Fresh hash keys are random enough to spread callers, without a dependency.
fn random_share() -> f64 {
    RandomState::new().hash_one(0) as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::ErrorKind;

    fn quick() -> RetryPolicy {
        let (first_delay, max_delay) = (Duration::from_millis(1), Duration::from_millis(4));
        RetryPolicy { attempts: 4, first_delay, max_delay, deadline: Duration::from_secs(20) }
    }

    async fn calls(policy: RetryPolicy, answer: impl Fn(u32) -> PortResult<u32>) -> (PortResult<u32>, u32) {
        let count = Cell::new(0);
        let result = retry(&policy, || {
            count.set(count.get() + 1);
            std::future::ready(answer(count.get()))
        })
        .await;
        (result, count.get())
    }

    #[tokio::test]
    async fn repeats_only_what_is_transient() {
        let (result, count) =
            calls(quick(), |n| if n < 3 { Err(PortError::busy("full")) } else { Ok(n) }).await;
        assert_eq!((result.unwrap(), count), (3, 3));
        let (result, count) = calls(quick(), |_| Err(PortError::invalid("wrong"))).await;
        assert_eq!((result.unwrap_err().kind(), count), (ErrorKind::Invalid, 1));
        let (result, count) = calls(quick(), |_| Err(PortError::unreachable("gone"))).await;
        assert_eq!((result.unwrap_err().to_string().as_str(), count), ("gone", 4));
    }

    #[tokio::test]
    async fn honours_the_hint() {
        let hint = Duration::from_millis(30);
        let begun = Instant::now();
        let busy = |n| if n < 2 { Err(PortError::busy("full").with_retry_after(hint)) } else { Ok(n) };
        let (result, _) = calls(quick(), busy).await;
        assert_eq!(result.unwrap(), 2);
        assert!(begun.elapsed() >= hint);
    }

    #[tokio::test]
    async fn ends_at_the_deadline() {
        // A hint past the deadline is not waited for.
        let begun = Instant::now();
        let far = Duration::from_secs(3600);
        let (result, count) = calls(quick(), |_| Err(PortError::busy("full").with_retry_after(far))).await;
        assert_eq!((result.unwrap_err().kind(), count), (ErrorKind::Busy, 1));
        assert!(begun.elapsed() < Duration::from_secs(10));
        // A call that never answers is given up.
        let policy = RetryPolicy { deadline: Duration::from_millis(20), ..quick() };
        let error = retry(&policy, std::future::pending::<PortResult<()>>).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
    }

    #[tokio::test]
    async fn limits_time() {
        let never = std::future::pending::<PortResult<()>>();
        let error = with_timeout("cache", Duration::from_millis(5), never).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::Timeout, "cache: no answer within 5ms")
        );
        let seven = with_timeout("cache", Duration::from_secs(5), async { Ok(7) }).await.unwrap();
        assert_eq!(seven, 7);
    }

    #[test]
    fn delays_grow_and_stay_within_bounds() {
        let policy = RetryPolicy::default();
        for attempt in 1..40 {
            let whole =
                policy.first_delay.saturating_mul(2_u32.saturating_pow(attempt - 1)).min(policy.max_delay);
            let delay = policy.delay(attempt);
            assert!(delay <= whole && delay >= whole / 2, "{attempt}: {delay:?}");
        }
    }
}
