//! Days, hours and instants as the numbers that are stored.
//!
//! A day is its number since 1970-01-01; an hour is the day's number times 24 and the hour on the wall clock. An
//! instant is in milliseconds.

use std::collections::{BTreeSet, HashMap};

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::{Day, Granularity, Reading, Slot, Slots, Span, Sums};
use jiff::civil::date;
use jiff::{Timestamp, ToSpan};

use super::StoreError;
use super::merge::Row;

const HOURS: i64 = 24;

pub(super) fn day_number(day: Day) -> i64 {
    day.since(date(1970, 1, 1)).map_or(0, |span| i64::from(span.get_days()))
}

pub(super) fn day_of(number: i64) -> Day {
    let days = i32::try_from(number).unwrap_or(0);
    date(1970, 1, 1).checked_add(days.days()).unwrap_or(Day::MAX)
}

pub(super) fn slot_number(slot: Slot) -> i64 {
    let day = day_number(slot.day);
    slot.hour.map_or(day, |hour| day * HOURS + i64::from(hour))
}

pub(super) fn slot_of(granularity: Granularity, number: i64) -> Slot {
    match granularity {
        Granularity::Day => Slot::day(day_of(number)),
        Granularity::Hour => {
            let hour = u8::try_from(number.rem_euclid(HOURS)).unwrap_or(0);
            Slot::hour(day_of(number.div_euclid(HOURS)), hour)
        }
    }
}

/// The slots of days, as a range of numbers with both ends included.
pub(super) fn slots_of_days(granularity: Granularity, (first, last): (i64, i64)) -> (i64, i64) {
    match granularity {
        Granularity::Day => (first, last),
        Granularity::Hour => (first * HOURS, last * HOURS + HOURS - 1),
    }
}

/// The day that a slot belongs to.
pub(super) fn day_of_slot(granularity: Granularity, number: i64) -> i64 {
    match granularity {
        Granularity::Day => number,
        Granularity::Hour => number.div_euclid(HOURS),
    }
}

pub(super) fn range_of(range: Slots) -> (i64, i64) {
    (slot_number(range.first), slot_number(range.last))
}

pub(super) fn instant(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::MAX)
}

/// A reading in numbers, its rows by slot and object.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    pub(super) level: Kind,
    pub(super) granularity: Granularity,
    pub(super) attribution: &'a str,
    pub(super) as_of: i64,
    pub(super) days: (i64, i64),
    pub(super) rows: Vec<(i64, &'a ExternalId, Sums)>,
}

impl<'a> Prepared<'a> {
    /// Checks a reading: rows within its days, of its granularity, each once.
    pub(super) fn new(reading: &'a Reading) -> Result<Self, StoreError> {
        let Reading { level, granularity, from, to, attribution, as_of, rows } = reading;
        if !matches!(level, Kind::Campaign | Kind::AdGroup | Kind::Ad) {
            return Err(StoreError::Reading(format!("it is about {} objects", level.word())));
        }
        if from > to {
            return Err(StoreError::Reading(format!("it ends on {to}, before it begins on {from}")));
        }
        let mut numbered = Vec::with_capacity(rows.len());
        for row in rows {
            let fits = match granularity {
                Granularity::Day => row.slot.hour.is_none(),
                Granularity::Hour => row.slot.hour.is_some_and(|hour| i64::from(hour) < HOURS),
            };
            if !fits || !(*from..=*to).contains(&row.slot.day) {
                return Err(StoreError::Reading(format!("a row of {} is about {}", row.id, row.slot)));
            }
            numbered.push((slot_number(row.slot), &row.id, row.sums));
        }
        numbered.sort_unstable_by_key(|(slot, id, _)| (*slot, *id));
        if let Some(pair) = numbered.windows(2).find(|pair| (pair[0].0, pair[0].1) == (pair[1].0, pair[1].1))
        {
            let slot = slot_of(*granularity, pair[0].0);
            return Err(StoreError::Reading(format!("it has two rows of {} for {slot}", pair[0].1)));
        }
        Ok(Self {
            level: *level,
            granularity: *granularity,
            attribution,
            as_of: as_of.as_millisecond(),
            days: (day_number(*from), day_number(*to)),
            rows: numbered,
        })
    }

