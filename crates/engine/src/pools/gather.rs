//! What a pool's campaigns are at an instant: what is in force, and what they spent by day.

use std::collections::BTreeMap;

use adplane_core::address::{Address, Kind};
use adplane_core::desired::{DesiredAccount, DesiredObject};
use adplane_core::field::FieldOwner;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Day, Granularity, Metric, MetricSet, Slot, Slots, Span};
use adplane_core::observed::Coverage;
use adplane_core::overlay::{DAILY_BUDGET, Managed, STATE};
use adplane_core::pool::{Allocation, DayFigures, Look, Member, Pool};
use adplane_core::rules::Ownership;
use adplane_core::schema::PlatformSchema;
use adplane_core::time::Zone;
use jiff::{Timestamp, ToSpan};

use super::World;
use crate::metrics::query::Settling;
use crate::metrics::store::{AsOf, MetricStore, Of, StoreAccount, StoreError};
use crate::rules::{Watched, live};

/// Days before today that are asked for, beside the period: eight weeks.
const DAYS: i64 = 56;
/// What a platform may spend of a day's amount where nobody tells, in basis points.
const OVER_DELIVERY: u32 = 20_000;

/// The pool's day and how much of it has passed, and its campaigns as far as git wants them.
///
/// Accounts have days of their own: the pool's is the one of the account in which it began last.
pub(super) async fn members(
    world: World<'_>,
    pool: &Pool,
    store: &dyn MetricStore,
) -> Result<(Look, Vec<Member>), StoreError> {
    let accounts = || pool.members.iter().filter_map(|one| world.desired.accounts.get(&one.account_key()));
    let look = accounts()
        .map(|account| look(world.now, &account.zone))
        .min_by_key(|look| (look.day, look.passed))
        .unwrap_or_else(|| look(world.now, &Zone::utc()));
    let day = look.day;
    let mut members = Vec::new();
    let mut watched = BTreeMap::new();
    for account in accounts() {
        if let Some(observed) = world.observed.accounts.get(&account.key) {
            watched.extend(live(world.desired, account, observed, world.remembered));
        }
    }
    for object in &pool.members {
        let Some(one) = Wanted::of(world, pool, object, watched.get(object)) else { continue };
        let mut member = one.member(day);
        one.fill(world, pool, store, day, &mut member).await?;
        members.push(member);
    }
    Ok((look, members))
}

fn look(now: Timestamp, zone: &Zone) -> Look {
    let day = now.to_zoned(zone.rules()).date();
    let slot = Slot::day(day);
    let (passed, all) =
        (now.duration_since(slot.begins(zone)), slot.ends(zone).duration_since(slot.begins(zone)));
    let points = passed.as_secs().saturating_mul(10_000).checked_div(all.as_secs()).unwrap_or(0);
    Look { day, passed: u32::try_from(points).unwrap_or(0).min(10_000) }
}

/// A campaign of a pool as git wants it and as it is live.
struct Wanted<'a> {
    account: &'a DesiredAccount,
    object: &'a DesiredObject,
    managed: &'a Managed,
    schema: Option<&'static PlatformSchema>,
    watched: Option<&'a Watched>,
    /// Whether its account was read whole, so that what is not there is not live.
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
        Some(Self {
            account: world.desired.accounts.get(&address.account_key())?,
            object,
            managed,
            schema: world.schemas.get(&address.platform).copied(),
            watched,
            is_read: observed.is_some_and(|account| account.coverage == Coverage::Complete),
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
            min: self.managed.min.micros(),
            max: self.managed.max.micros(),
            max_step: self.managed.max_step,
            step: self.managed.step.map_or(unit, adplane_core::money::Money::micros),
            over_delivery: self.over_delivery(),
            days: BTreeMap::new(),
            today: None,
            settled: None,
        }
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

    /// The platform's worst day.
    fn over_delivery(&self) -> u32 {
        let budget = self.watched.and_then(|watched| watched.state.budget.as_ref());
        let automatic = budget.is_some_and(|budget| matches!(budget.ownership, Ownership::External));
        let rule = self.schema.and_then(|schema| schema.over_delivery(DAILY_BUDGET, automatic));
        match rule.and_then(|rule| rule.worst_day) {
            Some((times, of)) if of > 0 => {
                u32::try_from((times.saturating_mul(10_000) + of - 1) / of).unwrap_or(OVER_DELIVERY)
            }
            _ => OVER_DELIVERY,
        }
    }

    /// What it spent, day by day.
    async fn fill(
        &self,
        world: World<'_>,
        pool: &Pool,
        store: &dyn MetricStore,
        today: Day,
        member: &mut Member,
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
        let account = StoreAccount::from(self.account);
        let last = world.now.to_zoned(account.zone.rules()).date();
        let span = Span {
            granularity: Granularity::Day,
            zone: account.zone.clone(),
            at: world.now,
            ranges: vec![Slots::days(first, last)],
        };
        let series = store.series(&account, Kind::Campaign, Of::Object(id), &span, AsOf::Latest).await?;
        let told: MetricSet = self.schema.map_or(&[], |schema| schema.metrics);
        let created = self.watched.and_then(|watched| watched.state.created);
        for point in series.points {
            let day = point.slot.day;
            let over = point.as_of.is_some_and(|read| read >= point.slot.ends(&account.zone));
            let before = created.is_some_and(|made: Timestamp| point.slot.ends(&account.zone) <= made);
            let Some(sums) = point.known(told).ok().filter(|_| over || day >= today) else {
                if before && day < today {
                    member.days.insert(day, DayFigures::default());
                }
                continue;
            };
            let Some(spend) = sums.get(Metric::Spend) else { continue };
            if day < today {
                let (conversions, value) = (sums.get(Metric::Conversions), sums.get(Metric::Value));
                member.days.insert(day, DayFigures { spend, conversions, value });
            } else {
                member.today = Some(member.today.unwrap_or(0).saturating_add(spend));
            }
        }
        if matches!(pool.allocation, Allocation::Curves(_)) {
            let look_back = self.schema.map_or(0, |schema| schema.restated_days);
            member.settled = Settling::learn(store, &account, look_back, AsOf::Latest).await?.through();
        }
        Ok(())
    }
}

/// The instant at which a day is over in an account's zone.
pub(super) fn end_of(account: &DesiredAccount, day: Day) -> Timestamp {
    Slot::day(day).ends(&account.zone)
}
