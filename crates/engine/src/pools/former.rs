//! Who drew on a pool and does no more: what it spent in the period counts.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::Address;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::Day;
use adplane_core::observed::Coverage;
use adplane_core::pool::{DayFigures, Given, Member, Pool};
use jiff::ToSpan;

use super::figures::{Asked, Told};
use super::gather::over_delivery;
use super::{Numbers, World};
use crate::metrics::store::StoreError;
use crate::state::Drawn;

/// Who drew on a pool by now: those of before, and those of this look. `first` is the period's first day.
pub(super) fn drawn(
    before: Vec<Drawn>,
    now: &BTreeMap<Address, Option<ExternalId>>,
    first: Day,
    today: Day,
) -> Vec<Drawn> {
    let counts = before.into_iter().filter(|one| one.gone.is_none_or(|gone| gone >= first));
    let mut all: Vec<Drawn> = counts.map(|one| seen(one, now, today)).collect();
    // One that came back while nobody could tell its id is the former one.
    let mut known = BTreeSet::new();
    all.retain(|one| one.id.is_none() || known.insert((one.object.clone(), one.id.clone())));
    for (object, id) in now {
        if !all.iter().any(|one| one.object == *object && one.gone.is_none()) {
            all.push(Drawn { object: object.clone(), id: id.clone(), since: today, gone: None });
        }
    }
    all
}

/// One of before, after this look.
fn seen(mut one: Drawn, now: &BTreeMap<Address, Option<ExternalId>>, today: Day) -> Drawn {
    match now.get(&one.object) {
        // Nobody can tell its id now: what is not gone is taken as still there.
        Some(None) => {}
        Some(id) if one.id == *id => one.gone = None,
        // It was made since.
        Some(id) if one.id.is_none() && one.gone.is_none() => one.id.clone_from(id),
        _ => one.gone = one.gone.or(Some(today)),
    }
    one
}

/// Those that are gone, as members that have left.
pub(super) async fn members(
    world: World<'_>,
    pool: &Pool,
    numbers: &dyn Numbers,
    (drawn, given): (&[Drawn], &Given),
    today: Day,
) -> Result<Vec<Member>, StoreError> {
    let mut members = Vec::new();
    for one in drawn {
        let Some(gone) = one.gone else { continue };
        let Some(mut told) = told(world, pool, numbers, one, today).await? else { continue };
        told.days.retain(|day, _| *day <= gone);
        members.push(Member {
            object: one.object.clone(),
            runs: false,
            held: false,
            in_force: most(given, &one.object),
            pinned: false,
            min: 0,
            max: 0,
            max_step: None,
            step: 1,
            over_delivery: over_delivery(world.schemas.get(&one.object.platform).copied(), false),
            days: told.days,
            today: told.today.filter(|_| gone >= today),
            settled: None,
            passed: 0,
            left: Some(gone),
        });
    }
    Ok(members)
}

/// What it spent in the period, as far as anybody tells; nothing where it was never made.
async fn told(
    world: World<'_>,
    pool: &Pool,
    numbers: &dyn Numbers,
    one: &Drawn,
    today: Day,
) -> Result<Option<Told>, StoreError> {
    let key = one.object.account_key();
    let Some(account) = world.desired.accounts.get(&key) else { return Ok(Some(Told::default())) };
    let Some(id) = one.id.as_ref().or_else(|| world.remembered.get(&one.object)) else {
        let observed = world.observed.accounts.get(&key);
        let is_read = observed.is_some_and(|account| account.coverage == Coverage::Complete);
        return Ok((!is_read).then(Told::default));
    };
    let first = pool.period(today).0;
    let schema = world.schemas.get(&one.object.platform).copied();
    let mut told = Asked { account, id, schema, created: None, first, today }.ask(world.now, numbers).await?;
    // What it spent before it came counts where it is told, and is asked of nobody.
    for day in first.series(1.day()).take_while(|day| *day < one.since.min(today)) {
        told.days.entry(day).or_insert_with(DayFigures::default);
    }
    Ok(Some(told))
}

/// The most that it was given, as far as that is remembered.
fn most(given: &Given, object: &Address) -> i64 {
    let amounts = given.values().filter_map(|day| day.amounts.get(object));
    amounts.map(|amount| amount.most.max(amount.amount)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i8) -> Day {
        Day::constant(2026, 3, number)
    }

    fn now(all: &[(&str, Option<&str>)]) -> BTreeMap<Address, Option<ExternalId>> {
        let each = all.iter().map(|(name, id)| {
            let object = format!("meta/shop/Campaign/growth/{name}").parse().unwrap();
            (object, id.map(|id| ExternalId::new(id).unwrap()))
        });
        each.collect()
    }

    /// `a 7 2 4`: whose, its id, since when and until when.
    fn told(drawn: &[Drawn]) -> Vec<String> {
        let each = drawn.iter().map(|one| {
            let id = one.id.as_ref().map_or("-".to_owned(), ToString::to_string);
            let gone = one.gone.map_or("-".to_owned(), |gone| gone.day().to_string());
            format!("{} {id} {} {gone}", one.object.name, one.since.day())
        });
        each.collect()
    }

    #[test]
    fn who_drew_on_it_is_known_until_the_period_ends() {
        let look = |before, all: &[_], today| drawn(before, &now(all), day(1), day(today));
        let all = look(Vec::new(), &[("a", Some("7")), ("b", None)], 2);
        assert_eq!(told(&all), ["a 7 2 -", "b - 2 -"]);
        let all = look(all, &[("a", Some("7")), ("b", Some("8"))], 3);
        assert_eq!(told(&all), ["a 7 2 -", "b 8 2 -"], "it was made since");
        assert_eq!(look(all.clone(), &[("a", Some("7")), ("b", Some("8"))], 3), all, "another look");
        let all = look(all, &[("b", None)], 4);
        assert_eq!(told(&all), ["a 7 2 4", "b 8 2 -"], "one has left, of the other nobody can tell");
        let all = look(all, &[("b", Some("9"))], 5);
        assert_eq!(told(&all), ["a 7 2 4", "b 8 2 5", "b 9 5 -"], "a change replaced it");
        let all = look(all, &[("a", Some("7")), ("b", Some("9"))], 6);
        assert_eq!(told(&all), ["a 7 2 -", "b 8 2 5", "b 9 5 -"], "one is back");
        let next =
            drawn(all, &now(&[("a", Some("7"))]), Day::constant(2026, 4, 1), Day::constant(2026, 4, 1));
        assert_eq!(told(&next), ["a 7 2 -", "b 9 5 1"], "a former period is no matter");
    }
}
