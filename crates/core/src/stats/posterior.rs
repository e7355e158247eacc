//! How likely it is that an object truly costs or answers more than a target, given what it showed so far.
//!
//! Conversions are Poisson in the money spent. With a Gamma prior whose weight is one target CPA of spend and whose
//! mean is the parent's rate, the posterior of conversions per money is `Gamma(shape + conversions, target + spend)`,
//! and `CPA > target` means that this rate is below `1 / target`. Rates of clicks and conversions are binomial with a
//! Beta prior, which weighs as many trials as the target needs for one success.
//!
//! Nothing is multiplied by "enough data": with little spend the answer stays near the prior's. An object that
//! delivered nothing at all has no answer.

use super::{beta_tails, gamma_tails, real};
use crate::metrics::CONVERSION_PARTS;

/// What the parent (the campaign of an ad group, the account of a campaign) showed over the same window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// Successes, in the unit of the question's own: millionths of conversions, or clicks.
    pub successes: i64,
    /// Micros of spend for a CPA, impressions for a CTR, clicks for a conversion rate.
    pub exposure: i64,
}

/// Where the prior's mean came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriorSource {
    /// From the parent's own rate.
    Parent,
    /// From the target itself: the parent is not told, or had no success to learn a rate from.
    Target,
}

/// A probability, with what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chance {
    /// Within 0 and 1.
    pub probability: f64,
    /// Where the prior came from.
    pub prior: PriorSource,
}

/// Why there is no probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoChance {
    /// The target is not above zero, or a rate not below one.
    #[error("the target must be above zero, and a rate below one")]
    Target,
    /// A count is below zero.
    #[error("a count is below zero")]
    Negative,
    /// Nothing was spent or shown.
    #[error("nothing was spent or shown in the window")]
    NoData,
    /// More successes than trials, as when one click brings several conversions: no rate in the sense of this test.
    #[error("there are more successes than trials, so they are no share of them")]
    MoreThanTrials,
    /// The bootstrap needs more days.
    #[error("{have} days are too few to resample: at least {need} are needed")]
    TooFewDays {
        /// How many there are.
        have: usize,
        /// How many are needed.
        need: usize,
    },
    /// The numbers are beyond what can be computed.
    #[error("the numbers are too large to compute with")]
    TooLarge,
}

/// How likely the true cost per conversion is above `target`.
///
/// `conversions` in millionths, `spend` and `target` in micros of one currency; `parent` in the same units.
///
/// # Errors
/// When there is nothing to judge: see [`NoChance`].
pub fn prob_cpa_above(
    conversions: i64,
    spend: i64,
    target: i64,
    parent: Option<Parent>,
) -> Result<Chance, NoChance> {
    if target <= 0 {
        return Err(NoChance::Target);
    }
    if conversions < 0 || spend < 0 {
        return Err(NoChance::Negative);
    }
    if spend == 0 {
        return Err(NoChance::NoData);
    }
    let parts = real(CONVERSION_PARTS);
    let (prior, shape) = match learned(parent)? {
        Some(parent) => {
            (PriorSource::Parent, real(parent.successes) / parts * real(target) / real(parent.exposure))
        }
        None => (PriorSource::Target, 1.0),
    };
    let posterior = shape + real(conversions) / parts;
    let tails = gamma_tails(posterior, 1.0 + real(spend) / real(target)).ok_or(NoChance::TooLarge)?;
    Ok(Chance { probability: tails.lower, prior })
}

/// How likely the true click-through rate is above `target`, a share such as 0.01.
///
/// # Errors
/// When there is nothing to judge: see [`NoChance`].
pub fn prob_ctr_above(
    clicks: i64,
    impressions: i64,
    target: f64,
    parent: Option<Parent>,
) -> Result<Chance, NoChance> {
    share_above(real(clicks), real(impressions), target, rate_of(parent, 1.0)?)
}

/// How likely the true click-through rate is below `target`.
///
/// # Errors
/// When there is nothing to judge: see [`NoChance`].
pub fn prob_ctr_below(
    clicks: i64,
    impressions: i64,
    target: f64,
    parent: Option<Parent>,
) -> Result<Chance, NoChance> {
    share_below(real(clicks), real(impressions), target, rate_of(parent, 1.0)?)
}

/// How likely the true share of clicks that convert is above `target`; `conversions` in millionths.
///
/// # Errors
/// When there is nothing to judge: see [`NoChance`].
pub fn prob_cvr_above(
    conversions: i64,
    clicks: i64,
    target: f64,
    parent: Option<Parent>,
) -> Result<Chance, NoChance> {
    let parts = real(CONVERSION_PARTS);
    share_above(real(conversions) / parts, real(clicks), target, rate_of(parent, parts)?)
}

/// How likely the true share of clicks that convert is below `target`; `conversions` in millionths.
///
/// # Errors
/// When there is nothing to judge: see [`NoChance`].
pub fn prob_cvr_below(
    conversions: i64,
    clicks: i64,
    target: f64,
    parent: Option<Parent>,
) -> Result<Chance, NoChance> {
    let parts = real(CONVERSION_PARTS);
    share_below(real(conversions) / parts, real(clicks), target, rate_of(parent, parts)?)
}

/// A parent that a rate can be learned from.
fn learned(parent: Option<Parent>) -> Result<Option<Parent>, NoChance> {
    match parent {
        Some(parent) if parent.successes < 0 || parent.exposure < 0 => Err(NoChance::Negative),
        Some(parent) if parent.successes > 0 && parent.exposure > 0 => Ok(Some(parent)),
        _ => Ok(None),
    }
}

/// The parent's rate, where it is one.
fn rate_of(parent: Option<Parent>, parts: f64) -> Result<Option<f64>, NoChance> {
    let rate = learned(parent)?.map(|parent| real(parent.successes) / parts / real(parent.exposure));
    Ok(rate.filter(|rate| *rate < 1.0))
}

fn share_below(successes: f64, trials: f64, target: f64, rate: Option<f64>) -> Result<Chance, NoChance> {
    share_tails(successes, trials, target, rate, |tails| tails.lower)
}

fn share_above(successes: f64, trials: f64, target: f64, rate: Option<f64>) -> Result<Chance, NoChance> {
    share_tails(successes, trials, target, rate, |tails| tails.upper)
}

fn share_tails(
    successes: f64,
    trials: f64,
    target: f64,
    rate: Option<f64>,
    side: fn(super::Tails) -> f64,
) -> Result<Chance, NoChance> {
    if !(target > 0.0 && target < 1.0) {
        return Err(NoChance::Target);
    }
    if successes < 0.0 || trials < 0.0 {
        return Err(NoChance::Negative);
    }
    if trials == 0.0 {
        return Err(NoChance::NoData);
    }
    if successes > trials {
        return Err(NoChance::MoreThanTrials);
    }
    let weight = target.recip();
    let prior = if rate.is_some() { PriorSource::Parent } else { PriorSource::Target };
    let rate = rate.unwrap_or(target);
    let tails = beta_tails(
        weight * rate + successes,
        weight * (1.0 - rate) + (trials - successes),
        target,
        1.0 - target,
    );
    Ok(Chance { probability: tails.map(side).ok_or(NoChance::TooLarge)?, prior })
}
