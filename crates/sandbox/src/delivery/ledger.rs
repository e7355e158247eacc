//! What was delivered, kept by object and hour.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Delivered, Settings, deliver, tracking};
use crate::world::{Vendor, World};

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

    /// What an object spent in the hours that begin in `from..to`, in micros.
    pub fn spent(&self, object: &str, from: Timestamp, to: Timestamp) -> i64 {
        let Some(hours) = self.objects.get(object).filter(|_| from < to) else { return 0 };
        hours.range(from..to).map(|(_, delivered)| delivered.spend_micros).sum()
    }
}

/// How a vendor's reports are wrong while it answers as if nothing were the matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Misreport {
    /// They have no rows.
    Empty,
    /// They count twice what these instants had.
    Double(Timestamp, Timestamp),
    /// They leave out these objects.
    Without(BTreeSet<String>),
}

/// What a vendor's reports about an account show at an instant.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    ledger: Option<&'a Ledger>,
    seed: u64,
    as_of: Timestamp,
    /// When conversions were not counted.
    broken: Vec<Range<Timestamp>>,
    wrong: Option<Misreport>,
}

impl<'a> Report<'a> {
    /// A report made at an instant about an account, by bare id.
    pub fn new(world: &'a World, vendor: Vendor, account: &str, as_of: Timestamp) -> Self {
        Self {
            ledger: world.delivered.get(&vendor),
            seed: world.seed,
            as_of,
            broken: tracking::spans(world, vendor, account),
            wrong: None,
        }
    }

    /// The same, told wrongly.
    pub(crate) fn told(self, wrong: Option<Misreport>) -> Self {
        Self { wrong, ..self }
    }

    /// The hours of an object that begin in `from..to`.
    pub fn hours(&self, object: &str, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Delivered)> {
        let hours = self.ledger.and_then(|ledger| ledger.objects.get(object)).filter(|_| from < to);
        let hours = hours.filter(|_| match &self.wrong {
            Some(Misreport::Empty) => false,
            Some(Misreport::Without(objects)) => !objects.contains(object),
            Some(Misreport::Double(..)) | None => true,
        });
        let Some(hours) = hours else { return Vec::new() };
        let seen = |(hour, delivered): (&Timestamp, &Delivered)| {
            let mut known = delivered.as_seen(self.seed, object, *hour, self.as_of, &self.broken);
            if matches!(&self.wrong, Some(Misreport::Double(from, to)) if (from..to).contains(&hour)) {
                let once = known;
                known.add(&once);
            }
            (*hour, known)
        };
        hours.range(from..to).map(seen).collect()
    }

    /// The sum of [`Self::hours`].
    pub fn total(&self, object: &str, from: Timestamp, to: Timestamp) -> Delivered {
        let mut sum = Delivered::default();
        for (_, delivered) in self.hours(object, from, to) {
            sum.add(&delivered);
        }
        sum
    }
}
