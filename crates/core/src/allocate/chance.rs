//! How sure it is that a new split beats the present one.

use std::collections::BTreeMap;

use super::UNIT;
use super::curve::Curve;
use super::fit::{History, NotIdentifiable, Points, fit_prepared, prepare};
use super::solve::{Allocation, Member, Request, Stop, allocate};
use crate::stats::{Bootstrap, Stream, quantile, real, share, whole};

/// A split moves by itself only above this; below it is a proposal.
pub const MOVE_ABOVE: f64 = 0.8;

/// What resampled days say of a new split.
#[derive(Debug, Clone, PartialEq)]
pub struct Better {
    /// How likely the new split brings more than the present one with the same total; with a [`super::Stop`], how likely it
    /// brings more after what its money must bring.
    pub probability: f64,
    /// The gain as a share of what the present split brings: 5 % of the draws lie below.
    pub gain_low: f64,
    /// And 5 % above this.
    pub gain_high: f64,
    /// Between which amounts, in micros, the best split of nine draws in ten lies, by member.
    pub amounts: BTreeMap<String, (i64, i64)>,
}

impl Better {
    /// Whether it is sure enough to move without asking.
    pub fn moves(&self) -> bool {
        self.probability > MOVE_ABOVE
    }
}

/// Why two splits cannot be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotComparable {
    /// There is no present split.
    #[error("no member spends anything now, so there is nothing to compare with")]
    NoPresent,
    /// No member with a curve has a history.
    #[error("no member with a curve has a history to resample")]
    NoHistory,
    /// Too many draws of the days could not tell the curves.
    #[error("the curves hang on single days: {lost} of {draws} draws could not tell them")]
    Fragile {
        /// Draws without an answer.
        lost: usize,
        /// All draws.
        draws: usize,
    },
}

/// Resamples the days, learns the curves anew, and asks of each draw whether `allocation` brings more than now.
///
/// Now is scaled to the same total, so that a larger budget alone is no improvement. With a stop nothing is scaled, and
/// each unit of money counts against what it brings by what it must bring: else less money could never be better. Members
/// that are new count as spending nothing now.
///
/// # Errors
/// When there is nothing to compare with, or more than half of the draws have no answer.
pub fn chance_better(
    request: &Request,
    histories: &BTreeMap<String, History>,
    allocation: &Allocation,
    bootstrap: Bootstrap,
) -> Result<Better, NotComparable> {
    let moving: Vec<&Member> = request.members.iter().filter(|member| member.curve.is_some()).collect();
    let points: Vec<Result<Points, NotIdentifiable>> =
        moving.iter().filter_map(|member| histories.get(&member.id)).map(prepare).collect();
    if moving.is_empty() || points.len() != moving.len() {
        return Err(NotComparable::NoHistory);
    }
    let new: Vec<f64> = moving.iter().map(|member| amount(allocation, member)).collect();
    let now: Vec<f64> = moving.iter().map(|member| real(member.current.unwrap_or(0)) / UNIT).collect();
    let (spent, before) = (new.iter().sum::<f64>(), now.iter().sum::<f64>());
    if !(spent / before).is_finite() {
        return Err(NotComparable::NoPresent);
    }
    let scale = if request.stop.is_some() { 1.0 } else { spent / before };
    let price = request.stop.map_or(0.0, Stop::per_unit) * (spent - before * scale);

    let draws = bootstrap.run(|stream| {
        let curves = redrawn(&points, stream)?;
        let total = |spends: &[f64], scale: f64| -> f64 {
            curves.iter().zip(spends).map(|(curve, spend)| curve.response(spend * scale)).sum()
        };
        let gain = (total(&new, 1.0) - price) / total(&now, scale) - 1.0;
        Some((gain, solved(request, &moving, &curves)?))
    });
    let asked = bootstrap.draws as usize;
    let gains: Vec<f64> = draws.iter().map(|(gain, _)| *gain).filter(|gain| gain.is_finite()).collect();
    let fragile = NotComparable::Fragile { lost: asked - gains.len(), draws: asked };
    if gains.len() * 2 < asked {
        return Err(fragile);
    }
    let summary = share(&gains, |gain| *gain > 0.0).zip(quantile(&gains, 0.05)).zip(quantile(&gains, 0.95));
    let ((probability, gain_low), gain_high) = summary.ok_or(fragile)?;
    let amounts = moving.iter().enumerate().filter_map(|(place, member)| {
        let values: Vec<f64> = draws.iter().map(|(_, amounts)| real(amounts[place])).collect();
        let (low, high) = quantile(&values, 0.05).zip(quantile(&values, 0.95))?;
        Some((member.id.clone(), (whole(low), whole(high))))
    });
    Ok(Better { probability, gain_low, gain_high, amounts: amounts.collect() })
}

fn amount(allocation: &Allocation, member: &Member) -> f64 {
    allocation.shares.get(&member.id).map_or(0.0, |share| real(share.amount) / UNIT)
}

/// The curves by other days of the same campaigns; `None` where one cannot be told by them.
fn redrawn(points: &[Result<Points, NotIdentifiable>], stream: &mut Stream) -> Option<Vec<Curve>> {
    let days: Vec<Result<Points, NotIdentifiable>> = points
        .iter()
        .map(|points| {
            let points = points.as_ref().map_err(|reason| *reason)?;
            points.resampled(&stream.resample(points.len()))
        })
        .collect();
    fit_prepared(&days).into_iter().map(|fit| fit.ok().map(|(curve, _)| curve)).collect()
}

/// The best amounts by these curves.
fn solved(request: &Request, moving: &[&Member], curves: &[Curve]) -> Option<Vec<i64>> {
    let mut request = request.clone();
    for (member, curve) in moving.iter().zip(curves) {
        let place = request.members.iter().position(|other| other.id == member.id)?;
        request.members[place].curve = Some(*curve);
    }
    let allocation = allocate(&request).ok()?;
    moving.iter().map(|member| allocation.shares.get(&member.id).map(|share| share.amount)).collect()
}
