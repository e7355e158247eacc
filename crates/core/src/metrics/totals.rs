//! What is known of objects over a span: sums, gaps and how fresh they are.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, ToSpan};

use super::{Granularity, Metric, MetricSet, Ratio, Slot, Slots, Span, Sums, Unknown};
use crate::address::Kind;
use crate::ids::ExternalId;
use crate::time::Zone;

/// Days that may still be restated are read again after so long; today and yesterday at every sync.
pub const RESTATE_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Days that every sync reads, also by hours, which are not read again later.
const EVERY_SYNC: u16 = 2;

/// How old the readings are that a sum rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// Of all slots, the one read longest ago: when that was.
    pub oldest: Timestamp,
    /// When the newest was read.
    pub newest: Timestamp,
}

/// Sums of all objects of one level over a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowTotals {
    /// Which objects: campaigns, ad groups or ads.
    pub level: Kind,
    /// Which slots.
    pub span: Span,
    /// How conversions were attributed, in the platform's words; `None` when nothing was ever read.
    pub attribution: Option<String>,
    /// Every object that has a row in the span.
    pub objects: BTreeMap<ExternalId, Sums>,
    /// The slots of the span that no reading covers, or only one that was made before they were over.
    pub gaps: Vec<Slots>,
    /// How old the readings of the other slots are; `None` when there are none.
    pub freshness: Option<Freshness>,
    /// The slots that were read, in order, with the instant at which each was read last.
    pub read: Vec<(Slots, Timestamp)>,
}

impl WindowTotals {
    /// The sums of one object. One without a row delivered nothing of what its platform tells (`told`), provided that
    /// the whole span was read.
    pub fn of(&self, id: &ExternalId, told: MetricSet) -> Result<Sums, Unknown> {
        self.covered()?;
        Ok(self.objects.get(id).copied().unwrap_or_else(|| Sums::zero(told)))
    }

    /// The sums of all objects: those of the account, as far as this level holds all of it.
    pub fn all(&self, told: MetricSet) -> Result<Sums, Unknown> {
        self.covered()?;
        Ok(self
            .objects
            .values()
            .copied()
            .reduce(|sum, next| sum.plus(&next))
            .unwrap_or_else(|| Sums::zero(told)))
    }

    /// One count of one object.
    pub fn count(&self, id: &ExternalId, metric: Metric, told: MetricSet) -> Result<i64, Unknown> {
        self.of(id, told)?.get(metric).ok_or_else(|| self.untold(metric))
    }

    /// One ratio of one object.
    pub fn ratio(&self, id: &ExternalId, ratio: Ratio, told: MetricSet) -> Result<f64, Unknown> {
        let sums = self.of(id, told)?;
        let (above, below) = ratio.parts();
        for metric in [above, below] {
            sums.get(metric).ok_or_else(|| self.untold(metric))?;
        }
        sums.ratio(ratio).ok_or(Unknown::ZeroDenominator(ratio))
    }

    /// Whether every slot of the span was read.
    pub fn covered(&self) -> Result<(), Unknown> {
        match self.gaps.as_slice() {
            [] => Ok(()),
            [first, .., last] => Err(Unknown::NotCovered { from: first.first, to: last.last }),
            [gap] => Err(Unknown::NotCovered { from: gap.first, to: gap.last }),
        }
    }

    /// The sync that left everything of this as it is kept up to date: `None` when nothing was read.
    ///
    /// Not all days are read at every sync, so the age of a reading alone says little. Today and yesterday are: they
    /// are as new as they were read. Days that the platform may still restate (`restated`, today among them) are read
    /// once a day: a sync a day later would have read them again, and until then they are as they should be. Older
    /// days, and hours of days before yesterday, are not read any more: what counts is that they were read near the end
    /// of their time, in the last quarter of it or when they were due last. The slot that is furthest behind decides.
    pub fn up_to_date(&self, now: Timestamp, restated: u16) -> Option<Timestamp> {
        let days = match self.span.granularity {
            Granularity::Day => restated.max(EVERY_SYNC),
            Granularity::Hour => EVERY_SYNC,
        };
        let zone = &self.span.zone;
        // Of slots that were read together, the latest is the one that is read most often.
        self.read.iter().map(|(slots, as_of)| kept_to(slots.last, *as_of, now, days, zone)).min()
    }

    fn untold(&self, metric: Metric) -> Unknown {
        if metric.is_additive() || self.span.slots().nth(1).is_none() {
            Unknown::NotTold(metric)
        } else {
            Unknown::NotAdditive(metric)
        }
    }
}

/// The sync that left a slot, read at an instant, as it is kept up to date: see [`WindowTotals::up_to_date`].
pub fn kept_to(slot: Slot, as_of: Timestamp, now: Timestamp, days: u16, zone: &Zone) -> Timestamp {
    let today = now.to_zoned(zone.rules()).date();
    let after = |days: u16| slot.day.saturating_add(i32::from(days).days());
    if today < after(EVERY_SYNC) {
        return as_of.min(now);
    }
    let due = as_of.checked_add(RESTATE_EVERY).unwrap_or(Timestamp::MAX);
    if today < after(days) {
        return due.min(now);
    }
    let left = Slot::day(after(days)).begins(zone);
    let last_quarter = SignedDuration::from_hours(6 * i64::from(days));
    if left.duration_since(as_of) <= last_quarter {
        return now;
    }
    due.checked_add(now.duration_since(left)).unwrap_or(Timestamp::MAX).min(now)
}

/// One object, or all of a level, slot by slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Which slots.
    pub span: Span,
    /// How conversions were attributed; `None` when nothing was ever read.
    pub attribution: Option<String>,
    /// One point for each slot of the span, in order.
    pub points: Vec<Point>,
}

