//! Names: variables, fields, facts, labels and the plan's money.

use std::collections::BTreeSet;

use compact_str::CompactString;

use super::catalogue::{Catalogue, Entry, Fact, Group, SUMS, Variable};
use super::slot::{Holder, Slot, Sum};
use super::source::Scope;
use crate::address::Kind;
use crate::cel::check::{Checker, literal};
use crate::cel::code::Code;
use crate::cel::parse::{Node, Syntax};
use crate::cel::problem::{Problem, Span};
use crate::cel::{Type, Vocabulary};
use crate::field::FieldPath;
use crate::money::Currency;
use crate::suggest::{nearest, some_of};

/// A name behind a dot, and where it stands.
type Step<'n> = (&'n str, Span);

/// What a path leads to.
enum Place {
    Value(Type, Slot),
    /// A group of fields, which is no value.
    Group(Slot, Vec<String>),
}

/// What the expressions of one policy can name.
pub(super) struct Names<'a> {
    catalogue: &'a Catalogue,
    scope: &'a Scope,
    kinds: Vec<Kind>,
    /// Variables that the rule names.
    pub(super) reads: BTreeSet<Variable>,
    /// Labels by which it asks for a part of the plan's money.
    pub(super) grouped: BTreeSet<CompactString>,
}

impl<'a> Names<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, scope: &'a Scope) -> Self {
        let kinds = scope.kinds();
        Self { catalogue, scope, kinds, reads: BTreeSet::new(), grouped: BTreeSet::new() }
    }
}

impl Vocabulary for Names<'_> {
    type Slot = Slot;

    const CURRENCIES: &'static str = "write `money({'{a}': '…', '{b}': '…'})`, or a policy for each currency";

    fn is_taken(&self, name: &str) -> bool {
        Variable::named(name).is_some()
    }

    fn value(checker: &mut Checker<Self>, node: &Node) -> Result<Option<(Type, Code)>, Problem> {
        if let Some(found) = checker.plan_money(node)? {
            return Ok(Some(found));
        }
        if !matches!(node.syntax, Syntax::Name(_) | Syntax::Select(..)) {
            return Ok(None);
        }
        let Some((variable, steps)) = checker.path(node)? else { return Ok(None) };
        match checker.follow(variable, &steps, node.span)? {
            Place::Value(of, slot) => {
                let of = checker.names.known(of);
                Ok(Some((of, Code::Load(checker.slot(slot)))))
            }
            Place::Group(_, names) => {
                let written = written(variable, &steps);
                let message = format!("`{written}` is a group of fields, not a value");
                Err(Problem::new("policy-type", node.span, message)
                    .hint(format!("name one of them: {}", some_of(names.iter().map(String::as_str)))))
            }
        }
    }

    fn presence(checker: &mut Checker<Self>, node: &Node) -> Result<Option<(Type, Code)>, Problem> {
        let Some((variable, steps)) = checker.path(node)?.filter(|(_, steps)| !steps.is_empty()) else {
            return Ok(None);
        };
        let slot = match checker.follow(variable, &steps, node.span)? {
            Place::Value(_, slot) | Place::Group(slot, _) => slot,
        };
        Ok(Some((Type::Bool, Code::Has(checker.slot(slot)))))
    }

    fn call(
        _: &mut Checker<Self>,
        span: Span,
        target: Option<&Node>,
        name: &str,
        _: &[Node],
    ) -> Result<Option<(Type, Code)>, Problem> {
        let of_plan = matches!(target, Some(Node { syntax: Syntax::Name(plan), .. }) if plan == "plan");
        if of_plan && name == "labelled" {
            let message = "`plan.labelled(..)` is a part of the plan, not a value";
            return Err(Problem::new("policy-type", span, message)
                .hint("write `plan.labelled('team', labels.team).money.delta`"));
        }
        Ok(None)
    }

    /// An amount of an account whose currency the policy names is in that currency.
    fn known(&self, of: Type) -> Type {
        match of {
            Type::Money(None) => Type::Money(self.scope.currency),
            other => other,
        }
    }

    fn unknown_variable(checker: &Checker<Self>, name: &str, span: Span) -> Problem {
        let names = || Variable::ALL.into_iter().map(|(word, _)| word);
        let locals = checker.locals.iter().map(|(name, _)| name.as_str());
        let hint = match nearest(name, names().chain(locals)) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are: {}", some_of(names())),
        };
        Problem::new("policy-unknown-field", span, format!("nothing is called `{name}`")).hint(hint)
    }

    fn unknown_member(&self, name: &str, within: &str, names: &[&str], span: Span) -> Problem {
        let hint = match nearest(name, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if names.is_empty() => "only ads have a creative: add `Ad` to `match.kinds`".to_owned(),
            None => format!("there are: {}", some_of(names.iter().copied())),
        };
        let of = match (within, self.scope.kinds.is_empty()) {
            ("", _) => String::new(),
            ("before" | "after", false) => {
                let kinds: Vec<&str> = self.kinds.iter().map(|kind| kind.word()).collect();
                format!(" of `{within}`: {}", kinds.join(", "))
            }
            _ => format!(" of `{within}`"),
        };
        Problem::new("policy-unknown-field", span, format!("`{name}` is not a member{of}")).hint(hint)
    }
}

