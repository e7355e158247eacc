//! The days that forecasts of rules are made from, as they were known at the instant.
//!
//! Nothing is read where no rule asks for a forecast. A day is read from the store once for each report of it, so that
//! a back-test with a tick every half hour reads half a year of days once and then what was told since; an outlook
//! whose days are as they were keeps what its models told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::address::{AccountKey, Address, Kind};
use adplane_core::anomaly::{is_counted, unit};
use adplane_core::desired::DesiredAccount;
use adplane_core::forecast::{HISTORY_DAYS, Outlook};
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Day, Granularity, Metric, Slot, Slots, Span, Sums, kept_to};
use adplane_core::rules::{Foreseen, Foretold, Rule, Snapshot};
use jiff::{Timestamp, ToSpan};

use super::live::Watched;
use super::numbers::{Basis, Question};
use super::reaches;
use crate::metrics::store::{AsOf, StoreError, StoredReading};

/// The level whose sum is the account's.
const ACCOUNT: Kind = Kind::Campaign;

/// The forecasts that the rules of an account ask for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Of objects, by level.
    objects: BTreeMap<Kind, BTreeSet<Metric>>,
    /// Of the account.
    account: BTreeSet<Metric>,
}

impl Wanted {
    pub(super) fn of(rules: &[Rule], account: &DesiredAccount) -> Self {
        let mut wanted = Self::default();
        for rule in rules.iter().filter(|rule| reaches(rule, account)) {
            for foretold in &rule.forecasts {
                let (level, metric) = match (*foretold, rule.scope.kind) {
                    (Foretold::OfAccount(metric), _) => {
                        wanted.account.insert(metric);
                        continue;
                    }
                    (Foretold::OfObjects(metric), kind) => (kind, metric),
                    (Foretold::OfParents(metric), Kind::Ad) => (Kind::AdGroup, metric),
                    (Foretold::OfParents(metric), _) => (Kind::Campaign, metric),
                };
                wanted.objects.entry(level).or_default().insert(metric);
            }
        }
        // Budgets have no reports.
        wanted.objects.remove(&Kind::Budget);
        wanted
    }
}

/// What was read of days, by account and level.
#[derive(Debug, Default)]
pub(crate) struct Ledgers(BTreeMap<(AccountKey, Kind), Ledger>);

/// The days of a level.
#[derive(Debug, Default)]
struct Ledger {
    /// By day: the report that it was read from, and whether all of it was read and counted by then.
    read: BTreeMap<Day, (Timestamp, bool)>,
    /// What each object counted; on a day without an entry nothing.
    objects: BTreeMap<(Metric, ExternalId), BTreeMap<Day, i64>>,
    /// What all of them did.
    all: BTreeMap<Metric, BTreeMap<Day, i64>>,
    /// What was made of it before, `None` of the account.
    outlooks: BTreeMap<(Metric, Option<Address>), Arc<Outlook>>,
}

/// The days that count: those before today, of late conversions those that have come in.
struct Through {
    today: Day,
    settled: Option<Day>,
}

impl Through {
    fn is_in(&self, metric: Metric, day: Day) -> bool {
        let late = matches!(metric, Metric::Conversions | Metric::Value);
        day < self.today && (!late || self.settled.is_some_and(|settled| day <= settled))
    }
}

impl Ledgers {
    /// Adds what the forecasts of an account are made from to a snapshot; tells how many levels only later readings know.
    pub(super) async fn foresee(
        &mut self,
        question: &Question<'_>,
        wanted: &Wanted,
        (account, objects): (&AccountKey, &BTreeMap<Address, Watched>),
        snapshot: &mut Snapshot,
    ) -> Result<u64, StoreError> {
        if *wanted == Wanted::default() {
            return Ok(0);
        }
        let through = Through {
            today: question.now.to_zoned(question.zone().rules()).date(),
            settled: question.settled().await?,
        };
        let mut later = 0;
        let levels: BTreeSet<Kind> =
            wanted.objects.keys().copied().chain((!wanted.account.is_empty()).then_some(ACCOUNT)).collect();
        for level in levels {
            let each = wanted.objects.get(&level);
            let metrics: BTreeSet<Metric> =
                each.into_iter().flatten().chain(&wanted.account).copied().collect();
            let ledger = self.0.entry((account.clone(), level)).or_default();
            later += ledger.update(question, level, &metrics, through.today).await?;
            let of_level = objects.iter().filter(|(address, _)| address.kind == level);
            for (address, id) in of_level.filter_map(|(address, one)| Some((address, one.id.as_ref()?))) {
                for metric in each.into_iter().flatten() {
                    let foreseen = ledger.foreseen(question, *metric, Some((address, id)), &through);
                    snapshot.forecasts.objects.entry(address.clone()).or_default().insert(*metric, foreseen);
                }
            }
            for metric in wanted.account.iter().filter(|_| level == ACCOUNT) {
                let foreseen = ledger.foreseen(question, *metric, None, &through);
                snapshot.forecasts.accounts.entry(account.clone()).or_default().insert(*metric, foreseen);
            }
        }
        Ok(later)
    }
}