/// What is known of one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// When.
    pub slot: Slot,
    /// When it was read last; `None` when no reading covers it.
    pub as_of: Option<Timestamp>,
    /// What was told; `None` when there is no row.
    pub sums: Option<Sums>,
}

impl Point {
    /// The sums: zero of what the platform tells where the slot was read and has no row, unknown where it was not.
    pub fn known(&self, told: MetricSet) -> Result<Sums, Unknown> {
        match self.as_of {
            None => Err(Unknown::NotCovered { from: self.slot, to: self.slot }),
            Some(_) => Ok(self.sums.unwrap_or_else(|| Sums::zero(told))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Window, resolve};

    const TOLD: MetricSet = &[Metric::Spend, Metric::Clicks, Metric::Conversions];

    fn totals(window: &str) -> WindowTotals {
        let window: Window = window.parse().unwrap();
        let now = "2026-06-10T08:30:00Z".parse().unwrap();
        let span = resolve(&window, now, &Zone::utc(), None, None).unwrap();
        let sums = Sums {
            spend: Some(5_000_000),
            clicks: Some(10),
            conversions: Some(0),
            reach: None,
            ..Sums::default()
        };
        WindowTotals {
            level: Kind::Ad,
            attribution: Some("7d_click".to_owned()),
            objects: BTreeMap::from([(ExternalId::new("1").unwrap(), sums)]),
            gaps: Vec::new(),
            freshness: None,
            read: Vec::new(),
            span,
        }
    }

    /// Up to when a window is, of days of which each was read at an instant.
    fn kept(window: &str, days: &[(&str, &str, &str)]) -> String {
        let read = days.iter().map(|(first, last, as_of)| {
            (Slots::days(first.parse().unwrap(), last.parse().unwrap()), as_of.parse().unwrap())
        });
        let totals = WindowTotals { read: read.collect(), ..totals(window) };
        let now = totals.span.at;
        totals.up_to_date(now, 28).map_or("never".to_owned(), |at| (at - now).get_seconds().to_string())
    }

    #[test]
    fn days_are_up_to_date_as_often_as_they_are_read() {
        // Asked at 08:30 on 10 June.
        assert_eq!(kept("yesterday", &[("2026-06-09", "2026-06-09", "2026-06-10T08:00:00Z")]), "-1800");
        assert_eq!(kept("yesterday", &[("2026-06-09", "2026-06-09", "2026-06-10T00:30:00Z")]), "-28800");
        let week = |restated: &str| {
            let yesterday = ("2026-06-09", "2026-06-09", "2026-06-10T08:30:00Z");
            kept("last_7d", &[("2026-06-03", "2026-06-08", restated), yesterday])
        };
        assert_eq!(week("2026-06-09T08:30:00Z"), "0", "a day ago, and due only now");
        assert_eq!(week("2026-06-09T06:30:00Z"), "-7200", "due for two hours");
        assert_eq!(week("2026-06-06T08:30:00Z"), "-259200", "three days are missed");
        assert_eq!(kept("last_7d", &[]), "never");
    }

    #[test]
    fn days_that_nobody_reads_any_more_must_have_been_read_late() {
        // 2 May is restated till 29 May, its last quarter begins on 23 May.
        let may = |as_of: &str| kept("last_7d", &[("2026-05-01", "2026-05-02", as_of)]);
        assert_eq!(may("2026-05-29T23:00:00Z"), "0");
        assert_eq!(may("2026-06-10T08:00:00Z"), "0");
        assert_eq!(may("2026-05-23T00:00:00Z"), "0");
        // A week too early for that, and the daily reading after it was missed for eight days when the day left.
        assert_eq!(may("2026-05-21T00:00:00Z"), (-8 * 24 * 3600).to_string());
    }

    #[test]
    fn an_object_without_a_row_delivered_nothing_of_what_is_told() {
        let two = ExternalId::new("2").unwrap();
        assert_eq!(totals("last_7d").of(&two, TOLD), Ok(Sums::zero(TOLD)));
        assert_eq!(totals("last_7d").count(&two, Metric::Value, TOLD), Err(Unknown::NotTold(Metric::Value)));
    }

    #[test]
    fn a_gap_makes_everything_unknown() {
        let mut totals = totals("last_7d");
        let day = |text: &str| text.parse().unwrap();
        totals.gaps = vec![
            Slots::days(day("2026-06-03"), day("2026-06-03")),
            Slots::days(day("2026-06-08"), day("2026-06-09")),
        ];
        let told = totals.of(&ExternalId::new("1").unwrap(), TOLD).unwrap_err();
        assert_eq!(told.to_string(), "no report covers 2026-06-03 to 2026-06-09; run `adplane metrics sync`");
        assert!(totals.all(TOLD).is_err());
    }

    #[test]
    fn a_ratio_says_why_it_is_unknown() {
        let one = ExternalId::new("1").unwrap();
        let week = totals("last_7d");
        assert_eq!(week.ratio(&one, Ratio::Cpc, TOLD), Ok(0.5));
        assert_eq!(week.ratio(&one, Ratio::Cpa, TOLD), Err(Unknown::ZeroDenominator(Ratio::Cpa)));
        assert_eq!(week.ratio(&one, Ratio::Roas, TOLD), Err(Unknown::NotTold(Metric::Value)));
        assert_eq!(week.count(&one, Metric::Reach, TOLD), Err(Unknown::NotAdditive(Metric::Reach)));
        assert_eq!(
            totals("yesterday").count(&one, Metric::Reach, TOLD),
            Err(Unknown::NotTold(Metric::Reach))
        );
    }
}
