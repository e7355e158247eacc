//! What a condition has worked out for it: deviations, chances, amounts in another currency.

use rust_decimal::Decimal;

use super::figure::Figure;
use super::lookup::Subject;
use super::slot::{Chance, Holder, Named, Slot, equal_weekdays};
use super::unknown::Unknown;
use crate::cel::eval::Val;
use crate::metrics::{self, Sums, Window};
use crate::money::{Currency, Money};
use crate::stats;

impl<'a> Subject<'a> {
    /// How far a figure of one day is from the equal weekdays before it.
    pub(super) fn z_score(self, over: &Named, figure: Figure) -> Result<Val<'a>, Unknown> {
        /// Fewer equal weekdays than this say nothing about what is usual.
        const FEWEST: usize = 4;
        /// Smaller deviations than this share of the usual value are noise.
        const FLOOR: f64 = 0.05;
        let of = |window: Window| -> Option<f64> {
            self.figure(Holder::Own, window, figure).ok().and_then(|value| super::figure::real(&value))
        };
        let value =
            super::figure::real(&self.figure(Holder::Own, over.window, figure)?).ok_or(Unknown::NoData)?;
        let before: Vec<f64> = equal_weekdays(over.window).into_iter().flatten().filter_map(of).collect();
        if before.len() < FEWEST {
            return Err(Unknown::NoHistory);
        }
        let (Some(usual), Some(spread)) = (stats::median(&before), stats::mad(&before)) else {
            return Err(Unknown::NoHistory);
        };
        let scale = (stats::NORMAL_MAD * spread).max(FLOOR * usual.abs());
        if scale > 0.0 {
            return decimal((value - usual) / scale);
        }
        // Beside nothing but zeros every number is infinitely far away, and only another zero is not.
        if value == 0.0 { decimal(0.0) } else { Err(Unknown::NoSpread) }
    }

    pub(super) fn chance(self, chance: Chance, over: &Named, target: &Val<'a>) -> Result<Val<'a>, Unknown> {
        let slot = Slot::Chance { chance, over: over.clone() };
        if slot.figures().into_iter().any(|figure| self.is_out(Holder::Own, over.window, figure)) {
            return Err(Unknown::TrackingOutage);
        }
        let own = self.sums(Holder::Own, over.window)?;
        // The parent is what the object is compared with before it has numbers of its own; without it, the target is.
        let above =
            self.sums(Holder::Parent, over.window).or_else(|_| self.sums(Holder::Account, over.window)).ok();
        let count =
            |sums: &Sums, metric| sums.get(metric).ok_or(Unknown::Number(metrics::Unknown::NotTold(metric)));
        let (success, trial) = match chance {
            Chance::CpaAbove => (metrics::Metric::Conversions, metrics::Metric::Spend),
            Chance::CtrBelow => (metrics::Metric::Clicks, metrics::Metric::Impressions),
            Chance::CvrBelow => (metrics::Metric::Conversions, metrics::Metric::Clicks),
        };
        let (successes, exposure) = (count(&own, success)?, count(&own, trial)?);
        let parent = above.and_then(|sums| {
            Some(stats::Parent { successes: sums.get(success)?, exposure: sums.get(trial)? })
        });
        let rate = || {
            super::figure::real(target).ok_or_else(|| Unknown::Failed("the target is no number".to_owned()))
        };
        let found = match (chance, target) {
            (Chance::CpaAbove, Val::Money(target)) if target.currency() == self.account.currency => {
                stats::prob_cpa_above(successes, exposure, target.micros(), parent)
            }
            (Chance::CpaAbove, other) => {
                return Err(Unknown::Failed(format!(
                    "{other} is not an amount in {}",
                    self.account.currency
                )));
            }
            (Chance::CtrBelow, _) => stats::prob_ctr_below(successes, exposure, rate()?, parent),
            (Chance::CvrBelow, _) => stats::prob_cvr_below(successes, exposure, rate()?, parent),
        };
        match found {
            Ok(found) => decimal(found.probability),
            Err(stats::NoChance::NoData) => Err(Unknown::NoData),
            Err(why) => Err(Unknown::Failed(why.to_string())),
        }
    }

    /// An amount in another currency, by the rule's own table.
    pub(super) fn convert(self, amount: Money, to: Currency) -> Result<Val<'a>, Unknown> {
        if amount.currency() == to {
            return Ok(Val::Money(amount));
        }
        let rates =
            self.rule.rates.as_ref().ok_or_else(|| Unknown::NoRate("the rule has no rates".to_owned()))?;
        let made = rates.date.to_zoned(self.zone().rules()).map(|day| day.timestamp());
        let age = made.map(|made| self.snapshot.now.duration_since(made));
        if !age.is_ok_and(|age| age <= rates.max_age) {
            return Err(Unknown::NoRate(format!("the rates are of {}, which is too old", rates.date)));
        }
        let rate = |currency: Currency| {
            let found =
                if currency == rates.base { Some(Decimal::ONE) } else { rates.rates.get(&currency).copied() };
            found
                .filter(|rate| *rate > Decimal::ZERO)
                .ok_or_else(|| Unknown::NoRate(format!("the rates hold none for {currency}")))
        };
        let (from, into) = (rate(amount.currency())?, rate(to)?);
        let micros = Decimal::from(amount.micros()).checked_mul(into).and_then(|sum| sum.checked_div(from));
        let micros = micros.and_then(|micros| i64::try_from(micros.round()).ok());
        let micros = micros.ok_or_else(|| Unknown::Failed("an amount does not fit".to_owned()))?;
        Ok(Val::Money(Money::from_micros(micros, to)))
    }
}

/// A probability or a score as an exact number of six digits.
fn decimal(value: f64) -> Result<Val<'static>, Unknown> {
    let found = Decimal::try_from(value).map(|number| Val::Decimal(number.round_dp(6)));
    found.map_err(|_| Unknown::Failed("a number does not fit".to_owned()))
}
