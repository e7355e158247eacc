//! What of a reading is believed: the days that are doubted, the objects that are missing, and what is told of the others.

use adplane_core::metrics::Metric;
use adplane_core::time::Zone;

use super::doubt::{Doubted, doubted};
use super::merge::Row;
use super::missing::{Missing, Standing, missing, told_of, with_missing};
use super::slots::{Prepared, day_of_slot, instant, slot_of};
use crate::metrics::store::coverage::{LastRead, left_of};

/// What is known before a reading is stored.
#[derive(Debug, Default)]
pub(super) struct Before {
    /// Rows of its days.
    pub(super) known: Vec<Row>,
    /// Whether nothing was ever read under its attribution.
    pub(super) is_first: bool,
    /// Then, rows of its days under the attribution that was read last.
    pub(super) former: Vec<Row>,
    /// When its days were read last.
    pub(super) last_read: LastRead,
    /// Since when days are doubted.
    pub(super) days: std::collections::BTreeMap<i64, i64>,
    /// Since when objects are.
    pub(super) objects: Standing,
}

/// What of it counts.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) doubts: Vec<Doubted>,
    pub(super) missing: Vec<Missing>,
    /// Days that are stored.
    pub(super) days: Vec<(i64, i64)>,
    /// Their rows, with what stands of missing objects.
    pub(super) told: Vec<Row>,
    /// What is told of rows here.
    pub(super) metrics: Vec<Metric>,
    /// Whether a silence from the beginning is believed, of all days that were doubted so far.
    pub(super) ends_all: bool,
}

/// Judges the days of a reading that no later one covers; `zone` is that of its account.
pub(super) fn judge(
    reading: &Prepared<'_>,
    zone: &Zone,
    open: &[(i64, i64)],
    told: Vec<Row>,
    before: &Before,
) -> Judged {
    let (granularity, as_of) = (reading.granularity, reading.as_of);
    let Before { known, is_first, former, last_read, days, objects } = before;
    let compared = if *is_first { former } else { known };
    let doubts = doubted(granularity, as_of, open, (compared, &told), days, *is_first);
    let held: Vec<(i64, i64)> = doubts.iter().map(|doubt| (doubt.day, doubt.day)).collect();
    let stored: Vec<(i64, i64)> = open.iter().flat_map(|days| left_of(*days, &held)).collect();
    let is_stored = |row: &&Row| {
        let day = day_of_slot(granularity, row.slot);
        stored.iter().any(|(first, last)| (*first..=*last).contains(&day))
    };
    let of_stored: Vec<Row> = compared.iter().filter(is_stored).copied().collect();
    let told: Vec<Row> = told.into_iter().filter(|row| is_stored(&row)).collect();
    let missing = missing(granularity, as_of, &stored, (&of_stored, &told), (objects, days));
    let mut metrics = told_of(&told);
    if metrics.is_empty() {
        metrics = told_of(compared);
    }
    // An account that begins to tell has begun: its silence before is no doubt any more.
    let begins = told.iter().any(|row| row.sums.spend.unwrap_or(0) > 0);
    let ends_all = *is_first && (doubts.is_empty() || begins);
    // A part of what is over by now is no sum of it; of what still runs more than a part is not known of anybody.
    let stands = |slot: i64| {
        let slot = slot_of(granularity, slot);
        instant(as_of) < slot.ends(zone) || last_read.is_whole(slot, zone)
    };
    let told = with_missing(granularity, known, told, &missing, stands);
    Judged { doubts, missing, days: stored, told, metrics, ends_all }
}
