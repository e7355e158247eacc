//! What the expressions of rules can name, with types.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::figure::Figure;
use super::slot::{Chance, Effect, Fact, Holder, Named, Slot, single_days};
use super::source::{RuleSource, SignalKind};
use crate::cel::check::Checker;
use crate::cel::code::{Code, Constant};
use crate::cel::parse::{Node, Operator, Syntax};
use crate::cel::problem::{Problem, Span};
use crate::cel::{Type, Vocabulary};
use crate::metrics::{Metric, Window};
use crate::money::Currency;
use crate::suggest::{nearest, some_of};
use crate::value::Value;

/// What a rule names itself.
const DECLARED: [&str; 3] = ["params", "signals", "calendars"];

/// What a condition and an approval can both name; an approval can name what would change too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Within {
    Condition,
    Approval,
}

/// What the expressions of one rule can name.
pub(super) struct Names<'a> {
    pub(super) source: &'a RuleSource,
    /// Currency of the accounts in scope, where it is one.
    pub(super) currency: Option<Currency>,
    pub(super) within: Within,
    /// Where each metric is asked for first.
    pub(super) metrics: BTreeMap<Metric, Span>,
}

type Found = Result<Option<(Type, Code)>, Problem>;

/// A name behind a dot, and where it stands.
pub(super) type StepOf<'n> = (&'n str, Span);

const ROOTS: [&str; 9] =
    ["self", "parent", "account", "peers", "params", "signals", "calendars", "now", "forecast"];
const OF_EFFECT: [&str; 2] = ["delta", "action"];
const FUNCTIONS: [&str; 9] = [
    "probCpaAbove",
    "probCtrAbove",
    "probCtrBelow",
    "probCvrAbove",
    "probCvrBelow",
    "probRoasAbove",
    "zScore",
    "monthPlan",
    "convert",
];

