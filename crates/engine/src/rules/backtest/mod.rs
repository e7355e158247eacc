//! Rules over days that have passed: the same evaluator, on numbers as they were known at each tick.
//!
//! Numbers are the store's as of the tick, so that nothing is known before it was told: what was first read later is
//! unknown, or taken when that is asked for, and the report says which. Where nothing at all was known then, there is no
//! back-test. Objects are those of the YAML of today in the states and
//! with the budgets that it says; what a rule would have done is live in the next tick, but what was delivered stays
//! what it was: no response is invented. Proposals count as agreed to where
//! that is asked for, and else not.

mod report;

use std::collections::BTreeMap;

use adplane_core::address::{AccountKey, Address};
use adplane_core::desired::DesiredAccount;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Day, Granularity, Slots, Span};
use adplane_core::money::Money;
use adplane_core::rules::{
    Change, Endings, Guards, Memory, Mode, ObjectState, Outcome, Review, Rule, Run, agreed, carry_out,
    is_due, next_look, run,
};
use adplane_core::time::Zone;
use jiff::Timestamp;

pub use report::{Backtest, BacktestError, BudgetPath, Paused, Rested};

use super::around::put_others;
use super::foresee::Ledgers;
use super::live::{Seen, Watched, written};
use super::numbers::{Basis, Looked};
use super::{World, add, empty, store_account, sums_of};
use crate::metrics::store::{AsOf, MetricStore};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Rules and what they look at.
    pub world: World<'a>,
    /// The first day, of each account's own.
    pub from: Day,
    /// The last day, itself included.
    pub to: Day,
    /// Whether numbers are used that were told later; else they are unknown.
    pub allow_restated: bool,
    /// Whether proposals are taken as agreed to at once.
    pub agree: bool,
}

/// Runs rules over days that have passed.
pub async fn backtest(asked: Asked<'_>, store: &dyn MetricStore) -> Result<Backtest, BacktestError> {
    let mut world = Simulated::new(asked)?;
    let (first, end) = world.extent();
    let mut now = first;
    while now < end {
        if world.is_due(now) {
            world.tick(store, now).await?;
        }
        let Some(next) = world.next(now) else { break };
        now = next;
    }
    world.finish(store).await
}

/// The world as it would have become.
struct Simulated<'a> {
    asked: Asked<'a>,
    /// Rules that are in shadow are tried as if they acted.
    rules: Vec<Rule>,
    accounts: Vec<&'a DesiredAccount>,
    objects: BTreeMap<AccountKey, BTreeMap<Address, Watched>>,
    baselines: BTreeMap<(AccountKey, Day), i64>,
    memory: Memory,
    ledgers: Ledgers,
    report: Backtest,
    open: Vec<Paused>,
    /// Where and when something was asked for first that was read only later.
    missed: Option<(AccountKey, Timestamp)>,
    endings: Endings,
}

impl<'a> Simulated<'a> {
    fn new(asked: Asked<'a>) -> Result<Self, BacktestError> {
        let world = asked.world;
        let accounts: Vec<&DesiredAccount> = world.accounts().collect();
        let objects: BTreeMap<AccountKey, BTreeMap<Address, Watched>> = accounts
            .iter()
            .map(|account| (account.key.clone(), written(world.desired, account, world.remembered)))
            .collect();
        let all = || objects.values().flatten();
        if all().all(|(_, watched)| watched.id.is_none()) {
            return Err(BacktestError::NoIds);
        }
        let nameless =
            all().filter(|(_, watched)| watched.id.is_none()).map(|(address, _)| address.to_string());
        let asks = |address: &Address| {
            let of_kind = |rule: &&Rule| rule.require.age.is_some() && rule.scope.kind == address.kind;
            world.rules.iter().filter(of_kind).any(|rule| rule.key.namespace == address.namespace)
        };
        let ageless = all().filter(|(address, watched)| watched.state.created.is_none() && asks(address));
        let ageless: Vec<String> = ageless.map(|(address, _)| address.to_string()).collect();
        let report = Backtest {
            from: asked.from,
            to: asked.to,
            agreed: asked.agree,
            ticks: 0,
            basis: BTreeMap::new(),
            nameless: nameless.collect(),
            ageless,
            review: Review::default(),
            budgets: BTreeMap::new(),
            pauses: Vec::new(),
        };
        let acting = |rule: &Rule| {
            let mut acting = rule.clone();
            if acting.mode == Mode::Shadow {
                acting.mode = Mode::Act;
            }
            acting
        };
        Ok(Self {
            rules: world.rules.iter().map(acting).collect(),
            asked,
            accounts,
            objects,
            baselines: BTreeMap::new(),
            memory: Memory::default(),
            ledgers: Ledgers::default(),
            report,
            open: Vec::new(),
            missed: None,
            endings: Endings::default(),
        })
    }

