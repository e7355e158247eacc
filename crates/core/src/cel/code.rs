//! Checked expressions: what the type checker leaves for evaluation.

use std::sync::Arc;

use compact_str::CompactString;
use regex::Regex;
use rust_decimal::Decimal;

use super::parse::Operator;
use crate::money::Money;
use crate::time::Time;

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Constant {
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

/// Loops over a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loop {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

/// Functions of values, the receiver first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
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

/// A pattern, compiled once; two are equal when their texts are.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(pub(crate) Arc<Regex>);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// A checked expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Code {
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
    /// Something looked up with arguments, by an index into the rule's slots.
    Ask(usize, Vec<Code>),
}

impl Code {
    /// Visits this expression and every part of it.
    pub(crate) fn visit(&self, see: &mut impl FnMut(&Self)) {
        see(self);
        match self {
            Self::Constant(_) | Self::Load(_) | Self::Has(_) | Self::Local(_) => {}
            Self::Present(a) | Self::Not(a) | Self::Negate(a) | Self::Matches(a, _) => a.visit(see),
            Self::And(a, b)
            | Self::Or(a, b)
            | Self::Compare(_, a, b)
            | Self::Arithmetic(_, a, b)
            | Self::In(a, b)
            | Self::Index(a, b)
            | Self::Loop(_, a, _, b) => {
                a.visit(see);
                b.visit(see);
            }
            Self::If(a, b, c) => {
                a.visit(see);
                b.visit(see);
                c.visit(see);
            }
            Self::List(members) | Self::Call(_, members) | Self::Ask(_, members) => {
                for member in members {
                    member.visit(see);
                }
            }
        }
    }
}
