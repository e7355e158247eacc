//! Operators: which types they take and what they give.

use super::{Checked, Checker, Vocabulary};
use crate::cel::code::{Code, Constant};
use crate::cel::parse::{Node, Operator, Syntax};
use crate::cel::problem::{Problem, Span};
use crate::cel::types::Type;
use crate::money::Currency;
use crate::suggest::{nearest, some_of};

impl<V: Vocabulary> Checker<V> {
    pub(super) fn negate(&mut self, span: Span, inner: &Node) -> Checked {
        let (of, code) = self.check(inner)?;
        match of {
            Type::Integer | Type::Decimal | Type::Money(_) | Type::Duration | Type::Anything => {
                Ok((of, Code::Negate(Box::new(code))))
            }
            other => Err(Problem::new("policy-type", span, format!("`-` takes a number, this is {other}"))),
        }
    }

    pub(super) fn binary(&mut self, span: Span, operator: Operator, left: &Node, right: &Node) -> Checked {
        if matches!(operator, Operator::And | Operator::Or) {
            let (a, b) = (Box::new(self.boolean(left)?), Box::new(self.boolean(right)?));
            return Ok((
                Type::Bool,
                if operator == Operator::And { Code::And(a, b) } else { Code::Or(a, b) },
            ));
        }
        let (left_type, a) = self.check(left)?;
        let (right_type, b) = self.check(right)?;
        V::allow(self, operator, span, [&a, &b])?;
        let (a, b) = (Box::new(a), Box::new(b));
        let mismatch = || {
            let message = format!("`{}` does not take {left_type} and {right_type}", operator.sign());
            let money = left_type.is_money() != right_type.is_money();
            let amount = matches!((&left_type, &right_type), (Type::Money(_), _) | (_, Type::Money(_)));
            let problem = Problem::new("policy-type", span, message);
            if money && amount { problem.hint("write amounts as `money('500 EUR')`") } else { problem }
        };
        match operator {
            Operator::Equal | Operator::Differ => {
                if !left_type.compares_with(&right_type) {
                    return Err(mismatch());
                }
                same_currency(&left_type, &right_type, span, V::CURRENCIES)?;
                known_word(&left_type, right)?;
                known_word(&right_type, left)?;
                Ok((Type::Bool, Code::Compare(operator, a, b)))
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                if !left_type.compares_with(&right_type)
                    || !left_type.is_ordered()
                    || !right_type.is_ordered()
                {
                    return Err(mismatch());
                }
                same_currency(&left_type, &right_type, span, V::CURRENCIES)?;
                Ok((Type::Bool, Code::Compare(operator, a, b)))
            }
            Operator::In => {
                match &right_type {
                    Type::List(member) if member.compares_with(&left_type) => {
                        if let (Syntax::List(members), Type::Word(_)) = (&right.syntax, &left_type) {
                            members.iter().try_for_each(|member| known_word(&left_type, member))?;
                        }
                        known_word(member, left)?;
                    }
                    Type::Map(_) if left_type.is_text() => {}
                    Type::Anything => {}
                    _ => return Err(mismatch()),
                }
                Ok((Type::Bool, Code::In(a, b)))
            }
            _ => {
                let of = arithmetic(operator, &left_type, &right_type, span, V::CURRENCIES)?
                    .ok_or_else(mismatch)?;
                Ok((of, Code::Arithmetic(operator, a, b)))
            }
        }
    }
}

/// Two amounts whose currencies are known and differ never compare and never add up.
fn same_currency(left: &Type, right: &Type, span: Span, remedy: &str) -> Result<Option<Currency>, Problem> {
    match (left, right) {
        (Type::Money(Some(a)), Type::Money(Some(b))) if a != b => {
            let message = format!("one amount is in {a}, the other in {b}, and nothing is converted");
            let hint = remedy.replace("{a}", a.code()).replace("{b}", b.code());
            Err(Problem::new("policy-currency", span, message).hint(hint))
        }
        (Type::Money(Some(known)), Type::Money(_)) | (Type::Money(_), Type::Money(Some(known))) => {
            Ok(Some(*known))
        }
        _ => Ok(None),
    }
}

/// A word that a field can never hold is a mistake.
fn known_word(of: &Type, node: &Node) -> Result<(), Problem> {
    let (Type::Word(words), Syntax::Text(text)) = (of, &node.syntax) else { return Ok(()) };
    if words.iter().any(|word| **word == **text) {
        return Ok(());
    }
    let all = || words.iter().map(AsRef::as_ref);
    let hint = match nearest(text, all()) {
        Some(meant) => format!("did you mean `'{meant}'`?"),
        // Only bands can be none: the approval policy names them.
        None if words.is_empty() => "name money bands under `approvals.bands` of `adplane.yaml`".to_owned(),
        None => format!("it is one of {}", some_of(all())),
    };
    Err(Problem::new("policy-unknown-word", node.span, format!("it is never `{text}`")).hint(hint))
}

/// The type of a calculation; `None` when the operator does not take these.
fn arithmetic(
    operator: Operator,
    left: &Type,
    right: &Type,
    span: Span,
    remedy: &str,
) -> Result<Option<Type>, Problem> {
    use Operator::{Add, Divide, Multiply, Remainder, Subtract};
    use Type::{Anything, Decimal, Duration, Integer, Money, Time};
    Ok(match (operator, left, right) {
        (Add | Subtract, Money(_), Money(_)) => Some(Money(same_currency(left, right, span, remedy)?)),
        (Divide, Money(_), Money(_)) => {
            same_currency(left, right, span, remedy)?;
            Some(Decimal)
        }
        (Multiply | Divide, Money(currency), Integer | Decimal)
        | (Multiply, Integer | Decimal, Money(currency)) => Some(Money(*currency)),
        (Add | Subtract, Time, Duration) | (Add, Duration, Time) => Some(Time),
        (Subtract, Time, Time)
        | (Add | Subtract, Duration, Duration)
        | (Multiply, Duration, Integer)
        | (Multiply, Integer, Duration) => Some(Duration),
        (Add, a, b) if a.is_text() && b.is_text() => Some(Type::Text),
        (_, Anything, _) | (_, _, Anything) => Some(Anything),
        (Add | Subtract | Multiply | Divide | Remainder, Integer, Integer) => Some(Integer),
        (Add | Subtract | Multiply | Divide, a, b) if a.is_number() && b.is_number() => Some(Decimal),
        _ => None,
    })
}

impl Constant {
    /// Whether it is this flag.
    pub(crate) fn is(&self, flag: bool) -> bool {
        *self == Self::Bool(flag)
    }
}
