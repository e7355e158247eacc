//! Who drew on a pool and does no more: what it spent in the period counts, and as long as it runs on because its removal
//! waits, what it may spend as well.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{Address, Kind};
use adplane_core::ids::ExternalId;
use adplane_core::metrics::Day;
use adplane_core::money::Money;
use adplane_core::observed::{Coverage, ObservedObject};
use adplane_core::overlay::DAILY_BUDGET;
use adplane_core::pool::{DayFigures, Given, Member, Pool};
use jiff::ToSpan;

use super::figures::{Asked, Told};
use super::gather::over_delivery;
use super::{Numbers, World};
use crate::metrics::store::StoreError;
use crate::state::Drawn;

/// The campaigns that draw on a pool now, by the ids under which their numbers are kept.
type Drawing = BTreeMap<Address, Option<ExternalId>>;

/// Who drew on a pool by now: those of before, and those of this look. `first` is the period's first day; `runs_on` tells
/// whether one that draws on it no more may still spend for it.
pub(super) fn drawn(
    before: Vec<Drawn>,
    now: &Drawing,
    (first, today): (Day, Day),
    runs_on: impl Fn(&Drawn) -> bool,
) -> Vec<Drawn> {
    let counts = before.into_iter().filter(|one| one.gone.is_none_or(|gone| gone >= first));
    let mut all: Vec<Drawn> = counts.map(|one| seen(one, now, today, &runs_on)).collect();
    // One that came back while nobody could tell its id is the former one.
    let mut known = BTreeSet::new();
    all.retain(|one| one.id.is_none() || known.insert((one.object.clone(), one.id.clone())));
    for (object, id) in now {
        if !all.iter().any(|one| one.object == *object && draws(one, now)) {
            all.push(Drawn { object: object.clone(), id: id.clone(), since: today, gone: None });
        }
    }
    all
}

/// Whether one is what a campaign of this look is; of one whose id nobody can tell it is taken to be.
fn draws(one: &Drawn, now: &Drawing) -> bool {
    let same = |id: &Option<ExternalId>| id.is_none() || one.id.is_none() || *id == one.id;
    one.gone.is_none() && now.get(&one.object).is_some_and(same)
}

/// Whether a campaign that draws on a pool no more is not known to be stopped: its document went, or another replaced it,
/// and what was to pause or remove it has not been done. One that git still has spends on its own account, and one that
/// nobody manages any more on nobody's.
pub(super) fn runs_on(world: World<'_>, one: &Drawn, now: &Drawing) -> bool {
    let key = one.object.account_key();
    if !world.desired.accounts.contains_key(&key) {
        return false;
    }
    let replaced = now.get(&one.object).is_some_and(|id| id.is_some() && *id != one.id);
    if world.desired.object(&one.object).is_some() && !replaced {
        return false;
    }
    let observed = world.observed.accounts.get(&key);
    match (live(world, one), observed.map(|account| &account.coverage)) {
        (Some(live), _) => live.is_active() && live.marker.is_some(),
        (None, Some(Coverage::Complete)) => false,
        (None, _) => true,
    }
}

/// A campaign as it is live under the id that it had.
fn live<'w>(world: World<'w>, one: &Drawn) -> Option<&'w ObservedObject> {
    let id = one.id.as_ref().or_else(|| world.remembered.get(&one.object))?;
    let account = world.observed.accounts.get(&one.object.account_key())?;
    account.objects.iter().find(|live| live.kind == Kind::Campaign && live.id == *id)
}

/// One of before, after this look.
fn seen(mut one: Drawn, now: &Drawing, today: Day, runs_on: impl Fn(&Drawn) -> bool) -> Drawn {
    match now.get(&one.object) {
        // Nobody can tell its id now: what is not gone is taken as still there.
        Some(None) => {}
        Some(id) if one.id == *id => one.gone = None,
        // It was made since.
        Some(id) if one.id.is_none() && one.gone.is_none() => one.id.clone_from(id),
        _ if one.gone.is_none() && runs_on(&one) => {}
        _ => one.gone = one.gone.or(Some(today)),
    }
    one
}

