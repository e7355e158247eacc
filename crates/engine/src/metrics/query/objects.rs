//! What is known of objects beside their counts: which belongs to which, and when they run.

use std::collections::BTreeMap;

use adplane_core::address::Kind;
use adplane_core::ids::ExternalId;
use adplane_core::metrics::Day;
use adplane_core::observed::{ObservedAccount, ObservedObject};
use adplane_core::time::Zone;
use adplane_core::value::Value;
use jiff::{SignedDuration, Timestamp};

use crate::metrics::sync::LEVELS;

/// From which day to which, where there is a last one.
pub type Flight = (Day, Option<Day>);

/// The objects of an account as they are live.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Objects(BTreeMap<(Kind, ExternalId), Known>);

/// What is known of one object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The campaign of an ad group, the ad group of an ad.
    pub parent: Option<ExternalId>,
    /// When it starts.
    pub start: Option<Timestamp>,
    /// When it ends.
    pub end: Option<Timestamp>,
    /// When it was made.
    pub created: Option<Timestamp>,
}

impl Objects {
    /// Those of an account that was read.
    pub fn of(observed: &ObservedAccount) -> Self {
        let mut objects = Self::default();
        for object in observed.objects.iter().filter(|object| LEVELS.contains(&object.kind)) {
            objects.insert(object.kind, object.id.clone(), Known::of(object));
        }
        objects
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one.
    pub fn insert(&mut self, level: Kind, id: ExternalId, known: Known) {
        self.0.insert((level, id), known);
    }

    /// The object of a level that holds another one, or is it.
    pub fn ancestor(&self, level: Kind, id: &ExternalId, above: Kind) -> Option<ExternalId> {
        let mut found = id.clone();
        for step in LEVELS.into_iter().rev().filter(|step| *step <= level && *step > above) {
            found = self.0.get(&(step, found))?.parent.clone()?;
        }
        Some(found)
    }

    /// The days on which each object may deliver: within its own start and end and those of what it is part of, and
    /// since it was made. One that tells no start, nor anything above it, runs as long as what is below it.
    pub fn flights(&self, zone: &Zone) -> BTreeMap<(Kind, ExternalId), Flight> {
        let mut flights: BTreeMap<(Kind, ExternalId), Flight> = BTreeMap::new();
        // The finest level first, so that what is below is known.
        for level in LEVELS.into_iter().rev() {
            let mut below: BTreeMap<ExternalId, Flight> = BTreeMap::new();
            for ((kind, id), flight) in &flights {
                if let Some(parent) = self.0.get(&(*kind, id.clone())).and_then(|known| known.parent.clone())
                    && LEVELS.into_iter().find(|finer| *finer > level) == Some(*kind)
                {
                    below.entry(parent).and_modify(|known| *known = both(*known, *flight)).or_insert(*flight);
                }
            }
            for (of_level, id) in self.0.keys().filter(|(of_level, _)| *of_level == level) {
                let flight = self
                    .own(level, id, zone, |known| known.start)
                    .or_else(|| below.get(id).copied())
                    .or_else(|| self.own(level, id, zone, |known| known.created));
                if let Some(flight) = flight {
                    flights.insert((*of_level, id.clone()), flight);
                }
            }
        }
        flights
    }

    /// The latest start and the earliest end of an object and what it is part of.
    fn own(
        &self,
        level: Kind,
        id: &ExternalId,
        zone: &Zone,
        start: fn(&Known) -> Option<Timestamp>,
    ) -> Option<Flight> {
        let chain = || {
            let steps = LEVELS.into_iter().filter(move |step| *step <= level);
            steps.filter_map(move |step| self.0.get(&(step, self.ancestor(level, id, step)?)))
        };
        let day = |at: Timestamp| at.to_zoned(zone.rules()).date();
        // What was made later than its start delivered nothing before.
        let start = chain().filter_map(start).max()?;
        let start = chain().filter_map(|known| known.created).fold(start, Timestamp::max);
        // An end at midnight is the end of the day before.
        let end = chain().filter_map(|known| known.end).min().map(|end| {
            let before = end.checked_sub(SignedDuration::from_secs(1)).unwrap_or(end);
            day(before.max(start))
        });
        Some((day(start), end))
    }
}

impl Known {
    fn of(object: &ObservedObject) -> Self {
        let time = |path| match object.value(path) {
            Some(Value::Time(time)) => Some(time.at),
            _ => None,
        };
        Self {
            parent: object.parent.clone(),
            start: time("schedule.start"),
            end: time("schedule.end"),
            created: object.created,
        }
    }
}

/// The days of two objects together.
fn both(one: Flight, other: Flight) -> Flight {
    (one.0.min(other.0), one.1.zip(other.1).map(|(one, other)| one.max(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ExternalId {
        ExternalId::new(text).unwrap()
    }

    /// Level, id, parent, start and end.
    type Row<'a> = (Kind, &'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>);

    fn objects(rows: &[Row<'_>]) -> Objects {
        let mut objects = Objects::default();
        let at = |text: &str| text.parse().unwrap();
        for (level, name, parent, start, end) in rows {
            let known =
                Known { parent: parent.map(id), start: start.map(at), end: end.map(at), created: None };
            objects.insert(*level, id(name), known);
        }
        objects
    }

    fn flight(objects: &Objects, level: Kind, name: &str) -> Option<String> {
        let flights = objects.flights(&Zone::parse("Europe/Madrid").unwrap());
        flights.get(&(level, id(name))).map(|(first, last)| {
            format!("{first} to {}", last.map_or_else(|| "today".to_owned(), |day| day.to_string()))
        })
    }

    #[test]
    fn a_campaign_without_dates_runs_as_long_as_its_groups() {
        let mut known = objects(&[
            (Kind::Campaign, "k", None, None, None),
            (Kind::AdGroup, "g", Some("k"), Some("2026-05-31T22:00:00Z"), Some("2026-06-30T22:00:00Z")),
            (Kind::AdGroup, "h", Some("k"), Some("2026-06-10T10:00:00Z"), Some("2026-07-05T10:00:00Z")),
            (Kind::Ad, "a", Some("g"), None, None),
        ]);
        assert_eq!(flight(&known, Kind::Campaign, "k").as_deref(), Some("2026-06-01 to 2026-07-05"));
        assert_eq!(
            flight(&known, Kind::AdGroup, "g").as_deref(),
            Some("2026-06-01 to 2026-06-30"),
            "midnight in Madrid is the end of the day before"
        );
        assert_eq!(flight(&known, Kind::Ad, "a"), flight(&known, Kind::AdGroup, "g"));
        known.insert(
            Kind::AdGroup,
            id("open"),
            Known {
                parent: Some(id("k")),
                start: Some("2026-07-01T10:00:00Z".parse().unwrap()),
                ..Known::default()
            },
        );
        assert_eq!(flight(&known, Kind::Campaign, "k").as_deref(), Some("2026-06-01 to today"));
    }

    #[test]
    fn nothing_delivers_outside_what_it_is_part_of() {
        let known = objects(&[
            (Kind::Campaign, "k", None, Some("2026-06-05T10:00:00Z"), Some("2026-06-20T21:59:59Z")),
            (Kind::AdGroup, "g", Some("k"), Some("2026-06-01T10:00:00Z"), None),
            (Kind::AdGroup, "lost", Some("gone"), None, None),
        ]);
        assert_eq!(flight(&known, Kind::AdGroup, "g").as_deref(), Some("2026-06-05 to 2026-06-20"));
        assert_eq!(flight(&known, Kind::AdGroup, "lost"), None);
        let created = Some("2026-05-05T10:00:00Z".parse().unwrap());
        let mut made = known.clone();
        made.insert(Kind::AdGroup, id("lost"), Known { created, ..Known::default() });
        assert_eq!(flight(&made, Kind::AdGroup, "lost").as_deref(), Some("2026-05-05 to today"));
        let start = Some("2026-03-01T10:00:00Z".parse().unwrap());
        made.insert(Kind::AdGroup, id("lost"), Known { start, created, ..Known::default() });
        assert_eq!(flight(&made, Kind::AdGroup, "lost").as_deref(), Some("2026-05-05 to today"));
        assert_eq!(known.ancestor(Kind::AdGroup, &id("lost"), Kind::Campaign), Some(id("gone")));
        assert_eq!(known.ancestor(Kind::Ad, &id("nobody"), Kind::Campaign), None);
    }
}
