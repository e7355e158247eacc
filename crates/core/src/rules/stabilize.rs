//! Stabilisation: of the amounts that a rule wanted within a window of time, the most cautious counts.
//!
//! As in the autoscaler of Kubernetes, each direction has a window of its own. A raise is the smallest that was wanted
//! within its window, and a run that wanted none counts as what was in force: nothing rises before it was wanted for all of
//! the window. A cut is the deepest that was wanted within its window, and waits for nothing.

use compact_str::CompactString;
use jiff::{SignedDuration, Timestamp};

use super::amount::owned;
use super::intent::{Change, Planned};
use super::lookup::Subject;
use super::memory::{Mood, Wanted};
use super::planning::{NoIntent, Plan};
use super::require::shown;
use super::snapshot::{Budget, Cadence, Ownership};
use super::source::Stabilize;
use crate::money::Money;

/// Remembers a run that wanted no amount: as if it had wanted what is in force.
pub(super) fn keep(subject: Subject<'_>, mood: &mut Mood) {
    if subject.rule.stabilize == Stabilize::default() {
        return;
    }
    if let Some(Budget { amount, cadence, .. }) = subject.object.budget {
        let field = if cadence == Cadence::Daily { "budget.daily" } else { "budget.total" };
        remember(subject, mood, field.into(), amount.micros());
    }
    if let Some(bid) = subject.object.bid {
        remember(subject, mood, "bid".into(), bid.micros());
    }
}

/// Amounts of a plan as they may be by what was wanted before; an error where nothing is left of it.
pub(super) fn settle(subject: Subject<'_>, mut plan: Plan, mood: &mut Mood) -> Result<Plan, NoIntent> {
    let windows = subject.rule.stabilize;
    if windows == Stabilize::default() {
        return Ok(plan);
    }
    for (planned, _) in &mut plan.changes {
        if planned.object != *subject.address {
            continue;
        }
        let Some((from, to)) = amounts(planned) else { continue };
        remember(subject, mood, planned.field.clone(), to.micros());
        let known = mood.wanted.get(&planned.field).map_or(&[][..], Vec::as_slice);
        let settled = match (to > from, windows.raises, windows.cuts) {
            (true, Some(window), _) => raised(subject, known, window, (from, to))?,
            (false, _, Some(window)) => cut(subject, known, window, (from, to)),
            _ => to,
        };
        put(planned, settled);
    }
    Ok(plan)
}

/// The smallest raise that was wanted within the window, all of which must be known.
fn raised(
    subject: Subject<'_>,
    known: &[Wanted],
    window: SignedDuration,
    (from, to): (Money, Money),
) -> Result<Money, NoIntent> {
    let now = subject.snapshot.now;
    let begins = now.checked_sub(window).unwrap_or(Timestamp::MIN);
    // A run at about the beginning of the window, or there is no telling what would have been wanted then.
    let slack = subject.rule.schedule.every.saturating_mul(2);
    let earliest = begins.checked_sub(slack).unwrap_or(Timestamp::MIN);
    let covered = known.iter().any(|one| (earliest..=begins).contains(&one.at));
    let least = known.iter().filter(|one| one.at >= begins).map(|one| one.micros).min();
    let least = least.unwrap_or_default().min(to.micros());
    if !covered || least <= from.micros() {
        let why = format!("a raise must have been wanted for {} (`stabilize.raises`)", shown(window));
        return Err(NoIntent::Same(why));
    }
    Ok(Money::from_micros(least, to.currency()))
}

/// The deepest cut that was wanted within the window, within what git allows by now.
fn cut(subject: Subject<'_>, known: &[Wanted], window: SignedDuration, (from, to): (Money, Money)) -> Money {
    let begins = subject.snapshot.now.checked_sub(window).unwrap_or(Timestamp::MIN);
    let wanted = known.iter().filter(|one| one.at >= begins).map(|one| one.micros).min();
    let deepest = Money::from_micros(wanted.unwrap_or(to.micros()).min(to.micros()), to.currency());
    let ownership = subject.object.budget.map_or(Ownership::Git, |budget| budget.ownership);
    owned(from, deepest, ownership).unwrap_or(to)
}

fn amounts(planned: &Planned) -> Option<(Money, Money)> {
    match planned.change {
        Change::Budget { from, to, .. } | Change::Bid { from, to } => Some((from, to)),
        _ => None,
    }
}

fn put(planned: &mut Planned, settled: Money) {
    if let Change::Budget { from, to, .. } | Change::Bid { from, to } = &mut planned.change {
        *to = settled;
        if planned.daily != 0 {
            planned.daily = settled.micros().saturating_sub(from.micros());
        }
    }
}

fn remember(subject: Subject<'_>, mood: &mut Mood, field: CompactString, micros: i64) {
    let Stabilize { raises, cuts } = subject.rule.stabilize;
    let longest = raises.max(cuts).unwrap_or_default();
    let slack = subject.rule.schedule.every.saturating_mul(2);
    let now = subject.snapshot.now;
    let known = mood.wanted.entry(field).or_default();
    known.retain(|one| one.at != now && now.duration_since(one.at) <= longest.saturating_add(slack));
    known.push(Wanted { at: now, micros });
}
