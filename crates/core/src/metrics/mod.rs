//! What ads delivered: counts as a platform reported them, and what may be said of sums of them.
//!
//! A report is a draft: platforms restate days for weeks. A [`Reading`] is what one report said at one
//! instant; nothing here overwrites an older one. A count that was not told is `None` and makes every sum it
//! enters unknown; it is never read as zero.

pub mod completeness;
pub mod estimate;
mod reading;
mod sums;
mod totals;
mod unknown;
pub mod window;

pub use reading::{Day, Granularity, MetricRow, Reading, Slot};
pub use sums::{Metric, MetricSet, Ratio, Sums};
pub use totals::{Freshness, Point, RESTATE_EVERY, Series, WindowTotals, kept_to};
pub use unknown::Unknown;
pub use window::{End, HOURS_KEPT, InvalidWindow, Slots, Span, Unresolved, Window, resolve};

/// Parts of one conversion: platforms attribute fractions of them.
pub const CONVERSION_PARTS: i64 = 1_000_000;
