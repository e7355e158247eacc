//! One report as it was read: rows of one level and one granularity over a range of days.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Sums;
use crate::address::Kind;
use crate::ids::ExternalId;

/// A calendar day in the ad account's zone: 23, 24 or 25 hours long.
pub type Day = Date;

/// How finely a report tells time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Granularity {
    /// By the account's day.
    Day,
    /// By the hour on the account's wall clock.
    Hour,
}

/// The day, or the hour of it, that a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The account's day.
    pub day: Day,
    /// The hour on the account's wall clock, 0 to 23. Platforms name hours so; the hour that a change of clocks
    /// repeats is one slot of two hours, and the one that it skips has no row.
    pub hour: Option<u8>,
}

/// What one object delivered in one slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricRow {
    /// The object's id on its platform.
    pub id: ExternalId,
    /// When.
    pub slot: Slot,
    /// What.
    pub sums: Sums,
}

/// What a platform reported of one account at one instant.
///
/// Complete for its level and days: an object without a row delivered nothing, as far as was known then. A
/// report that was cut short is an error and no reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Which objects the rows are about: campaigns, ad groups or ads.
    pub level: Kind,
    /// Days or hours.
    pub granularity: Granularity,
    /// The first day covered.
    pub from: Day,
    /// The last day covered, itself included.
    pub to: Day,
    /// How conversions were attributed, in the platform's own words, such as `7d_click,1d_view`. Numbers under
    /// different labels are never added.
    pub attribution: String,
    /// When it was read: the instant before the first request was sent.
    pub as_of: Timestamp,
    /// One row for each object and slot that delivered something, in no order.
    pub rows: Vec<MetricRow>,
}
