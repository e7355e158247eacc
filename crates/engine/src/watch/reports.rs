//! Reports that cannot be right: what was spent is taken back, or a day that is over is counted again.
//!
//! The first the store does not believe ([`Doubts`]); it is told when it begins. The second it does, since who believes that
//! more was spent spends less; but conversions that are counted twice make every rule on them see a success, so it is told
//! within a day of its coming.

use std::collections::BTreeMap;

use adplane_core::address::Kind;
use adplane_core::anomaly::{Alarm, Direction};
use adplane_core::metrics::{CONVERSION_PARTS, Day, Granularity, Metric, Slots, Span};
use adplane_core::money::Money;
use adplane_core::notify::Happening;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::Looked;
use super::memory::Seen;
use crate::metrics::query::Settling;
use crate::metrics::store::{AsOf, Doubts, MetricStore, Of, StoreError};

/// The level whose sum is the account's.
const LEVEL: Kind = Kind::Campaign;
/// A day is compared with what was known of it so long ago.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);
/// Fewer conversions may rise by half and mean nothing.
const FEWEST: i64 = 10 * CONVERSION_PARTS;

/// What is new.
pub(super) async fn look(
    looked: &Looked,
    store: &dyn MetricStore,
    seen: &mut Seen,
    now: Timestamp,
) -> Result<Vec<Happening>, StoreError> {
    let doubts = store.doubts(&looked.store, LEVEL, Granularity::Day).await?;
    let doubts = Doubts::of(&doubts, looked.store.currency).filter(Doubts::is_alarm);
    let doubts = doubts.filter(|doubts| seen.is_new_doubt(doubts.since));
    let mut found: Vec<Happening> = doubts.map(|doubts| taken_back(looked, &doubts)).into_iter().collect();
    for metric in [Metric::Spend, Metric::Conversions, Metric::Value] {
        found.extend(counted_again(looked, store, metric, seen, now).await?);
    }
    Ok(found)
}

fn taken_back(looked: &Looked, doubts: &Doubts) -> Happening {
    Happening::Anomaly {
        account: looked.event.clone(),
        address: None,
        metric: Metric::Spend.word().to_owned(),
        slot: doubts.days_in_words(),
        seen: format!("{} told, and not believed", doubts.told),
        expected: format!("{}, as is known: {doubts}", doubts.known),
    }
}

/// Days of which much more is told than a day ago, though they were over then.
async fn counted_again(
    looked: &Looked,
    store: &dyn MetricStore,
    metric: Metric,
    seen: &mut Seen,
    now: Timestamp,
) -> Result<Option<Happening>, StoreError> {
    let today = looked.today(now);
    let mut last = today.saturating_sub(2.days());
    if metric != Metric::Spend {
        let restated_days = looked.schema.restated_days;
        let settled = Settling::learn(store, &looked.store, restated_days, AsOf::Latest).await?.through();
        let Some(settled) = settled else { return Ok(None) };
        last = last.min(settled);
    }
    let first = today.saturating_sub(i64::from(looked.schema.restated_days).days());
    if first > last {
        return Ok(None);
    }
    let days = Days { looked, store, metric, between: (first, last), now };
    let then = now.checked_sub(BEFORE).unwrap_or(Timestamp::MIN);
    let (before, after) = (days.known(AsOf::At(then)).await?, days.known(AsOf::Latest).await?);
    if before.0 != after.0 {
        return Ok(None);
    }
    let series = format!("{} counted again", metric.word());
    // A day of an alarm was told: that it is restated is no news.
    let told = [seen.known(&series), seen.known(metric.word())].concat();
    let fewest = if metric == Metric::Conversions { FEWEST } else { 1 };
    let rises = |day: &Day, after: i64| {
        let before = before.1.get(day).copied().unwrap_or(0);
        let is_told = told.iter().any(|alarm| (alarm.first..=alarm.last).contains(day));
        (before >= fewest && after.saturating_sub(before) >= before / 2 && !is_told)
            .then_some((before, after))
    };
    let counted_again: Vec<(Day, (i64, i64))> =
        after.1.iter().filter_map(|(day, after)| Some((*day, rises(day, *after)?))).collect();
    let Some(((from, _), (to, _))) = counted_again.first().zip(counted_again.last()) else { return Ok(None) };
    for (day, _) in &counted_again {
        seen.remember(&series, Alarm { first: *day, last: *day, direction: Direction::Rise }, *day);
    }
    let sum = |of: fn(&(i64, i64)) -> i64| {
        counted_again.iter().map(|(_, counts)| of(counts)).fold(0, i64::saturating_add)
    };
    Ok(Some(Happening::Anomaly {
        account: looked.event.clone(),
        address: None,
        metric: metric.word().to_owned(),
        slot: if from == to { from.to_string() } else { format!("{from} to {to}") },
        seen: format!("{} told of days that were over", days.in_words(sum(|counts| counts.1))),
        expected: format!("about {}, as was told a day ago", days.in_words(sum(|counts| counts.0))),
    }))
}

/// Days of one metric.
struct Days<'a> {
    looked: &'a Looked,
    store: &'a dyn MetricStore,
    metric: Metric,
    between: (Day, Day),
    now: Timestamp,
}

impl Days<'_> {
    /// How they are attributed, and what is known of each.
    async fn known(&self, as_of: AsOf) -> Result<(Option<String>, BTreeMap<Day, i64>), StoreError> {
        let span = Span {
            granularity: Granularity::Day,
            zone: self.looked.zone().clone(),
            at: self.now,
            ranges: vec![Slots::days(self.between.0, self.between.1)],
        };
        let series = self.store.series(&self.looked.store, LEVEL, Of::Account, &span, as_of).await?;
        let count = |sums: Option<adplane_core::metrics::Sums>| sums?.get(self.metric);
        let known = series.points.iter().filter_map(|point| Some((point.slot.day, count(point.sums)?)));
        Ok((series.attribution.clone(), known.collect()))
    }

    fn in_words(&self, count: i64) -> String {
        match self.metric {
            Metric::Conversions => format!("{} conversions", count / CONVERSION_PARTS),
            _ => Money::from_micros(count, self.looked.store.currency).to_string(),
        }
    }
}
