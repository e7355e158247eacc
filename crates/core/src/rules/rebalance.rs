//! Moving budget from one object to its peers: what is freed is given, to the smallest unit that the platform bills in.

use super::action::{Bounds, Step};
use super::amount::{NoAmount, owned, stepped};
use super::evaluate::Placed;
use super::intent::Planned;
use super::lookup::Subject;
use super::planning::{NoIntent, above_settled, budget_change, own_budget, unit};
use super::snapshot::{Budget, ObjectState, Ownership};
use crate::address::Address;
use crate::money::Money;

/// Objects of which all is there that the rule requires, and its condition false, by address.
pub(super) type Healthy<'a> = [&'a Address];

/// A peer that takes a part.
struct Taker<'a> {
    address: &'a Address,
    object: &'a ObjectState,
    held: Budget,
    /// Micros that it may take at most.
    room: i64,
    given: i64,
}

/// Cuts the budget of an object by a share in basis points and gives the rest of its peers what is freed, in proportion
/// to their budgets. What nobody can take stays where it was, so that the sum is preserved.
pub(super) fn plan(
    subject: Subject<'_>,
    by: u32,
    bounds: Bounds,
    healthy: &Healthy<'_>,
    asks: &mut Vec<String>,
) -> Result<Vec<Planned>, NoIntent> {
    let held = own_budget(subject.object)?;
    if let Some(max) = bounds.max.filter(|max| max.currency() != held.amount.currency()) {
        return Err(NoAmount::Currency(held.amount.currency(), max.currency()).into());
    }
    let share = Step::Share(-i32::try_from(by).unwrap_or(i32::MAX));
    let lowest = Bounds { min: bounds.min, max: None };
    let cut = stepped(held.amount, share, lowest, unit(subject, held))?;
    let cut = owned(held.amount, cut, held.ownership)?;
    let mut takers = takers(subject, held, bounds.max, healthy);
    let freed = held.amount.micros() - cut.micros();
    let units = takers.iter().map(|taker| unit(subject, taker.held));
    let unit = units.fold(unit(subject, held), i64::max);
    let given = give(freed, unit, &mut takers);
    if given == 0 {
        return Err(NoIntent::Impossible("no peer can take what would be freed".to_owned()));
    }
    let mut owners = vec![held.ownership];
    owners.extend(takers.iter().filter(|taker| taker.given > 0).map(|taker| taker.held.ownership));
    if owners.contains(&Ownership::Git) {
        asks.push("git owns a budget of them: an approved proposal is a commit".to_owned());
    }
    if matches!(held.ownership, Ownership::Bounded { initial, .. } if held.amount > initial) {
        // A raise may be about to end, and what is moved of it would not.
        asks.push("what it gives away is above git's amount".to_owned());
    }
    let to = Money::from_micros(held.amount.micros() - given, held.amount.currency());
    let mut changes = vec![budget_change(subject, subject.address, subject.object, held, to)];
    for taker in takers.iter().filter(|taker| taker.given > 0) {
        let amount = taker.held.amount;
        let to = Money::from_micros(amount.micros() + taker.given, amount.currency());
        changes.push(budget_change(subject, taker.address, taker.object, taker.held, to));
    }
    Ok(changes)
}

/// Peers that can take a part: what lies in another parent is none.
fn takers<'a>(
    subject: Subject<'a>,
    held: Budget,
    max: Option<Money>,
    healthy: &Healthy<'_>,
) -> Vec<Taker<'a>> {
    let takes = |placed: &Placed<'a>| {
        let Placed { address, object, runs, .. } = *placed;
        let budget = own_budget(object).ok()?;
        let alike = budget.cadence == held.cadence && budget.amount.currency() == held.amount.currency();
        if !alike
            || address == subject.address
            || healthy.binary_search(&address).is_err()
            || object.hold.is_some()
            || above_settled(budget).is_some()
            || runs != Some(true)
        {
            return None;
        }
        let highest =
            max.filter(|max| max.currency() == budget.amount.currency()).map_or(i64::MAX, Money::micros);
        let wanted = Money::from_micros(highest, budget.amount.currency());
        let within = match budget.ownership {
            Ownership::Bounded { .. } => owned(budget.amount, wanted, budget.ownership).ok()?.micros(),
            _ => highest,
        };
        let room = within.saturating_sub(budget.amount.micros());
        (room > 0).then_some(Taker { address, object, held: budget, room, given: 0 })
    };
    let mut found: Vec<Taker<'a>> = subject.beside().filter_map(takes).collect();
    found.sort_by(|a, b| a.address.cmp(b.address));
    found
}

/// Gives an amount away in payable parts; how much was given.
fn give(freed: i64, unit: i64, takers: &mut [Taker<'_>]) -> i64 {
    let mut left = freed - freed.rem_euclid(unit);
    let whole = left;
    loop {
        let open: i128 = takers
            .iter()
            .filter(|taker| taker.given < taker.room)
            .map(|taker| i128::from(taker.held.amount.micros()))
            .sum();
        if left <= 0 || open <= 0 {
            break;
        }
        let round = left;
        for taker in takers.iter_mut().filter(|taker| taker.given < taker.room) {
            let part = i128::from(round) * i128::from(taker.held.amount.micros()) / open;
            let part = i64::try_from(part).unwrap_or(i64::MAX).min(taker.room - taker.given).min(left);
            let part = part - part.rem_euclid(unit);
            taker.given += part;
            left -= part;
        }
        if left == round {
            // Less than a unit each: the first that has room takes it.
            let Some(taker) = takers.iter_mut().find(|taker| taker.room - taker.given >= unit) else { break };
            taker.given += unit;
            left -= unit;
        }
    }
    whole - left
}
