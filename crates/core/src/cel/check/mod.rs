//! The type checker: syntax and what can be named, to code, or why not and where.
//!
//! Amounts of money carry their currency in their type as far as it is known, so that two that differ are
//! found before anything runs. `call` knows the functions, `operate` the operators, a [`Vocabulary`] the names.

mod call;
mod operate;

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::bounds::MAX_NESTING;
use super::code::{Code, Constant};
use super::parse::{Node, Operator, Syntax};
use super::problem::{Problem, Span};
use super::types::Type;

/// An expression with its type.
pub(crate) type Checked = Result<(Type, Code), Problem>;

/// What the expressions of one user can name.
pub(crate) trait Vocabulary: Sized {
    /// Something that evaluation looks up.
    type Slot: PartialEq;

    /// What to do about two amounts whose currencies differ.
    const CURRENCIES: &'static str;

    /// Whether a name stands for something already.
    fn is_taken(&self, name: &str) -> bool;

    /// The value that a node stands for, when it is a chain of names of this vocabulary.
    fn value(checker: &mut Checker<Self>, node: &Node) -> Result<Option<(Type, Code)>, Problem>;

    /// Whether what a node names is there, when it is a chain of names of this vocabulary.
    fn presence(checker: &mut Checker<Self>, node: &Node) -> Result<Option<(Type, Code)>, Problem>;

    /// A function of this vocabulary.
    fn call(
        checker: &mut Checker<Self>,
        span: Span,
        target: Option<&Node>,
        name: &str,
        arguments: &[Node],
    ) -> Result<Option<(Type, Code)>, Problem>;

    /// Names of its functions, for whoever mistypes one.
    fn functions(&self) -> &'static [&'static str] {
        &[]
    }

    /// What is known of a type here and not where it was made.
    fn known(&self, of: Type) -> Type {
        of
    }

    /// Whether an operator may be used on two operands.
    fn allow(
        checker: &Checker<Self>,
        operator: Operator,
        span: Span,
        operands: [&Code; 2],
    ) -> Result<(), Problem> {
        let _ = (checker, operator, span, operands);
        Ok(())
    }

    /// What is wrong with a name that nothing has.
    fn unknown_variable(checker: &Checker<Self>, name: &str, span: Span) -> Problem;

    /// What is wrong with a member that a record does not have.
    fn unknown_member(&self, name: &str, within: &str, names: &[&str], span: Span) -> Problem;
}

/// Checks the expressions of one rule.
pub(crate) struct Checker<V: Vocabulary> {
    /// What can be named.
    pub(crate) names: V,
    /// Variables of the loops around the node at hand, outermost first.
    pub(crate) locals: Vec<(String, Type)>,
    /// What the rule looks up.
    pub(crate) slots: Vec<V::Slot>,
}

impl<V: Vocabulary> Checker<V> {
    pub(crate) fn new(names: V) -> Self {
        Self { names, locals: Vec::new(), slots: Vec::new() }
    }

    /// Checks a condition, which is true or false.
    pub(crate) fn condition(&mut self, node: &Node) -> Result<Code, Problem> {
        let (of, code) = self.check(node)?;
        if of.is_bool() {
            return Ok(code);
        }
        let message = format!("a condition is true or false, this is {of}");
        Err(Problem::new("policy-type", node.span, message).hint("compare it, as in `… > money('500 EUR')`"))
    }

