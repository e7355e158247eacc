//! What a pool's campaigns are at an instant: what is in force, and what they spent by day.

use std::collections::BTreeMap;

use adplane_core::address::Address;
use adplane_core::desired::{DesiredAccount, DesiredObject};
use adplane_core::field::FieldOwner;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Day, Slot};
use adplane_core::observed::{Coverage, ObservedAccount};
use adplane_core::overlay::{DAILY_BUDGET, Managed, STATE};
use adplane_core::pool::{Allocation, DayFigures, Look, Member, Pool};
use adplane_core::rules::Ownership;
use adplane_core::schema::PlatformSchema;
use adplane_core::time::Zone;
use jiff::{Timestamp, ToSpan};

use super::figures::Asked;
use super::{Has, Numbers, World};
use crate::metrics::query::Settling;
use crate::metrics::store::{AsOf, StoreAccount, StoreError};
use crate::rules::{Watched, live};

/// Days before today that are asked for, beside the period: eight weeks.
const DAYS: i64 = 56;
/// What a platform may spend of a day's amount where nobody tells, in basis points.
const OVER_DELIVERY: u32 = 20_000;

/// What a pool is worked out from.
pub(super) struct Gathered {
    /// The pool's day and how much of it has passed.
    pub(super) look: Look,
    /// Its campaigns, as far as git wants them.
    pub(super) members: Vec<Member>,
    /// The campaigns that draw on it now, by the ids under which their numbers are kept.
    pub(super) drawing: BTreeMap<Address, Option<ExternalId>>,
    /// What each of them has.
    pub(super) has: BTreeMap<Address, Has>,
}

/// Gathers what a pool is worked out from.
///
/// Accounts have days of their own: the pool's is the one of the account in which it began last, and of each it is known
/// how much of that day has passed there.
pub(super) async fn gather(
    world: World<'_>,
    pool: &Pool,
    numbers: &dyn Numbers,
) -> Result<Gathered, StoreError> {
    let accounts = || pool.members.iter().filter_map(|one| world.desired.accounts.get(&one.account_key()));
    let look = accounts()
        .map(|account| look(world.now, &account.zone))
        .min_by_key(|look| (look.day, look.passed))
        .unwrap_or_else(|| look(world.now, &Zone::utc()));
    let (mut members, mut has) = (Vec::new(), BTreeMap::new());
    let mut watched = BTreeMap::new();
    for account in accounts() {
        let observed = world.observed.accounts.get(&account.key);
        if let Some(observed) = observed.filter(|observed| observed.is_billed_in(account.currency)) {
            let seen = live(world.desired, account, observed, world.remembered, world.now);
            watched.extend(seen.objects);
        }
    }
    for object in &pool.members {
        let Some(one) = Wanted::of(world, pool, object, watched.get(object)) else { continue };
        let mut member = one.member(look.day);
        has.insert(object.clone(), one.has());
        member.passed = passed(world.now, look.day, &one.account.zone);
        one.fill(world, pool, numbers, &mut member, look.day).await?;
        members.push(member);
    }
    let id = |object: &Address| {
        let live = watched.get(object).and_then(|watched| watched.id.as_ref());
        live.or_else(|| world.remembered.get(object)).cloned()
    };
    let drawing = pool.members.iter().map(|object| (object.clone(), id(object))).collect();
    Ok(Gathered { look, members, drawing, has })
}

fn look(now: Timestamp, zone: &Zone) -> Look {
    let day = now.to_zoned(zone.rules()).date();
    Look { day, passed: passed(now, day, zone) }
}

/// How much of a day has passed in a zone, in basis points of that day; more than a whole where it is over.
fn passed(now: Timestamp, day: Day, zone: &Zone) -> u32 {
    let slot = Slot::day(day);
    let (passed, all) =
        (now.duration_since(slot.begins(zone)), slot.ends(zone).duration_since(slot.begins(zone)));
    let points = passed.as_secs().saturating_mul(10_000).checked_div(all.as_secs()).unwrap_or(0);
    u32::try_from(points.max(0)).unwrap_or(u32::MAX)
}

/// When it was made; Google does not tell, but when it began to run at the earliest: the day it was made on, unless git says
/// another.
fn begins(watched: &Watched, zone: &Zone) -> Option<Timestamp> {
    let first = || watched.flight.map(|(first, _)| Slot::day(first).begins(zone));
    watched.state.created.or_else(first)
}

/// A campaign of a pool as git wants it and as it is live.
struct Wanted<'a> {
    account: &'a DesiredAccount,
    object: &'a DesiredObject,
    managed: &'a Managed,
    schema: Option<&'static PlatformSchema>,
    watched: Option<&'a Watched>,
    /// Whether its account was read whole and is billed as it is declared, so that what is not there is not live.
    is_read: bool,
    held: bool,
    remembered: Option<&'a ExternalId>,
}

impl<'a> Wanted<'a> {
    fn of(world: World<'a>, pool: &Pool, address: &Address, watched: Option<&'a Watched>) -> Option<Self> {
        let object = world.desired.object(address)?;
        let FieldOwner::Managed(managed) = &object.field(DAILY_BUDGET)?.owner else { return None };
        let observed = world.observed.accounts.get(&address.account_key());
        let held = object.field(STATE).is_some_and(
            |field| matches!(&field.owner, FieldOwner::Hold(hold) if hold.by.pool && hold.by.rule.as_ref() == Some(&pool.name)),
        );
        let account = world.desired.accounts.get(&address.account_key())?;
        let is_whole = |observed: &ObservedAccount| {
            observed.coverage == Coverage::Complete && observed.is_billed_in(account.currency)
        };
        Some(Self {
            account,
            object,
            managed,
            schema: world.schemas.get(&address.platform).copied(),
            watched,
            is_read: observed.is_some_and(is_whole),
            held,
            remembered: world.remembered.get(address),
        })
    }

