//! Vendors' call limits: counters that live in the world and run on sandbox time, and on real time too while a
//! virtual clock stands still: a client that waits its turn gets it.
//!
//! A vendor module names its limits and what a call costs; [`World::charge`] answers whether the call may go
//! on. Counters are told apart by a key of the vendor's choosing, such as `customer:1000000001` or
//! `app:/ad/create/`. With the sandbox started as `--quota off` every call may.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::world::{Vendor, World};

/// Name of the world's option that holds the quota mode.
pub const OPTION: &str = "quota";

const MICRO: i128 = 1_000_000;

/// Whose limits hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum QuotaMode {
    /// Those of the access level that each vendor gives by default.
    #[default]
    Vendor,
    /// None.
    Off,
    /// Those of a named access level, such as `standard` or `basic`; a vendor without it uses its default.
    Tier(String),
}

impl FromStr for QuotaMode {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "vendor" => Self::Vendor,
            "off" => Self::Off,
            tier => Self::Tier(tier.to_owned()),
        })
    }
}

impl std::fmt::Display for QuotaMode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Vendor => "vendor",
            Self::Off => "off",
            Self::Tier(tier) => tier,
        })
    }
}

/// One limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// A bucket that holds `capacity` tokens and refills evenly, from empty to full in `seconds`. Whoever finds
    /// too few is also kept out for `blocked_seconds`.
    Bucket {
        /// Most tokens at once.
        capacity: u32,
        /// Time to refill.
        seconds: u32,
        /// Penalty after a refusal; 0 for none.
        blocked_seconds: u32,
    },
    /// At most so much in each window of so many seconds, windows beginning at multiples of their length in UTC
    /// (86 400 is a calendar day).
    Window {
        /// Most in one window.
        most: u32,
        /// Length of a window.
        seconds: u32,
        /// Penalty after a refusal; 0 for none beyond the window's end.
        blocked_seconds: u32,
    },
}

impl Limit {
    /// The most that may be used at once.
    pub fn most(self) -> u32 {
        match self {
            Self::Bucket { capacity, .. } => capacity,
            Self::Window { most, .. } => most,
        }
    }

    fn blocked_seconds(self) -> u32 {
        match self {
            Self::Bucket { blocked_seconds, .. } | Self::Window { blocked_seconds, .. } => blocked_seconds,
        }
    }
}

/// How much of a limit is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// Used tokens, in millionths.
    used_micro: i128,
    /// When `used_micro` was true.
    at: Timestamp,
    /// Until when every call is refused.
    blocked_until: Option<Timestamp>,
}

/// A call that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which limit, as its place in the list given to [`World::charge`].
    pub limit: usize,
    /// Whole seconds, at least one, after which the same call would be let through.
    pub retry_after_seconds: u32,
}

impl World {
    /// The quota mode in force.
    pub fn quota_mode(&self) -> QuotaMode {
        match QuotaMode::from_str(self.option(OPTION, "vendor")) {
            Ok(mode) => mode,
        }
    }

    fn quota_now(&self) -> Timestamp {
        self.now.checked_add(self.waited).unwrap_or(self.now)
    }

    /// Charges a call to several limits at once, each with its key: to all of them, or to none when one refuses.
    ///
    /// # Errors
    /// The first limit that has too little left.
    pub fn charge(&mut self, vendor: Vendor, limits: &[(&str, Limit)], cost: u32) -> Result<(), Refusal> {
        if self.quota_mode() == QuotaMode::Off {
            return Ok(());
        }
        let now = self.quota_now();
        let counters = self.counters.entry(vendor).or_default();
        for (index, (key, limit)) in limits.iter().enumerate() {
            let counter = current(counters, key, *limit, now);
            let Some(wait) = counter.wait(*limit, cost, now) else { continue };
            let until = now + jiff::SignedDuration::from_secs(wait);
            let was_blocked = counter.blocked_until.is_some_and(|blocked| now < blocked);
            if limit.blocked_seconds() > 0 && !was_blocked {
                counters.insert((*key).to_owned(), Counter { blocked_until: Some(until), ..counter });
            }
            let retry_after_seconds = u32::try_from(wait).unwrap_or(u32::MAX);
            return Err(Refusal { limit: index, retry_after_seconds });
        }
        for (key, limit) in limits {
            let mut counter = current(counters, key, *limit, now);
            counter.used_micro += i128::from(cost) * MICRO;
            counters.insert((*key).to_owned(), counter);
        }
        Ok(())
    }

