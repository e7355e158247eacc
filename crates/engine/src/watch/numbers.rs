//! The account's numbers day by day: anomalies, and whether tracking is broken.

use adplane_core::address::Kind;
use adplane_core::anomaly::{Alarm, Series, Settings, Tracking, Verdict, judge_day, level_shift};
use adplane_core::metrics::completeness::{Basis, Completeness, HISTORY_DAYS, Triangle};
use adplane_core::metrics::{Day, Granularity, Metric, Point, Slots, Span};
use adplane_core::notify::Happening;
use jiff::{Timestamp, ToSpan};

use super::Looked;
use super::memory::Seen;
use crate::metrics::store::{AsOf, MetricStore, Of, StoreError};

/// Days of history that are read: the day before the one that is judged is judged too, each by six weeks before it, and
/// what an outage silenced is looked for in twelve.
const HISTORY: i64 = 98;
/// What is judged as soon as a day is over. Conversions come late, so they wait until their day is settled.
pub(super) const AT_ONCE: [Metric; 3] = [Metric::Spend, Metric::Impressions, Metric::Clicks];
/// The level whose sum is the account's.
pub(super) const LEVEL: Kind = Kind::Campaign;

/// What is known of an account's days.
struct Days<'a> {
    looked: &'a Looked,
    points: Vec<Point>,
    completeness: Completeness,
    /// The account's day on which the newest report was made.
    known_on: Day,
}

/// Judges the newest days that are known.
pub(super) async fn look(
    looked: &Looked,
    store: &dyn MetricStore,
    seen: &mut Seen,
    now: Timestamp,
) -> Result<Vec<Happening>, StoreError> {
    let Some(days) = read(looked, store, now).await? else { return Ok(Vec::new()) };
    // First: what it explains is no anomaly.
    let mut found: Vec<Happening> = days.outage(seen).into_iter().collect();
    found.extend(AT_ONCE.into_iter().filter_map(|metric| days.anomaly(metric, None, seen)));
    // Where nobody has learned how late conversions come, their days settle when they are no news any more.
    let settled = days.completeness.settled_through(days.known_on);
    if let Some(settled) = settled.filter(|_| days.has_learned()) {
        found.extend(days.anomaly(Metric::Conversions, Some(settled), seen));
    }
    Ok(found)
}

async fn read<'a>(
    looked: &'a Looked,
    store: &dyn MetricStore,
    now: Timestamp,
) -> Result<Option<Days<'a>>, StoreError> {
    let account = &looked.store;
    let Ok(last) = looked.today(now).yesterday() else { return Ok(None) };
    let first = last.saturating_sub((HISTORY - 1).days());
    let span = Span {
        granularity: Granularity::Day,
        zone: looked.zone().clone(),
        at: now,
        ranges: vec![Slots::days(first, last)],
    };
    let series = store.series(account, LEVEL, Of::Account, &span, AsOf::Latest).await?;
    let Some(newest) = series.points.iter().filter_map(|point| point.as_of).max() else { return Ok(None) };
    let look_back = looked.schema.restated_days;
    let learned_from = last.saturating_sub(i64::from(HISTORY_DAYS).days());
    let learned = (learned_from, last);
    let restated = store.restatements(account, LEVEL, Metric::Conversions, learned, AsOf::Latest).await?;
    let completeness = Completeness::learn(&Triangle::new(&restated, look_back, looked.zone()), look_back);
    let known_on = newest.to_zoned(looked.zone().rules()).date();
    Ok(Some(Days { looked, points: begun(series.points), completeness, known_on }))
}

/// The slots since the account delivered anything: that it began is no anomaly.
pub(super) fn begun(points: Vec<Point>) -> Vec<Point> {
    let delivered = |point: &Point| {
        let sums = point.sums.unwrap_or_default();
        [sums.spend, sums.impressions].into_iter().flatten().any(|count| count > 0)
    };
    points.into_iter().skip_while(|point| !delivered(point)).collect()
}

impl Days<'_> {
    fn series(&self, metric: Metric) -> Series {
        Series::of_days(&self.points, metric, self.looked.told(), self.looked.zone())
    }

    fn has_learned(&self) -> bool {
        matches!(self.completeness.basis, Basis::Learned { .. })
    }

    /// The newest day of a metric, up to a day, if it makes an alarm that is new.
    fn anomaly(&self, metric: Metric, up_to: Option<Day>, seen: &mut Seen) -> Option<Happening> {
        let mut series = self.series(metric);
        series.days.retain(|day, _| up_to.is_none_or(|last| *day <= last));
        if metric == Metric::Conversions {
            // An outage was told; neither its days nor the return from it are news.
            series.days.retain(|day, _| !seen.is_silent(*day));
        }
        let day = *series.days.last_key_value()?.0;
        let outlier = self.outlier(&series, day, metric, seen);
        // Each sees what was told before, so that one change is told once, by whoever sees it first.
        outlier.or_else(|| self.shifted(&series, day, metric, seen))
    }

    /// A day far from the days like it, with the day before it.
    fn outlier(&self, series: &Series, day: Day, metric: Metric, seen: &mut Seen) -> Option<Happening> {
        let name = metric.word();
        match judge_day(series, day, &Settings::default(), &seen.known(name)).ok()? {
            Verdict::Normal(_) | Verdict::Suspected(_) => None,
            Verdict::Known { alarm, .. } => {
                seen.remember(name, alarm, day);
                None
            }
            Verdict::Anomaly { judged, alarm } => {
                seen.remember(name, alarm, day);
                Some(self.told(metric, alarm, judged.in_words(metric, self.looked.store.currency)))
            }
        }
    }

    /// A level that changed. It is not remembered longer while it lasts: a day far off in the middle of it is news.
    fn shifted(&self, series: &Series, day: Day, metric: Metric, seen: &mut Seen) -> Option<Happening> {
        let found = level_shift(series, day, &Settings::default(), &seen.known(metric.word())).ok()??;
        let alarm = Some(found.alarm).filter(|_| !found.known)?;
        seen.remember(metric.word(), alarm, day);
        Some(self.told(metric, alarm, found.in_words(metric, self.looked.store.currency)))
    }

    fn told(&self, metric: Metric, alarm: Alarm, (seen, expected): (String, String)) -> Happening {
        Happening::Anomaly {
            account: self.looked.event.clone(),
            address: None,
            metric: metric.word().to_owned(),
            slot: format!("{} to {}", alarm.first, alarm.last),
            seen,
            expected,
        }
    }

    /// An outage that is new; one that goes on stays silent, and one that is over is left.
    fn outage(&self, seen: &mut Seen) -> Option<Happening> {
        let (clicks, mut conversions) = (self.series(Metric::Clicks), self.series(Metric::Conversions));
        let day = *conversions.days.last_key_value()?.0;
        let share = |age| self.completeness.at(age);
        let known_on = self.known_on;
        if seen.has_outage() {
            conversions.days.retain(|known, _| *known == day || !seen.is_silent(*known));
            let tracking = Tracking { clicks: &clicks, conversions: &conversions, share: &share, known_on };
            match tracking.is_back(day) {
                Some(true) => seen.end_outage(),
                Some(false) => seen.extend_outage(day),
                None => {}
            }
            return None;
        }
        conversions.days.retain(|day, _| !seen.is_silent(*day));
        let tracking = Tracking { clicks: &clicks, conversions: &conversions, share: &share, known_on };
        let found = tracking.outage(day)?;
        seen.begin_outage(found.since, found.until);
        Some(Happening::TrackingOutage {
            account: self.looked.event.clone(),
            since: found.since.to_string(),
            details: found.in_words(),
        })
    }
}
