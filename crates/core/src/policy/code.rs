//! Checked expressions: what the type checker leaves for evaluation.

use std::sync::Arc;

use compact_str::CompactString;
use regex::Regex;
use rust_decimal::Decimal;

use super::catalogue::Fact;
use super::parse::Operator;
use crate::field::FieldPath;
use crate::money::{Currency, Money};
use crate::time::Time;

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Constant {
    Bool(bool),
    Integer(i64),
    Decimal(Decimal),
    Money(Money),
    /// An amount for each of several currencies.
    Amounts(Vec<Money>),
    Text(CompactString),
    Time(Time),
    /// Seconds.
    Duration(i64),
    List(Vec<Constant>),
}

/// Whose fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Holder {
    Before,
    After,
    Campaign,
    AdGroup,
    Account,
}

/// Something that evaluation looks up once per object, however many rules ask for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Slot {
    /// A field, or what lies at some keys inside its value.
    Field { holder: Holder, path: FieldPath, keys: Vec<CompactString> },
    /// Whether a group has any field.
    Group { holder: Holder, path: FieldPath },
    /// A value that is not a field.
    Fact(Fact),
    /// One label, of the object or of a parent.
    Label { holder: Holder, key: CompactString },
    /// All labels.
    Labels { holder: Holder },
}

/// Loops over a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loop {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

/// Functions of values, the receiver first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Contains,
    StartsWith,
    EndsWith,
    Size,
    Lower,
    Upper,
    Trim,
    Split,
    Scheme,
    Host,
    UrlPath,
    Query,
    Text,
    Year,
    Month,
    Date,
    DayOfWeek,
    Hours,
    Minutes,
    Seconds,
    SetContains,
    SetIntersects,
    SetEquivalent,
}

/// A part of a plan's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sum {
    DailyBefore,
    DailyAfter,
    Delta,
    WorstDay,
}

/// A pattern, compiled once; two are equal when their texts are.
#[derive(Debug, Clone)]
pub(super) struct Pattern(pub(super) Arc<Regex>);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// A checked expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Code {
    Constant(Constant),
    /// An index into the rule's slots.
    Load(usize),
    Has(usize),
    /// Whether an expression gives something.
    Present(Box<Code>),
    /// The variable of a loop, counted from the outermost.
    Local(usize),
    Not(Box<Code>),
    Negate(Box<Code>),
    And(Box<Code>, Box<Code>),
    Or(Box<Code>, Box<Code>),
    If(Box<Code>, Box<Code>, Box<Code>),
    Compare(Operator, Box<Code>, Box<Code>),
    Arithmetic(Operator, Box<Code>, Box<Code>),
    In(Box<Code>, Box<Code>),
    Index(Box<Code>, Box<Code>),
    List(Vec<Code>),
    Matches(Box<Code>, Pattern),
    Call(Function, Vec<Code>),
    Loop(Loop, Box<Code>, usize, Box<Code>),
    /// A sum of the plan's money, or of its part with a label; in a currency, or the only one there is.
    PlanMoney {
        label: Option<(CompactString, Box<Code>)>,
        currency: Option<Currency>,
        sum: Sum,
    },
}
