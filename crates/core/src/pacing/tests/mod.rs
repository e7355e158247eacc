//! Budgets of single days, and whole periods in a simulator.

mod days;
mod simulator;
mod splits;

use super::{Cap, Pattern, Period};
use crate::metrics::Day;

/// November 2026: thirty days, from a Sunday on.
fn period(target: i64, pattern: Pattern, cap: Cap) -> Period {
    let (first, last) = (day(1), day(30));
    Period { first, last, target, pattern, flights: Vec::new(), cap }
}

fn day(number: i8) -> Day {
    Day::constant(2026, 11, number)
}
