//! Series out of what a store holds, and their numbers as people read them.

use jiff::{SignedDuration, Timestamp};

use super::baseline::{Judged, Measure, Series};
use super::chart::Drift;
use super::judge::Direction;
use super::shift::Shift;
use crate::metrics::{CONVERSION_PARTS, Metric, MetricSet, Point, Slot};
use crate::money::{Currency, Money};
use crate::stats::{real, whole};
use crate::time::Zone;

/// A day or an hour counts as read once a report was made so long after its end: platforms count the last clicks hours
/// later.
const LATE: SignedDuration = SignedDuration::from_hours(6);

impl Series {
    /// One metric of an account's or an object's days. Days that no report covers, or only one made before the
    /// platform had counted all of them, are not known.
    pub fn of_days(points: &[Point], metric: Metric, told: MetricSet, zone: &Zone) -> Self {
        let value = |point: &Point| Some((point.slot.day, counted(point, metric, told, zone)?));
        Self { measure: Measure::of(metric), days: points.iter().filter_map(value).collect() }
    }
}

impl Measure {
    /// How a metric is counted.
    pub fn of(metric: Metric) -> Self {
        if metric.is_money() { Self::Amount } else { Self::Count }
    }
}

/// Whether a report made at an instant holds all of a slot, as far as platforms count what they count at once.
pub fn is_counted(slot: Slot, as_of: Timestamp, zone: &Zone) -> bool {
    slot.ends(zone).checked_add(LATE).is_ok_and(|counted| as_of >= counted)
}

/// What a metric came to in a slot that was read once all of it was counted.
pub(super) fn counted(point: &Point, metric: Metric, told: MetricSet, zone: &Zone) -> Option<f64> {
    point.as_of.filter(|as_of| is_counted(point.slot, *as_of, zone))?;
    Some(unit(metric, point.known(told).ok()?.get(metric)?))
}

/// Conversions are counted in whole ones, everything else as the store holds it.
pub fn unit(metric: Metric, count: i64) -> f64 {
    if metric == Metric::Conversions { real(count) / real(CONVERSION_PARTS) } else { real(count) }
}

/// A number of a series as people read it: money to its smallest unit, whole things whole.
pub fn in_words(value: f64, metric: Metric, currency: Currency) -> String {
    if metric.is_money() {
        let step = currency.minor_unit_micros();
        let steps = whole(value / real(step) + 0.5);
        return Money::from_micros(steps.saturating_mul(step), currency).to_string();
    }
    let rounded = whole(value * 10.0 + 0.5);
    match rounded % 10 {
        0 => (rounded / 10).to_string(),
        tenths => format!("{}.{}", rounded / 10, tenths.abs()),
    }
}

impl Judged {
    /// What was seen and what was expected, for people.
    pub fn in_words(&self, metric: Metric, currency: Currency) -> (String, String) {
        let change = self.change();
        let percent = whole(change.abs().min(1e6) * 100.0 + 0.5);
        let seen = in_words(self.actual, metric, currency);
        let expected = in_words(self.expected, metric, currency);
        let seen = match Direction::of(self.z) {
            Direction::Rise if !change.is_finite() => format!("{seen}, where there was nothing before"),
            Direction::Rise => format!("{seen}, {percent} % more than expected"),
            Direction::Drop => format!("{seen}, {percent} % less than expected"),
        };
        (seen, format!("about {expected}, as on the same weekday before"))
    }
}

impl Drift {
    /// What there is to see, for people.
    pub fn in_words(&self) -> Option<String> {
        let alarm = self.alarm?;
        let way = match alarm.direction {
            Direction::Drop => "less",
            Direction::Rise => "more",
        };
        Some(format!("day after day {way} than on the same weekdays before, since {}", alarm.first))
    }
}

impl Shift {
    /// What was seen and what was expected, for people.
    pub fn in_words(&self, metric: Metric, currency: Currency) -> (String, String) {
        let amount = |value| in_words(value, metric, currency);
        let first = self.alarm.first;
        let seen =
            format!("about {} a day since {first}, and {} before", amount(self.after), amount(self.before));
        (seen, format!("about {} a day, as before {first}", amount(self.before)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Sums;

    const TOLD: MetricSet = &[Metric::Spend, Metric::Clicks, Metric::Conversions];

    fn point(day: &str, as_of: Option<&str>, conversions: Option<i64>) -> Point {
        let sums = Sums { conversions, spend: Some(5_000_000), clicks: Some(7), ..Sums::default() };
        Point {
            slot: Slot::day(day.parse().unwrap()),
            as_of: as_of.map(|text| text.parse().unwrap()),
            sums: conversions.map(|_| sums),
        }
    }

    #[test]
    fn a_day_is_known_once_the_platform_has_counted_it() {
        let madrid = Zone::parse("Europe/Madrid").unwrap();
        let points = [
            point("2026-03-01", Some("2026-03-02T05:00:00Z"), Some(1_500_000)),
            point("2026-03-02", Some("2026-03-03T05:00:00Z"), None),
            // Six in the morning of the fourth is five o'clock in UTC.
            point("2026-03-03", Some("2026-03-04T04:59:59Z"), Some(1_000_000)),
            point("2026-03-04", None, Some(1_000_000)),
        ];
        let days = |metric| -> Vec<f64> {
            Series::of_days(&points, metric, TOLD, &madrid).days.into_values().collect()
        };
        assert_eq!(days(Metric::Conversions), [1.5, 0.0]);
        assert_eq!(days(Metric::Spend), [5_000_000.0, 0.0]);
        assert_eq!(days(Metric::Impressions), [0.0; 0], "what is not told is not known");
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        let (eur, jpy) = ("EUR".parse().unwrap(), "JPY".parse().unwrap());
        assert_eq!(in_words(12_345_678.0, Metric::Spend, eur), "12.35 EUR");
        assert_eq!(in_words(12_345_678.0, Metric::Spend, jpy), "12 JPY");
        assert_eq!(in_words(12.0, Metric::Clicks, eur), "12");
        assert_eq!(in_words(12.26, Metric::Conversions, eur), "12.3");
        let judged = Judged { expected: 40.0, actual: 10.0, z: -5.0, detectable: 0.2 };
        assert_eq!(judged.in_words(Metric::Clicks, eur).0, "10, 75 % less than expected");
        let new = Judged { expected: 0.0, actual: 10.0, z: 5.0, detectable: 1.0 };
        assert_eq!(new.in_words(Metric::Clicks, eur).0, "10, where there was nothing before");
    }
}
