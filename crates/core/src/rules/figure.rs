//! Figures: the counts and ratios that expressions name behind a window.

use crate::cel::Type;
use crate::cel::eval::Val;
use crate::metrics::{self, CONVERSION_PARTS, Metric, Ratio, Sums};
use crate::money::{Currency, MICROS, Money};
use rust_decimal::Decimal;

use super::unknown::Unknown;

/// Something that is measured over a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Figure {
    /// A count.
    Count(Metric),
    /// A ratio of sums.
    Ratio(Ratio),
    /// Spend per budget in force.
    BudgetUse,
    /// Impressions per person and day, over days: a person's own frequency is not lower.
    LeastFrequency,
}

impl Figure {
    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let counts = Metric::ALL.into_iter().map(Self::Count);
        counts.chain(Ratio::ALL.into_iter().map(Self::Ratio)).chain([Self::BudgetUse, Self::LeastFrequency])
    }

    /// The word in expressions.
    pub fn word(self) -> &'static str {
        match self {
            Self::Count(metric) => metric.word(),
            Self::Ratio(ratio) => ratio.word(),
            Self::BudgetUse => "budgetUse",
            Self::LeastFrequency => "frequencyAtLeast",
        }
    }

    /// Reads the word.
    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::all().find(|figure| figure.word() == word)
    }

    /// Metrics that it is made of.
    pub fn metrics(self) -> Vec<Metric> {
        match self {
            Self::Count(metric) => vec![metric],
            Self::Ratio(ratio) => {
                let (above, below) = ratio.parts();
                vec![above, below]
            }
            Self::BudgetUse => vec![Metric::Spend],
            Self::LeastFrequency => vec![Metric::Impressions, Metric::Reach],
        }
    }

    /// Whether it rests on conversions, which come late and need tracking.
    pub(super) fn needs_conversions(self) -> bool {
        self.metrics().iter().any(|metric| matches!(metric, Metric::Conversions | Metric::Value))
    }

    /// Its type, in an account of this currency.
    pub(super) fn of_type(self, currency: Option<Currency>) -> Type {
        match self {
            Self::Count(metric) if metric.is_money() => Type::Money(currency),
            Self::Ratio(ratio) if ratio.is_money() => Type::Money(currency),
            Self::Count(Metric::Conversions) | Self::Ratio(_) | Self::BudgetUse | Self::LeastFrequency => {
                Type::Decimal
            }
            Self::Count(_) => Type::Integer,
        }
    }

    /// Its value, from sums; budget use is its holder's to know, and what is counted by day its days'.
    pub(super) fn value(self, sums: &Sums, currency: Currency) -> Result<Val<'static>, Unknown> {
        match self {
            Self::Count(metric) => {
                let count = sums.get(metric).ok_or(metrics::Unknown::NotTold(metric))?;
                Ok(match metric {
                    Metric::Spend | Metric::Value => Val::Money(Money::from_micros(count, currency)),
                    Metric::Conversions => Val::Decimal(conversions(count)),
                    Metric::Impressions | Metric::Clicks | Metric::Reach | Metric::VideoViews => {
                        Val::Integer(count)
                    }
                })
            }
            Self::Ratio(ratio) => of_sums(ratio, sums, currency),
            Self::BudgetUse => Err(Unknown::NoDailyBudget),
            Self::LeastFrequency => Err(metrics::Unknown::NotAdditive(Metric::Reach).into()),
        }
    }
}

/// Conversions as people count them.
pub(super) fn conversions(parts: i64) -> Decimal {
    Decimal::from(parts) / Decimal::from(CONVERSION_PARTS)
}

/// A ratio, exactly: money to the micro, everything else as a decimal.
fn of_sums(ratio: Ratio, sums: &Sums, currency: Currency) -> Result<Val<'static>, Unknown> {
    let (above, below) = ratio.parts();
    let count = |metric: Metric| sums.get(metric).ok_or(metrics::Unknown::NotTold(metric));
    let (above, below) = (count(above)?, count(below)?);
    if below <= 0 {
        return Err(metrics::Unknown::ZeroDenominator(ratio).into());
    }
    let scaled = |factor: i64| -> Result<Val<'static>, Unknown> {
        let micros = i128::from(above) * i128::from(factor) / i128::from(below);
        let micros =
            i64::try_from(micros).map_err(|_| Unknown::Failed("an amount does not fit".to_owned()))?;
        Ok(Val::Money(Money::from_micros(micros, currency)))
    };
    match ratio {
        Ratio::Cpc => scaled(1),
        Ratio::Cpm => scaled(1_000),
        Ratio::Cpa => scaled(CONVERSION_PARTS),
        Ratio::ConversionRate => Ok(Val::Decimal(conversions(above) / Decimal::from(below))),
        Ratio::Ctr | Ratio::Roas | Ratio::Frequency => {
            Ok(Val::Decimal(Decimal::from(above) / Decimal::from(below)))
        }
    }
}

/// A value as a float, for statistics and ranking only.
#[expect(clippy::cast_precision_loss, reason = "for judging, never an amount that is written")]
pub(super) fn real(value: &Val<'_>) -> Option<f64> {
    use rust_decimal::prelude::ToPrimitive;
    match value {
        Val::Integer(number) => Some(*number as f64),
        Val::Decimal(number) => number.to_f64(),
        Val::Money(money) => Some(money.micros() as f64 / MICROS as f64),
        _ => None,
    }
}
