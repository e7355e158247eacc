//! When a message is tried again, and when it is given up.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::channel::{Refusal, SendError};
use super::outbox::Delivery;

/// Attempts before a message is given up; with an hour between them, more than the days allow.
pub const MOST_TRIES: u32 = 100;
/// How long a message is tried.
pub const LONGEST_TRY: SignedDuration = SignedDuration::from_hours(24 * 3);
/// Attempts where the receiver says that it will not take it: a person may mend that within the hour.
const MOST_REFUSALS: u32 = 6;
/// The wait after the first failure, which doubles with every further one.
const FIRST_WAIT: Duration = Duration::from_mins(1);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
/// What a receiver may ask for at most.
const LONGEST_ASKED: Duration = Duration::from_hours(24);
/// The wait is this much longer or shorter, in percent, so that what failed together does not come back together.
const JITTER: u64 = 20;

/// What becomes of a message that could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It is tried again, not before.
    At(Timestamp),
    /// It is given up.
    Dead,
}

/// Judges a failed attempt; `delivery` counts it already.
pub(super) fn next(delivery: &Delivery, error: &SendError, now: Timestamp) -> Next {
    let tried = now.duration_since(delivery.since);
    let most = match error.refusal {
        Refusal::Gone => 1,
        Refusal::Refused => MOST_REFUSALS,
        Refusal::Down => MOST_TRIES,
    };
    if delivery.attempts >= most || tried >= LONGEST_TRY {
        return Next::Dead;
    }
    let asked = error.retry_after.unwrap_or_default().min(LONGEST_ASKED);
    let wait = jittered(delivery, backoff(delivery.attempts)).max(asked);
    let wait = SignedDuration::try_from(wait).unwrap_or(LONGEST_TRY);
    Next::At(now.saturating_add(wait).unwrap_or(Timestamp::MAX))
}

fn backoff(attempts: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(LONGEST_WAIT)
}

/// A fifth more or less, by the message's own id and the attempt: apart from others, and the same in every run.
fn jittered(delivery: &Delivery, wait: Duration) -> Duration {
    let seed = delivery.id.bytes().fold(u64::from(delivery.attempts), |seed, byte| {
        seed.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte)
    });
    let percent = 100 - JITTER + seed % (2 * JITTER + 1);
    Duration::from_secs(wait.as_secs() * percent / 100)
}
