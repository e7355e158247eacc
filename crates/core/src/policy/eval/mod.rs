//! Evaluation: code and an object to a value, within counted steps.
//!
//! What an object does not have is *absent*: it equals only what is absent too, no order and no list holds
//! for it, no text function is true of it, and a loop over it has no members. Only trouble stops an
//! evaluation: another currency, an overflow, a value of the wrong type, too many steps.

mod call;
mod lookup;
mod operate;
mod value;

use super::bounds::{MAX_MEMBERS, MAX_STEPS};
use super::code::{Code, Constant, Loop, Slot, Sum};
use crate::money::{Currency, Money};
use crate::plan::MoneyImpact;

pub(super) use lookup::{Facts, Object, Subject};
pub(super) use value::Val;

/// Why an evaluation has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Trouble {
    #[error("an amount is in {0}, the rule has it in {1}, and nothing is converted")]
    Currency(Currency, String),
    #[error("the plan spends in {0}, so `plan.money` needs a currency, such as `plan.money['{1}']`")]
    SeveralCurrencies(String, Currency),
    #[error("an amount or a number does not fit")]
    Overflow,
    #[error("something is divided by zero")]
    Zero,
    #[error("`{0}` does not take the value it met: {1}")]
    Type(&'static str, String),
    #[error("it goes through {0} members, at most {MAX_MEMBERS} are allowed")]
    Members(usize),
    #[error("it takes more than {MAX_STEPS} steps")]
    Steps,
}

impl Trouble {
    /// What kind it is: one of each is told of a rule.
    pub(super) fn kind(&self) -> u8 {
        match self {
            Self::Currency(..) | Self::SeveralCurrencies(..) => 0,
            Self::Members(_) | Self::Steps => 1,
            Self::Overflow | Self::Zero | Self::Type(..) => 2,
        }
    }
}

/// Values looked up for the object at hand, by the index of their slot.
pub(super) type Cache<'a> = Vec<Option<Val<'a>>>;

/// One evaluation after the other, on one object.
pub(super) struct Evaluation<'e, 'a> {
    pub(super) subject: &'e Subject<'a>,
    pub(super) facts: &'a Facts<'a>,
    /// Slots of all rules together.
    pub(super) slots: &'a [Slot],
    pub(super) cache: &'e mut Cache<'a>,
    /// Where the slots of the rule at hand lie among all.
    pub(super) places: &'a [usize],
    pub(super) locals: Vec<Val<'a>>,
    pub(super) steps: u64,
}

type Result<'a> = std::result::Result<Val<'a>, Trouble>;

