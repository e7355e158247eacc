//! Types of expressions.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;

use crate::money::Currency;

/// The type of a field or an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number.
    Integer,
    /// An exact decimal number; whole numbers mix with it.
    Decimal,
    /// An amount, in this currency where it is known.
    Money(Option<Currency>),
    /// Text.
    Text,
    /// One of these words.
    Word(Arc<[Box<str>]>),
    /// An instant with its zone.
    Time,
    /// A length of time.
    Duration,
    /// A list or a set.
    List(Arc<Type>),
    /// Values by key.
    Map(Arc<Type>),
    /// Named members.
    Record(Arc<BTreeMap<CompactString, Type>>),
    /// Only the vendor knows.
    Anything,
}

impl Type {
    /// A list of something.
    pub fn list(member: Self) -> Self {
        Self::List(Arc::new(member))
    }

    /// A map to something.
    pub fn map(member: Self) -> Self {
        Self::Map(Arc::new(member))
    }

    /// One of some words.
    pub fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Word(words.into_iter().map(Into::into).collect())
    }

    /// A record.
    pub fn record<K: AsRef<str>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Record(Arc::new(members.into_iter().map(|(key, of)| (CompactString::new(key), of)).collect()))
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Integer | Self::Decimal | Self::Anything)
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Text | Self::Word(_) | Self::Anything)
    }

    pub(crate) fn is_money(&self) -> bool {
        matches!(self, Self::Money(_) | Self::Anything)
    }

    pub(crate) fn is_bool(&self) -> bool {
        matches!(self, Self::Bool | Self::Anything)
    }

    /// Whether values of both can be the same.
    pub(crate) fn compares_with(&self, other: &Self) -> bool {
        use Type::{Anything, Bool, Duration, List, Map, Money, Record, Time};
        match (self, other) {
            (Anything, _)
            | (_, Anything)
            | (Bool, Bool)
            | (Time, Time)
            | (Duration, Duration)
            | (Money(_), Money(_)) => true,
            (List(a), List(b)) | (Map(a), Map(b)) => a.compares_with(b),
            (Record(a), Record(b)) => a == b,
            (a, b) => (a.is_number() && b.is_number()) || (a.is_text() && b.is_text()),
        }
    }

    /// Whether values of it have an order.
    pub(crate) fn is_ordered(&self) -> bool {
        matches!(
            self,
            Self::Integer
                | Self::Decimal
                | Self::Money(_)
                | Self::Text
                | Self::Word(_)
                | Self::Time
                | Self::Duration
                | Self::Anything
        )
    }

    /// The type of what is one or the other.
    pub(crate) fn either(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (a, b) if a == b => Some(a.clone()),
            (Self::Money(_), Self::Money(_)) => Some(Self::Money(None)),
            (a, b) if a.is_number() && b.is_number() && *a != Self::Anything && *b != Self::Anything => {
                Some(Self::Decimal)
            }
            (a, b) if a.is_text() && b.is_text() && *a != Self::Anything && *b != Self::Anything => {
                Some(Self::Text)
            }
            (Self::List(a), Self::List(b)) => Some(Self::list(a.either(b)?)),
            (Self::Anything, _) | (_, Self::Anything) => Some(Self::Anything),
            _ => None,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("true or false"),
            Self::Integer => f.write_str("a whole number"),
            Self::Decimal => f.write_str("a number"),
            Self::Money(Some(currency)) => write!(f, "an amount in {currency}"),
            Self::Money(None) => f.write_str("an amount of money"),
            Self::Text => f.write_str("a text"),
            Self::Word(_) => f.write_str("a word"),
            Self::Time => f.write_str("a time"),
            Self::Duration => f.write_str("a duration"),
            Self::List(_) => f.write_str("a list"),
            Self::Map(_) => f.write_str("a map"),
            Self::Record(_) => f.write_str("a group of members"),
            Self::Anything => f.write_str("a vendor's own value"),
        }
    }
}
