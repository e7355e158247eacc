//! What a condition has worked out for it: deviations, chances, amounts in another currency.

use rust_decimal::Decimal;

use super::figure::Figure;
use super::intent::fingerprint;
use super::lookup::Subject;
use super::slot::{Chance, Holder, Named, Slot, equal_weekdays, single_days};
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
        if slot.figures().into_iter().any(Figure::needs_conversions) {
            self.clear(Holder::Own, over.window)?;
        }
        if chance == Chance::RoasAbove {
            return self.roas_above(over, target);
        }
        let late = slot.figures().into_iter().any(Figure::needs_conversions);
        let of = |holder| {
            if late { self.evidence(holder, over.window) } else { self.sums(holder, over.window) }
        };
        let own = of(Holder::Own)?;
        // The parent is what the object is compared with before it has numbers of its own; without it, the target is.
        let above = of(Holder::Parent).or_else(|_| of(Holder::Account)).ok();
        let count =
            |sums: &Sums, metric| sums.get(metric).ok_or(Unknown::Number(metrics::Unknown::NotTold(metric)));
        let (success, trial) = match chance {
            Chance::CpaAbove => (metrics::Metric::Conversions, metrics::Metric::Spend),
            Chance::CtrAbove | Chance::CtrBelow => (metrics::Metric::Clicks, metrics::Metric::Impressions),
            Chance::CvrAbove | Chance::CvrBelow => (metrics::Metric::Conversions, metrics::Metric::Clicks),
            Chance::RoasAbove => (metrics::Metric::Value, metrics::Metric::Spend),
        };
        let (successes, mut exposure) = (count(&own, success)?, count(&own, trial)?);
        if trial == metrics::Metric::Clicks {
            // Days that convert sooner than others leave fewer trials than successes, of which each is one all the same.
            let converted = (successes + metrics::CONVERSION_PARTS - 1) / metrics::CONVERSION_PARTS;
            exposure = exposure.max(converted.min(count(&self.sums(Holder::Own, over.window)?, trial)?));
        }
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
            (Chance::RoasAbove, _) => Err(stats::NoChance::NoData),
            (Chance::CtrAbove, _) => stats::prob_ctr_above(successes, exposure, rate()?, parent),
            (Chance::CvrAbove, _) => stats::prob_cvr_above(successes, exposure, rate()?, parent),
            (Chance::CtrBelow, _) => stats::prob_ctr_below(successes, exposure, rate()?, parent),
            (Chance::CvrBelow, _) => stats::prob_cvr_below(successes, exposure, rate()?, parent),
        };
        match found {
            Ok(found) => decimal(found.probability),
            Err(stats::NoChance::NoData) => Err(Unknown::NoData),
            Err(why) => Err(Unknown::Failed(why.to_string())),
        }
    }

    /// How likely the true return is above a target, by resampling the window's days. What is drawn follows from object and
    /// window, so that asking again, in another order or after a restart, gives the same.
    fn roas_above(self, over: &Named, target: &Val<'a>) -> Result<Val<'a>, Unknown> {
        let target = super::figure::real(target)
            .ok_or_else(|| Unknown::Failed("the target is no number".to_owned()))?;
        let each = single_days(over.window).unwrap_or_default().into_iter().map(|day| {
            let sums = self.evidence(Holder::Own, day)?;
            let count = |metric| sums.get(metric).ok_or(Unknown::Number(metrics::Unknown::NotTold(metric)));
            Ok(stats::DayValue {
                spend: count(metrics::Metric::Spend)?,
                value: count(metrics::Metric::Value)?,
            })
        });
        let days = each.collect::<Result<Vec<_>, Unknown>>()?;
        let bootstrap = stats::Bootstrap::new(seed(&format!("{}\n{}", self.address, over.window)));
        match stats::prob_roas_above(&days, target, bootstrap) {
            Ok(found) => decimal(found.probability),
            Err(stats::NoChance::NoData) => Err(Unknown::NoData),
            Err(why @ stats::NoChance::TooFewDays { .. }) => Err(Unknown::NotEnough(why.to_string())),
            Err(why) => Err(Unknown::Failed(why.to_string())),
        }
    }

    /// Impressions per person and day. Who came on two days counts twice among those reached, so that the frequency over
    /// all of the window is not lower.
    pub(super) fn least_frequency(self, of: Holder, window: Window) -> Result<Val<'a>, Unknown> {
        let (mut shown, mut reached) = (0_i64, 0_i64);
        for day in single_days(window).unwrap_or_default() {
            let sums = self.sums(of, day)?;
            let count = |metric| sums.get(metric).ok_or(Unknown::Number(metrics::Unknown::NotTold(metric)));
            shown = shown.saturating_add(count(metrics::Metric::Impressions)?);
            reached = reached.saturating_add(count(metrics::Metric::Reach)?);
        }
        if reached <= 0 {
            return Err(metrics::Unknown::ZeroDenominator(metrics::Ratio::Frequency).into());
        }
        Ok(Val::Decimal(Decimal::from(shown) / Decimal::from(reached)))
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

/// Where draws about something begin.
fn seed(about: &str) -> stats::Seed {
    let digits = fingerprint(about);
    let digits: String = digits.chars().filter(char::is_ascii_hexdigit).rev().take(16).collect();
    stats::Seed(u64::from_str_radix(&digits, 16).unwrap_or_default())
}

/// A probability or a score as an exact number of six digits.
fn decimal(value: f64) -> Result<Val<'static>, Unknown> {
    let found = Decimal::try_from(value).map(|number| Val::Decimal(number.round_dp(6)));
    found.map_err(|_| Unknown::Failed("a number does not fit".to_owned()))
}
