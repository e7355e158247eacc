//! What figures can be, and comparisons that none of that fulfils, or all of it.

use rust_decimal::Decimal;

use super::figure::Figure;
use super::rule::Expression;
use super::slot::{Chance, Fact, Placing, Slot};
use crate::cel::code::{Code, Constant};
use crate::cel::parse::Operator;
use crate::cel::ranges::{Bound, exclude, mirrored, within};
use crate::metrics::{Metric, Ratio};

/// What becomes of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// No value fulfils it.
    Never,
    /// Hardly any does.
    HardlyEver,
    /// Every value fulfils it.
    Always,
    /// It is never known.
    Unknown,
}

/// A comparison that decides nothing.
pub(super) struct Idle {
    pub(super) fate: Fate,
    /// As people read it.
    pub(super) text: String,
    /// Why.
    pub(super) because: String,
}

/// The values that something can have.
struct Domain {
    least: i64,
    most: Option<i64>,
    /// Whether more than the most is only odd.
    odd: bool,
    what: &'static str,
}

impl Domain {
    const fn from(least: i64, what: &'static str) -> Self {
        Self { least, most: None, odd: false, what }
    }

    const SHARE: Self =
        Self { least: 0, most: Some(1), odd: false, what: "a share from 0 to 1 (1.5 % is 0.015)" };
    /// One click may bring several conversions.
    const RATE: Self = Self { least: 0, most: Some(1), odd: true, what: "a share (1.5 % is 0.015)" };
    const CHANCE: Self = Self { least: 0, most: Some(1), odd: false, what: "a probability from 0 to 1" };
    const COUNT: Self = Self::from(0, "never below 0");
    const PLACE: Self = Self::from(1, "a place, and 1 is the first");

    fn of(slot: &Slot) -> Option<Self> {
        Some(match slot {
            Slot::Figure { figure: Figure::Ratio(Ratio::Ctr), .. } => Self::SHARE,
            Slot::Figure { figure: Figure::Ratio(Ratio::ConversionRate), .. } => Self::RATE,
            Slot::Figure { figure, .. } if taken_back(*figure) => return None,
            Slot::Forecast { asked, .. } if asked.metric == Metric::Value => return None,
            Slot::Figure { .. } | Slot::Forecast { .. } | Slot::Placing { placing: Placing::Count, .. } => {
                Self::COUNT
            }
            Slot::Placing { placing: Placing::Share, figure, .. } if taken_back(*figure) => return None,
            Slot::Placing { placing: Placing::Percentile | Placing::Share, .. } | Slot::MonthPlan(_) => {
                Self::SHARE
            }
            Slot::Placing { placing: Placing::Rank, .. } => Self::PLACE,
            Slot::Chance { .. } => Self::CHANCE,
            Slot::Fact { fact, .. } => match fact {
                Fact::BudgetDaily
                | Fact::BudgetTotal
                | Fact::BudgetInitial
                | Fact::Bid
                | Fact::TargetCpa
                | Fact::TargetRoas => Self::COUNT,
                Fact::Name
                | Fact::Kind
                | Fact::Platform
                | Fact::Currency
                | Fact::TimeZone
                | Fact::State
                | Fact::Running
                | Fact::Age => return None,
            },
            Slot::Label { .. }
            | Slot::Labels { .. }
            | Slot::Signal(_)
            | Slot::Calendar(_)
            | Slot::Now
            | Slot::ZScore { .. }
            | Slot::Convert(_)
            | Slot::Effect(_) => return None,
        })
    }

    /// What becomes of a comparison with a constant.
    fn fate(&self, operator: Operator, bound: &Bound) -> Option<Fate> {
        let least = like(bound, self.least)?;
        let most = self.most.and_then(|most| like(bound, most));
        let below = |operator| exclude((operator, bound), (Operator::GreaterOrEqual, &least));
        let above = |operator| {
            most.as_ref().is_some_and(|most| exclude((operator, bound), (Operator::LessOrEqual, most)))
        };
        let otherwise = negated(operator);
        if below(operator) {
            Some(Fate::Never)
        } else if above(operator) {
            Some(if self.odd { Fate::HardlyEver } else { Fate::Never })
        } else if below(otherwise) || (above(otherwise) && !self.odd) {
            Some(Fate::Always)
        } else {
            None
        }
    }
}