    /// Everything but what it spent.
    fn member(&self, day: Day) -> Member {
        let unit = self.managed.initial.currency().minor_unit_micros();
        Member {
            object: self.object.address.clone(),
            runs: self.runs(day),
            held: self.held,
            in_force: self.managed.amount().micros(),
            pinned: self.managed.overlay.as_ref().is_some_and(|moved| !moved.by.pool),
            min: self.managed.min.micros(),
            max: self.managed.max.micros(),
            max_step: self.managed.max_step,
            step: self.managed.step.map_or(unit, adplane_core::money::Money::micros),
            over_delivery: self.over_delivery(),
            days: BTreeMap::new(),
            today: None,
            settled: None,
            passed: 0,
            left: None,
            leaves: false,
        }
    }

    /// What it may spend now. A cut that is in force and did not come to be live lowers nothing.
    fn has(&self) -> Has {
        let state = self.watched.map(|watched| &watched.state);
        let live = state.and_then(|state| state.budget.as_ref()).map(|budget| budget.amount.micros());
        let runs = state.is_some_and(|state| state.state != Some(adplane_core::rules::State::Paused));
        let in_force = if self.held { 0 } else { self.managed.amount().micros() };
        let is_there = if self.watched.is_some() { Some(true) } else { self.is_read.then_some(false) };
        Has { amount: in_force.max(live.filter(|_| runs).unwrap_or(0)), live, runs, is_there }
    }

    /// Whether git lets it run on a day; one whose state is nobody's runs as it is live.
    fn runs(&self, day: Day) -> bool {
        let flies = self
            .watched
            .and_then(|watched| watched.flight)
            .is_none_or(|(first, last)| first <= day && last.is_none_or(|last| day <= last));
        let state = if self.held { Some("Active") } else { self.object.text(STATE) };
        let live = self.watched.and_then(|watched| watched.state.state);
        flies
            && match state {
                Some(state) => state == "Active",
                None => live == Some(adplane_core::rules::State::Active),
            }
    }

    fn over_delivery(&self) -> u32 {
        let budget = self.watched.and_then(|watched| watched.state.budget.as_ref());
        let automatic = budget.is_some_and(|budget| matches!(budget.ownership, Ownership::External));
        over_delivery(self.schema, automatic)
    }

    /// What it spent, day by day.
    async fn fill(
        &self,
        world: World<'_>,
        pool: &Pool,
        numbers: &dyn Numbers,
        member: &mut Member,
        today: Day,
    ) -> Result<(), StoreError> {
        let first = pool.period(today).0.min(today.saturating_sub(DAYS.days()));
        let id = self.watched.and_then(|watched| watched.id.as_ref()).or(self.remembered);
        let Some(id) = id else {
            // What was never live spent nothing; of an account that was not read nobody can tell.
            if self.is_read {
                let days = first.series(1.day()).take_while(|day| *day < today);
                member.days = days.map(|day| (day, DayFigures::default())).collect();
                member.today = Some(0);
            }
            return Ok(());
        };
        let asked = Asked {
            account: self.account,
            id,
            schema: self.schema,
            created: self.watched.and_then(|watched| begins(watched, &self.account.zone)),
            first,
            today,
        };
        let told = asked.ask(world.now, numbers).await?;
        (member.days, member.today) = (told.days, told.today);
        if let (Allocation::Curves(..), Some(store)) = (&pool.allocation, numbers.of(&self.account.key)) {
            let look_back = self.schema.map_or(0, |schema| schema.restated_days);
            let account = StoreAccount::from(self.account);
            member.settled = Settling::learn(store, &account, look_back, AsOf::Latest).await?.through();
        }
        Ok(())
    }
}

/// A platform's worst day, in basis points of its amount.
pub(super) fn over_delivery(schema: Option<&PlatformSchema>, automatic: bool) -> u32 {
    schema.and_then(|schema| schema.worst_day(DAILY_BUDGET, automatic)).unwrap_or(OVER_DELIVERY)
}

/// The instant at which a day is over in an account's zone.
pub(super) fn end_of(account: &DesiredAccount, day: Day) -> Timestamp {
    Slot::day(day).ends(&account.zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_over_after_all_of_its_hours() {
        let madrid = Zone::parse("Europe/Madrid").unwrap();
        for (now, points, why) in [
            ("2026-03-28T23:00:00Z", 0, "midnight before clocks go forward"),
            ("2026-03-29T10:30:00Z", 5_000, "half of 23 hours"),
            ("2026-03-29T21:59:59Z", 9_999, "the last second"),
            ("2026-03-29T22:00:00Z", 0, "and the next day"),
            ("2026-10-25T10:30:00Z", 5_000, "half of 25 hours, after clocks went back"),
            ("2026-10-25T22:00:00Z", 9_600, "24 hours are not all of it"),
            ("2026-10-25T23:00:00Z", 0, "25 are"),
        ] {
            assert_eq!(look(now.parse().unwrap(), &madrid).passed, points, "{why}");
        }
        let late = passed("2026-10-26T23:00:00Z".parse().unwrap(), "2026-10-25".parse().unwrap(), &madrid);
        assert_eq!(late, 19_600, "a day that is over in another zone");
    }
}
