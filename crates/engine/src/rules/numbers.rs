//! What the metrics store knows of objects over the windows that rules ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::address::{Address, Kind};
use adplane_core::metrics::completeness::{Completeness, HISTORY_DAYS, Triangle};
use adplane_core::metrics::{
    Day, Granularity, Metric, MetricSet, Slots, Sums, Unknown, Unresolved, Window, WindowTotals, resolve,
};
use adplane_core::rules::WindowSums;
use adplane_core::schema::PlatformSchema;
use adplane_core::time::Zone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::live::Watched;
use crate::metrics::store::{AsOf, MetricStore, StoreAccount, StoreError};

/// Weeks that are looked back at for what an account converts on such a day.
const WEEKS: usize = 6;
/// So many where the newest of them are silent: the outage that they are themselves is not what is to be expected.
const MOST_WEEKS: i64 = 14;
/// A week below one part in so many of the loudest is silent.
const SILENT: i64 = 10;
/// Fewer such days than this say nothing.
const FEWEST_WEEKS: usize = 3;

/// What the outage latch looks at, whatever rules ask for.
const LATCHED: [Window; 2] = [Window::Yesterday, Window::Today];

/// Which versions of numbers are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// As they were known at the instant, and nothing that was told later.
    Known,
    /// The same, and of days that were over and not read then, what was told later.
    KnownElseRestated,
}

/// Numbers that were asked for although only later readings know them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looked {
    /// Windows as they were known at the instant.
    pub known: u64,
    /// Windows that only later readings cover.
    pub later: u64,
}

/// What is known of an account as a whole.
#[derive(Debug, Clone, Default)]
pub struct AccountNumbers {
    /// Its sums by window.
    pub windows: BTreeMap<Window, WindowSums>,
    /// Conversions that were to be expected of yesterday and of today by now.
    pub expected_conversions: BTreeMap<Window, i64>,
    /// How its windows were known.
    pub looked: Looked,
}

/// What is asked of the store.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The store.
    pub store: &'a dyn MetricStore,
    /// The account.
    pub account: &'a StoreAccount,
    /// What its platform tells.
    pub schema: &'a PlatformSchema,
    /// The instant.
    pub now: Timestamp,
    /// Which versions count.
    pub basis: Basis,
    /// The windows.
    pub windows: &'a BTreeSet<Window>,
    /// The levels whose objects are asked for.
    pub levels: &'a BTreeSet<Kind>,
    /// Whether anything rests on conversions, so that the outage latch must look whether they are counted.
    pub conversions: bool,
}