    /// Every object that it has a row of, once, in order.
    pub(super) fn objects(&self) -> Vec<&'a ExternalId> {
        let mut objects: Vec<&ExternalId> = self.rows.iter().map(|(_, id, _)| *id).collect();
        objects.sort_unstable();
        objects.dedup();
        objects
    }

    /// Its rows of some days, by slot and number of object.
    pub(super) fn rows_of(&self, days: (i64, i64), objects: &HashMap<String, i64>) -> Vec<Row> {
        let within = |slot: &i64| (days.0..=days.1).contains(&day_of_slot(self.granularity, *slot));
        let rows = self.rows.iter().filter(|(slot, _, _)| within(slot));
        let mut rows: Vec<Row> = rows
            .filter_map(|(slot, id, sums)| {
                Some(Row { slot: *slot, object: *objects.get(id.as_str())?, sums: *sums })
            })
            .collect();
        rows.sort_unstable_by_key(|row| (row.slot, row.object));
        rows
    }
}

/// Objects that each have days of their own.
#[derive(Debug, Default)]
pub(super) struct Own {
    /// By object: which of the spans, its first and its last day.
    days: HashMap<i64, (usize, i64, i64)>,
    /// From the first to the last day of any span.
    pub(super) all: Option<(i64, i64)>,
}

impl Own {
    /// From spans of days that go with objects, and the objects' numbers; an object without one has no rows.
    pub(super) fn new(spans: &[(Span, BTreeSet<ExternalId>)], numbers: &HashMap<ExternalId, i64>) -> Self {
        let mut days = HashMap::new();
        let mut all: Option<(i64, i64)> = None;
        for (place, (span, ids)) in spans.iter().enumerate() {
            let Some((first, last)) = span.first().zip(span.last()) else { continue };
            let (first, last) = (day_number(first.day), day_number(last.day));
            all = Some(all.map_or((first, last), |known| (known.0.min(first), known.1.max(last))));
            for number in ids.iter().filter_map(|id| numbers.get(id)) {
                days.insert(*number, (place, first, last));
            }
        }
        Self { days, all }
    }

    /// Which span an object goes with.
    pub(super) fn span_of(&self, object: i64) -> Option<usize> {
        self.days.get(&object).map(|(place, _, _)| *place)
    }

    /// The first and the last day of an object.
    pub(super) fn days_of(&self, object: i64) -> Option<(i64, i64)> {
        self.days.get(&object).map(|(_, first, last)| (*first, *last))
    }

    /// Objects, and the first and last day of each, side by side.
    pub(super) fn columns(&self) -> (Vec<i64>, Vec<i64>, Vec<i64>) {
        let (mut objects, mut firsts, mut lasts) = (Vec::new(), Vec::new(), Vec::new());
        for (object, (_, first, last)) in &self.days {
            objects.push(*object);
            firsts.push(*first);
            lasts.push(*last);
        }
        (objects, firsts, lasts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back() {
        for text in ["1970-01-01", "2024-02-29", "2026-11-21", "1969-12-31"] {
            let day: Day = text.parse().unwrap();
            assert_eq!(day_of(day_number(day)), day);
            for hour in [0, 5, 23] {
                let slot = Slot::hour(day, hour);
                assert_eq!(slot_of(Granularity::Hour, slot_number(slot)), slot);
                assert_eq!(day_of_slot(Granularity::Hour, slot_number(slot)), day_number(day));
            }
        }
        assert_eq!(day_number("1970-01-02".parse().unwrap()), 1);
    }
}
