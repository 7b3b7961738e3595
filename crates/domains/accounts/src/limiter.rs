use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::name_key;

/// Callers that are told apart; the one seen longest ago is forgotten.
const MOST_CALLERS: u64 = 100_000;

type Bucket = RateLimiter<NotKeyed, InMemoryState, Timer, NoOpMiddleware<Duration>>;

/// How often one caller may do something; cheap to clone. Memory is bounded whoever calls.
///
/// A caller may do all that a minute allows at once, and then as much as the minute has time for.
#[derive(Debug, Clone)]
pub struct Limiter {
    quota: Option<Quota>,
    timer: Timer,
    buckets: Cache<String, Arc<Bucket>>,
}

/// Time since some moment.
#[derive(Clone)]
struct Timer(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Clock for Timer {
    type Instant = Duration;

    fn now(&self) -> Duration {
        (self.0)()
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timer({:?})", self.now())
    }
}

impl Limiter {
    /// A limit of `times` a minute for each caller; 0 means none.
    pub fn per_minute(times: u32) -> Self {
        let begun = Instant::now();
        Self::with_timer(times, move || begun.elapsed())
    }

    /// The same by another clock, which tells the time since some moment.
    pub fn with_timer(times: u32, elapsed: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        let buckets = Cache::builder()
            .max_capacity(MOST_CALLERS)
            // A caller who did nothing for so long has everything open again, known or not.
            .time_to_idle(Duration::from_secs(120))
            .eviction_policy(EvictionPolicy::lru())
            .build();
        let quota = NonZeroU32::new(times).map(Quota::per_minute);
        Self { quota, timer: Timer(Arc::new(elapsed)), buckets }
    }

    /// Counts one more of `caller`; the error is the time after which it may try again.
    pub fn check(&self, caller: &str) -> Result<(), Duration> {
        let Some(quota) = self.quota else { return Ok(()) };
        let new = || Arc::new(RateLimiter::direct_with_clock(quota, self.timer.clone()));
        let bucket = self.buckets.get_with_by_ref(caller, new);
        bucket.check().map_err(|refused| refused.wait_time_from(self.timer.now()))
    }

    /// The same for an address. Whoever has one IPv6 address mostly has the 64 bits behind its network.
    pub fn check_address(&self, address: IpAddr) -> Result<(), Duration> {
        match address.to_canonical() {
            IpAddr::V4(address) => self.check(&address.to_string()),
            IpAddr::V6(address) => self.check(&format!("{:x}/64", address.to_bits() >> 64)),
        }
    }

    /// The same for the name of an account, however it is spelt.
    pub fn check_name(&self, name: &str) -> Result<(), Duration> {
        let start: String = name.chars().take(64).collect();
        self.check(&name_key(&start))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A limiter whose time stands still.
    fn limiter(times: u32) -> Limiter {
        Limiter::with_timer(times, || Duration::ZERO)
    }

    #[test]
    fn a_minutes_worth_at_once_and_then_in_time() {
        let now = Arc::new(AtomicU64::new(0));
        let read = Arc::clone(&now);
        let limiter = Limiter::with_timer(10, move || Duration::from_nanos(read.load(Ordering::Relaxed)));
        for _ in 0..10 {
            limiter.check("ana").unwrap();
        }
        let wait = limiter.check("ana").unwrap_err();
        assert!(wait > Duration::from_secs(5) && wait <= Duration::from_secs(6), "{wait:?}");
        limiter.check("bob").unwrap();
        now.fetch_add(u64::try_from(wait.as_nanos()).unwrap(), Ordering::Relaxed);
        limiter.check("ana").unwrap();
        limiter.check("ana").unwrap_err();
    }

    #[test]
    fn spellings_and_neighbouring_addresses_count_together() {
        let limiter = limiter(2);
        limiter.check_name("paypal").unwrap();
        limiter.check_name("PAYPAL").unwrap();
        limiter.check_name("раураl").unwrap_err();
        let check = |address: &str| limiter.check_address(address.parse().unwrap());
        check("2001:db8::1").unwrap();
        check("2001:db8::ffff:1").unwrap();
        check("2001:db8::2").unwrap_err();
        check("2001:db8:0:1::1").unwrap();
        check("192.0.2.1").unwrap();
        check("::ffff:192.0.2.1").unwrap();
        check("192.0.2.1").unwrap_err();
        check("192.0.2.2").unwrap();
    }

    #[test]
    fn memory_is_bounded() {
        let limiter = limiter(1);
        for caller in 0..MOST_CALLERS + 10_000 {
            limiter.check(&caller.to_string()).unwrap();
        }
        limiter.buckets.run_pending_tasks();
        assert_eq!(limiter.buckets.entry_count(), MOST_CALLERS);
        // The latest are the ones that are remembered.
        limiter.check(&(MOST_CALLERS + 9_999).to_string()).unwrap_err();
    }

    #[test]
    fn zero_means_no_limit() {
        let limiter = Limiter::per_minute(0);
        assert!((0..1000).all(|_| limiter.check("ana").is_ok()));
    }
}
