//! Values while an expression runs: borrowed from the plan wherever they can be.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::Trouble;
use crate::cel::code::Constant;
use crate::money::Money;
use crate::time::Zone;
use crate::value::Value;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Val<'a> {
    /// The object does not have it.
    Absent,
    Bool(bool),
    Integer(i64),
    Decimal(Decimal),
    Money(Money),
    /// An amount for each of several currencies.
    Amounts(&'a [Money]),
    Text(Cow<'a, str>),
    Time(Timestamp, &'a Zone),
    /// Seconds.
    Duration(i64),
    /// A set, a list or a map of the plan.
    Collection(&'a Value),
    /// A list of the expression.
    Constants(&'a [Constant]),
    /// A list made while running.
    List(Vec<Val<'a>>),
    /// A map made while running.
    Map(Vec<(&'a str, Val<'a>)>),
}

impl<'a> Val<'a> {
    pub(crate) fn of(value: &'a Value) -> Self {
        match value {
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Integer(number) => Self::Integer(*number),
            Value::Decimal(number) => Self::Decimal(*number),
            Value::Money(money) => Self::Money(*money),
            Value::Text(text) => Self::text(text),
            Value::Time(time) => Self::Time(time.at, &time.zone),
            Value::Set(_) | Value::Map(_) | Value::List(_) => Self::Collection(value),
        }
    }

    pub(crate) fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    pub(super) fn of_constant(constant: &'a Constant) -> Self {
        match constant {
            Constant::Bool(flag) => Self::Bool(*flag),
            Constant::Integer(number) => Self::Integer(*number),
            Constant::Decimal(number) => Self::Decimal(*number),
            Constant::Money(money) => Self::Money(*money),
            Constant::Amounts(amounts) => Self::Amounts(amounts),
            Constant::Text(text) => Self::text(text),
            Constant::Time(time) => Self::Time(time.at, &time.zone),
            Constant::Duration(seconds) => Self::Duration(*seconds),
            Constant::List(members) => Self::Constants(members),
        }
    }

    /// Members of a list, keys of a map, nothing of what is absent.
    pub(super) fn members(&self) -> Result<Vec<Val<'a>>, Trouble> {
        Ok(match self {
            Self::Absent => Vec::new(),
            Self::Collection(Value::Map(entries)) => entries.keys().map(|key| Val::text(key)).collect(),
            Self::Collection(value) => value.members().iter().map(Val::of).collect(),
            Self::Constants(members) => members.iter().map(Val::of_constant).collect(),
            Self::List(members) => members.clone(),
            Self::Map(entries) => entries.iter().map(|(key, _)| Val::text(key)).collect(),
            other => return Err(Trouble::Type("a loop or `in`", other.to_string())),
        })
    }

    /// The member at a key or an index; absent when there is none.
    pub(super) fn at(&self, key: &Val<'a>) -> Val<'a> {
        match (self, key) {
            (Self::Collection(Value::Map(entries)), Self::Text(key)) => {
                entries.get(&**key).map_or(Self::Absent, Val::of)
            }
            (Self::Map(entries), Self::Text(key)) => entries
                .iter()
                .find(|(known, _)| known == key)
                .map_or(Self::Absent, |(_, value)| value.clone()),
            (_, Self::Integer(index)) => {
                let index = usize::try_from(*index).unwrap_or(usize::MAX);
                match self {
                    Self::Collection(value) => value.members().get(index).map_or(Self::Absent, Val::of),
                    Self::Constants(members) => members.get(index).map_or(Self::Absent, Val::of_constant),
                    Self::List(members) => members.get(index).cloned().unwrap_or(Self::Absent),
                    _ => Self::Absent,
                }
            }
            _ => Self::Absent,
        }
    }

    /// Whether order means nothing in it.
    pub(super) fn is_set(&self) -> bool {
        matches!(self, Self::Collection(Value::Set(_)))
    }
}

/// As messages show it.
impl fmt::Display for Val<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("(none)"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Decimal(number) => write!(f, "{}", number.round_dp(6).normalize()),
            Self::Money(money) => write!(f, "{money}"),
            Self::Amounts(amounts) => {
                let texts: Vec<String> = amounts.iter().map(ToString::to_string).collect();
                f.write_str(&texts.join(" or "))
            }
            Self::Text(text) => f.write_str(text),
            Self::Time(at, zone) => {
                let local = at.to_zoned(zone.rules());
                write!(f, "{} {zone}", local.strftime("%Y-%m-%d %H:%M"))
            }
            Self::Duration(seconds) => duration(f, *seconds),
            Self::Collection(value) => write!(f, "{value}"),
            Self::Constants(_) | Self::List(_) => {
                let members = self.members().unwrap_or_default();
                let texts: Vec<String> = members.iter().map(ToString::to_string).collect();
                f.write_str(&texts.join(", "))
            }
            Self::Map(entries) => {
                let texts: Vec<String> =
                    entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
                f.write_str(&texts.join(", "))
            }
        }
    }
}

/// `7d`, `1h30m`.
fn duration(f: &mut fmt::Formatter<'_>, seconds: i64) -> fmt::Result {
    if seconds == 0 {
        return f.write_str("0s");
    }
    if seconds < 0 {
        f.write_str("-")?;
    }
    let mut rest = seconds.unsigned_abs();
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            write!(f, "{count}{unit}")?;
        }
    }
    Ok(())
}