impl Checker<Names<'_>> {
    /// The variable and the names behind it, when a node is such a chain.
    fn path<'n>(&mut self, node: &'n Node) -> Result<Option<(Variable, Vec<Step<'n>>)>, Problem> {
        let mut steps = Vec::new();
        let mut at = node;
        while let Syntax::Select(operand, name) = &at.syntax {
            steps.push((name.as_str(), at.span));
            at = operand;
        }
        let Syntax::Name(name) = &at.syntax else { return Ok(None) };
        if self.local(name).is_some() {
            return Ok(None);
        }
        let variable = Variable::named(name).ok_or_else(|| Names::unknown_variable(self, name, at.span))?;
        self.names.reads.insert(variable);
        steps.reverse();
        Ok(Some((variable, steps)))
    }

    fn follow(&self, variable: Variable, steps: &[Step<'_>], span: Span) -> Result<Place, Problem> {
        if let [(name, _)] = steps
            && let Some((_, fact, of)) =
                Fact::of(variable, &self.names.catalogue.bands).into_iter().find(|(word, _, _)| word == name)
        {
            return Ok(Place::Value(of, Slot::Fact(fact)));
        }
        let parent = match variable {
            Variable::Campaign => Some(Holder::Campaign),
            Variable::AdGroup => Some(Holder::AdGroup),
            Variable::Labels => Some(Holder::After),
            _ => None,
        };
        let labels = match (variable, steps) {
            (Variable::Labels, keys)
            | (Variable::Campaign | Variable::AdGroup, [("labels", _), keys @ ..]) => Some(keys),
            _ => None,
        };
        if let (Some(holder), Some(keys)) = (parent, labels) {
            return match keys {
                [] => Ok(Place::Value(Type::map(Type::Text), Slot::Labels { holder })),
                [(key, _)] => Ok(Place::Value(Type::Text, Slot::Label { holder, key: (*key).into() })),
                [_, (name, at), ..] => Err(Problem::new(
                    "policy-unknown-field",
                    *at,
                    format!("`{name}` is not a member: a label is a text"),
                )),
            };
        }
        let (group, holder, prefix) = match variable {
            Variable::Now => {
                return match steps {
                    [] => Ok(Place::Value(Type::Time, Slot::Fact(Fact::Now))),
                    [(name, at), ..] => Err(Problem::new(
                        "policy-unknown-field",
                        *at,
                        format!("`{name}` is not a member of a time"),
                    )
                    .hint("ask with functions, such as `now.getHours()`")),
                };
            }
            Variable::Before => (self.names.catalogue.of(&self.names.kinds), Holder::Before, ""),
            Variable::After => (self.names.catalogue.of(&self.names.kinds), Holder::After, ""),
            Variable::Campaign => (self.names.catalogue.of(&[Kind::Campaign]), Holder::Campaign, ""),
            Variable::AdGroup => (self.names.catalogue.of(&[Kind::AdGroup]), Holder::AdGroup, ""),
            Variable::Creative => match self.names.catalogue.of(&[Kind::Ad]).remove("creative") {
                Some(Entry::Group(group)) => (group, Holder::After, "creative"),
                _ => (Group::new(), Holder::After, "creative"),
            },
            Variable::Account => (self.names.catalogue.account.clone(), Holder::Account, ""),
            Variable::Change | Variable::Plan | Variable::Labels => (Group::new(), Holder::After, ""),
        };
        let facts = Fact::of(variable, &[]).into_iter().map(|(word, _, _)| word);
        self.walk(&group, holder, prefix, variable, steps, facts.collect(), span)
    }

    #[expect(clippy::too_many_arguments, reason = "one walk over everything known of a path")]
    fn walk(
        &self,
        group: &Group,
        holder: Holder,
        prefix: &str,
        variable: Variable,
        steps: &[Step<'_>],
        facts: Vec<&str>,
        span: Span,
    ) -> Result<Place, Problem> {
        let mut entry: Option<&Entry> = None;
        let mut at: &Group = group;
        let mut path = prefix.to_owned();
        let mut others = facts;
        for (index, (name, span)) in steps.iter().enumerate() {
            let found = match entry {
                Some(Entry::Free(inner)) => Some(inner.as_ref()),
                _ => at.get(*name),
            };
            let Some(found) = found else {
                let names: Vec<&str> = at.keys().map(CompactString::as_str).chain(others).collect();
                return Err(self.names.unknown_member(
                    name,
                    &written(variable, &steps[..index]),
                    &names,
                    *span,
                ));
            };
            others = Vec::new();
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name);
            match found {
                Entry::Group(inner) => at = inner,
                Entry::Free(_) => {}
                Entry::Field(of) => {
                    let mut of = of.clone();
                    let mut keys = Vec::new();
                    for (key, span) in &steps[index + 1..] {
                        of = match &of {
                            Type::Record(members) => self.member(members, key, *span)?,
                            Type::Map(member) => Type::clone(member),
                            Type::Anything => Type::Anything,
                            other => {
                                let message = format!("`{key}` is not a member: `{path}` is {other}");
                                return Err(Problem::new("policy-unknown-field", *span, message));
                            }
                        };
                        keys.push(CompactString::new(key));
                    }
                    return Ok(Place::Value(of, Slot::Field { holder, path: FieldPath::new(&path), keys }));
                }
            }
            entry = Some(found);
        }
        if steps.is_empty() && at.is_empty() && others.is_empty() {
            let message = format!("`{}` has no fields here", variable.word());
            return Err(Problem::new("policy-unknown-field", span, message));
        }
        let names = at.keys().map(ToString::to_string).chain(others.into_iter().map(str::to_owned)).collect();
        Ok(Place::Group(Slot::Group { holder, path: FieldPath::new(&path) }, names))
    }

    /// `plan.money.delta`, `plan.money['EUR'].delta`, `plan.labelled('team', labels.team).money.delta`.
    pub(super) fn plan_money(&mut self, node: &Node) -> Result<Option<(Type, Code)>, Problem> {
        let Syntax::Select(inner, name) = &node.syntax else { return Ok(None) };
        let (money, currency) = match &inner.syntax {
            Syntax::Index(money, key) if is_money(money) => {
                (&**money, Some((literal(key, "a currency")?, key.span)))
            }
            Syntax::Select(money, code) if is_money(money) && Currency::parse(code).is_some() => {
                (&**money, Some((code.as_str(), inner.span)))
            }
            _ if is_money(inner) => (&**inner, None),
            _ => return Ok(None),
        };
        let label = match &money.syntax {
            Syntax::Select(base, _) => self.labelled(base)?,
            _ => None,
        };
        self.names.reads.insert(Variable::Plan);
        let currency = currency
            .map(|(code, span)| {
                Currency::parse(code).ok_or_else(|| {
                    Problem::new("policy-literal", span, format!("`{code}` is not a currency"))
                        .hint("write an ISO 4217 code such as `plan.money['EUR']`")
                })
            })
            .transpose()?;
        let sum = match name.as_str() {
            "dailyBefore" => Sum::DailyBefore,
            "dailyAfter" => Sum::DailyAfter,
            "delta" => Sum::Delta,
            "worstDay" => Sum::WorstDay,
            _ => return Err(self.names.unknown_member(name, "plan.money", &SUMS, node.span)),
        };
        let (label, value) = label.unzip();
        let slot = self.slot(Slot::PlanMoney { label, currency, sum });
        let of = Type::Money(currency.or(self.names.scope.currency));
        Ok(Some((of, Code::Ask(slot, value.into_iter().collect()))))
    }

    fn labelled(&mut self, base: &Node) -> Result<Option<(CompactString, Code)>, Problem> {
        let Syntax::Call { name, arguments, .. } = &base.syntax else { return Ok(None) };
        let [key, value] = arguments.as_slice() else {
            return Err(Problem::new(
                "policy-type",
                base.span,
                format!("`{name}` takes a label and its value"),
            )
            .hint("write `plan.labelled('team', labels.team)`"));
        };
        let key = CompactString::new(literal(key, "the label")?);
        let (of, code) = self.check(value)?;
        if !of.is_text() {
            return Err(Problem::new(
                "policy-type",
                value.span,
                format!("a label's value is a text, this is {of}"),
            ));
        }
        self.names.grouped.insert(key.clone());
        Ok(Some((key, code)))
    }
}

/// Whether a node is `plan.money` or `plan.labelled(..).money`.
fn is_money(node: &Node) -> bool {
    let is_plan = |node: &Node| matches!(&node.syntax, Syntax::Name(name) if name == "plan");
    let Syntax::Select(base, name) = &node.syntax else { return false };
    let whole = is_plan(base);
    let part = matches!(&base.syntax, Syntax::Call { target: Some(target), name, .. }
        if name == "labelled" && is_plan(target));
    name == "money" && (whole || part)
}

/// A path as written so far.
fn written(variable: Variable, steps: &[Step<'_>]) -> String {
    let mut text = variable.word().to_owned();
    for (name, _) in steps {
        text.push('.');
        text.push_str(name);
    }
    text
}