    /// How much of a limit is used now, rounded up; for the usage headers that some vendors send.
    pub fn quota_used(&self, vendor: Vendor, key: &str, limit: Limit) -> u32 {
        let Some(counters) = self.counters.get(&vendor) else { return 0 };
        let used = current(counters, key, limit, self.quota_now()).used_micro;
        u32::try_from(used.saturating_add(MICRO - 1) / MICRO).unwrap_or(u32::MAX)
    }
}

/// The counter as it is now: refilled, or begun anew with its window.
fn current(counters: &BTreeMap<String, Counter>, key: &str, limit: Limit, now: Timestamp) -> Counter {
    let Some(stored) = counters.get(key) else {
        return Counter { used_micro: 0, at: now, blocked_until: None };
    };
    let used_micro = match limit {
        Limit::Bucket { capacity, seconds, .. } => {
            let elapsed = i128::from((now.as_millisecond() - stored.at.as_millisecond()).max(0));
            let refilled = i128::from(capacity) * MICRO * elapsed / (i128::from(seconds.max(1)) * 1_000);
            (stored.used_micro - refilled).max(0)
        }
        Limit::Window { seconds, .. } => {
            if window(now, seconds) == window(stored.at, seconds) {
                stored.used_micro
            } else {
                0
            }
        }
    };
    Counter { used_micro, at: now, blocked_until: stored.blocked_until.filter(|until| now < *until) }
}

fn window(instant: Timestamp, seconds: u32) -> i64 {
    instant.as_second().div_euclid(i64::from(seconds.max(1)))
}

impl Counter {
    /// Seconds to wait before a call of this cost is let through; none when it is now.
    fn wait(&self, limit: Limit, cost: u32, now: Timestamp) -> Option<i64> {
        if let Some(until) = self.blocked_until {
            return Some(seconds_until(until, now));
        }
        let over = self.used_micro + i128::from(cost) * MICRO - i128::from(limit.most()) * MICRO;
        if over <= 0 {
            return None;
        }
        let natural = match limit {
            Limit::Bucket { capacity, seconds, .. } => {
                let per_second = (i128::from(capacity) * MICRO / i128::from(seconds.max(1))).max(1);
                i64::try_from((over + per_second - 1) / per_second).unwrap_or(i64::MAX)
            }
            Limit::Window { seconds, .. } => {
                i64::from(seconds) - now.as_second().rem_euclid(i64::from(seconds.max(1)))
            }
        };
        Some(natural.max(i64::from(limit.blocked_seconds())).clamp(1, i64::from(u32::MAX)))
    }
}