impl Ledger {
    /// Reads the days of which there is another report than before.
    async fn update(
        &mut self,
        question: &Question<'_>,
        level: Kind,
        metrics: &BTreeSet<Metric>,
        today: Day,
    ) -> Result<u64, StoreError> {
        let readings = question.store.readings(question.account, level, Granularity::Day).await?;
        let known = |reading: &&StoredReading| reading.as_of <= question.now;
        // Nobody could know anything of it then, but it is known now.
        let later = !readings.is_empty() && !readings.iter().any(|reading| known(&reading));
        let oldest = today.saturating_sub(i32::from(HISTORY_DAYS).days());
        let mut day = oldest;
        while day < today {
            let newest = |counts: &dyn Fn(&&StoredReading) -> bool| {
                let covers = |reading: &&StoredReading| (reading.first..=reading.last).contains(&day);
                readings.iter().filter(covers).filter(|one| counts(one)).map(|reading| reading.as_of).max()
            };
            let restated = || match question.basis {
                Basis::KnownElseRestated => newest(&|_| true).map(|as_of| (as_of, AsOf::Latest)),
                Basis::Known => None,
            };
            match newest(&known).map(|as_of| (as_of, AsOf::At(question.now))).or_else(restated) {
                None => self.forget(day),
                Some((as_of, _)) if self.read.get(&day).is_some_and(|(read, _)| *read == as_of) => {}
                Some((as_of, versions)) => {
                    self.forget(day);
                    let is_whole = self.read(question, (level, metrics), day, versions).await?;
                    self.read.insert(day, (as_of, is_whole));
                }
            }
            day = day.tomorrow().unwrap_or(today);
        }
        while let Some(old) = self.read.first_key_value().map(|(day, _)| *day).filter(|day| *day < oldest) {
            self.forget(old);
        }
        Ok(u64::from(later))
    }

    fn forget(&mut self, day: Day) {
        if self.read.remove(&day).is_some() {
            for counts in self.objects.values_mut().chain(self.all.values_mut()) {
                counts.remove(&day);
            }
        }
    }

    /// Reads one day; tells whether all of it was read and counted.
    async fn read(
        &mut self,
        question: &Question<'_>,
        (level, metrics): (Kind, &BTreeSet<Metric>),
        day: Day,
        versions: AsOf,
    ) -> Result<bool, StoreError> {
        let zone = question.zone();
        let span = Span {
            granularity: Granularity::Day,
            zone: zone.clone(),
            at: question.now,
            ranges: vec![Slots::days(day, day)],
        };
        let totals = question.store.window(question.account, level, &span, versions).await?;
        let counted = totals.freshness.is_some_and(|read| is_counted(Slot::day(day), read.oldest, zone));
        if !counted || totals.covered().is_err() {
            return Ok(false);
        }
        let told = |sums: &Sums| metrics.iter().all(|metric| sums.get(*metric).is_some());
        if !totals.objects.values().all(told) {
            return Ok(false);
        }
        for (id, sums) in &totals.objects {
            for (metric, count) in metrics.iter().filter_map(|metric| Some((*metric, sums.get(*metric)?))) {
                *self.all.entry(metric).or_default().entry(day).or_default() += count;
                self.objects.entry((metric, id.clone())).or_default().insert(day, count);
            }
        }
        Ok(true)
    }

    fn foreseen(
        &mut self,
        question: &Question<'_>,
        metric: Metric,
        of: Option<(&Address, &ExternalId)>,
        through: &Through,
    ) -> Foreseen {
        let counts = match of {
            Some((_, id)) => self.objects.get(&(metric, id.clone())),
            None => self.all.get(&metric),
        };
        let restated = question.schema.restated_days;
        // Days that are no longer restated are as they will stay.
        let restatable = through.today.saturating_sub(i32::from(restated).days());
        let (mut days, mut kept) = (BTreeMap::new(), question.now);
        for (day, (as_of, _)) in self.read.iter().filter(|(_, (_, is_whole))| *is_whole) {
            if through.is_in(metric, *day) {
                let count = counts.and_then(|counts| counts.get(day)).copied().unwrap_or_default();
                days.insert(*day, unit(metric, count));
                if *day >= restatable {
                    let slot = Slot::day(*day);
                    kept = kept.min(kept_to(slot, *as_of, question.now, restated, question.zone()));
                }
            }
        }
        let outlook = Outlook::new(&days, through.today);
        let known = self.outlooks.entry((metric, of.map(|(address, _)| address.clone())));
        let known = known.or_insert_with(|| Arc::new(Outlook::new(&BTreeMap::new(), through.today)));
        if **known != outlook {
            *known = Arc::new(outlook);
        }
        Foreseen { outlook: Arc::clone(known), as_of: kept }
    }
}

#[cfg(test)]
mod tests;
