//! Rules that can never match, and rules that another one makes idle.
//!
//! A condition is taken as a conjunction of parts. A comparison of something looked up with a constant says a
//! range; other parts are only compared for being the same. So what is reported is certain, and what is too
//! clever to see is not reported.

use super::compile::{Policy, Rule};
use super::slot::Slot;
use super::source::Severity;
use crate::cel::code::{Code, Constant};
use crate::cel::parse::Operator;
use crate::cel::ranges::{Bound, exclude, mirrored, within};
use crate::diagnostic::Diagnostic;

/// Looks at compiled policies of one project; all it finds are warnings.
pub fn review(policies: &[Policy]) -> Vec<Diagnostic> {
    let rules: Vec<Reviewed<'_>> = policies
        .iter()
        .flat_map(|policy| policy.rules.iter().map(move |rule| Reviewed::new(policy, rule)))
        .collect();
    let mut found = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        if let Some(why) = rule.never() {
            let message = format!("rule `{}` can never match: {why}", rule.rule.name);
            let told = Diagnostic::warning("policy-never-matches", message)
                .hint("correct its condition, or remove the rule");
            found.push(rule.placed(told));
            continue;
        }
        let idle = rules
            .iter()
            .enumerate()
            .find(|(other, by)| *other != index && by.makes_idle(rule, *other < index));
        if let Some((_, by)) = idle {
            found.push(rule.idle(by));
        }
    }
    found
}

/// One part of a conjunction.
#[derive(Debug, Clone, PartialEq)]
enum Part<'a> {
    Compare(&'a Slot, Operator, Bound),
    Other(&'a Code),
}

struct Reviewed<'a> {
    policy: &'a Policy,
    rule: &'a Rule,
    parts: Vec<Part<'a>>,
}

impl<'a> Reviewed<'a> {
    fn new(policy: &'a Policy, rule: &'a Rule) -> Self {
        let mut parts = Vec::new();
        split(rule, &rule.when, &mut parts);
        Self { policy, rule, parts }
    }

    fn placed(&self, found: Diagnostic) -> Diagnostic {
        let mut found = found.at(self.rule.origin.as_ref());
        found.length = self.rule.length;
        found
    }

    /// Why no object can fulfil all parts.
    fn never(&self) -> Option<String> {
        for part in &self.parts {
            if let Part::Other(Code::Constant(constant)) = part
                && constant.is(false)
            {
                return Some("its condition is always false".to_owned());
            }
        }
        for (index, part) in self.parts.iter().enumerate() {
            let Part::Compare(slot, operator, bound) = part else { continue };
            for other in &self.parts[index + 1..] {
                let Part::Compare(other_slot, other_operator, other_bound) = other else { continue };
                if slot == other_slot && exclude((*operator, bound), (*other_operator, other_bound)) {
                    return Some(format!("no value is both {} and {}", shown(part), shown(other)));
                }
            }
        }
        None
    }

    /// Whether every match of `weaker` is a match of this rule, which says at least as much.
    fn makes_idle(&self, weaker: &Self, first: bool) -> bool {
        let stronger = self.rule.severity > weaker.rule.severity;
        let same = self.rule.severity == weaker.rule.severity;
        if !(stronger || same) || self.policy.namespace != weaker.policy.namespace || self.never().is_some() {
            return false;
        }
        let implied = self.policy.scope.covers(&weaker.policy.scope)
            && self
                .parts
                .iter()
                .all(|part| weaker.parts.iter().any(|known| self.implies(weaker, known, part)));
        if !implied {
            return false;
        }
        // Of two that say the same, the later one is idle; of two with other limits, the narrower one.
        let mutual = weaker.policy.scope.covers(&self.policy.scope)
            && weaker
                .parts
                .iter()
                .all(|part| self.parts.iter().any(|known| weaker.implies(self, known, part)));
        stronger || !mutual || first
    }

    fn implies(&self, other: &Self, known: &Part<'_>, wanted: &Part<'_>) -> bool {
        match (known, wanted) {
            (Part::Compare(a, operator, bound), Part::Compare(b, wanted_operator, wanted_bound)) => {
                a == b && within((*operator, bound), (*wanted_operator, wanted_bound))
            }
            (Part::Other(a), Part::Other(b)) => alike(other.rule, a, self.rule, b),
            _ => false,
        }
    }