fn seconds_until(until: Timestamp, now: Timestamp) -> i64 {
    let millis = until.as_millisecond() - now.as_millisecond();
    (millis + 999).div_euclid(1_000).max(1)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const SCORE: Limit = Limit::Bucket { capacity: 60, seconds: 300, blocked_seconds: 0 };

    fn world() -> World {
        World::new(1, "2026-03-02T10:00:00Z".parse().unwrap())
    }

    fn calls_until_refused(world: &mut World, limits: &[(&str, Limit)], cost: u32) -> (u32, Refusal) {
        for count in 0..10_000 {
            if let Err(refusal) = world.charge(Vendor::Meta, limits, cost) {
                return (count, refusal);
            }
        }
        panic!("never refused");
    }

    fn pass(world: &mut World, seconds: i64) {
        world.now += SignedDuration::from_secs(seconds);
    }

    #[test]
    fn a_bucket_empties_and_refills_evenly() {
        let mut world = world();
        let (calls, refusal) = calls_until_refused(&mut world, &[("account:1", SCORE)], 3);
        assert_eq!(calls, 20);
        assert_eq!(refusal, Refusal { limit: 0, retry_after_seconds: 15 });
        assert_eq!(world.quota_used(Vendor::Meta, "account:1", SCORE), 60);
        pass(&mut world, 14);
        assert!(world.charge(Vendor::Meta, &[("account:1", SCORE)], 3).is_err());
        pass(&mut world, 1);
        assert!(world.charge(Vendor::Meta, &[("account:1", SCORE)], 3).is_ok());
    }

    #[test]
    fn keys_and_vendors_count_apart() {
        let mut world = world();
        calls_until_refused(&mut world, &[("account:1", SCORE)], 3);
        assert!(world.charge(Vendor::Meta, &[("account:2", SCORE)], 3).is_ok());
        assert!(world.charge(Vendor::Google, &[("account:1", SCORE)], 3).is_ok());
    }

    #[test]
    fn a_refusal_with_a_penalty_keeps_out_for_its_time() {
        let mut world = world();
        let limit = Limit::Bucket { capacity: 10, seconds: 10, blocked_seconds: 60 };
        let (calls, refusal) = calls_until_refused(&mut world, &[("a", limit)], 1);
        assert_eq!((calls, refusal.retry_after_seconds), (10, 60));
        pass(&mut world, 40);
        let again = world.charge(Vendor::Meta, &[("a", limit)], 1).unwrap_err();
        assert_eq!(again.retry_after_seconds, 20, "calling again does not prolong it");
        pass(&mut world, 20);
        assert!(world.charge(Vendor::Meta, &[("a", limit)], 1).is_ok());
    }

    #[test]
    fn a_window_begins_anew_at_its_boundary() {
        let mut world = world();
        let day = Limit::Window { most: 5, seconds: 86_400, blocked_seconds: 0 };
        let (calls, refusal) = calls_until_refused(&mut world, &[("project", day)], 1);
        assert_eq!((calls, refusal.retry_after_seconds), (5, 14 * 3_600));
        pass(&mut world, 14 * 3_600);
        assert_eq!(calls_until_refused(&mut world, &[("project", day)], 1).0, 5);
    }

    #[test]
    fn a_refused_call_is_charged_nowhere() {
        let mut world = world();
        let second = Limit::Window { most: 10, seconds: 1, blocked_seconds: 0 };
        let minute = Limit::Window { most: 15, seconds: 60, blocked_seconds: 300 };
        let limits = [("app", second), ("app:minute", minute)];
        assert_eq!(calls_until_refused(&mut world, &limits, 1).1.limit, 0);
        pass(&mut world, 1);
        let (calls, refusal) = calls_until_refused(&mut world, &limits, 1);
        assert_eq!((calls, refusal), (5, Refusal { limit: 1, retry_after_seconds: 300 }));
        assert_eq!(world.quota_used(Vendor::Meta, "app", second), 5);
    }

    #[test]
    fn nothing_is_refused_when_off() {
        let mut world = world();
        world.options.insert(OPTION.into(), "off".into());
        for _ in 0..1_000 {
            assert!(world.charge(Vendor::Meta, &[("account:1", SCORE)], 3).is_ok());
        }
    }

    #[test]
    fn waiting_beside_a_clock_that_stands_counts() {
        let mut world = world();
        calls_until_refused(&mut world, &[("account:1", SCORE)], 3);
        world.waited = SignedDuration::from_secs(15);
        assert!(world.charge(Vendor::Meta, &[("account:1", SCORE)], 3).is_ok());
        assert!(world.charge(Vendor::Meta, &[("account:1", SCORE)], 3).is_err());
    }

    #[test]
    fn modes_parse_and_print() {
        for (text, mode) in [
            ("vendor", QuotaMode::Vendor),
            ("off", QuotaMode::Off),
            ("basic", QuotaMode::Tier("basic".into())),
        ] {
            assert_eq!(text.parse::<QuotaMode>().unwrap(), mode);
            assert_eq!(mode.to_string(), text);
        }
    }
}
