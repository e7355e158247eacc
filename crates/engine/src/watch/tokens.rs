//! Credentials that expire soon, where a platform tells when.

use adplane_core::notify::{EventAccount, Happening};
use jiff::{SignedDuration, Timestamp};

use super::memory::{KnownToken, Seen};

/// How often a platform is asked.
const EVERY: SignedDuration = SignedDuration::from_hours(12);
/// What expires later is no news yet.
const SOON: SignedDuration = SignedDuration::from_hours(24 * 7);
/// What expires sooner is told once more.
const VERY_SOON: SignedDuration = SignedDuration::from_hours(24);

/// Whether the platform is to be asked.
pub fn is_token_due(seen: &Seen, now: Timestamp) -> bool {
    seen.token.is_none_or(|token| token.asked > now || now.duration_since(token.asked) >= EVERY)
}

/// What the platform said: told a week before and a day before, each once.
pub fn expiring(
    account: &EventAccount,
    expires: Option<Timestamp>,
    seen: &mut Seen,
    now: Timestamp,
) -> Option<Happening> {
    let told = seen.token.and_then(|token| token.told);
    let left = expires.map(|expires| expires.duration_since(now));
    let news = expires.zip(left).filter(|(_, left)| *left <= SOON).map(|(at, left)| (at, left <= VERY_SOON));
    seen.token = Some(KnownToken { asked: now, told: news.or(told) });
    let (expires, _) = news.filter(|news| Some(*news) != told)?;
    Some(Happening::TokenExpiring { account: account.clone(), expires })
}
