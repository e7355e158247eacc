//! How much a pool may spend today, so that a period ends on its target.
//!
//! [`pace`] gives the pool's budget of today from what was spent before today, the days that are left and their
//! weights; [`split`] hands it to campaigns. Neither looks at the hour: what was spent since midnight moves the state
//! and never the budget, so asking once a day or every half hour gives one answer.
//!
//! Platforms may deliver more than a day's budget. Under a hard cap no budget is given that could, delivered over by
//! the platform's factor, break the cap; the last days' are planned smaller from the start, so that little is left over.

mod pattern;
mod period;
mod split;
#[cfg(test)]
mod tests;

pub use pattern::{Pattern, Weights};
pub use period::{
    Adjustment, Cap, DaySpend, InvalidPeriod, NoPace, PaceRequest, Paced, Period, Settings, State, pace,
};
pub use split::{Demand, Split, TooSmall, split};
