//! Days that are not like those before them.
//!
//! Four questions, each of one metric of one object or account: is this day an outlier ([`judge_day`]), is today one
//! so far ([`judge_hours`]), has the metric drifted ([`drift`]), and did its level change and when
//! ([`level_shift`]). A day is compared with the median of its last six equal weekdays; the scale is robust, so that
//! one wild day neither hides the next nor makes it one. Every answer says how large a change could have been seen at
//! all: a series that varies by a third cannot show a loss of a third within a day.
//!
//! A fifth is of the account alone: whether tracking is broken ([`Tracking::outage`]), so that clicks go on and
//! conversions do not.
//!
//! Platforms restate days. The caller gives the alarms that it has raised; what overlaps one of them in the same
//! direction is that alarm and no second one.

mod baseline;
mod chart;
mod hours;
mod judge;
mod outage;
mod points;
mod shift;
#[cfg(test)]
mod tests;

pub use baseline::{Judged, Measure, NotJudged, Series};
pub use chart::{Drift, drift};
pub use hours::{Hours, hourly, judge_hours};
pub use judge::{Alarm, Direction, Settings, Verdict, judge_day};
pub use outage::{Outage, Tracking};
pub use points::{in_words, is_counted, unit};
pub use shift::{Shift, level_shift};