impl Question<'_> {
    /// Fills in the windows of objects and answers with those of the account.
    pub async fn answer(
        &self,
        objects: &mut BTreeMap<Address, Watched>,
    ) -> Result<AccountNumbers, StoreError> {
        let mut found = AccountNumbers::default();
        let settled = if self.windows.iter().any(|window| window.needs_settled()) {
            self.settled().await?
        } else {
            None
        };
        let mut of_account = self.windows.clone();
        if self.conversions {
            of_account.extend(LATCHED);
        }
        for window in &of_account {
            let sums = self.account_sums(window, settled, &mut found.looked).await?;
            found.windows.insert(*window, sums);
        }
        for level in self.levels {
            for window in self.windows {
                if window.needs_flight() {
                    self.by_flight(*level, window, objects, &mut found.looked).await?;
                } else {
                    let totals = self.totals(*level, window, None, settled, &mut found.looked).await?;
                    self.spread(*level, *window, &totals, objects, |_| true);
                }
            }
        }
        for window in LATCHED.into_iter().filter(|_| self.conversions) {
            if found.windows.get(&window).is_some_and(|sums| sums.sums.is_ok())
                && let Some(expected) = self.expected(window).await?
            {
                found.expected_conversions.insert(window, expected);
            }
        }
        Ok(found)
    }

    fn shape(&self, totals: &WindowTotals) -> Shape {
        let days = (totals.span.granularity == Granularity::Day)
            .then(|| u16::try_from(totals.span.slots().count()).unwrap_or(u16::MAX));
        let as_of = totals.up_to_date(self.now, self.schema.restated_days);
        Shape { as_of, days, ranges: totals.span.ranges.clone().into() }
    }

    pub(super) fn told(&self) -> MetricSet {
        self.schema.metrics
    }

    pub(super) fn zone(&self) -> &Zone {
        &self.account.zone
    }

    /// Sums of all objects: campaigns hold everything that an account delivers.
    async fn account_sums(
        &self,
        window: &Window,
        settled: Option<Day>,
        looked: &mut Looked,
    ) -> Result<WindowSums, StoreError> {
        let totals = self.totals(Kind::Campaign, window, None, settled, looked).await?;
        Ok(match totals {
            Err(why) => unresolved(why),
            Ok(totals) => self.shape(&totals).with(totals.all(self.told())),
        })
    }

    /// Objects with one flight share their days.
    async fn by_flight(
        &self,
        level: Kind,
        window: &Window,
        objects: &mut BTreeMap<Address, Watched>,
        looked: &mut Looked,
    ) -> Result<(), StoreError> {
        let of_level = objects.iter().filter(|(address, _)| address.kind == level);
        let flights: BTreeSet<Option<(Day, Option<Day>)>> =
            of_level.map(|(_, watched)| watched.flight).collect();
        for flight in flights {
            let totals = self.totals(level, window, flight, None, looked).await?;
            self.spread(level, *window, &totals, objects, |watched| watched.flight == flight);
        }
        Ok(())
    }

    /// Gives each object its part of the totals of its level.
    fn spread(
        &self,
        level: Kind,
        window: Window,
        totals: &Result<WindowTotals, Unresolved>,
        objects: &mut BTreeMap<Address, Watched>,
        which: impl Fn(&Watched) -> bool,
    ) {
        let of_level = objects.iter_mut().filter(|(address, _)| address.kind == level);
        let shape = totals.as_ref().ok().map(|totals| self.shape(totals)).unwrap_or_default();
        for (_, watched) in of_level.filter(|(_, watched)| which(watched)) {
            let found = match totals {
                Err(why) => Some(unresolved(*why)),
                // Without its id nobody can tell its numbers from those of others.
                Ok(totals) => watched.id.as_ref().map(|id| shape.with(totals.of(id, self.told()))),
            };
            if let Some(found) = found {
                watched.state.windows.insert(window, found);
            }
        }
    }

    /// The totals of a level over a window, of the versions that count.
    async fn totals(
        &self,
        level: Kind,
        window: &Window,
        flight: Option<(Day, Option<Day>)>,
        settled: Option<Day>,
        looked: &mut Looked,
    ) -> Result<Result<WindowTotals, Unresolved>, StoreError> {
        let span = match resolve(window, self.now, self.zone(), flight, settled) {
            Ok(span) => span,
            Err(why) => return Ok(Err(why)),
        };
        let known = self.store.window(self.account, level, &span, AsOf::At(self.now)).await?;
        if known.gaps.is_empty() {
            looked.known += 1;
            return Ok(Ok(known));
        }
        // Of days that are not over, later readings tell what nobody could know; and where reports were read then, what
        // they did not cover was not known, whatever was read later.
        let over = span.last().is_some_and(|last| last.ends(self.zone()) <= self.now);
        let restated = self.basis == Basis::KnownElseRestated;
        if over && (restated || known.attribution.is_none()) {
            let later = self.store.window(self.account, level, &span, AsOf::Latest).await?;
            if later.gaps.is_empty() {
                looked.later += 1;
                return Ok(Ok(if restated { later } else { known }));
            }
        }
        Ok(Ok(known))
    }

    /// The newest day whose conversions have come in, as far as was known at the instant.
    pub(super) async fn settled(&self) -> Result<Option<Day>, StoreError> {
        let today = self.now.to_zoned(self.zone().rules()).date();
        let (Ok(first), Ok(last)) =
            (today.checked_sub(i32::from(HISTORY_DAYS).days()), today.checked_sub(1.day()))
        else {
            return Ok(None);
        };
        let (days, as_of) = ((first, last), AsOf::At(self.now));
        let told =
            self.store.restatements(self.account, Kind::Campaign, Metric::Conversions, days, as_of).await?;
        let look_back = self.schema.restated_days;
        let newest = told.readings.iter().map(|reading| reading.as_of).max();
        let known_on = match (newest, self.basis) {
            (Some(newest), _) => newest.to_zoned(self.zone().rules()).date(),
            (None, Basis::KnownElseRestated) => today,
            (None, Basis::Known) => return Ok(None),
        };
        let triangle = Triangle::new(&told, look_back, self.zone());
        Ok(Completeness::learn(&triangle, look_back).settled_through(known_on))
    }

    /// Conversions of such a day as they were known at this hour of it, in the middle of the last weeks.
    ///
    /// Compared like with like: a day that is over for ten hours with days as they looked when they were.
    async fn expected(&self, window: Window) -> Result<Option<i64>, StoreError> {
        let mut known = Vec::new();
        for week in 1..=MOST_WEEKS {
            let loud = known.iter().any(|count| *count > 0);
            if loud && known.len() - silent(&known) >= WEEKS {
                break;
            }
            let Ok(then) = self.now.checked_sub(SignedDuration::from_hours(24 * 7 * week)) else { break };
            let Ok(span) = resolve(&window, then, self.zone(), None, None) else { break };
            let totals = self.store.window(self.account, Kind::Campaign, &span, AsOf::At(then)).await?;
            known.extend(totals.all(self.told()).ok().and_then(|sums| sums.conversions));
        }
        Ok(usual(&known))
    }
}

/// How many of the newest weeks, which come first, are silent beside the others.
fn silent(known: &[i64]) -> usize {
    let loudest = known.iter().copied().max().unwrap_or_default();
    known.iter().take_while(|count| loudest > 0 && count.saturating_mul(SILENT) < loudest).count()
}

/// The middle of the newest weeks before those that are silent.
fn usual(known: &[i64]) -> Option<i64> {
    let mut told: Vec<i64> = known.iter().copied().skip(silent(known)).take(WEEKS).collect();
    told.sort_unstable();
    (told.len() >= FEWEST_WEEKS).then(|| told[told.len() / 2])
}

/// What sums of one window have in common.
#[derive(Default)]
struct Shape {
    as_of: Option<Timestamp>,
    days: Option<u16>,
    ranges: Arc<[Slots]>,
}

impl Shape {
    fn with(&self, sums: Result<Sums, Unknown>) -> WindowSums {
        WindowSums { sums, as_of: self.as_of, days: self.days, ranges: Arc::clone(&self.ranges) }
    }
}

fn unresolved(why: Unresolved) -> WindowSums {
    Shape::default().with(Err(why.into()))
}

#[cfg(test)]
mod tests;
