//! What was delivered, kept by object and hour.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Delivered, Settings, deliver};

/// A vendor's record of delivery: by object id, then by the start of the hour.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger {
    objects: BTreeMap<String, BTreeMap<Timestamp, Delivered>>,
}

impl Ledger {
    /// Lets an object deliver between two instants and books it; tells what it delivered.
    pub fn record(
        &mut self,
        settings: &Settings<'_>,
        zone: &TimeZone,
        from: Timestamp,
        to: Timestamp,
    ) -> Delivered {
        let mut sum = Delivered::default();
        for (hour, delivered) in deliver(settings, zone, from, to) {
            sum.add(&delivered);
            self.book(settings.object, hour, &delivered);
        }
        sum
    }

    /// Books what an object delivered in an hour, on top of what is there.
    pub fn book(&mut self, object: &str, hour: Timestamp, delivered: &Delivered) {
        if !self.objects.contains_key(object) {
            self.objects.insert(object.to_owned(), BTreeMap::new());
        }
        if let Some(hours) = self.objects.get_mut(object) {
            hours.entry(hour).or_default().add(delivered);
        }
    }

    /// The hours of an object that begin in `from..to`, as a report made at `as_of` shows them.
    pub fn seen(
        &self,
        seed: u64,
        object: &str,
        from: Timestamp,
        to: Timestamp,
        as_of: Timestamp,
    ) -> Vec<(Timestamp, Delivered)> {
        let Some(hours) = self.objects.get(object) else { return Vec::new() };
        if from >= to {
            return Vec::new();
        }
        hours
            .range(from..to)
            .map(|(hour, delivered)| (*hour, delivered.as_seen(seed, object, *hour, as_of)))
            .collect()
    }

    /// The sum of [`Self::seen`].
    pub fn total(
        &self,
        seed: u64,
        object: &str,
        from: Timestamp,
        to: Timestamp,
        as_of: Timestamp,
    ) -> Delivered {
        let mut sum = Delivered::default();
        for (_, delivered) in self.seen(seed, object, from, to, as_of) {
            sum.add(&delivered);
        }
        sum
    }
}
