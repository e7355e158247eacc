//! The slots that a window means, and when each begins and ends.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use super::super::{Day, Granularity, Slot};
use crate::time::Zone;

/// The slots of an account that a window means at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Days or hours: of which rows it is made.
    pub granularity: Granularity,
    /// The account's zone, whose days these are.
    pub zone: Zone,
    /// The instant that it was resolved for: a slot that was not over then may be a part of what it will be.
    pub at: Timestamp,
    /// At least one range, in order and apart.
    pub ranges: Vec<Slots>,
}

/// Slots from one to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slots {
    /// The first.
    pub first: Slot,
    /// The last.
    pub last: Slot,
}

impl Slot {
    /// A whole day.
    pub fn day(day: Day) -> Self {
        Self { day, hour: None }
    }

    /// An hour of a day.
    pub fn hour(day: Day, hour: u8) -> Self {
        Self { day, hour: Some(hour) }
    }

    /// The instant at which it begins. Where a change of clocks skips it, it begins with what follows and is empty.
    pub fn begins(self, zone: &Zone) -> Timestamp {
        let hour = i8::try_from(self.hour.unwrap_or(0)).unwrap_or(0);
        let local = self.day.at(hour.min(23), 0, 0, 0);
        zone.rules().to_ambiguous_timestamp(local).compatible().unwrap_or(Timestamp::MAX)
    }

    /// The instant at which it is over: 23, 24 or 25 hours on for a day, one or two for an hour.
    pub fn ends(self, zone: &Zone) -> Timestamp {
        self.next().map_or(Timestamp::MAX, |next| next.begins(zone))
    }

    /// The slot after it on the wall clock.
    pub fn next(self) -> Option<Self> {
        match self.hour {
            Some(hour) if hour < 23 => Some(Self::hour(self.day, hour + 1)),
            hour => self.day.tomorrow().ok().map(|day| Self { day, hour: hour.map(|_| 0) }),
        }
    }

    /// The slot before it on the wall clock.
    pub fn previous(self) -> Option<Self> {
        match self.hour {
            Some(hour) if hour > 0 => Some(Self::hour(self.day, hour - 1)),
            hour => self.day.yesterday().ok().map(|day| Self { day, hour: hour.map(|_| 23) }),
        }
    }
}

impl Slots {
    /// Whole days, both included.
    pub fn days(first: Date, last: Date) -> Self {
        Self { first: Slot::day(first), last: Slot::day(last) }
    }

    /// Each slot, in order.
    pub fn each(self) -> impl Iterator<Item = Slot> {
        let mut next = (self.first <= self.last).then_some(self.first);
        std::iter::from_fn(move || {
            let slot = next?;
            next = slot.next().filter(|next| *next <= self.last);
            Some(slot)
        })
    }
}

impl Span {
    /// Each slot, in order.
    pub fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        self.ranges.iter().flat_map(|range| range.each())
    }

    /// The first slot.
    pub fn first(&self) -> Option<Slot> {
        self.ranges.first().map(|range| range.first)
    }

    /// The last slot.
    pub fn last(&self) -> Option<Slot> {
        self.ranges.last().map(|range| range.last)
    }

    /// The same span up to a day, itself included; `None` when nothing is left.
    #[must_use]
    pub fn until(&self, day: Day) -> Option<Self> {
        let end = Slot { day, hour: self.first()?.hour.map(|_| 23) };
        let ranges: Vec<Slots> = self
            .ranges
            .iter()
            .map(|range| Slots { last: range.last.min(end), ..*range })
            .filter(|range| range.first <= range.last)
            .collect();
        (!ranges.is_empty()).then(|| Self { ranges, ..self.clone() })
    }
}

/// `2026-03-01`, or `2026-03-01 05h`.
impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hour {
            None => write!(f, "{}", self.day),
            Some(hour) => write!(f, "{} {hour:02}h", self.day),
        }
    }
}

/// `2026-03-01 to 2026-03-07`; one slot stands alone.
impl fmt::Display for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last { self.first.fmt(f) } else { write!(f, "{} to {}", self.first, self.last) }
    }
}

/// The ranges, joined by commas.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, range) in self.ranges.iter().enumerate() {
            write!(f, "{}{range}", if position == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