    /// Checks any expression.
    pub(crate) fn check(&mut self, node: &Node) -> Checked {
        match &node.syntax {
            Syntax::Bool(flag) => Ok((Type::Bool, Code::Constant(Constant::Bool(*flag)))),
            Syntax::Int(number) => Ok((Type::Integer, Code::Constant(Constant::Integer(*number)))),
            Syntax::Decimal(number) => Ok((Type::Decimal, Code::Constant(Constant::Decimal(*number)))),
            Syntax::Text(text) => Ok((Type::Text, Code::Constant(Constant::Text(text.as_str().into())))),
            Syntax::Name(_) | Syntax::Select(..) => self.named(node),
            Syntax::Index(of, key) => self.index(node, of, key),
            Syntax::Call { target, name, arguments } => {
                self.call(node.span, target.as_deref(), name, arguments)
            }
            Syntax::List(members) => self.list(members),
            Syntax::Map(_) => {
                Err(Problem::new("policy-type", node.span, "a map stands only inside `money(..)`")
                    .hint("write `money({'EUR': '500', 'USD': '550'})`"))
            }
            Syntax::Not(inner) => {
                let code = self.boolean(inner)?;
                Ok((Type::Bool, Code::Not(Box::new(code))))
            }
            Syntax::Negate(inner) => self.negate(node.span, inner),
            Syntax::Binary(operator, left, right) => self.binary(node.span, *operator, left, right),
            Syntax::If(condition, then, otherwise) => {
                let condition = self.boolean(condition)?;
                let (then_type, then) = self.check(then)?;
                let (else_type, otherwise) = self.check(otherwise)?;
                let of = then_type.either(&else_type).ok_or_else(|| {
                    let message = format!("one branch is {then_type}, the other {else_type}");
                    Problem::new("policy-type", node.span, message).hint("make both branches one type")
                })?;
                Ok((of, Code::If(Box::new(condition), Box::new(then), Box::new(otherwise))))
            }
        }
    }

    fn boolean(&mut self, node: &Node) -> Result<Code, Problem> {
        let (of, code) = self.check(node)?;
        if of.is_bool() {
            return Ok(code);
        }
        let hint = "compare it, or ask with `has(..)` whether it is there";
        Err(Problem::new("policy-type", node.span, format!("true or false is needed here, this is {of}"))
            .hint(hint))
    }

    fn list(&mut self, members: &[Node]) -> Checked {
        let mut of: Option<Type> = None;
        let mut codes = Vec::with_capacity(members.len());
        for member in members {
            let (found, code) = self.check(member)?;
            of = Some(match &of {
                None => found,
                Some(known) => known.either(&found).ok_or_else(|| {
                    let message = format!("this member is {found}, those before it are {known}");
                    Problem::new("policy-type", member.span, message).hint("members of a list have one type")
                })?,
            });
            codes.push(code);
        }
        let constants: Option<Vec<Constant>> = codes
            .iter()
            .map(|code| match code {
                Code::Constant(constant) => Some(constant.clone()),
                _ => None,
            })
            .collect();
        let code = constants.map_or(Code::List(codes), |constants| Code::Constant(Constant::List(constants)));
        Ok((Type::list(of.unwrap_or(Type::Anything)), code))
    }

    fn index(&mut self, node: &Node, of: &Node, key: &Node) -> Checked {
        if let Some(found) = V::value(self, node)? {
            return Ok(found);
        }
        let (inner, code) = self.check(of)?;
        let (key_type, key_code) = self.check(key)?;
        let wrong = |needs: &str| {
            Err(Problem::new(
                "policy-type",
                key.span,
                format!("{inner} takes {needs} in brackets, this is {key_type}"),
            ))
        };
        let found = match &inner {
            Type::List(_) if !key_type.is_number() || key_type == Type::Decimal => {
                return wrong("a whole number");
            }
            Type::Map(_) if !key_type.is_text() => return wrong("a text"),
            Type::List(member) | Type::Map(member) => Type::clone(member),
            Type::Record(members) => match &key.syntax {
                Syntax::Text(name) => self.member(members, name, key.span)?,
                _ => return wrong("a name in quotes"),
            },
            Type::Anything => Type::Anything,
            other => {
                return Err(Problem::new("policy-type", node.span, format!("{other} has no members"))
                    .hint("brackets look into lists and maps"));
            }
        };
        Ok((found, Code::Index(Box::new(code), Box::new(key_code))))
    }