/// Those that draw on it no more, as members that have left: on the day on which they were gone or stopped, or not yet.
pub(super) async fn members(
    world: World<'_>,
    pool: &Pool,
    numbers: &dyn Numbers,
    (drawn, drawing, given): (&[Drawn], &Drawing, &Given),
    today: Day,
) -> Result<Vec<Member>, StoreError> {
    let mut members = Vec::new();
    for one in drawn.iter().filter(|one| !draws(one, drawing)) {
        let (gone, leaves) = (one.gone.unwrap_or(today), one.gone.is_none());
        let live = live(world, one).and_then(|live| live.value(DAILY_BUDGET)?.as_money());
        let Some(mut told) = told(world, pool, numbers, one, today).await? else { continue };
        told.days.retain(|day, _| *day <= gone);
        members.push(Member {
            object: one.object.clone(),
            runs: false,
            held: false,
            in_force: live.map(Money::micros).filter(|_| leaves).unwrap_or_else(|| most(given, &one.object)),
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
            leaves,
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
    use adplane_core::address::Platform;
    use adplane_core::desired::{
        Connection, DeletionPolicy, Desired, DesiredAccount, DesiredObject, Management,
    };
    use adplane_core::field::Fields;
    use adplane_core::money::Currency;
    use adplane_core::observed::{Observed, ObservedAccount};
    use adplane_core::schema::Schemas;
    use adplane_core::time::Zone;
    use adplane_core::value::Value;

    use super::*;

    fn account() -> DesiredAccount {
        DesiredAccount {
            key: "meta/shop/Campaign/growth/a".parse::<Address>().unwrap().account_key(),
            platform: Platform::Meta,
            account_id: "1".parse().unwrap(),
            currency: Currency::EUR,
            zone: Zone::utc(),
            management: Management::Manage,
            deletion_policy: DeletionPolicy::Pause,
            connection: Connection::default(),
            fields: Fields::new(),
            objects: BTreeMap::new(),
            origin: None,
        }
    }

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
        let look = |before, all: &[_], today| drawn(before, &now(all), (day(1), day(today)), |_| false);
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
        let april = Day::constant(2026, 4, 1);
        let next = drawn(all, &now(&[("a", Some("7"))]), (april, april), |_| false);
        assert_eq!(told(&next), ["a 7 2 -", "b 9 5 1"], "a former period is no matter");
    }

    #[test]
    fn what_runs_on_is_not_gone_until_it_is_stopped() {
        let look = |before, all: &[_], today, runs_on: &[&str]| {
            let runs_on = |one: &Drawn| one.id.as_ref().is_some_and(|id| runs_on.contains(&id.as_str()));
            drawn(before, &now(all), (day(1), day(today)), runs_on)
        };
        let all = look(Vec::new(), &[("a", Some("7")), ("b", Some("8"))], 2, &[]);
        let all = look(all, &[("b", Some("9"))], 3, &["7", "8"]);
        assert_eq!(
            told(&all),
            ["a 7 2 -", "b 8 2 -", "b 9 3 -"],
            "one waits for its removal, one is replaced"
        );
        assert_eq!(look(all.clone(), &[("b", Some("9"))], 3, &["7", "8"]), all, "another look");
        assert_eq!(look(all.clone(), &[("b", None)], 3, &["7", "8"]), all, "nobody can tell an id");
        let all = look(all, &[("b", Some("9"))], 6, &["8"]);
        assert_eq!(told(&all), ["a 7 2 6", "b 8 2 -", "b 9 3 -"], "up to the look that saw it stopped");
        let all = look(all, &[("b", Some("9"))], 7, &["7"]);
        assert_eq!(told(&all), ["a 7 2 6", "b 8 2 7", "b 9 3 -"], "started by hand it is nobody's");
        let gone = |one: &Drawn| !draws(one, &now(&[("b", Some("9"))]));
        assert_eq!(all.iter().map(gone).collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn what_waits_for_its_removal_runs_on_and_what_git_has_or_nobody_manages_does_not() {
        let id = || ExternalId::new("7").unwrap();
        let object: Address = "meta/shop/Campaign/growth/a".parse().unwrap();
        let one = Drawn { object: object.clone(), id: Some(id()), since: day(2), gone: None };
        let mut live = ObservedObject::new(Kind::Campaign, id());
        live.marker = Some("abcdef.abcdefghij".parse().unwrap());
        live.fields = [("state".into(), Value::text("Active"))].into();
        let asked = |account: Option<DesiredAccount>, live: Option<ObservedAccount>, drawing: &Drawing| {
            let (mut desired, mut observed) = (Desired::default(), Observed::default());
            desired.accounts.extend(account.map(|account| (account.key.clone(), account)));
            observed.accounts.extend(live.map(|live| (object.account_key(), live)));
            let (schemas, remembered) = (Schemas::new(), BTreeMap::new());
            let world = World {
                desired: &desired,
                pools: &[],
                observed: &observed,
                schemas: &schemas,
                remembered: &remembered,
                others: &BTreeMap::new(),
                now: "2026-03-09T08:00:00Z".parse().unwrap(),
            };
            runs_on(world, &one, drawing)
        };
        let read = |objects: &[ObservedObject]| {
            Some(ObservedAccount { objects: objects.to_vec(), ..ObservedAccount::default() })
        };
        let (none, runs) = (Drawing::new(), read(std::slice::from_ref(&live)));
        assert!(asked(Some(account()), runs.clone(), &none), "its document went, and it runs");
        assert!(!asked(None, runs.clone(), &none), "nobody can ask its account");
        assert!(!asked(Some(account()), read(&[]), &none), "it is gone");
        assert!(asked(Some(account()), None, &none), "its account was not read");
        let coverage = Coverage::Partial { because: "a page is missing".to_owned() };
        let partial = ObservedAccount { coverage, ..ObservedAccount::default() };
        assert!(asked(Some(account()), Some(partial), &none), "not read whole");
        let paused =
            ObservedObject { fields: [("state".into(), Value::text("Paused"))].into(), ..live.clone() };
        assert!(!asked(Some(account()), read(&[paused]), &none), "it is paused");
        let released = ObservedObject { marker: None, ..live.clone() };
        assert!(!asked(Some(account()), read(&[released]), &none), "it was given up");
        let mut has = account();
        has.objects.insert(object.clone(), DesiredObject::new(object.clone()));
        assert!(!asked(Some(has.clone()), runs.clone(), &none), "git has it, and its budget is its own");
        assert!(asked(Some(has), runs, &now(&[("a", Some("9"))])), "another has its place");
    }
}
