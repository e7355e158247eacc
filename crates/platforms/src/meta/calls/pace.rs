//! Slowing down before a limit is met (meta-ads.md §15).
//!
//! An account has a score: a read costs 1, a write 3, and all of it decays within 300 s, 60 points for apps under
//! development and 9,000 for others. Every answer tells how full the fullest counter is; any at 100 blocks. From
//! 75 on calls take turns, at 100 as far apart as the score decays, so that the limit is approached and not met.
//! At 100 the next turn waits as long as the vendor asks.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use super::usage::{Tier, Usage};
use crate::http::{Answer, Purpose};

/// Percent from which calls take turns.
const SLOW_FROM: u32 = 75;
const DECAY: Duration = Duration::from_mins(5);
/// The longest single wait: limits of an hour are the vendor's to refuse, and then known by their code.
const LONGEST: Duration = Duration::from_mins(5);

/// How far apart calls are when a counter is full.
fn interval(tier: Tier, purpose: Purpose) -> Duration {
    let points = match tier {
        Tier::Development => 60,
        Tier::Standard => 9_000,
    };
    let cost = if purpose == Purpose::Read { 1 } else { 3 };
    DECAY * cost / points
}

/// A call's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::meta) struct Turn {
    /// How long it waits.
    pub(in crate::meta) wait: Duration,
    /// How full the fullest counter is.
    pub(in crate::meta) percent: u32,
}

/// The account's latest usage and its next turn, shared by all calls.
#[derive(Debug, Default)]
pub(in crate::meta) struct Pace {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    percent: u32,
    tier: Tier,
    /// When the next call may go.
    next: Option<Instant>,
}

impl Pace {
    /// Remembers what an answer says.
    pub(in crate::meta) fn learn(&self, answer: &Answer) {
        let usage = Usage::of(answer);
        let Ok(mut state) = self.state.lock() else { return };
        state.tier = usage.tier.unwrap_or(state.tier);
        let Some(percent) = usage.percent else { return };
        state.percent = percent;
        let wait = usage.wait.filter(|_| percent >= 100).map(|wait| wait.min(LONGEST));
        if let Some(until) = wait.map(|wait| Instant::now() + wait) {
            state.next = state.next.max(Some(until));
        }
    }

    /// Takes the next turn.
    pub(in crate::meta) fn turn(&self, purpose: Purpose) -> Turn {
        let Ok(mut state) = self.state.lock() else { return Turn { wait: Duration::ZERO, percent: 0 } };
        let percent = state.percent;
        let now = Instant::now();
        let start = state.next.map_or(now, |next| next.max(now));
        let over = percent.min(100).saturating_sub(SLOW_FROM);
        if over == 0 {
            state.next = None;
            return Turn { wait: Duration::ZERO, percent };
        }
        state.next = Some(start + interval(state.tier, purpose) * over / (100 - SLOW_FROM));
        Turn { wait: start - now, percent }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;

    fn told(pace: &Pace, percent: u32, tier: &str, reset: u32) {
        let usage: Json = json!({"acc_id_util_pct": percent, "reset_time_duration": reset,
            "ads_api_access_tier": tier});
        let headers = [("x-ad-account-usage".to_owned(), usage.to_string())].into();
        pace.learn(&Answer { status: 200, headers, body: bytes::Bytes::new() });
    }

    fn waits(pace: &Pace, purpose: Purpose, calls: usize) -> Vec<Duration> {
        (0..calls).map(|_| pace.turn(purpose).wait).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn below_three_quarters_nobody_waits() {
        let pace = Pace::default();
        told(&pace, 75, "development_access", 300);
        assert_eq!(waits(&pace, Purpose::Write, 3), [Duration::ZERO; 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_account_goes_as_fast_as_its_score_decays() {
        for (tier, percent, purpose, millis) in [
            ("development_access", 99, Purpose::Write, 14_400),
            ("development_access", 80, Purpose::Write, 3_000),
            ("development_access", 80, Purpose::Read, 1_000),
            ("standard_access", 80, Purpose::Write, 20),
        ] {
            let pace = Pace::default();
            told(&pace, percent, tier, 300);
            let apart = Duration::from_millis(millis);
            assert_eq!(waits(&pace, purpose, 3), [Duration::ZERO, apart, apart * 2], "{tier} {percent}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_blocked_account_waits_as_long_as_it_is_asked_to_and_goes_on() {
        let pace = Pace::default();
        told(&pace, 100, "standard_access", 60);
        assert_eq!(pace.turn(Purpose::Read), Turn { wait: Duration::from_mins(1), percent: 100 });
        tokio::time::advance(Duration::from_secs(70)).await;
        told(&pace, 40, "standard_access", 60);
        assert_eq!(pace.turn(Purpose::Read).wait, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_of_an_hour_is_not_waited_out_in_silence() {
        let pace = Pace::default();
        told(&pace, 100, "standard_access", 3_600);
        assert_eq!(pace.turn(Purpose::Write).wait, LONGEST);
    }
}
