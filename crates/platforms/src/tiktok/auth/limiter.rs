//! Keeping to the vendor's rate limits (tiktok-ads.md §3).
//!
//! Limits hold per developer app, so all accounts of an app share one bucket. Against another endpoint than
//! the vendor's (a sandbox) there is no bucket of our own: its quota may be off. In both cases code 40100
//! makes everybody wait, longer each time, since the answer does not say which of the limits was met.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::time::Instant;

/// Level Basic: 10 calls a second, 600 a minute.
const CALLS_PER_SECOND: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// Level Basic, `/ad/create/`: 150 a minute, at most 5 at once.
const AD_CREATES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(150).unwrap();
const AD_CREATES_AT_ONCE: NonZeroU32 = NonZeroU32::new(5).unwrap();
/// A breach of the limit per second is over after one second,
const FIRST_PENALTY: Duration = Duration::from_secs(1);
/// one of the limit per minute after five minutes.
const LONGEST_PENALTY: Duration = Duration::from_mins(5);

static BUCKETS: LazyLock<Mutex<HashMap<[u8; 32], Arc<Buckets>>>> = LazyLock::new(Mutex::default);

/// The buckets of one developer app.
#[derive(Debug)]
struct Buckets {
    calls: DefaultDirectRateLimiter,
    ad_creates: DefaultDirectRateLimiter,
}

impl Buckets {
    fn basic() -> Self {
        let ad_creates = Quota::per_minute(AD_CREATES_PER_MINUTE).allow_burst(AD_CREATES_AT_ONCE);
        Self {
            calls: RateLimiter::direct(Quota::per_second(CALLS_PER_SECOND)),
            ad_creates: RateLimiter::direct(ad_creates),
        }
    }
}

#[derive(Debug, Default)]
struct Penalty {
    until: Option<Instant>,
    strikes: u32,
}

/// Delays calls of one session.
#[derive(Debug)]
pub(crate) struct Limiter {
    buckets: Option<Arc<Buckets>>,
    penalty: Mutex<Penalty>,
}

impl Limiter {
    /// A limiter with the buckets of an app.
    pub(crate) fn of_app(key: [u8; 32]) -> Self {
        let mut all = BUCKETS.lock().unwrap_or_else(PoisonError::into_inner);
        let buckets = all.entry(key).or_insert_with(|| Arc::new(Buckets::basic()));
        Self { buckets: Some(Arc::clone(buckets)), penalty: Mutex::default() }
    }

    /// A limiter that waits only when the vendor complains.
    pub(crate) fn on_complaint() -> Self {
        Self { buckets: None, penalty: Mutex::default() }
    }

    /// Waits until a call may be sent.
    pub(super) async fn ready(&self, path: &str) {
        if let Some(buckets) = &self.buckets {
            if path == "/ad/create/" {
                buckets.ad_creates.until_ready().await;
            }
            buckets.calls.until_ready().await;
        }
        let until = self.penalty.lock().unwrap_or_else(PoisonError::into_inner).until;
        if let Some(until) = until {
            tokio::time::sleep_until(until).await;
        }
    }

    /// The vendor complained: everybody waits, twice as long as the time before. Says how long.
    pub(crate) fn complain(&self) -> Duration {
        let mut penalty = self.penalty.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        // Calls that were under way together complain together: that is one strike.
        if let Some(until) = penalty.until.filter(|until| *until > now) {
            return until - now;
        }
        let wait = FIRST_PENALTY.saturating_mul(1 << penalty.strikes.min(9)).min(LONGEST_PENALTY);
        penalty.strikes = penalty.strikes.saturating_add(1);
        penalty.until = Some(now + wait);
        wait
    }

    /// A call went through.
    pub(crate) fn praise(&self) {
        let mut penalty = self.penalty.lock().unwrap_or_else(PoisonError::into_inner);
        if penalty.until.is_none_or(|until| until <= Instant::now()) {
            *penalty = Penalty::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn complaints_double_the_wait_until_a_call_goes_through() {
        let limiter = Limiter::on_complaint();
        for seconds in [1, 2, 4] {
            assert_eq!(limiter.complain(), Duration::from_secs(seconds));
            let started = Instant::now();
            limiter.ready("/campaign/get/").await;
            assert!(started.elapsed() >= Duration::from_secs(seconds));
        }
        limiter.praise();
        assert_eq!(limiter.complain(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn calls_under_way_together_are_one_strike() {
        let limiter = Limiter::on_complaint();
        limiter.complain();
        assert_eq!(limiter.complain(), Duration::from_secs(1));
    }

    #[test]
    fn accounts_of_one_app_share_a_bucket() {
        let (one, two) = (Limiter::of_app([7; 32]), Limiter::of_app([7; 32]));
        assert!(Arc::ptr_eq(&one.buckets.unwrap(), &two.buckets.unwrap()));
    }
}