impl<'a> Evaluation<'_, 'a> {
    /// Whether a condition holds.
    pub(super) fn holds(&mut self, code: &'a Code) -> std::result::Result<bool, Trouble> {
        self.steps = 0;
        self.locals.clear();
        self.truth(code)
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, code: &'a Code) -> Result<'a> {
        self.steps = 0;
        self.locals.clear();
        self.eval(code)
    }

    fn truth(&mut self, code: &'a Code) -> std::result::Result<bool, Trouble> {
        match self.eval(code)? {
            Val::Bool(flag) => Ok(flag),
            Val::Absent => Ok(false),
            other => Err(Trouble::Type("a condition", other.to_string())),
        }
    }

    fn step(&mut self) -> std::result::Result<(), Trouble> {
        self.steps += 1;
        if self.steps > MAX_STEPS { Err(Trouble::Steps) } else { Ok(()) }
    }

    fn eval(&mut self, code: &'a Code) -> Result<'a> {
        self.step()?;
        match code {
            Code::Constant(constant) => Ok(Val::of_constant(constant)),
            Code::Load(index) => Ok(self.load(*index)),
            Code::Has(index) => {
                let found = self.load(*index);
                Ok(Val::Bool(!matches!(found, Val::Absent)))
            }
            Code::Present(inner) => {
                let found = self.eval(inner)?;
                Ok(Val::Bool(!matches!(found, Val::Absent)))
            }
            Code::Local(index) => Ok(self.locals.get(*index).cloned().unwrap_or(Val::Absent)),
            Code::Not(inner) => Ok(Val::Bool(!self.truth(inner)?)),
            Code::Negate(inner) => {
                let value = self.eval(inner)?;
                operate::negate(value)
            }
            Code::And(a, b) => self.both(a, b, false),
            Code::Or(a, b) => self.both(a, b, true),
            Code::If(condition, then, otherwise) => {
                if self.truth(condition)? {
                    self.eval(then)
                } else {
                    self.eval(otherwise)
                }
            }
            Code::Compare(operator, a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                operate::compare(*operator, &a, &b).map(Val::Bool)
            }
            Code::Arithmetic(operator, a, b) => {
                let (a, b) = (self.eval(a)?, self.eval(b)?);
                operate::arithmetic(*operator, &a, &b)
            }
            Code::In(member, list) => {
                let (member, list) = (self.eval(member)?, self.eval(list)?);
                self.contains(&member, &list).map(Val::Bool)
            }
            Code::Index(of, key) => {
                let (of, key) = (self.eval(of)?, self.eval(key)?);
                Ok(of.at(&key))
            }
            Code::List(members) => members
                .iter()
                .map(|member| self.eval(member))
                .collect::<std::result::Result<_, _>>()
                .map(Val::List),
            Code::Matches(text, pattern) => match self.eval(text)? {
                Val::Text(text) => Ok(Val::Bool(pattern.0.is_match(&text))),
                Val::Absent => Ok(Val::Bool(false)),
                other => Err(Trouble::Type("matches", other.to_string())),
            },
            Code::Call(function, arguments) => {
                let values: Vec<Val<'a>> = arguments
                    .iter()
                    .map(|argument| self.eval(argument))
                    .collect::<std::result::Result<_, _>>()?;
                self.call(*function, &values)
            }
            Code::Loop(kind, over, variable, body) => self.looped(*kind, over, *variable, body),
            Code::PlanMoney { label, currency, sum } => self.plan_money(label.as_ref(), *currency, *sum),
        }
    }

    /// `&&` and `||`: what decides, decides, also when the other side has trouble.
    fn both(&mut self, a: &'a Code, b: &'a Code, decides: bool) -> Result<'a> {
        match self.truth(a) {
            Ok(found) if found == decides => Ok(Val::Bool(decides)),
            Ok(_) => self.truth(b).map(Val::Bool),
            Err(trouble) => match self.truth(b) {
                Ok(found) if found == decides => Ok(Val::Bool(decides)),
                _ => Err(trouble),
            },
        }
    }

    fn looped(&mut self, kind: Loop, over: &'a Code, variable: usize, body: &'a Code) -> Result<'a> {
        let list = self.eval(over)?;
        let members = list.members()?;
        if members.len() > MAX_MEMBERS {
            return Err(Trouble::Members(members.len()));
        }
        let mut kept = Vec::new();
        let mut found = 0_usize;
        for member in members {
            self.locals.truncate(variable);
            self.locals.push(member.clone());
            if kind == Loop::Map {
                kept.push(self.eval(body)?);
                continue;
            }
            let holds = self.truth(body)?;
            match kind {
                Loop::All if !holds => return Ok(Val::Bool(false)),
                Loop::Exists if holds => return Ok(Val::Bool(true)),
                Loop::Filter if holds => kept.push(member),
                _ => found += usize::from(holds),
            }
        }
        self.locals.truncate(variable);
        Ok(match kind {
            Loop::All => Val::Bool(true),
            Loop::Exists => Val::Bool(false),
            Loop::ExistsOne => Val::Bool(found == 1),
            Loop::Filter | Loop::Map => Val::List(kept),
        })
    }

    fn contains(&mut self, member: &Val<'a>, list: &Val<'a>) -> std::result::Result<bool, Trouble> {
        if matches!(member, Val::Absent) {
            return Ok(false);
        }
        if let (Val::Constants(constants), Val::Text(text)) = (list, member) {
            let same = |constant: &Constant| matches!(constant, Constant::Text(known) if *known == **text);
            self.steps += constants.len() as u64;
            return Ok(constants.iter().any(same));
        }
        let members = list.members()?;
        self.steps += members.len() as u64;
        for other in &members {
            if operate::equal(member, other)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn plan_money(
        &mut self,
        label: Option<&'a (compact_str::CompactString, Box<Code>)>,
        currency: Option<Currency>,
        sum: Sum,
    ) -> Result<'a> {
        let impacts: &[MoneyImpact] = match label {
            None => &self.facts.money,
            Some((key, value)) => match self.eval(value)? {
                Val::Text(value) => self.facts.labelled(key, &value),
                _ => return Ok(Val::Absent),
            },
        };
        let impact = match (currency, impacts) {
            (Some(currency), impacts) => impacts.iter().find(|impact| impact.currency == currency),
            (None, []) => None,
            (None, [only]) => Some(only),
            (None, [first, ..]) => {
                let all: Vec<String> = impacts.iter().map(|impact| impact.currency.to_string()).collect();
                return Err(Trouble::SeveralCurrencies(all.join(" and "), first.currency));
            }
        };
        let amount = |impact: &MoneyImpact| -> Money {
            match sum {
                Sum::DailyBefore => impact.total.daily_before,
                Sum::DailyAfter => impact.total.daily_after,
                Sum::Delta => impact.delta(),
                Sum::WorstDay => impact.total.worst_day,
            }
        };
        Ok(impact.map_or(Val::Absent, |impact| Val::Money(amount(impact))))
    }
}