impl Vocabulary for Names<'_> {
    type Slot = Slot;

    const CURRENCIES: &'static str =
        "narrow `scope.accounts` to one currency, or write `convert(.., '{a}')` with `rates`";

    fn is_taken(&self, name: &str) -> bool {
        ROOTS.contains(&name) || OF_EFFECT.contains(&name) || self.window(name).is_some()
    }

    fn value(checker: &mut Checker<Self>, node: &Node) -> Found {
        let Some((root, steps)) = chain(node) else { return Ok(None) };
        if checker.local(root.0).is_some() {
            return Ok(None);
        }
        checker.rooted(root, &steps).map(Some)
    }

    fn presence(checker: &mut Checker<Self>, node: &Node) -> Found {
        // A value that is not known is no value that is not there: only labels can be asked for.
        let Some((of, code)) = Self::value(checker, node)? else { return Ok(None) };
        let labels = |code: &Code| {
            matches!(code, Code::Load(slot)
            if matches!(checker.slots.get(*slot), Some(Slot::Label { .. })))
        };
        if of == Type::Text && labels(&code) {
            return Ok(Some((Type::Bool, Code::Present(Box::new(code)))));
        }
        let message = "`has` asks for a label: everything else is known or makes the condition unknown";
        Err(Problem::new("policy-type", node.span, message).hint("write `has(self.labels.team)`"))
    }

    fn call(
        checker: &mut Checker<Self>,
        span: Span,
        target: Option<&Node>,
        name: &str,
        arguments: &[Node],
    ) -> Found {
        match target {
            Some(Node { syntax: Syntax::Name(peers), .. }) if peers == "peers" => {
                checker.placing(span, name, arguments).map(Some)
            }
            Some(_) => Ok(None),
            None if name == "zScore" => checker.z_score(span, arguments).map(Some),
            None if name == "monthPlan" => checker.month_plan(span, arguments).map(Some),
            None if name == "convert" => checker.convert(span, arguments).map(Some),
            None => match Chance::WORDS.into_iter().find(|(word, _)| *word == name) {
                Some((_, chance)) => checker.chance(span, chance, arguments).map(Some),
                None => Ok(None),
            },
        }
    }

    fn functions(&self) -> &'static [&'static str] {
        &FUNCTIONS
    }

    /// Dividing by what was measured divides by zero sooner or later; ratios are there as values.
    fn allow(
        checker: &Checker<Self>,
        operator: Operator,
        span: Span,
        [left, right]: [&Code; 2],
    ) -> Result<(), Problem> {
        let measured = |code: &Code| {
            let mut found = None;
            code.visit(&mut |part| {
                let Code::Load(slot) = part else { return };
                match checker.slots.get(*slot) {
                    Some(Slot::Figure { over, figure, .. }) => found = Some((over.name.clone(), *figure)),
                    Some(Slot::Forecast { asked, .. }) => {
                        let days = compact_str::format_compact!("forecast.{}", asked.ahead);
                        found = Some((days, Figure::Count(asked.metric)));
                    }
                    _ => {}
                }
            });
            found
        };
        let Some((window, below)) =
            measured(right).filter(|_| matches!(operator, Operator::Divide | Operator::Remainder))
        else {
            return Ok(());
        };
        // Of days to come there are no ratios.
        let supplied = measured(left).filter(|_| !window.starts_with("forecast.")).and_then(|(_, above)| {
            crate::metrics::Ratio::ALL.into_iter().find(|ratio| {
                let (over, under) = ratio.parts();
                (above, below) == (Figure::Count(over), Figure::Count(under))
            })
        });
        let hint = match supplied {
            Some(ratio) => format!(
                "write `{window}.{}`, which is unknown where there is nothing to divide by",
                ratio.word()
            ),
            None => "compare with a multiple, as in `recent.spend > 3 * params.target`".to_owned(),
        };
        let message = format!("`{window}.{}` is divided by, and may be zero", below.word());
        Err(Problem::new("rule-raw-division", span, message).hint(hint))
    }

    fn unknown_variable(checker: &Checker<Self>, name: &str, span: Span) -> Problem {
        let windows = checker.names.source.windows.keys().map(CompactString::as_str);
        let names: Vec<&str> = windows.chain(ROOTS).collect();
        let hint = match (name.parse::<Window>(), nearest(name, names.iter().copied())) {
            (_, Some(meant)) => format!("did you mean `{meant}`?"),
            (Err(wrong), None) if name.contains('_') => wrong.hint,
            _ => format!("declare it under `windows`, or write one of {}", some_of(names.iter().copied())),
        };
        Problem::new("policy-unknown-field", span, format!("nothing is called `{name}`")).hint(hint)
    }

    fn unknown_member(&self, name: &str, within: &str, names: &[&str], span: Span) -> Problem {
        let hint = match nearest(name, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if names.is_empty() && DECLARED.contains(&within) => {
                format!("there are none: declare it under `{within}`")
            }
            None if names.is_empty() => "there are none: leave it out".to_owned(),
            None => format!("there are: {}", some_of(names.iter().copied())),
        };
        let of = if within.is_empty() { String::new() } else { format!(" of `{within}`") };
        Problem::new("policy-unknown-field", span, format!("`{name}` is not a member{of}")).hint(hint)
    }
}

/// What is added up day by day needs a window of days.
pub(super) fn by_day(figure: Figure, over: &Named, at: Span) -> Result<(), Problem> {
    if figure != Figure::LeastFrequency || single_days(over.window).is_some() {
        return Ok(());
    }
    let message =
        format!("`{}` is counted day by day, and `{}` is not so many days", figure.word(), over.name);
    Err(Problem::new("policy-type", at, message).hint("write a window such as `{days: 7}` or `last_7d`"))
}

/// The first name of a chain and what stands behind its dots.
pub(super) fn chain(node: &Node) -> Option<(StepOf<'_>, Vec<StepOf<'_>>)> {
    let mut steps = Vec::new();
    let mut at = node;
    while let Syntax::Select(operand, name) = &at.syntax {
        steps.push((name.as_str(), at.span));
        at = operand;
    }
    let Syntax::Name(root) = &at.syntax else { return None };
    steps.reverse();
    Some(((root.as_str(), at.span), steps))
}

