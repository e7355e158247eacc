//! Ranges that comparisons with constants mean, and how they lie to one another.

use std::fmt;

use rust_decimal::Decimal;

use super::code::Constant;
use super::parse::Operator;
use crate::money::{Currency, Money};

/// What is compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bound {
    Number(Decimal),
    Amount(Currency, i64),
    Text(String),
    Flag(bool),
}

impl Bound {
    /// The bound that a constant makes; lists, times and durations make none.
    pub(crate) fn of(constant: &Constant) -> Option<Self> {
        Some(match constant {
            Constant::Integer(number) => Self::Number(Decimal::from(*number)),
            Constant::Decimal(number) => Self::Number(*number),
            Constant::Money(money) => Self::Amount(money.currency(), money.micros()),
            Constant::Text(text) => Self::Text(text.to_string()),
            Constant::Bool(flag) => Self::Flag(*flag),
            Constant::Amounts(_) | Constant::Time(_) | Constant::Duration(_) | Constant::List(_) => {
                return None;
            }
        })
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Amount(currency, micros) => write!(f, "{}", Money::from_micros(*micros, *currency)),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

/// The operator with its sides changed.
pub(crate) fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Less => Operator::Greater,
        Operator::LessOrEqual => Operator::GreaterOrEqual,
        Operator::Greater => Operator::Less,
        Operator::GreaterOrEqual => Operator::LessOrEqual,
        other => other,
    }
}

/// How two bounds stand to one another; `None` when they do not compare.
fn order(a: &Bound, b: &Bound) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Bound::Number(a), Bound::Number(b)) => Some(a.cmp(b)),
        (Bound::Amount(currency, a), Bound::Amount(other, b)) if currency == other => Some(a.cmp(b)),
        (Bound::Text(a), Bound::Text(b)) => Some(a.cmp(b)),
        (Bound::Flag(a), Bound::Flag(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Whether everything in the first range is in the second.
pub(crate) fn within(inner: (Operator, &Bound), outer: (Operator, &Bound)) -> bool {
    use Operator::{Differ, Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    let Some(order) = order(inner.1, outer.1) else { return false };
    match (inner.0, outer.0) {
        (Equal, Equal) | (Differ, Differ) => order.is_eq(),
        (Equal, Differ) => order.is_ne(),
        (Equal | Greater | GreaterOrEqual, GreaterOrEqual) | (Greater, Greater) => order.is_ge(),
        (Equal | GreaterOrEqual, Greater) => order.is_gt(),
        (Equal | Less | LessOrEqual, LessOrEqual) | (Less, Less) => order.is_le(),
        (Equal | LessOrEqual, Less) => order.is_lt(),
        _ => false,
    }
}

/// Whether nothing is in both ranges.
pub(crate) fn exclude(a: (Operator, &Bound), b: (Operator, &Bound)) -> bool {
    use Operator::{Differ, Equal, Greater, GreaterOrEqual, Less, LessOrEqual};
    let Some(order) = order(a.1, b.1) else { return false };
    match (a.0, b.0) {
        (Equal, Equal) => order.is_ne(),
        (Equal, Differ) | (Differ, Equal) => order.is_eq(),
        (Equal | Less | LessOrEqual, Greater) | (Less, GreaterOrEqual) => order.is_le(),
        (Equal | LessOrEqual, GreaterOrEqual) => order.is_lt(),
        (Equal | Greater | GreaterOrEqual, Less) | (Greater, LessOrEqual) => order.is_ge(),
        (Equal | GreaterOrEqual, LessOrEqual) => order.is_gt(),
        (Greater | GreaterOrEqual | Less | LessOrEqual, Equal) => exclude(b, a),
        _ => false,
    }
}