    /// From the first midnight of the first day to the last end of the last one.
    fn extent(&self) -> (Timestamp, Timestamp) {
        let midnight = |day: Day, zone: &Zone| adplane_core::metrics::Slot::day(day).begins(zone);
        let next = self.asked.to.tomorrow().unwrap_or(self.asked.to);
        let begins = self.accounts.iter().map(|account| midnight(self.asked.from, &account.zone)).min();
        let ends = self.accounts.iter().map(|account| midnight(next, &account.zone)).max();
        let begins = begins.unwrap_or(Timestamp::MAX);
        (begins, ends.unwrap_or(begins))
    }

    /// Accounts whose day at an instant is one of those asked for.
    fn within(&self, now: Timestamp) -> impl Iterator<Item = &&'a DesiredAccount> {
        let (from, to) = (self.asked.from, self.asked.to);
        self.accounts
            .iter()
            .filter(move |account| (from..=to).contains(&now.to_zoned(account.zone.rules()).date()))
    }

    fn is_due(&self, now: Timestamp) -> bool {
        self.within(now).any(|account| {
            self.rules
                .iter()
                .filter(|rule| super::reaches(rule, account))
                .any(|rule| is_due(rule, &account.key, &account.zone, &self.memory, now))
        })
    }

    /// The next instant at which some rule can be due on some account.
    fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let accounts = &self.accounts;
        let looks = self.rules.iter().flat_map(|rule| {
            accounts.iter().map(move |account| next_look(rule, &account.key, &account.zone, now))
        });
        looks.flatten().min()
    }

    async fn tick(&mut self, store: &dyn MetricStore, now: Timestamp) -> Result<(), BacktestError> {
        let basis = if self.asked.allow_restated { Basis::KnownElseRestated } else { Basis::Known };
        for (address, watched) in self.objects.values_mut().flatten() {
            self.endings.end(address, &mut watched.state, now);
        }
        let mut snapshot = empty(now);
        let Asked { world, .. } = self.asked;
        snapshot.guards = Guards::of(&world.desired.spend_guard, world.schemas);
        let accounts: Vec<&DesiredAccount> = self.within(now).copied().collect();
        for account in accounts {
            let mut watched = self.objects.get(&account.key).cloned().unwrap_or_default();
            // What began later was not there yet.
            watched.retain(|_, one| one.state.created.is_none_or(|created| created <= now));
            let numbers = (store, basis, &mut self.ledgers);
            let looked = add(self.asked.world, account, watched, &mut snapshot, numbers).await?;
            self.note(account, &looked, now);
        }
        // Accounts that no rule looks at stay as git has them.
        put_others(world.desired, &mut snapshot, |account| {
            let known = self.objects.get(&account.key).cloned();
            let objects = known.unwrap_or_else(|| written(world.desired, account, world.remembered));
            // Nobody knows what else ran then.
            Some(Seen { objects, ..Seen::default() })
        });
        let sums = sums_of(&snapshot);
        for (key, state) in &mut snapshot.accounts {
            let sum = sums.get(key).copied().unwrap_or_default();
            let day = now.to_zoned(state.zone.rules()).date();
            state.baseline = Some(*self.baselines.entry((key.clone(), day)).or_insert(sum));
            // Stops of today were none then.
            state.killed = None;
        }
        let decide = if self.asked.agree { agreed } else { run };
        let found = decide(&self.rules, &snapshot, &self.memory);
        self.memory.clone_from(&found.memory);
        self.report.ticks += 1;
        self.report.review.add(&found, &snapshot);
        self.pauses(&found, now);
        self.carry(&found);
        self.endings.add(&found);
        self.path(now);
        Ok(())
    }

    /// Which numbers were used, and which were told later: those are restated where that is allowed, else unknown.
    fn note(&mut self, account: &DesiredAccount, looked: &Looked, now: Timestamp) {
        let day = now.to_zoned(account.zone.rules()).date();
        let rested = self.report.basis.entry(account.key.to_string()).or_default();
        rested.known += looked.known;
        if looked.later == 0 {
            return;
        }
        let (count, days) = if self.asked.allow_restated {
            (&mut rested.restated, &mut rested.restated_days)
        } else {
            self.missed.get_or_insert_with(|| (account.key.clone(), now));
            (&mut rested.unread, &mut rested.unread_days)
        };
        *count += looked.later;
        *days = Some(days.map_or((day, day), |(first, _)| (first, day)));
    }

    fn carry(&mut self, found: &Run) {
        for objects in self.objects.values_mut() {
            let mut states: BTreeMap<Address, ObjectState> =
                objects.iter().map(|(address, watched)| (address.clone(), watched.state.clone())).collect();
            carry_out(found, &mut states);
            for (address, state) in states {
                if let Some(watched) = objects.get_mut(&address) {
                    watched.state = state;
                }
            }
        }
    }

    /// Pauses that would have been made or proposed, each once until what was paused is let go.
    fn pauses(&mut self, found: &Run, now: Timestamp) {
        for one in found.runs.iter().flat_map(|run| &run.objects) {
            let proposed = matches!(one.outcome, Outcome::Propose { .. });
            let Some(intent) = one.intent.as_ref().filter(|_| proposed || one.outcome == Outcome::Act) else {
                continue;
            };
            let done = !proposed || self.asked.agree;
            for planned in &intent.changes {
                let open = self.open.iter().any(|one| one.object == planned.object && one.days.is_none());
                match planned.change {
                    Change::Pause { .. } if !open => self.open.push(Paused {
                        rule: intent.rule.to_string(),
                        object: planned.object.clone(),
                        proposed,
                        at: now,
                        days: None,
                        spend: None,
                        conversions: None,
                    }),
                    // That somebody is asked lets nothing go.
                    Change::Resume if done => self.close(&planned.object, now),
                    _ => {}
                }
            }
        }
    }

    /// Ends the days that followed a pause.
    fn close(&mut self, object: &Address, now: Timestamp) {
        let Some(account) = self.asked.world.desired.accounts.get(&object.account_key()) else { return };
        let day = now.to_zoned(account.zone.rules()).date();
        for paused in self.open.iter_mut().filter(|one| one.object == *object && one.days.is_none()) {
            paused.days = Some((day, day));
        }
    }

    /// The sum of daily budgets after a tick: the last one of a day stays.
    fn path(&mut self, now: Timestamp) {
        for account in &self.accounts {
            let Some(objects) = self.objects.get(&account.key) else { continue };
            let mut world = empty(now);
            world.objects =
                objects.iter().map(|(address, one)| (address.clone(), one.state.clone())).collect();
            let sum =
                world.objects.values().fold(0_i64, |sum, one| sum.saturating_add(world.daily_spend(one)));
            let day = now.to_zoned(account.zone.rules()).date();
            if !(self.asked.from..=self.asked.to).contains(&day) {
                continue;
            }
            let amount = Money::from_micros(sum, account.currency);
            let path = self.report.budgets.entry(account.key.to_string()).or_insert_with(|| BudgetPath {
                written: written_sum(self.asked.world, account, now),
                days: BTreeMap::new(),
            });
            path.days.insert(day, amount);
        }
    }

    async fn finish(mut self, store: &dyn MetricStore) -> Result<Backtest, BacktestError> {
        // On nothing but unknown numbers no rule does anything, which would look like a result.
        if let Some((account, at)) = self.missed.take()
            && self.report.basis.values().all(|rested| rested.known == 0)
        {
            return Err(BacktestError::Restated { account, at });
        }
        let open = std::mem::take(&mut self.open);
        for mut paused in open {
            self.follow(store, &mut paused).await?;
            self.report.pauses.push(paused);
        }
        for rule in self.asked.world.rules {
            if let Some(review) = self.report.review.rules.get_mut(&rule.key.to_string()) {
                review.mode = rule.mode;
            }
        }
        Ok(self.report)
    }

    /// What was spent and what came of it on the days after a pause, up to the day before it was let go.
    async fn follow(&self, store: &dyn MetricStore, paused: &mut Paused) -> Result<(), BacktestError> {
        let key = paused.object.account_key();
        let Some(account) = self.asked.world.desired.accounts.get(&key) else { return Ok(()) };
        let of_store = store_account(account);
        let day = paused.at.to_zoned(account.zone.rules()).date();
        let first = day.tomorrow().unwrap_or(day);
        let last = match paused.days {
            Some((until, _)) => until.yesterday().unwrap_or(until),
            None => self.asked.to,
        };
        paused.days = (first <= last).then_some((first, last));
        let id: Option<&ExternalId> =
            self.objects.get(&key).and_then(|objects| objects.get(&paused.object)?.id.as_ref());
        let (Some((first, last)), Some(id), Some(schema)) =
            (paused.days, id, self.asked.world.schemas.get(&account.platform))
        else {
            return Ok(());
        };
        let span = Span {
            granularity: Granularity::Day,
            zone: account.zone.clone(),
            at: adplane_core::metrics::Slot::day(last).ends(&account.zone),
            ranges: vec![Slots::days(first, last)],
        };
        let totals = store.window(&of_store, paused.object.kind, &span, AsOf::Latest).await?;
        if let Ok(sums) = totals.of(id, schema.metrics) {
            paused.spend = sums.spend.map(|spend| Money::from_micros(spend, account.currency));
            paused.conversions = sums.conversions;
        }
        Ok(())
    }
}

/// Daily budgets as the YAML has them.
fn written_sum(world: World<'_>, account: &DesiredAccount, now: Timestamp) -> Money {
    let mut snapshot = empty(now);
    let objects = written(world.desired, account, world.remembered);
    snapshot.objects = objects.into_iter().map(|(address, one)| (address, one.state)).collect();
    let sum = snapshot.objects.values().fold(0_i64, |sum, one| sum.saturating_add(snapshot.daily_spend(one)));
    Money::from_micros(sum, account.currency)
}
