//! Operators on values.

use std::borrow::Cow;
use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::Trouble;
use super::value::Val;
use crate::cel::parse::Operator;
use crate::money::Money;

/// The operand of the same currency, or which one is missing.
fn in_currency(amounts: &[Money], of: Money) -> Result<Money, Trouble> {
    amounts.iter().find(|amount| amount.currency() == of.currency()).copied().ok_or_else(|| {
        let known: Vec<String> = amounts.iter().map(|amount| amount.currency().to_string()).collect();
        Trouble::Currency(of.currency(), known.join(" and "))
    })
}

/// Two amounts of one currency.
fn amounts(a: &Val<'_>, b: &Val<'_>) -> Option<Result<(Money, Money), Trouble>> {
    let pair = match (a, b) {
        (Val::Money(a), Val::Money(b)) => Ok((*a, *b)),
        (Val::Money(a), Val::Amounts(b)) => in_currency(b, *a).map(|b| (*a, b)),
        (Val::Amounts(a), Val::Money(b)) => in_currency(a, *b).map(|a| (a, *b)),
        _ => return None,
    };
    Some(pair.and_then(|(a, b)| {
        if a.currency() == b.currency() {
            Ok((a, b))
        } else {
            Err(Trouble::Currency(a.currency(), b.currency().to_string()))
        }
    }))
}

fn number(value: &Val<'_>) -> Option<Decimal> {
    match value {
        Val::Integer(number) => Some(Decimal::from(*number)),
        Val::Decimal(number) => Some(*number),
        _ => None,
    }
}

/// The order of two values; `None` when they have none.
fn order(a: &Val<'_>, b: &Val<'_>) -> Result<Option<Ordering>, Trouble> {
    if let Some(pair) = amounts(a, b) {
        let (a, b) = pair?;
        return Ok(Some(a.micros().cmp(&b.micros())));
    }
    Ok(match (a, b) {
        (Val::Integer(a), Val::Integer(b)) | (Val::Duration(a), Val::Duration(b)) => Some(a.cmp(b)),
        (Val::Text(a), Val::Text(b)) => Some(a.cmp(b)),
        (Val::Time(a, _), Val::Time(b, _)) => Some(a.cmp(b)),
        (a, b) => match (number(a), number(b)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => None,
        },
    })
}

