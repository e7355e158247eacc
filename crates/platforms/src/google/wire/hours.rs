//! Dayparting: `{Mon: [08:00-20:00]}` and the vendor's ad schedules.
//!
//! Source: google-ads.md §3.9, §7: quarter hours, at most six a day, no overlap, none over midnight.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::value::Value;
use compact_str::CompactString;
use serde_json::json;

use super::{at, text};

/// Days as YAML and as the vendor writes them.
pub(in super::super) const DAYS: [(&str, &str); 7] = [
    ("Mon", "MONDAY"),
    ("Tue", "TUESDAY"),
    ("Wed", "WEDNESDAY"),
    ("Thu", "THURSDAY"),
    ("Fri", "FRIDAY"),
    ("Sat", "SATURDAY"),
    ("Sun", "SUNDAY"),
];
const MINUTES: [&str; 4] = ["ZERO", "FIFTEEN", "THIRTY", "FORTY_FIVE"];
/// Minutes of the vendor's grid.
pub(in super::super) const GRID: u16 = 15;

/// One stretch of one day, in minutes from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in super::super) struct Interval {
    /// Index into [`DAYS`].
    pub(in super::super) day: usize,
    pub(in super::super) from: u16,
    pub(in super::super) to: u16,
}

/// `08:30` in minutes.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 24 && minutes < 60 && hours * 60 + minutes <= 24 * 60).then_some(hours * 60 + minutes)
}

/// Minutes as `08:30`.
pub(in super::super) fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The intervals of an `hours` value; texts that are no interval are left out.
pub(in super::super) fn intervals(hours: &Value) -> BTreeSet<Interval> {
    let mut found = BTreeSet::new();
    for (name, stretches) in hours.entries().into_iter().flatten() {
        let Some(day) = DAYS.iter().position(|(word, _)| word == name) else { continue };
        for stretch in stretches.texts() {
            if let Some((from, to)) = stretch.split_once('-')
                && let (Some(from), Some(to)) = (minutes(from), minutes(to))
                && from < to
            {
                found.insert(Interval { day, from, to });
            }
        }
    }
    found
}

/// The `hours` value of intervals; `None` without any, which means always.
pub(in super::super) fn value(intervals: &BTreeSet<Interval>) -> Option<Value> {
    let mut days: BTreeMap<CompactString, Vec<Value>> = BTreeMap::new();
    for Interval { day, from, to } in intervals {
        let stretch = Value::text(format!("{}-{}", clock(*from), clock(*to)));
        days.entry(CompactString::new(DAYS[*day].0)).or_default().push(stretch);
    }
    (!days.is_empty())
        .then(|| Value::Map(days.into_iter().map(|(day, stretches)| (day, Value::set(stretches))).collect()))
}

/// The interval of a criterion's `adSchedule`.
pub(in super::super) fn read(schedule: &serde_json::Value) -> Option<Interval> {
    let day = text(schedule, "dayOfWeek")?;
    let hour = |key| at(schedule, key).and_then(serde_json::Value::as_u64).unwrap_or(0);
    let minute = |key| {
        let word = text(schedule, key).unwrap_or("ZERO");
        MINUTES.iter().position(|minute| *minute == word).unwrap_or(0)
    };
    let total =
        |hours: u64, quarter: usize| u16::try_from(hours * 60 + quarter as u64 * u64::from(GRID)).ok();
    Some(Interval {
        day: DAYS.iter().position(|(_, vendor)| *vendor == day)?,
        from: total(hour("startHour"), minute("startMinute"))?,
        to: total(hour("endHour"), minute("endMinute"))?,
    })
}

/// The `adSchedule` of an interval.
pub(in super::super) fn criterion(interval: Interval) -> serde_json::Value {
    let minute = |minutes: u16| MINUTES[usize::from(minutes % 60 / GRID)];
    json!({
        "dayOfWeek": DAYS[interval.day].1,
        "startHour": interval.from / 60,
        "startMinute": minute(interval.from),
        "endHour": interval.to / 60,
        "endMinute": minute(interval.to),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_survive_the_wire() {
        let hours = Value::map([
            ("Mon", Value::text_set(["08:00-12:15", "13:30-24:00"])),
            ("Sun", Value::text_set(["00:00-06:45"])),
        ]);
        let wire: BTreeSet<_> =
            intervals(&hours).into_iter().map(criterion).filter_map(|json| read(&json)).collect();
        assert_eq!(value(&wire), Some(hours));
        assert_eq!(value(&BTreeSet::new()), None);
    }
}
