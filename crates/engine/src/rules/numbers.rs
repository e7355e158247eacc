//! What the metrics store knows of objects over the windows that rules ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::address::{Address, Kind};
use adplane_core::metrics::completeness::{Completeness, HISTORY_DAYS, Triangle};
use adplane_core::metrics::{
    Day, Granularity, Metric, MetricSet, Slots, Sums, Unknown, Unresolved, Window, WindowTotals, resolve,
};
use adplane_core::rules::{Usual, WindowSums};
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
/// More silent weeks than this are no outage any more: conversions have fallen, and that is what is to be expected.
const LONGEST_SILENCE: usize = 4;
/// Fewer such days than this say nothing.
const FEWEST_WEEKS: usize = 3;
/// So much of a day's conversions has come in the day after at least, where nobody has learned it.
const UNLEARNED_SHARE: f64 = 0.2;

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
    /// What it usually counts of yesterday and of today by now.
    pub usual: BTreeMap<Window, Usual>,
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
        for window in of_account.iter().filter(|window| !window.is_estimated()) {
            let sums = self.account_sums(window, settled, &mut found.looked).await?;
            found.windows.insert(*window, sums);
        }
        for level in self.levels {
            for window in self.windows {
                if window.is_estimated() {
                    continue;
                }
                if window.needs_flight() {
                    self.by_flight(*level, window, objects, &mut found.looked).await?;
                } else {
                    let totals = self.totals(*level, window, None, settled, &mut found.looked).await?;
                    self.spread(*level, *window, &totals, objects, |_| true);
                }
            }
        }
        self.estimate(objects, &mut found).await?;
        for window in LATCHED.into_iter().filter(|_| self.conversions) {
            if found.windows.get(&window).is_some_and(|sums| sums.sums.is_ok())
                && let Some(usual) = self.usual(window).await?
            {
                found.usual.insert(window, usual);
            }
        }
        Ok(found)
    }

    pub(super) fn shape(&self, totals: &WindowTotals) -> Shape {
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
        let zone = self.zone();
        // The first days of what tells no start are those since it was made.
        let made = |watched: &Watched| {
            let first = watched.state.created?.to_zoned(zone.rules()).date();
            matches!(window, Window::FirstDays { .. }).then_some((first, None))
        };
        let flight_of = |watched: &Watched| watched.flight.or_else(|| made(watched));
        let of_level = objects.iter().filter(|(address, _)| address.kind == level);
        let flights: BTreeSet<Option<(Day, Option<Day>)>> =
            of_level.map(|(_, watched)| flight_of(watched)).collect();
        for flight in flights {
            let totals = self.totals(level, window, flight, None, looked).await?;
            self.spread(level, *window, &totals, objects, |watched| flight_of(watched) == flight);
        }
        Ok(())
    }

    /// Gives each object its part of the totals of its level.
    pub(super) fn spread(
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
    pub(super) async fn totals(
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
        let learned = self.completeness().await?;
        Ok(learned.and_then(|(completeness, known_on)| completeness.settled_through(known_on)))
    }

    /// How complete days are by their age, and the account's day on which the newest reading was made.
    pub(super) async fn completeness(&self) -> Result<Option<(Completeness, Day)>, StoreError> {
        let Some((completeness, newest)) = self.learned().await? else { return Ok(None) };
        let known_on = match (newest, self.basis) {
            (Some(newest), _) => newest,
            (None, Basis::KnownElseRestated) => self.now,
            (None, Basis::Known) => return Ok(None),
        };
        Ok(Some((completeness, known_on.to_zoned(self.zone().rules()).date())))
    }

    /// How late conversions come, as far as was known at the instant, and when they were read last.
    async fn learned(&self) -> Result<Option<(Completeness, Option<Timestamp>)>, StoreError> {
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
        let triangle = Triangle::new(&told, look_back, self.zone());
        Ok(Some((Completeness::learn(&triangle, look_back), newest)))
    }

    /// What such a day had as it was known at this hour of it, in the middle of the last weeks.
    ///
    /// Compared like with like: a day that is over for ten hours with days as they looked when they were. A store that is
    /// younger, or began to count conversions in another way, knows them only as they are now, with those that came later.
    async fn usual(&self, window: Window) -> Result<Option<Usual>, StoreError> {
        let (mut known, mut share) = (Vec::new(), None);
        let Ok(span) = resolve(&window, self.now, self.zone(), None, None) else { return Ok(None) };
        let now = self.store.window(self.account, Kind::Campaign, &span, AsOf::At(self.now)).await?;
        for week in 1..=MOST_WEEKS {
            let loud = known.iter().any(|week: &Usual| week.conversions > 0);
            if loud && known.len() - silent(&known) >= WEEKS {
                break;
            }
            let Ok(then) = self.now.checked_sub(SignedDuration::from_hours(24 * 7 * week)) else { break };
            let Ok(span) = resolve(&window, then, self.zone(), None, None) else { break };
            let totals = self.store.window(self.account, Kind::Campaign, &span, AsOf::At(then)).await?;
            // Conversions that were counted in another way say nothing of these.
            let is_alike = totals.attribution == now.attribution;
            if is_alike && totals.gaps.is_empty() || window != Window::Yesterday {
                known.extend(totals.all(self.told()).ok().filter(|_| is_alike).as_ref().and_then(counted));
                continue;
            }
            let told = self.store.window(self.account, Kind::Campaign, &span, AsOf::At(self.now)).await?;
            let Some(told) = told.all(self.told()).ok().as_ref().and_then(counted) else { continue };
            let share = match share {
                Some(share) => share,
                None => *share.insert(self.share_after_a_day().await?),
            };
            known.push(Usual { conversions: part(told.conversions, share), ..told });
        }
        Ok(middle(&known))
    }

    /// The share of a day's conversions that has come in the day after.
    async fn share_after_a_day(&self) -> Result<f64, StoreError> {
        let learned = self.learned().await?;
        Ok(learned.and_then(|(completeness, _)| completeness.at(1)).unwrap_or(UNLEARNED_SHARE))
    }
}

