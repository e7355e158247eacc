//! Evaluation: code and an object to a value, within counted steps.
//!
//! What an object does not have is *absent*: it equals only what is absent too, no order and no list holds
//! for it, no text function is true of it, and a loop over it has no members. Only trouble stops an
//! evaluation: another currency, an overflow, a value of the wrong type, too many steps.

mod call;
mod operate;
mod value;

use super::bounds::{MAX_MEMBERS, MAX_STEPS};
use super::code::{Code, Constant, Loop};
use crate::money::Currency;
use crate::rules::Unknown;

pub(crate) use value::Val;

/// What an expression looks up while it runs, by the index of a rule's slot.
pub(crate) trait Lookup<'a> {
    /// The value of a slot.
    fn load(&mut self, slot: usize) -> Result<'a>;

    /// The value of a slot for some arguments.
    fn ask(&mut self, slot: usize, arguments: &[Val<'a>]) -> Result<'a>;
}

/// Why an evaluation has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
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
    #[error("{0}")]
    Unknown(Unknown),
}

impl Trouble {
    /// What kind it is: one of each is told of a rule.
    pub(crate) fn kind(&self) -> u8 {
        match self {
            Self::Currency(..) | Self::SeveralCurrencies(..) => 0,
            Self::Members(_) | Self::Steps => 1,
            Self::Overflow | Self::Zero | Self::Type(..) | Self::Unknown(_) => 2,
        }
    }
}

/// One evaluation after the other, on one object.
pub(crate) struct Evaluation<'a, L> {
    pub(crate) lookup: L,
    locals: Vec<Val<'a>>,
    steps: u64,
}

/// A value, or why there is none.
pub(crate) type Result<'a> = std::result::Result<Val<'a>, Trouble>;

impl<'a, L: Lookup<'a>> Evaluation<'a, L> {
    pub(crate) fn new(lookup: L) -> Self {
        Self { lookup, locals: Vec::new(), steps: 0 }
    }

    /// Whether a condition holds.
    pub(crate) fn holds(&mut self, code: &'a Code) -> std::result::Result<bool, Trouble> {
        self.steps = 0;
        self.locals.clear();
        self.truth(code)
    }

    /// The value of an expression.
    pub(crate) fn value(&mut self, code: &'a Code) -> Result<'a> {
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
            Code::Load(index) => self.lookup.load(*index),
            Code::Has(index) => {
                let found = self.lookup.load(*index)?;
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
            Code::List(members) => self.values(members).map(Val::List),
            Code::Matches(text, pattern) => match self.eval(text)? {
                Val::Text(text) => Ok(Val::Bool(pattern.0.is_match(&text))),
                Val::Absent => Ok(Val::Bool(false)),
                other => Err(Trouble::Type("matches", other.to_string())),
            },
            Code::Call(function, arguments) => {
                let values = self.values(arguments)?;
                self.call(*function, &values)
            }
            Code::Loop(kind, over, variable, body) => self.looped(*kind, over, *variable, body),
            Code::Ask(slot, arguments) => {
                let values = self.values(arguments)?;
                self.lookup.ask(*slot, &values)
            }
        }
    }

    fn values(&mut self, codes: &'a [Code]) -> std::result::Result<Vec<Val<'a>>, Trouble> {
        codes.iter().map(|code| self.eval(code)).collect()
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
}
