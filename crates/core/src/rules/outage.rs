//! The tracking-outage latch: an account with clicks as always and next to no conversions has probably lost its
//! tracking, and no rule may act on what it did not count.
//!
//! Yesterday and today are judged, each against what was known at this hour of such days before. Clicks must be as always, and
//! what they usually bring must make it next to impossible that conversions merely failed to come: an account that winds
//! down has few clicks and few conversions, and nothing is broken. A day that was out is
//! remembered: what it did not count stays uncounted in every window that holds it. Only while it is yesterday or today can
//! conversions that come late undo that: what is expected of older days is not asked.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::snapshot::{AccountState, Snapshot, Usual, WindowSums};
use crate::address::AccountKey;
use crate::metrics::{CONVERSION_PARTS, Window};
use crate::stats;

/// Fewer conversions than this are expected too rarely to miss them.
const FEWEST_EXPECTED: i64 = 10 * CONVERSION_PARTS;

/// So unlikely must it be that conversions merely failed to come.
const UNLIKELY: f64 = 1e-4;

/// Conversions below this share of what was expected are next to none.
const NEAR_ZERO: i64 = 10;

/// Fewer clicks than this explain by themselves why nothing converts.
const FEWEST_CLICKS: i64 = 100;

/// Clicks at one part in so many of what is usual, or above, are as always.
const AS_ALWAYS: i64 = 2;

/// So long a day that was out is remembered: afterwards it is a small part of what the longest windows hold.
const REMEMBERED_DAYS: i32 = 60;

/// Days after which people are told again that an account is out.
const WEEK: i32 = 7;

/// Days without tracking, by account as `growth/meta-eu`.
pub(super) type OutageDays = BTreeMap<String, BTreeSet<Date>>;

/// What an account did not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Outage {
    /// Whether it is out now: today or yesterday.
    pub(super) now: bool,
    days: BTreeSet<Date>,
}

impl Outage {
    /// Whether it is out now, or was on one of these days.
    pub(super) fn is_now_or_within(&self, days: Option<(Date, Date)>) -> bool {
        self.now || days.is_some_and(|(first, last)| self.days.range(first..=last).next().is_some())
    }

    /// Whether people are to be told now, with what was known before: when it begins, and again every week while it lasts;
    /// for how many days it has lasted, 0 when it begins.
    pub(super) fn to_tell(&self, before: Option<&BTreeSet<Date>>) -> Option<i32> {
        let lasts = |days: &BTreeSet<Date>| -> Option<(Date, i32)> {
            let last = *days.last()?;
            let first = days
                .iter()
                .rev()
                .zip(0_i32..)
                .take_while(|(day, back)| **day == last.saturating_sub(back.days()));
            let length = i32::try_from(first.count()).unwrap_or(i32::MAX);
            Some((last.saturating_sub((length - 1).days()), length))
        };
        let (first, length) = lasts(&self.days)?;
        match before.and_then(lasts) {
            // It is the same one where no day without it lies between.
            Some((_, known)) if before.is_some_and(|days| days.range(first..).next().is_some()) => {
                (length / WEEK > known / WEEK).then_some(length)
            }
            _ => Some(0),
        }
    }

    /// Whether a window holds a day that was out.
    pub(super) fn is_within(&self, window: &WindowSums) -> bool {
        window.ranges.iter().any(|range| self.days.range(range.first.day..=range.last.day).next().is_some())
    }
}

/// Accounts of which conversions are missing.
pub(super) fn outages(snapshot: &Snapshot, remembered: &OutageDays) -> BTreeMap<AccountKey, Outage> {
    let each = snapshot.accounts.iter().filter_map(|(key, account)| {
        let known = remembered.get(&key.to_string());
        let outage = outage(account, snapshot, known.cloned().unwrap_or_default());
        (!outage.days.is_empty()).then(|| (key.clone(), outage))
    });
    each.collect()
}

/// What is remembered of outages after a run; of accounts that were not read, what was.
pub(super) fn remembered(
    snapshot: &Snapshot,
    found: &BTreeMap<AccountKey, Outage>,
    mut before: OutageDays,
) -> OutageDays {
    for key in snapshot.accounts.keys() {
        match found.get(key) {
            Some(outage) => before.insert(key.to_string(), outage.days.clone()),
            None => before.remove(&key.to_string()),
        };
    }
    before
}

fn outage(account: &AccountState, snapshot: &Snapshot, mut days: BTreeSet<Date>) -> Outage {
    let today = snapshot.now.to_zoned(account.zone.rules()).date();
    let yesterday = today.saturating_sub(1.day());
    let oldest = today.saturating_sub(REMEMBERED_DAYS.days());
    days.retain(|day| *day >= oldest);
    for (window, day) in [(Window::Yesterday, yesterday), (Window::Today, today)] {
        match is_out(account, window) {
            Some(true) => days.insert(day),
            // Conversions came after all.
            Some(false) => days.remove(&day),
            None => false,
        };
    }
    Outage { now: days.contains(&yesterday) || days.contains(&today), days }
}

/// Whether a day counts clicks and next to no conversions; `None` where nothing can be said.
fn is_out(account: &AccountState, window: Window) -> Option<bool> {
    let usual = account.usual.get(&window)?;
    let sums = account.windows.get(&window)?.sums.as_ref().ok()?;
    let (clicks, conversions) = (sums.clicks?, sums.conversions?);
    let expected = expected(*usual, clicks);
    if expected < FEWEST_EXPECTED || clicks < FEWEST_CLICKS {
        return None;
    }
    if conversions > expected / NEAR_ZERO {
        return Some(false);
    }
    if clicks.saturating_mul(AS_ALWAYS) < usual.clicks {
        return None;
    }
    let mean = stats::real(expected) / stats::real(CONVERSION_PARTS);
    Some(stats::poisson(conversions / CONVERSION_PARTS, mean).is_some_and(|tails| tails.lower < UNLIKELY))
}

/// Conversions that so many clicks usually bring, and never more than are usual: clicks that nobody can explain need not
/// convert.
fn expected(usual: Usual, clicks: i64) -> i64 {
    if clicks >= usual.clicks {
        return usual.conversions;
    }
    let share = i128::from(usual.conversions) * i128::from(clicks) / i128::from(usual.clicks.max(1));
    i64::try_from(share).unwrap_or(usual.conversions)
}
