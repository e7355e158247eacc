//! What was told of each account, so that it is told once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::PathBuf;

use adplane_core::address::AccountKey;
use adplane_core::anomaly::{Alarm, Direction};
use adplane_core::ids::ExternalId;
use adplane_core::metrics::Day;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::state::{StateDir, StateError, lock, write_atomically};

/// The form of the file.
const FORMAT: u32 = 1;
/// Alarms of a series that are remembered: platforms restate days for weeks, and one alarm may last.
const MOST_ALARMS: usize = 50;

/// What was told of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Seen {
    /// Alarms by series, such as `clicks`.
    pub(super) alarms: BTreeMap<String, Vec<KnownAlarm>>,
    /// Days on which tracking was broken.
    outages: Vec<KnownOutage>,
    /// Since when what is told is not believed, the newest time that was told.
    doubted: Option<Timestamp>,
    /// Up to which hour which day was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hours: Option<(Day, u8)>,
    /// What is known of each budget, by its object's address.
    pub(super) budgets: BTreeMap<String, KnownBudget>,
    /// Ads that were rejected when they were last read.
    pub(super) rejected: BTreeSet<ExternalId>,
    /// What is known of its credentials.
    pub(super) token: Option<KnownToken>,
}

/// An alarm that was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KnownAlarm {
    first: Day,
    last: Day,
    rises: bool,
}

/// Days on which tracking was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct KnownOutage {
    first: Day,
    last: Day,
    /// Whether it goes on.
    open: bool,
}

/// A budget that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KnownBudget {
    /// The amount in force, in micros.
    pub(super) amount: i64,
    /// The day on which it was first seen in force.
    pub(super) since: Day,
    /// Whether another amount was seen before.
    pub(super) changed: bool,
    /// The highest share in percent that was told of each period.
    pub(super) told: BTreeMap<String, u32>,
}

/// Credentials that were asked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KnownToken {
    /// When.
    pub(super) asked: Timestamp,
    /// The expiry that was told, and whether it was near then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) told: Option<(Timestamp, bool)>,
}

impl Seen {
    /// Alarms of a series.
    pub(super) fn known(&self, series: &str) -> Vec<Alarm> {
        self.alarms.get(series).into_iter().flatten().map(|known| known.alarm()).collect()
    }

    /// Remembers an alarm up to a day; one that was known lasts longer.
    pub(super) fn remember(&mut self, series: &str, alarm: Alarm, until: Day) {
        let alarms = self.alarms.entry(series.to_owned()).or_default();
        match alarms.iter_mut().find(|known| known.alarm() == alarm) {
            Some(known) => known.last = known.last.max(until),
            None => alarms.push(KnownAlarm {
                first: alarm.first,
                last: alarm.last.max(until),
                rises: alarm.direction == Direction::Rise,
            }),
        }
        let more = alarms.len().saturating_sub(MOST_ALARMS);
        alarms.drain(..more);
    }

    /// Whether doubts that began at an instant were not told yet; from now on they were.
    pub(super) fn is_new_doubt(&mut self, since: Timestamp) -> bool {
        let is_new = self.doubted.is_none_or(|told| told < since);
        self.doubted = self.doubted.max(Some(since));
        is_new
    }

    /// Whether an outage goes on.
    pub(super) fn has_outage(&self) -> bool {
        self.outages.iter().any(|outage| outage.open)
    }

    /// Whether tracking was broken on a day.
    pub(super) fn is_silent(&self, day: Day) -> bool {
        self.outages.iter().any(|outage| (outage.first..=outage.last).contains(&day))
    }

    pub(super) fn begin_outage(&mut self, first: Day, last: Day) {
        self.outages.push(KnownOutage { first, last, open: true });
        let more = self.outages.len().saturating_sub(MOST_ALARMS);
        self.outages.drain(..more);
    }

    pub(super) fn extend_outage(&mut self, day: Day) {
        for outage in self.outages.iter_mut().filter(|outage| outage.open) {
            outage.last = outage.last.max(day);
        }
    }

    pub(super) fn end_outage(&mut self) {
        for outage in &mut self.outages {
            outage.open = false;
        }
    }
}

impl KnownAlarm {
    fn alarm(self) -> Alarm {
        let direction = if self.rises { Direction::Rise } else { Direction::Drop };
        Alarm { first: self.first, last: self.last, direction }
    }
}

/// The file as it is written.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    format: u32,
    accounts: BTreeMap<String, Seen>,
}

/// What was told of a project's accounts, held by one process at a time.
#[derive(Debug)]
pub struct Watch {
    path: PathBuf,
    kept: Kept,
    /// Let go when it is closed, even by a crash.
    _lock: File,
}

impl Watch {
    /// Opens a project's memory and waits for whoever holds it; a file that is missing or broken is an empty one.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn open(state: &StateDir) -> Result<Self, StateError> {
        let root = state.root();
        let lock = lock::wait_for(&root.join("watch.lock"))?;
        let path = root.join("watch.json");
        let read = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok());
        let kept = read.filter(|kept| kept.format == FORMAT);
        Ok(Self { path, kept: kept.unwrap_or(Kept { format: FORMAT, ..Kept::default() }), _lock: lock })
    }

    /// What was told of an account.
    pub fn of(&mut self, account: &AccountKey) -> &mut Seen {
        self.kept.accounts.entry(account.to_string()).or_default()
    }

    /// Remembers it; after what was found is kept for sending, so that a crash in between tells it twice and not
    /// never.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self) -> Result<(), StateError> {
        write_atomically(&self.path, &serde_json::to_vec(&self.kept).unwrap_or_default())
    }
}