impl Names<'_> {
    /// A declared window, or a built-in one.
    pub(super) fn window(&self, name: &str) -> Option<Named> {
        let window = self.source.windows.get(name).copied().or_else(|| name.parse().ok())?;
        Some(Named { name: name.into(), window })
    }
}

impl Checker<Names<'_>> {
    pub(super) fn load(&mut self, of: Type, slot: Slot) -> (Type, Code) {
        (of, Code::Load(self.slot(slot)))
    }

    fn rooted(&mut self, (root, span): StepOf<'_>, steps: &[StepOf<'_>]) -> Result<(Type, Code), Problem> {
        if let Some(over) = self.names.window(root) {
            return self.figure(Holder::Own, over, steps, span);
        }
        match root {
            "params" => self.param(steps, span),
            "signals" => self.signal(steps, span),
            "calendars" => self.calendar(steps, span),
            "forecast" => self.forecast(Holder::Own, steps, span),
            "now" if steps.is_empty() => Ok(self.load(Type::Time, Slot::Now)),
            "delta" | "action" if self.names.within == Within::Approval => self.effect(root, steps, span),
            _ => match Holder::named(root) {
                Some(of) => self.held(of, steps, span),
                None => Err(Names::unknown_variable(self, root, span)),
            },
        }
    }

    /// `<window>.<figure>`.
    fn figure(
        &mut self,
        of: Holder,
        over: Named,
        steps: &[StepOf<'_>],
        span: Span,
    ) -> Result<(Type, Code), Problem> {
        let words: Vec<&str> = Figure::all().map(Figure::word).collect();
        match steps {
            [] => Err(Problem::new("policy-type", span, format!("`{}` is a window, not a value", over.name))
                .hint(format!("name what is measured: {}", some_of(words)))),
            [(word, at)] => {
                let figure = Figure::parse(word)
                    .ok_or_else(|| self.names.unknown_member(word, &over.name, &words, *at))?;
                by_day(figure, &over, *at)?;
                self.note(figure, *at);
                let of_type = figure.of_type(self.names.currency);
                Ok(self.load(of_type, Slot::Figure { of, over, figure }))
            }
            [_, (word, at), ..] => Err(self.names.unknown_member(word, "a number", &[], *at)),
        }
    }

    pub(super) fn note(&mut self, figure: Figure, span: Span) {
        for metric in figure.metrics() {
            self.names.metrics.entry(metric).or_insert(span);
        }
    }

    /// What stands behind `self`, `parent`, `account` or `peers`.
    fn held(&mut self, of: Holder, steps: &[StepOf<'_>], span: Span) -> Result<(Type, Code), Problem> {
        let [(first, at), rest @ ..] = steps else {
            let message = format!("`{}` is a group of values, not a value", of.word());
            return Err(
                Problem::new("policy-type", span, message).hint("name one of them, such as `self.age`")
            );
        };
        if let Some(over) = self.names.window(first) {
            return self.figure(of, over, rest, *at);
        }
        if *first == "forecast" && of != Holder::Peers {
            return self.forecast(of, rest, *at);
        }
        if *first == "labels" && matches!(of, Holder::Own | Holder::Parent) {
            return match rest {
                [] => Ok(self.load(Type::map(Type::Text), Slot::Labels { of })),
                [(key, _)] => Ok(self.load(Type::Text, Slot::Label { of, key: (*key).into() })),
                [_, (name, at), ..] => Err(self.names.unknown_member(name, "a label", &[], *at)),
            };
        }
        let path: Vec<&str> = steps.iter().map(|(name, _)| *name).collect();
        let path = path.join(".");
        let fact = Fact::ALL.into_iter().find(|fact| fact.is_of(of) && fact.word() == path);
        let Some(fact) = fact else {
            let mut names: Vec<&str> =
                Fact::ALL.into_iter().filter(|fact| fact.is_of(of)).map(Fact::word).collect();
            names.push("labels");
            names.extend(self.names.source.windows.keys().map(CompactString::as_str));
            return Err(self.names.unknown_member(&path, of.word(), &names, *at));
        };
        let currency = self.names.currency;
        let of_type = match fact {
            Fact::Name | Fact::Currency | Fact::TimeZone => Type::Text,
            Fact::Kind => Type::words(["Campaign", "AdGroup", "Ad"]),
            Fact::Platform => Type::words(["Google", "Meta", "TikTok"]),
            Fact::State => Type::words(["Active", "Paused"]),
            Fact::Running => Type::Bool,
            Fact::Age => Type::Duration,
            Fact::BudgetDaily | Fact::BudgetTotal | Fact::BudgetInitial | Fact::Bid | Fact::TargetCpa => {
                Type::Money(currency)
            }
            Fact::TargetRoas => Type::Decimal,
        };
        Ok(self.load(of_type, Slot::Fact { of, fact }))
    }

    fn param(&mut self, steps: &[StepOf<'_>], span: Span) -> Result<(Type, Code), Problem> {
        let [(name, at)] = steps else {
            return Err(Problem::new("policy-type", span, "`params` holds values by name")
                .hint("write `params.target`"));
        };
        let Some(value) = self.names.source.params.get(*name) else {
            let names: Vec<&str> = self.names.source.params.keys().map(CompactString::as_str).collect();
            return Err(self.names.unknown_member(name, "params", &names, *at));
        };
        let (of, constant) = match value {
            Value::Bool(flag) => (Type::Bool, Constant::Bool(*flag)),
            Value::Integer(number) => (Type::Integer, Constant::Integer(*number)),
            Value::Decimal(number) => (Type::Decimal, Constant::Decimal(*number)),
            Value::Money(money) => (Type::Money(Some(money.currency())), Constant::Money(*money)),
            other => (Type::Text, Constant::Text(other.as_text().unwrap_or_default().into())),
        };
        Ok((of, Code::Constant(constant)))
    }

    fn signal(&mut self, steps: &[StepOf<'_>], span: Span) -> Result<(Type, Code), Problem> {
        let [(name, at)] = steps else {
            return Err(Problem::new("policy-type", span, "`signals` holds values by name")
                .hint("write `signals.stock`"));
        };
        let Some(signal) = self.names.source.signals.get(*name) else {
            let names: Vec<&str> = self.names.source.signals.keys().map(CompactString::as_str).collect();
            return Err(self.names.unknown_member(name, "signals", &names, *at));
        };
        let of = match signal.kind {
            SignalKind::Number => Type::Decimal,
            SignalKind::Money => Type::Money(self.names.currency),
            SignalKind::Text => Type::Text,
            SignalKind::Flag => Type::Bool,
        };
        Ok(self.load(of, Slot::Signal((*name).into())))
    }

    fn calendar(&mut self, steps: &[StepOf<'_>], span: Span) -> Result<(Type, Code), Problem> {
        let [(name, at)] = steps else {
            return Err(Problem::new("policy-type", span, "`calendars` holds days by name")
                .hint("write `calendars.holidays`, which is true on its days"));
        };
        if !self.names.source.calendars.contains_key(*name) {
            let names: Vec<&str> = self.names.source.calendars.keys().map(CompactString::as_str).collect();
            return Err(self.names.unknown_member(name, "calendars", &names, *at));
        }
        Ok(self.load(Type::Bool, Slot::Calendar((*name).into())))
    }

    fn effect(&mut self, root: &str, steps: &[StepOf<'_>], span: Span) -> Result<(Type, Code), Problem> {
        match (root, steps) {
            ("delta", [("dailySpend", _)]) => {
                let of = Type::Money(self.names.currency);
                Ok(self.load(of, Slot::Effect(Effect::DailySpend)))
            }
            ("action", [("type", _)]) => Ok(self.load(Type::Text, Slot::Effect(Effect::Action))),
            _ => Err(Problem::new("policy-unknown-field", span, format!("`{root}` has no such member"))
                .hint("there are `delta.dailySpend` and `action.type`")),
        }
    }
}
