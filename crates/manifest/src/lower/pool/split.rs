//! How a pool is spread over its days and split among its campaigns, as git has it.

use std::collections::BTreeMap;

use adplane_core::address::Platform;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::ids::ObjectName;
use adplane_core::money::{Currency, Money};
use adplane_core::pacing::Pattern;
use adplane_core::pool::{Allocation, Marginal, Returns, Term};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::days_of;
use super::read::Reader;
use crate::load::Written;

const FLOOR: &str = "pool.floorPct";
const DAY_WEIGHTS: &str = "pool.dayWeights";
const MARGINAL_CPA: &str = "pool.stop.marginalCpa";
const MARGINAL_ROAS: &str = "pool.stop.marginalRoas";
/// Days of the shortest month.
const SHORTEST: usize = 28;

impl Reader<'_> {
    /// How the period is spread; what cannot be meant is told.
    pub(super) fn pattern(&mut self, term: Term) -> Pattern {
        let word = self.document.text("pool.pattern");
        if word.is_some_and(|word| word != "Weekday") {
            self.needless(of_pattern, FLOOR, "pattern: Weekday");
        }
        if word != Some("Custom") {
            self.needless(of_pattern, DAY_WEIGHTS, "pattern: Custom");
        }
        match word {
            Some("Even") => Pattern::Even,
            Some("Front") => Pattern::Front,
            Some("Back") => Pattern::Back,
            Some("Custom") => self.day_weights(term).map_or(Pattern::Even, Pattern::Custom),
            _ => self.floor().map_or(Pattern::Weekday, Pattern::WeekdayWithFloor),
        }
    }

    /// The least of a mean day, in basis points; the schema keeps it within a whole.
    fn floor(&self) -> Option<u32> {
        let percent = self.document.written(FLOOR)?.value.as_decimal()?;
        percent.checked_mul(Decimal::ONE_HUNDRED)?.trunc().to_u32()
    }

    /// A weight for each day of the longest period.
    fn day_weights(&mut self, term: Term) -> Option<Vec<u32>> {
        let days = days_of(term);
        let Some(written) = self.document.written(DAY_WEIGHTS) else {
            let found = Diagnostic::error("pool-pattern", "`pattern: Custom` needs a weight for each day")
                .hint(format!("write `dayWeights` with {days} weights, or another pattern"));
            let place = self.document.written("pool.pattern")?;
            self.report(found, place);
            return None;
        };
        let weights: Vec<u32> = written
            .value
            .members()
            .iter()
            .filter_map(|weight| u32::try_from(weight.as_integer()?).ok())
            .collect();
        let any_weight = match term {
            Term::Month => weights.iter().take(SHORTEST).any(|weight| *weight > 0),
            Term::Days(..) => weights.iter().any(|weight| *weight > 0),
        };
        if i64::try_from(weights.len()) == Ok(days) && any_weight {
            return Some(weights);
        }
        let (message, hint) = if any_weight {
            let hint = match term {
                Term::Month => "write 31 weights, one for each day of the longest month",
                Term::Days(..) => "write one weight for each day from `start` to `end`",
            };
            (format!("there are {} weights for {days} days", weights.len()), hint)
        } else {
            let hint = "write a weight above 0 for a day that every period has";
            ("no day weighs anything".to_owned(), hint)
        };
        self.report(Diagnostic::error("pool-pattern", message).hint(hint), written);
        None
    }

    /// What a day's money is split by.
    pub(super) fn allocation(&mut self, currency: Currency) -> Allocation {
        let word = self.document.text("pool.allocation");
        if word != Some("Weights") {
            self.needless(of_allocation, "pool.weights", "allocation: Weights");
        }
        if word != Some("Curves") {
            for path in ["pool.returns", MARGINAL_CPA, MARGINAL_ROAS] {
                self.needless(of_allocation, path, "allocation: Curves");
            }
        }
        match word {
            Some("Weights") => Allocation::Weights(self.weights()),
            Some("Curves") => {
                let value = self.document.text("pool.returns") == Some("Value");
                let returns = if value { Returns::Value } else { Returns::Conversions };
                Allocation::Curves(returns, self.stop(returns, currency))
            }
            _ => Allocation::Delivered,
        }
    }

    fn weights(&self) -> BTreeMap<ObjectName, u32> {
        let written = self.document.written("pool.weights").and_then(|written| written.value.entries());
        let each = written.into_iter().flatten().filter_map(|(name, weight)| {
            Some((ObjectName::new(name).ok()?, u32::try_from(weight.as_integer()?).ok()?))
        });
        each.collect()
    }

    /// Where the next unit of money stops to pay.
    fn stop(&mut self, returns: Returns, currency: Currency) -> Option<Marginal> {
        if let Some(written) = self.document.written(MARGINAL_CPA) {
            self.counts(written, returns, Returns::Conversions)?;
            return self.amount(written, currency).map(Marginal::Cpa);
        }
        let written = self.document.written(MARGINAL_ROAS)?;
        self.counts(written, returns, Returns::Value)?;
        let given = written.value.as_decimal()?;
        let millionths = given.checked_mul(Decimal::from(1_000_000)).and_then(|exact| exact.trunc().to_i64());
        if let Some(millionths @ 1..) = millionths {
            return Some(Marginal::Roas(millionths));
        }
        let found = Diagnostic::error("pool-stop", format!("a marginal return of {given} stops nothing"))
            .hint("write how much the next unit of money must bring, such as `marginalRoas: 2.5`");
        self.report(found, written);
        None
    }

    /// A cost per conversion says nothing of their value, and the other way round.
    fn counts(&mut self, written: &Written, returns: Returns, needed: Returns) -> Option<()> {
        if returns == needed {
            return Some(());
        }
        let (own, word) = match needed {
            Returns::Conversions => ("marginalCpa", "Conversions"),
            Returns::Value => ("marginalRoas", "Value"),
        };
        let found = Diagnostic::error("pool-stop", format!("`{own}` needs curves of `returns: {word}`"))
            .hint(format!("write `returns: {word}`, or the other stop"));
        self.report(found, written);
        None
    }

    /// What the campaigns of each platform get a day at most, in micros.
    pub(super) fn caps(&mut self, currency: Currency) -> BTreeMap<Platform, i64> {
        let mut caps = BTreeMap::new();
        for platform in Platform::ALL {
            let Some(written) = self.document.written(&format!("pool.caps.{}", platform.slug())) else {
                continue;
            };
            if let Some(cap) = self.amount(written, currency) {
                caps.insert(platform, cap.micros());
            }
        }
        caps
    }

    /// An amount above zero in the pool's currency.
    fn amount(&mut self, written: &Written, currency: Currency) -> Option<Money> {
        let money = written.value.as_money()?;
        let found = if money.currency() != currency {
            Diagnostic::error("pool-currency", format!("{money} is not in {currency}, and the pool is"))
                .hint(format!("write it in {currency}: amounts are never converted"))
        } else if money.micros() <= 0 {
            Diagnostic::error("pool-amount", format!("{money} leaves nothing"))
                .hint("write an amount above zero")
        } else {
            return Some(money);
        };
        self.report(found, written);
        None
    }

    /// Tells what stands there without the word that it belongs to.
    fn needless(&mut self, found: fn(&str, &str) -> Diagnostic, path: &str, needed: &str) {
        let Some(written) = self.document.written(path) else { return };
        let found = found(path, needed).hint(format!("write `{needed}`, or take it out"));
        self.report(found, written);
    }
}

fn of_pattern(path: &str, needed: &str) -> Diagnostic {
    Diagnostic::warning("pool-pattern", format!("`{path}` says nothing without `{needed}`"))
}

fn of_allocation(path: &str, needed: &str) -> Diagnostic {
    Diagnostic::warning("pool-allocation", format!("`{path}` says nothing without `{needed}`"))
}
