//! Today, so far: what came up to an hour, against the same hours of equal weekdays.
//!
//! A day that is over is judged by `numbers`, which needs two of them; this finds what stops or runs away on the day
//! itself. What it tells is remembered with the alarms of days, so that neither tells of the same day again.

use adplane_core::anomaly::{Hours, Verdict, hourly, is_counted, judge_hours};
use adplane_core::metrics::{Day, Granularity, Metric, Point, Slot, Slots, Span};
use adplane_core::notify::Happening;
use jiff::{Timestamp, ToSpan};

use super::Looked;
use super::memory::Seen;
use super::numbers::{AT_ONCE, LEVEL, begun};
use crate::metrics::store::{AsOf, MetricStore, Of, StoreError};

/// Days before today that are compared with: six equal weekdays, as far as hours are kept.
const HISTORY: i64 = 42;

/// Judges today once for each hour that is over and counted.
pub(super) async fn look(
    looked: &Looked,
    store: &dyn MetricStore,
    seen: &mut Seen,
    now: Timestamp,
) -> Result<Vec<Happening>, StoreError> {
    let today = looked.today(now);
    let could_be = counted_by(looked, today, now);
    // Reading six weeks of hours is dear, and between two hours nothing is new.
    if could_be == 0 || seen.hours == Some((today, could_be)) {
        return Ok(Vec::new());
    }
    let points = read(looked, store, (today, could_be), now).await?;
    let hours = |metric| Hours::of_points(&points, metric, looked.told(), looked.zone());
    let known = AT_ONCE.into_iter().map(|metric| hours(metric).known(today)).min().unwrap_or_default();
    let known = u8::try_from(known).unwrap_or(u8::MAX);
    if known == 0 || seen.hours == Some((today, known)) {
        return Ok(Vec::new());
    }
    seen.hours = Some((today, known));
    let clicks = hours(Metric::Clicks);
    let found = AT_ONCE
        .into_iter()
        .filter_map(|metric| anomaly(looked, (&hours(metric), &clicks), (today, known), metric, seen));
    Ok(found.collect())
}

/// How many hours of today are over so long that platforms have counted them.
fn counted_by(looked: &Looked, today: Day, now: Timestamp) -> u8 {
    let counted = |hour: &u8| is_counted(Slot::hour(today, *hour), now, looked.zone());
    u8::try_from((0..24).take_while(counted).count()).unwrap_or_default()
}

/// The first hours of today and of the days before it.
async fn read(
    looked: &Looked,
    store: &dyn MetricStore,
    (today, hours): (Day, u8),
    now: Timestamp,
) -> Result<Vec<Point>, StoreError> {
    let first_hours = |back: i64| {
        let day = today.saturating_sub(back.days());
        Slots { first: Slot::hour(day, 0), last: Slot::hour(day, hours.saturating_sub(1)) }
    };
    let span = Span {
        granularity: Granularity::Hour,
        zone: looked.zone().clone(),
        at: now,
        ranges: (0..=HISTORY).rev().map(first_hours).collect(),
    };
    let series = store.series(&looked.store, LEVEL, Of::Account, &span, AsOf::Latest).await?;
    Ok(begun(series.points))
}

fn anomaly(
    looked: &Looked,
    (hours, clicks): (&Hours, &Hours),
    (today, known): (Day, u8),
    metric: Metric,
    seen: &mut Seen,
) -> Option<Happening> {
    let name = metric.word();
    match judge_hours(hours, clicks, today, usize::from(known), &hourly(), &seen.known(name)).ok()? {
        Verdict::Normal(_) | Verdict::Suspected(_) => None,
        Verdict::Known { alarm, .. } => {
            seen.remember(name, alarm, today);
            None
        }
        Verdict::Anomaly { judged, alarm } => {
            seen.remember(name, alarm, today);
            let (told, expected) = judged.in_words(metric, looked.store.currency);
            Some(Happening::Anomaly {
                account: looked.event.clone(),
                address: None,
                metric: name.to_owned(),
                slot: format!("{today} until {known}:00"),
                seen: format!("{told}, by {known}:00"),
                expected: format!("{expected} by that hour"),
            })
        }
    }
}
