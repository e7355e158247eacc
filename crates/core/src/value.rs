//! Values of fields: typed scalars, and lists that say how they compare.

use std::collections::BTreeMap;

use compact_str::CompactString;
use rust_decimal::Decimal;

use crate::money::Money;
use crate::time::Time;

/// The value of one field.
///
/// Lists carry their meaning: a set ignores order, a map is keyed, a list is a sequence. Equality of values
/// is equality of meaning, so the planner needs no special cases.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// An exact decimal, such as a target ROAS; `3.50` equals `3.5`.
    Decimal(Decimal),
    /// An amount of money.
    Money(Money),
    /// Text, an enumerated word, an id.
    Text(CompactString),
    /// An instant.
    Time(Time),
    /// Members in ascending order, without repeats; build with [`Value::set`].
    Set(Vec<Value>),
    /// Members by key.
    Map(BTreeMap<CompactString, Value>),
    /// Members in the order that matters.
    List(Vec<Value>),
}

impl Value {
    /// Text.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(CompactString::new(text))
    }

    /// A set: sorted, repeats removed.
    pub fn set(members: impl IntoIterator<Item = Value>) -> Self {
        let mut members: Vec<Value> = members.into_iter().collect();
        members.sort();
        members.dedup();
        Self::Set(members)
    }

    /// A set of texts.
    pub fn text_set<T: AsRef<str>>(members: impl IntoIterator<Item = T>) -> Self {
        Self::set(members.into_iter().map(Value::text))
    }

    /// A list of texts.
    pub fn text_list<T: AsRef<str>>(members: impl IntoIterator<Item = T>) -> Self {
        Self::List(members.into_iter().map(Value::text).collect())
    }

    /// A map.
    pub fn map<K: AsRef<str>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (CompactString::new(key), value)).collect())
    }

    /// The text, when it is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The amount, when it is money.
    pub fn as_money(&self) -> Option<Money> {
        match self {
            Self::Money(money) => Some(*money),
            _ => None,
        }
    }

    /// The flag, when it is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The number, when it is whole.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// The exact number, when it is a decimal or whole.
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Self::Decimal(number) => Some(*number),
            Self::Integer(number) => Some(Decimal::from(*number)),
            _ => None,
        }
    }

    /// The instant, when it is a time.
    pub fn as_time(&self) -> Option<&Time> {
        match self {
            Self::Time(time) => Some(time),
            _ => None,
        }
    }

    /// Members of a set or a list.
    pub fn members(&self) -> &[Value] {
        match self {
            Self::Set(members) | Self::List(members) => members,
            _ => &[],
        }
    }

    /// Texts among the members of a set or a list.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.members().iter().filter_map(Value::as_text)
    }

    /// Entries of a map.
    pub fn entries(&self) -> Option<&BTreeMap<CompactString, Value>> {
        match self {
            Self::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// One entry of a map.
    pub fn entry(&self, key: &str) -> Option<&Value> {
        self.entries()?.get(key)
    }
}

/// Plain text for people: members joined by commas, maps as `key: value`.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Decimal(number) => write!(f, "{}", number.normalize()),
            Self::Money(money) => write!(f, "{money}"),
            Self::Text(text) => write!(f, "{text}"),
            Self::Time(time) => write!(f, "{time}"),
            Self::Set(members) | Self::List(members) => {
                for (index, member) in members.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{member}")?;
                }
                Ok(())
            }
            Self::Map(entries) => {
                for (index, (key, value)) in entries.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{key}: {value}")?;
                }
                Ok(())
            }
        }
    }
}

impl From<Money> for Value {
    fn from(money: Money) -> Self {
        Self::Money(money)
    }
}
impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}
impl From<Decimal> for Value {
    fn from(number: Decimal) -> Self {
        Self::Decimal(number)
    }
}
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}
impl From<Time> for Value {
    fn from(time: Time) -> Self {
        Self::Time(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_ignore_order_and_repeats() {
        assert_eq!(Value::text_set(["b", "a", "b"]), Value::text_set(["a", "b"]));
        assert_ne!(Value::text_list(["b", "a"]), Value::text_list(["a", "b"]));
    }

    #[test]
    fn decimals_compare_by_value() {
        assert_eq!(Value::Decimal("3.50".parse().unwrap()), Value::Decimal("3.5".parse().unwrap()));
    }
}