    fn idle(&self, by: &Self) -> Diagnostic {
        let other = by.policy.rule_name(by.rule);
        let same = self.parts.len() == by.parts.len()
            && self.parts.iter().all(|part| by.parts.iter().any(|known| self.implies(by, known, part)));
        let (name, severity, theirs) = (&self.rule.name, self.rule.severity, by.rule.severity);
        if same && severity != theirs {
            let message =
                format!("rule `{name}` says {severity} where `{other}` says {theirs} of the same changes");
            let told =
                Diagnostic::warning("policy-contradiction", message).hint("keep the one that is meant");
            return self.placed(told);
        }
        let message = if same {
            format!("rule `{name}` repeats `{other}`")
        } else {
            format!("rule `{name}` adds nothing: `{other}` says {theirs} whenever it matches")
        };
        let hint = if severity == Severity::Deny {
            "remove one of the two"
        } else {
            "remove it, or let it match earlier"
        };
        self.placed(Diagnostic::warning("policy-shadowed", message).hint(hint))
    }
}

/// Splits `a && b`, the comparisons of it told apart.
fn split<'a>(rule: &'a Rule, code: &'a Code, into: &mut Vec<Part<'a>>) {
    match code {
        Code::And(a, b) => {
            split(rule, a, into);
            split(rule, b, into);
        }
        Code::Compare(operator, a, b) => into.push(match (&**a, &**b) {
            (Code::Load(slot), Code::Constant(constant)) => compare(rule, *slot, *operator, constant, code),
            (Code::Constant(constant), Code::Load(slot)) => {
                compare(rule, *slot, mirrored(*operator), constant, code)
            }
            _ => Part::Other(code),
        }),
        Code::Load(slot) => into.push(
            rule.slots
                .get(*slot)
                .map_or(Part::Other(code), |slot| Part::Compare(slot, Operator::Equal, Bound::Flag(true))),
        ),
        _ => into.push(Part::Other(code)),
    }
}

fn compare<'a>(
    rule: &'a Rule,
    slot: usize,
    operator: Operator,
    constant: &Constant,
    code: &'a Code,
) -> Part<'a> {
    let Some(bound) = Bound::of(constant) else { return Part::Other(code) };
    rule.slots.get(slot).map_or(Part::Other(code), |slot| Part::Compare(slot, operator, bound))
}

fn shown(part: &Part<'_>) -> String {
    let Part::Compare(_, operator, bound) = part else { return String::new() };
    format!("`{} {bound}`", operator.sign())
}

/// Whether two expressions of two rules are the same, their slots compared by what they look up.
#[expect(clippy::many_single_char_names, reason = "pairs of like expressions, side by side")]
fn alike(first: &Rule, a: &Code, second: &Rule, b: &Code) -> bool {
    let same = |a: &Code, b: &Code| alike(first, a, second, b);
    let all = |a: &[Code], b: &[Code]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b));
    match (a, b) {
        (Code::Load(a), Code::Load(b)) | (Code::Has(a), Code::Has(b)) => {
            first.slots.get(*a) == second.slots.get(*b)
        }
        (Code::Present(a), Code::Present(b))
        | (Code::Not(a), Code::Not(b))
        | (Code::Negate(a), Code::Negate(b)) => same(a, b),
        (Code::And(a, c), Code::And(b, d))
        | (Code::Or(a, c), Code::Or(b, d))
        | (Code::In(a, c), Code::In(b, d))
        | (Code::Index(a, c), Code::Index(b, d)) => same(a, b) && same(c, d),
        (Code::Compare(x, a, c), Code::Compare(y, b, d))
        | (Code::Arithmetic(x, a, c), Code::Arithmetic(y, b, d)) => x == y && same(a, b) && same(c, d),
        (Code::If(a, c, e), Code::If(b, d, f)) => same(a, b) && same(c, d) && same(e, f),
        (Code::List(a), Code::List(b)) => all(a, b),
        (Code::Matches(a, x), Code::Matches(b, y)) => x == y && same(a, b),
        (Code::Call(x, a), Code::Call(y, b)) => x == y && all(a, b),
        (Code::Loop(x, a, i, c), Code::Loop(y, b, j, d)) => x == y && i == j && same(a, b) && same(c, d),
        (Code::Ask(a, x), Code::Ask(b, y)) => first.slots.get(*a) == second.slots.get(*b) && all(x, y),
        (Code::Constant(_), Code::Constant(_)) | (Code::Local(_), Code::Local(_)) => a == b,
        _ => false,
    }
}
