//! Splitting a budget over campaigns whose returns diminish.
//!
//! A campaign that spends `x` a day brings `ceiling * x / (half + x)` a day: [`fit`] learns that curve from settled
//! days, and says when the days cannot tell it. [`allocate`] then finds, exactly, the split at which the next unit of
//! money brings as much wherever it may still go, within minimums, maximums, pins, caps per platform, a largest step,
//! and a marginal return below which money stays unspent. What cannot be satisfied is [`Infeasible`] and names the
//! bounds that bind. [`chance_better`] says how sure it is that the new split beats the present one.
//!
//! Curves of days as they happened are observational: budgets follow demand as much as demand follows budgets.

mod chance;
mod curve;
pub(crate) mod fill;
mod fit;
mod limits;
mod pool;
pub(crate) mod round;
mod solve;
#[cfg(test)]
mod tests;

pub use chance::{Better, MOVE_ABOVE, NotComparable, chance_better};
pub use curve::Curve;
pub use fit::{DayResponse, Evidence, Fit, History, NotIdentifiable, fit};
pub use limits::{Binding, Bound, Infeasible};
pub use solve::{Allocation, Member, Request, Share, Stop, allocate};

/// Micros in one unit of money, and millionths in one conversion.
pub(crate) const UNIT: f64 = 1_000_000.0;