/// Whether two values are the same.
pub(super) fn equal(a: &Val<'_>, b: &Val<'_>) -> Result<bool, Trouble> {
    match (a, b) {
        (Val::Absent, Val::Absent) => return Ok(true),
        (Val::Absent, _) | (_, Val::Absent) => return Ok(false),
        (Val::Bool(a), Val::Bool(b)) => return Ok(a == b),
        (Val::Map(_), Val::Map(_)) => return Ok(a == b),
        _ => {}
    }
    if let (Val::Collection(a), Val::Collection(b)) = (a, b) {
        return Ok(a == b);
    }
    if let Some(order) = order(a, b)? {
        return Ok(order == Ordering::Equal);
    }
    let list = |value: &Val<'_>| matches!(value, Val::Collection(_) | Val::Constants(_) | Val::List(_));
    if !list(a) || !list(b) {
        return Ok(false);
    }
    let (left, right) = (a.members()?, b.members()?);
    if left.len() != right.len() {
        return Ok(false);
    }
    let free = a.is_set() || b.is_set();
    for (index, member) in left.iter().enumerate() {
        let same = if free { holds(&right, member)? } else { equal(member, &right[index])? };
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a list holds a member.
pub(super) fn holds(list: &[Val<'_>], member: &Val<'_>) -> Result<bool, Trouble> {
    for other in list {
        if equal(member, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Comparisons; no order holds for what is absent.
pub(super) fn compare(operator: Operator, a: &Val<'_>, b: &Val<'_>) -> Result<bool, Trouble> {
    match operator {
        Operator::Equal => return equal(a, b),
        Operator::Differ => return equal(a, b).map(|same| !same),
        _ => {}
    }
    if matches!(a, Val::Absent) || matches!(b, Val::Absent) {
        return Ok(false);
    }
    let order = order(a, b)?.ok_or_else(|| Trouble::Type(operator.sign(), format!("{a} and {b}")))?;
    Ok(match operator {
        Operator::Less => order == Ordering::Less,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::Greater => order == Ordering::Greater,
        _ => order != Ordering::Less,
    })
}

pub(super) fn negate(value: Val<'_>) -> Result<Val<'_>, Trouble> {
    Ok(match value {
        Val::Absent => Val::Absent,
        Val::Integer(number) => Val::Integer(number.checked_neg().ok_or(Trouble::Overflow)?),
        Val::Decimal(number) => Val::Decimal(-number),
        Val::Duration(seconds) => Val::Duration(seconds.checked_neg().ok_or(Trouble::Overflow)?),
        Val::Money(money) => {
            let micros = money.micros().checked_neg().ok_or(Trouble::Overflow)?;
            Val::Money(Money::from_micros(micros, money.currency()))
        }
        other => return Err(Trouble::Type("-", other.to_string())),
    })
}

/// Calculations; what is absent stays absent.
pub(super) fn arithmetic<'a>(operator: Operator, a: &Val<'a>, b: &Val<'a>) -> Result<Val<'a>, Trouble> {
    if matches!(a, Val::Absent) || matches!(b, Val::Absent) {
        return Ok(Val::Absent);
    }
    if let Some(pair) = amounts(a, b) {
        let (a, b) = pair?;
        return money(operator, a, b);
    }
    match (a, b) {
        (Val::Money(money), factor) if number(factor).is_some() => {
            scaled(operator, *money, factor).map(Val::Money)
        }
        (factor, Val::Money(money)) if operator == Operator::Multiply && number(factor).is_some() => {
            scaled(operator, *money, factor).map(Val::Money)
        }
        (Val::Text(left), Val::Text(right)) if operator == Operator::Add => {
            Ok(Val::Text(Cow::Owned(format!("{left}{right}"))))
        }
        (Val::Integer(left), Val::Integer(right)) => integers(operator, *left, *right).map(Val::Integer),
        (Val::Time(..) | Val::Duration(_), _) | (_, Val::Time(..) | Val::Duration(_)) => {
            times(operator, a, b)
        }
        _ => match (number(a), number(b)) {
            (Some(left), Some(right)) => decimals(operator, left, right).map(Val::Decimal),
            _ => Err(Trouble::Type(operator.sign(), format!("{a} and {b}"))),
        },
    }
}

fn money<'a>(operator: Operator, a: Money, b: Money) -> Result<Val<'a>, Trouble> {
    Ok(match operator {
        Operator::Add => Val::Money(a.checked_add(b).ok_or(Trouble::Overflow)?),
        Operator::Subtract => Val::Money(a.checked_sub(b).ok_or(Trouble::Overflow)?),
        Operator::Divide => {
            Val::Decimal(decimals(operator, Decimal::from(a.micros()), Decimal::from(b.micros()))?)
        }
        _ => return Err(Trouble::Type(operator.sign(), format!("{a} and {b}"))),
    })
}

/// An amount times or by a number, to the micro, half away from zero.
fn scaled(operator: Operator, money: Money, factor: &Val<'_>) -> Result<Money, Trouble> {
    let factor = number(factor).unwrap_or_default();
    let micros = decimals(operator, Decimal::from(money.micros()), factor)?;
    let whole = micros.round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    let micros = i64::try_from(whole).map_err(|_| Trouble::Overflow)?;
    Ok(Money::from_micros(micros, money.currency()))
}

fn integers(operator: Operator, a: i64, b: i64) -> Result<i64, Trouble> {
    if b == 0 && matches!(operator, Operator::Divide | Operator::Remainder) {
        return Err(Trouble::Zero);
    }
    match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide => a.checked_div(b),
        _ => a.checked_rem(b),
    }
    .ok_or(Trouble::Overflow)
}

fn decimals(operator: Operator, a: Decimal, b: Decimal) -> Result<Decimal, Trouble> {
    if b.is_zero() && matches!(operator, Operator::Divide | Operator::Remainder) {
        return Err(Trouble::Zero);
    }
    match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide => a.checked_div(b),
        _ => a.checked_rem(b),
    }
    .ok_or(Trouble::Overflow)
}

fn times<'a>(operator: Operator, a: &Val<'a>, b: &Val<'a>) -> Result<Val<'a>, Trouble> {
    let shifted = |at: jiff::Timestamp, seconds: i64| {
        let seconds = at.as_second().checked_add(seconds).ok_or(Trouble::Overflow)?;
        jiff::Timestamp::from_second(seconds).map_err(|_| Trouble::Overflow)
    };
    Ok(match (operator, a, b) {
        (Operator::Add, Val::Time(at, zone), Val::Duration(by))
        | (Operator::Add, Val::Duration(by), Val::Time(at, zone)) => Val::Time(shifted(*at, *by)?, zone),
        (Operator::Subtract, Val::Time(at, zone), Val::Duration(by)) => {
            Val::Time(shifted(*at, by.checked_neg().ok_or(Trouble::Overflow)?)?, zone)
        }
        (Operator::Subtract, Val::Time(later, _), Val::Time(earlier, _)) => {
            Val::Duration(later.as_second() - earlier.as_second())
        }
        (Operator::Add | Operator::Subtract, Val::Duration(a), Val::Duration(b)) => {
            Val::Duration(integers(operator, *a, *b)?)
        }
        (Operator::Multiply, Val::Duration(by), Val::Integer(factor))
        | (Operator::Multiply, Val::Integer(factor), Val::Duration(by)) => {
            Val::Duration(integers(operator, *by, *factor)?)
        }
        _ => return Err(Trouble::Type(operator.sign(), format!("{a} and {b}"))),
    })
}