/// Whether it can be less than none: value that is taken back.
fn taken_back(figure: Figure) -> bool {
    figure.metrics().contains(&Metric::Value)
}

/// A number in the unit of a bound.
fn like(bound: &Bound, number: i64) -> Option<Bound> {
    match bound {
        Bound::Number(_) => Some(Bound::Number(Decimal::from(number))),
        Bound::Amount(currency, _) if number == 0 => Some(Bound::Amount(*currency, 0)),
        Bound::Amount(..) | Bound::Text(_) | Bound::Flag(_) => None,
    }
}

/// What is true where the operator is not.
fn negated(operator: Operator) -> Operator {
    match operator {
        Operator::Equal => Operator::Differ,
        Operator::Differ => Operator::Equal,
        Operator::Less => Operator::GreaterOrEqual,
        Operator::LessOrEqual => Operator::Greater,
        Operator::Greater => Operator::LessOrEqual,
        Operator::GreaterOrEqual => Operator::Less,
        other => other,
    }
}

/// Every comparison of an expression that decides nothing.
pub(super) fn idle(expression: &Expression) -> Vec<Idle> {
    let mut found = Vec::new();
    expression.code.visit(&mut |code| found.extend(comparison(expression, code)));
    found
}

/// Whether an expression is the same whatever there is to see: true or false.
pub(super) fn settled(expression: &Expression) -> Option<bool> {
    fold(expression, &expression.code)
}

fn fold(expression: &Expression, code: &Code) -> Option<bool> {
    let of = |part: &Code| fold(expression, part);
    match code {
        Code::Constant(Constant::Bool(flag)) => Some(*flag),
        Code::Compare(..) => match comparison(expression, code)?.fate {
            // What is not known fires as little as what is false.
            Fate::Never | Fate::Unknown => Some(false),
            Fate::Always => Some(true),
            Fate::HardlyEver => None,
        },
        Code::Not(part) => of(part).map(|flag| !flag),
        Code::And(a, b) => match (of(a), of(b)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        },
        Code::Or(a, b) => match (of(a), of(b)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn comparison(expression: &Expression, code: &Code) -> Option<Idle> {
    let Code::Compare(operator, a, b) = code else { return None };
    let (looked_up, operator, constant) = match (&**a, &**b) {
        (looked_up, Code::Constant(constant)) => (looked_up, *operator, constant),
        (Code::Constant(constant), looked_up) => (looked_up, mirrored(*operator), constant),
        _ => return None,
    };
    let (slot, arguments): (_, &[Code]) = match looked_up {
        Code::Load(slot) => (slot, &[]),
        Code::Ask(slot, arguments) => (slot, arguments),
        _ => return None,
    };
    let slot = expression.slots.get(*slot)?;
    let bound = Bound::of(constant)?;
    let text = format!("{slot} {} {bound}", operator.sign());
    if let Some(because) = wrong_target(slot, arguments) {
        return Some(Idle { fate: Fate::Unknown, text, because });
    }
    let domain = Domain::of(slot)?;
    let fate = domain.fate(operator, &bound)?;
    Some(Idle { fate, text, because: format!("`{slot}` is {}", domain.what) })
}

/// A target about which no probability says anything.
fn wrong_target(slot: &Slot, arguments: &[Code]) -> Option<String> {
    let (Slot::Chance { chance, .. }, [Code::Constant(target)]) = (slot, arguments) else { return None };
    let target = Bound::of(target)?;
    let beyond = |operator, number| {
        like(&target, number).is_some_and(|limit| within((Operator::Equal, &target), (operator, &limit)))
    };
    let whole = match chance {
        Chance::CtrAbove | Chance::CtrBelow | Chance::CvrAbove | Chance::CvrBelow => {
            beyond(Operator::GreaterOrEqual, 1)
        }
        Chance::CpaAbove | Chance::RoasAbove => false,
    };
    let wrong = whole || beyond(Operator::LessOrEqual, 0);
    let needs =
        if matches!(chance, Chance::CpaAbove | Chance::RoasAbove) { "above 0" } else { "between 0 and 1" };
    wrong.then(|| format!("its target {target} is not {needs}"))
}
