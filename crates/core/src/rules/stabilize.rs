//! Stabilisation: of the amounts that a rule wanted within a window of time, the most cautious counts.
//!
//! As in the autoscaler of Kubernetes, each direction has a window of its own. A raise is the smallest that was wanted
//! within its window, by every run that was due in it: one that wanted none, or did not come, is no agreement. A cut is the
//! deepest that was wanted within its window, and waits for nothing.

use compact_str::CompactString;
use jiff::{SignedDuration, Timestamp};

use super::amount::owned;
use super::intent::{Change, Direction, Planned};
use super::lookup::Subject;
use super::memory::{Mood, Wanted};
use super::planning::{NoIntent, Plan};
use super::require::shown;
use super::schedule::missed;
use super::snapshot::{Budget, Cadence, Ownership};
use super::source::Stabilize;
use crate::money::Money;

/// Remembers a run that wanted no amount, with what is in force.
pub(super) fn keep(subject: Subject<'_>, mood: &mut Mood) {
    if subject.rule.stabilize == Stabilize::default() {
        return;
    }
    if let Some(Budget { amount, cadence, .. }) = subject.object.budget {
        let field = if cadence == Cadence::Daily { "budget.daily" } else { "budget.total" };
        remember(subject, mood, field.into(), (amount.micros(), None));
    }
    if let Some(bid) = subject.object.bid {
        remember(subject, mood, "bid".into(), (bid.micros(), None));
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
        remember(subject, mood, planned.field.clone(), (to.micros(), Some(planned.direction)));
        let known = mood.wanted.get(&planned.field).map_or(&[][..], Vec::as_slice);
        let settled = match (to > from, windows.raises, windows.cuts) {
            (true, Some(window), _) => raised(subject, known, window, (from, to))?,
            (false, _, Some(window)) => cut(subject, known, window, (planned, from, to)),
            _ => to,
        };
        put(planned, settled);
    }
    Ok(plan)
}

/// The smallest raise that was wanted within the window, of which every run must be known and have wanted one.
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
    let first = known.iter().map(|one| one.at).filter(|at| (earliest..=begins).contains(at)).max();
    let covered = first.is_some_and(|first| came(subject, known.iter().filter(|one| one.at >= first)));
    let within = || known.iter().filter(|one| one.at >= begins);
    let agreed = within().all(|one| one.way.is_some_and(Direction::raises));
    let least = within().map(|one| one.micros).min().unwrap_or_default().min(to.micros());
    if !covered || !agreed || least <= from.micros() {
        let why = format!("a raise must have been wanted for {} (`stabilize.raises`)", shown(window));
        return Err(NoIntent::Same(why));
    }
    Ok(Money::from_micros(least, to.currency()))
}

/// Whether a run came for every tick from the first of these to the last.
fn came<'a>(subject: Subject<'_>, runs: impl Iterator<Item = &'a Wanted>) -> bool {
    let (schedule, account) = (&subject.rule.schedule, subject.address.account_key());
    let runs: Vec<Timestamp> = runs.map(|one| one.at).collect();
    runs.windows(2).all(|pair| !missed(schedule, &account, (pair[0], pair[1]), &subject.account.zone))
}

/// The deepest cut that was wanted within the window, within what git allows by now.
fn cut(
    subject: Subject<'_>,
    known: &[Wanted],
    window: SignedDuration,
    (planned, from, to): (&Planned, Money, Money),
) -> Money {
    let begins = subject.snapshot.now.checked_sub(window).unwrap_or(Timestamp::MIN);
    // What was in force when none was wanted was nobody's wish, nor is a raise from less.
    let cuts = known.iter().filter(|one| one.at >= begins && one.way == Some(Direction::Cut));
    let wanted = cuts.map(|one| one.micros).min();
    let deepest = Money::from_micros(wanted.unwrap_or(to.micros()).min(to.micros()), to.currency());
    let ownership = match (&planned.change, subject.object.budget) {
        (Change::Budget { .. }, Some(budget)) => budget.ownership,
        _ => Ownership::Git,
    };
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

fn remember(
    subject: Subject<'_>,
    mood: &mut Mood,
    field: CompactString,
    (micros, way): (i64, Option<Direction>),
) {
    let Stabilize { raises, cuts } = subject.rule.stabilize;
    let longest = raises.max(cuts).unwrap_or_default();
    let slack = subject.rule.schedule.every.saturating_mul(2);
    let now = subject.snapshot.now;
    let known = mood.wanted.entry(field).or_default();
    known.retain(|one| one.at != now && now.duration_since(one.at) <= longest.saturating_add(slack));
    known.push(Wanted { at: now, micros, way });
}