    /// A name, or a selection of something that is not a name.
    fn named(&mut self, node: &Node) -> Checked {
        if let Some(found) = V::value(self, node)? {
            return Ok(found);
        }
        match &node.syntax {
            Syntax::Select(operand, name) => {
                let (of, code) = self.check(operand)?;
                let found = match &of {
                    Type::Record(members) => self.member(members, name, node.span)?,
                    Type::Map(member) => Type::clone(member),
                    Type::Anything => Type::Anything,
                    other => {
                        let message = format!("`{name}` is not a member: this is {other}");
                        return Err(Problem::new("policy-unknown-field", node.span, message)
                            .hint("members of texts and amounts are functions, such as `.size()`"));
                    }
                };
                let key = Code::Constant(Constant::Text(name.as_str().into()));
                Ok((found, Code::Index(Box::new(code), Box::new(key))))
            }
            Syntax::Name(name) => self.local(name).ok_or_else(|| V::unknown_variable(self, name, node.span)),
            _ => Err(Problem::new("policy-syntax", node.span, "a name is needed here")),
        }
    }

    /// `has(..)`: whether something is there.
    fn presence(&mut self, node: &Node) -> Checked {
        if let Some(found) = V::presence(self, node)? {
            return Ok(found);
        }
        match &node.syntax {
            Syntax::Select(..) | Syntax::Index(..) => {
                let (_, code) = self.check(node)?;
                Ok((Type::Bool, Code::Present(Box::new(code))))
            }
            _ => Err(Problem::new("policy-syntax", node.span, "`has` asks for a field")
                .hint("write `has(after.budget.daily)`")),
        }
    }

    /// The type of a record's member.
    pub(crate) fn member(
        &self,
        members: &BTreeMap<CompactString, Type>,
        name: &str,
        span: Span,
    ) -> Result<Type, Problem> {
        let names: Vec<&str> = members.keys().map(CompactString::as_str).collect();
        members
            .get(name)
            .cloned()
            .map(|of| self.names.known(of))
            .ok_or_else(|| self.names.unknown_member(name, "", &names, span))
    }

    /// The index of something the rule looks up.
    pub(crate) fn slot(&mut self, slot: V::Slot) -> usize {
        if let Some(known) = self.slots.iter().position(|known| *known == slot) {
            return known;
        }
        self.slots.push(slot);
        self.slots.len() - 1
    }

    /// Checks the body of a loop with its variable in sight.
    fn with_local(
        &mut self,
        variable: &Node,
        of: Type,
        body: &Node,
        check: impl FnOnce(&mut Self, &Node) -> Checked,
    ) -> Result<(Type, usize, Code), Problem> {
        let Syntax::Name(name) = &variable.syntax else {
            return Err(Problem::new("policy-syntax", variable.span, "a loop's variable is a plain name")
                .hint("write `list.exists(word, …)`"));
        };
        let taken = self.names.is_taken(name) || self.locals.iter().any(|(known, _)| known == name);
        if taken {
            return Err(Problem::new(
                "policy-syntax",
                variable.span,
                format!("`{name}` has a meaning already"),
            )
            .hint("give the loop's variable another name"));
        }
        if self.locals.len() >= MAX_NESTING {
            let message =
                format!("loops are nested {} deep, at most {MAX_NESTING} are allowed", MAX_NESTING + 1);
            return Err(Problem::new("policy-too-costly", variable.span, message)
                .hint("compare sets with `sets.intersects(..)`, or split the rule"));
        }
        self.locals.push((name.clone(), of));
        let found = check(self, body);
        self.locals.pop();
        let (of, code) = found?;
        Ok((of, self.locals.len(), code))
    }

    /// The variable of a loop.
    pub(crate) fn local(&self, name: &str) -> Option<(Type, Code)> {
        let index = self.locals.iter().position(|(known, _)| known == name)?;
        Some((self.locals[index].1.clone(), Code::Local(index)))
    }
}

/// A text that must stand in the expression itself.
pub(crate) fn literal<'n>(node: &'n Node, what: &str) -> Result<&'n str, Problem> {
    match &node.syntax {
        Syntax::Text(text) => Ok(text),
        _ => Err(Problem::new("policy-type", node.span, format!("{what} must be written out in quotes"))),
    }
}

/// A problem with a literal, at the literal.
pub(crate) fn bad_literal(span: Span, message: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem::new("policy-literal", span, message).hint(hint.into())
}