fn counted(sums: &Sums) -> Option<Usual> {
    Some(Usual { clicks: sums.clicks?, conversions: sums.conversions? })
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "what is to be expected is judged, never written, and a share is at most one"
)]
fn part(count: i64, share: f64) -> i64 {
    (count as f64 * share) as i64
}

/// How many of the newest weeks, which come first, are silent beside the others, as by an outage. What lasts for longer than
/// a month is how things are: rules that wait for it to end would wait while money goes.
fn silent(known: &[Usual]) -> usize {
    let loudest = known.iter().map(|week| week.conversions).max().unwrap_or_default();
    let is_silent = |week: &&Usual| loudest > 0 && week.conversions.saturating_mul(SILENT) < loudest;
    let weeks = known.iter().take_while(is_silent).count();
    if weeks <= LONGEST_SILENCE { weeks } else { 0 }
}

/// The middle of the newest weeks before those that are silent.
fn middle(known: &[Usual]) -> Option<Usual> {
    let told = known.iter().skip(silent(known)).take(WEEKS);
    let of = |count: fn(&Usual) -> i64| {
        let mut counts: Vec<i64> = told.clone().map(count).collect();
        counts.sort_unstable();
        (counts.len() >= FEWEST_WEEKS).then(|| counts[counts.len() / 2])
    };
    Some(Usual { clicks: of(|week| week.clicks)?, conversions: of(|week| week.conversions)? })
}

/// What sums of one window have in common.
#[derive(Default)]
pub(super) struct Shape {
    as_of: Option<Timestamp>,
    days: Option<u16>,
    ranges: Arc<[Slots]>,
}

impl Shape {
    pub(super) fn with(&self, sums: Result<Sums, Unknown>) -> WindowSums {
        let ranges = Arc::clone(&self.ranges);
        WindowSums { sums, as_of: self.as_of, days: self.days, ranges, observed: None }
    }
}

pub(super) fn unresolved(why: Unresolved) -> WindowSums {
    Shape::default().with(Err(why.into()))
}

#[cfg(test)]
mod tests;
