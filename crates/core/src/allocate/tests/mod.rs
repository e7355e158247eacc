//! Splits by hand, by scipy, and by properties.

mod bounds;
mod curves;
mod properties;
mod vectors;

use std::collections::BTreeMap;

use super::{Allocation, Curve, Member, Request};
use crate::address::Platform;

/// A member with a curve and room for everything.
fn member(id: &str, ceiling: f64, half: f64) -> Member {
    Member {
        id: id.into(),
        platform: Platform::Google,
        curve: Curve::new(ceiling, half),
        current: None,
        min: 0,
        max: None,
        pin: None,
    }
}

/// Whole units in micros.
fn micros(units: f64) -> i64 {
    crate::stats::whole(units * 1e6 + 0.5)
}

fn request(budget: f64, members: Vec<Member>) -> Request {
    Request {
        budget: micros(budget),
        members,
        caps: BTreeMap::new(),
        stop: None,
        max_step: Request::MAX_STEP,
    }
}

/// The amounts in units, in the order of the names.
fn amounts(allocation: &Allocation) -> Vec<f64> {
    allocation.shares.values().map(|share| crate::stats::real(share.amount) / 1e6).collect()
}

fn total(allocation: &Allocation) -> i64 {
    allocation.shares.values().map(|share| share.amount).sum::<i64>() + allocation.unspent
}
