//! From rules as written to rules that can run, every problem with its place in the expression.

use std::collections::{BTreeMap, BTreeSet};

use super::action::Action;
use super::band::{Band, bands};
use super::rule::{Expression, Formula, Rule, Template, revision};
use super::slot::{Holder, Slot};
use super::source::{Approval, Mode, RuleSource};
use super::vocabulary::{Names, Within};
use crate::address::{AccountKey, Platform};
use crate::cel::SourceText;
use crate::cel::Type;
use crate::cel::check::Checker;
use crate::cel::message::Message;
use crate::cel::parse::parse;
use crate::cel::problem::{Problem, Span};
use crate::diagnostic::Diagnostic;
use crate::field::Origin;
use crate::metrics::{Metric, MetricSet};
use crate::money::Currency;

/// The accounts that a rule reaches.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Accounts of its namespace that its scope does not leave out.
    pub accounts: Vec<ReachedAccount>,
}

/// An account that a rule reaches.
#[derive(Debug, Clone)]
pub struct ReachedAccount {
    /// Which.
    pub key: AccountKey,
    /// Platform.
    pub platform: Platform,
    /// Currency.
    pub currency: Currency,
}

/// Compiles a rule for the accounts that it reaches. Without a rule, diagnostics say why.
pub fn compile(source: &RuleSource, reach: &Reach) -> (Option<Rule>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let currencies: BTreeSet<Currency> = reach.accounts.iter().map(|account| account.currency).collect();
    let mut rule = None;
    if currencies.is_empty() {
        rule = Compiler { source, currency: None, metrics: BTreeMap::new() }.rule(&mut found);
    }
    // Amounts are typed by currency: a rule must make sense in the currency of every account that it reaches.
    for currency in currencies {
        let mut problems = Vec::new();
        let mut compiler = Compiler { source, currency: Some(currency), metrics: BTreeMap::new() };
        let found_rule = compiler.rule(&mut problems);
        rule = rule.or(found_rule);
        found.extend(problems.into_iter().filter(|problem| !found.contains(problem)).collect::<Vec<_>>());
    }
    // In a cluster texts have no lines: the rule is what is wrong.
    for problem in found.iter_mut().filter(|problem| problem.origin.is_none()) {
        problem.origin.clone_from(&source.origin);
    }
    let broken = found.iter().any(Diagnostic::is_error);
    (rule.filter(|_| !broken), found)
}

struct Compiler<'a> {
    source: &'a RuleSource,
    currency: Option<Currency>,
    /// Metrics with where each is asked for first.
    metrics: BTreeMap<Metric, Option<Origin>>,
}

impl<'a> Compiler<'a> {
    fn rule(&mut self, found: &mut Vec<Diagnostic>) -> Option<Rule> {
        let source = self.source;
        let when = self.condition(&source.when, "when", found);
        let release = match &source.release {
            Some(text) => self.condition(text, "release", found)?,
            None => Vec::new(),
        };
        let approve = match &source.approval.when {
            Some(text) => {
                Some(self.boolean(text, 0, &text.text, Within::Approval, "approval.when", found)?)
            }
            None => None,
        };
        let actions: Option<Vec<Action<Formula>>> =
            source.actions.iter().map(|action| self.action(action, found)).collect();
        let (when, actions) = (when?, actions?);
        let slots = || when.iter().chain(&release).chain(&approve).flat_map(|part| &part.slots);
        let named = when.iter().flat_map(|part| &part.slots).find_map(|slot| match slot {
            Slot::Figure { of: Holder::Own, over, .. }
            | Slot::Chance { over, .. }
            | Slot::Placing { over, .. } => Some(over.window),
            _ => None,
        });
        let measured = match &source.require.window {
            Some(name) => self.names(Within::Condition).window(name).map(|named| named.window),
            None => named,
        };
        let of_actions = actions.iter().flat_map(|action| match action {
            Action::ScaleToTarget { actual: Formula::Value(a), target: Formula::Value(b), .. } => {
                a.slots.iter().chain(&b.slots).collect()
            }
            Action::Notify(Formula::Text(text)) | Action::ProposePr(Formula::Text(text)) => {
                text.slots.iter().collect::<Vec<_>>()
            }
            _ => Vec::new(),
        });
        let bands = match source.dead_band.filter(|_| source.pauses()) {
            Some(share) => self.bands(&when, share, found)?,
            None => Vec::new(),
        };
        let asked: Vec<&Slot> = slots().chain(of_actions).collect();
        let reports = actions.iter().any(|action| matches!(action, Action::RunReport(_)));
        let of_reports = super::report::USUAL.into_iter().filter(|_| reports);
        let windows =
            asked.iter().flat_map(|slot| slot.windows()).chain(measured).chain(of_reports).collect();
        let forecasts = asked.iter().filter_map(|slot| slot.foretold()).collect();
        Some(Rule {
            key: source.key.clone(),
            mode: source.mode,
            priority: source.priority,
            scope: source.scope.clone(),
            schedule: source.schedule.clone(),
            require: source.require.clone(),
            dead_band: source.dead_band,
            stabilize: source.stabilize,
            true_for: source.true_for.max(1),
            limits: source.limits.clone(),
            approval: Approval {
                when: None,
                timeout: source.approval.timeout,
                on_timeout: source.approval.on_timeout,
            },
            windows,
            forecasts,
            metrics: self.metrics.clone(),
            promote: source.promote,
            revision: revision(source),
            shadow_revision: revision(&RuleSource { mode: Mode::Shadow, ..source.clone() }),
            origin: source.when.origin(0).or_else(|| source.origin.clone()),
            signals: source.signals.clone(),
            calendars: source.calendars.clone(),
            rates: source.rates.clone(),
            measured,
            actions,
            when,
            release,
            bands,
            approve,
        })
    }

    /// What lets go of a pause by a dead band: there must be something to come back past.
    fn bands(&self, when: &[Expression], share: u32, found: &mut Vec<Diagnostic>) -> Option<Vec<Band>> {
        let bands = bands(when, share);
        if bands.is_empty() {
            let text = &self.source.when;
            let message = "`deadBand` finds no threshold: no part between `&&` compares something measured that does not fall by \
                           the pause itself, as counts do";
            let problem = Problem::new("rule-type", Span::new(0, text.text.len()), message)
                .hint("compare, as in `recent.cpa > params.target`, or write `release`");
            report(vec![problem], text, "when", found);
        }
        (!bands.is_empty()).then_some(bands)
    }

    fn names(&self, within: Within) -> Names<'a> {
        Names { source: self.source, currency: self.currency, within, metrics: BTreeMap::new() }
    }

    /// A condition as clauses that must all be true: what stands between its outermost `&&`.
    fn condition(
        &mut self,
        text: &SourceText,
        field: &'static str,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Vec<Expression>> {
        // The whole text is read first, so that what is wrong with it is told once and as it stands.
        if let Err(problems) = parse(&text.text) {
            report(problems, text, field, found);
            return None;
        }
        let parts = clauses(&text.text);
        parts
            .into_iter()
            .map(|(start, part)| self.boolean(text, start, part, Within::Condition, field, found))
            .collect::<Vec<_>>()
            .into_iter()
            .collect()
    }

    fn boolean(
        &mut self,
        source: &SourceText,
        start: usize,
        part: &str,
        within: Within,
        field: &'static str,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Expression> {
        let (of, compiled) = self.expression(source, start, part, within, field, found)?;
        if of == Type::Bool {
            return Some(compiled);
        }
        let message = format!("a condition is true or false, this is {of}");
        let problem = Problem::new("policy-type", Span::new(start, part.len()), message)
            .hint("compare it, as in `recent.cpa > params.target`");
        report(vec![problem], source, field, found);
        None
    }

    fn expression(
        &mut self,
        source: &SourceText,
        start: usize,
        part: &str,
        within: Within,
        field: &'static str,
        found: &mut Vec<Diagnostic>,
    ) -> Option<(Type, Expression)> {
        let mut checker = Checker::new(self.names(within));
        let shift = |problem: Problem| Problem { span: problem.span.shifted(start), ..problem };
        let typed = parse(part).and_then(|node| checker.check(&node).map_err(|problem| vec![problem]));
        self.note(&checker, source, start);
        match typed {
            Ok((of, code)) => Some((of, Expression::new(code, checker.slots, part.trim()))),
            Err(problems) => {
                report(problems.into_iter().map(shift).collect(), source, field, found);
                None
            }
        }
    }

    fn note(&mut self, checker: &Checker<Names<'_>>, source: &SourceText, start: usize) {
        for (metric, span) in &checker.names.metrics {
            self.metrics.entry(*metric).or_insert_with(|| source.origin(span.shifted(start).start));
        }
    }

    fn value(
        &mut self,
        text: &SourceText,
        field: &'static str,
        found: &mut Vec<Diagnostic>,
    ) -> Option<(Type, Formula)> {
        let (of, code) = self.expression(text, 0, &text.text, Within::Condition, field, found)?;
        Some((of, Formula::Value(code)))
    }

    fn text(&mut self, text: &SourceText, found: &mut Vec<Diagnostic>) -> Option<Formula> {
        let mut checker = Checker::new(self.names(Within::Condition));
        let message = Message::compile(&text.text, &mut checker)
            .map_err(|problems| report(problems, text, "action.message", found))
            .ok();
        self.note(&checker, text, 0);
        Some(Formula::Text(Template { message: message?, slots: checker.slots }))
    }

    fn action(
        &mut self,
        action: &Action<SourceText>,
        found: &mut Vec<Diagnostic>,
    ) -> Option<Action<Formula>> {
        Some(match action {
            Action::Pause { hold_for } => Action::Pause { hold_for: *hold_for },
            Action::SetBudget(to) => Action::SetBudget(*to),
            Action::AdjustBudget { by, bounds, until_midnight } => {
                Action::AdjustBudget { by: *by, bounds: *bounds, until_midnight: *until_midnight }
            }
            Action::ScaleToTarget { actual, target, bounds, max_step } => {
                let (actual_type, actual_code) = self.value(actual, "action.actual", found)?;
                let (target_type, target_code) = self.value(target, "action.target", found)?;
                let numeric = |of: &Type| matches!(of, Type::Integer | Type::Decimal);
                let both = |test: &dyn Fn(&Type) -> bool| test(&actual_type) && test(&target_type);
                if !both(&numeric) && !both(&|of| matches!(of, Type::Money(_))) {
                    let message = format!("`actual` is {actual_type}, `target` is {target_type}");
                    let problem = Problem::new("policy-type", Span::new(0, target.text.len()), message)
                        .hint("compare two amounts, such as costs, or two numbers, such as returns");
                    report(vec![problem], target, "action.target", found);
                    return None;
                }
                Action::ScaleToTarget {
                    actual: actual_code,
                    target: target_code,
                    bounds: *bounds,
                    max_step: *max_step,
                }
            }
            Action::AdjustBid { by, bounds } => Action::AdjustBid { by: *by, bounds: *bounds },
            Action::SetTarget(value) => Action::SetTarget(*value),
            Action::RotateCreative(names) => Action::RotateCreative(names.clone()),
            Action::Rebalance { by, bounds } => Action::Rebalance { by: *by, bounds: *bounds },
            Action::Label(labels) => Action::Label(labels.clone()),
            Action::Notify(text) => Action::Notify(self.text(text, found)?),
            Action::ProposePr(text) => Action::ProposePr(self.text(text, found)?),
            Action::RunReport(name) => Action::RunReport(name.clone()),
        })
    }
}

/// Metrics that a rule asks for and the platform of an account in scope does not tell. A platform of which nothing is told
/// yet (`told` is empty) is not judged.
pub fn untold(rule: &Rule, account: &ReachedAccount, told: MetricSet) -> Vec<Diagnostic> {
    let missing = rule.metrics.iter().filter(|(metric, _)| !told.is_empty() && !told.contains(metric));
    missing
        .map(|(metric, place)| {
            let message = format!(
                "{} does not tell `{}`, and AdAccount `{}` is in scope",
                account.platform.title(),
                metric.word(),
                account.key.name
            );
            let mut found = Diagnostic::error("rule-metric-not-told", message)
                .at(place.as_ref().or(rule.origin.as_ref()))
                .hint("narrow `scope.platforms`, or ask for another metric");
            found.length = u32::from(place.is_some());
            found
        })
        .collect()
}

/// Problems in the words of rules.
fn report(problems: Vec<Problem>, source: &SourceText, field: &str, into: &mut Vec<Diagnostic>) {
    into.extend(problems.into_iter().map(|found| renamed(found).in_text(source, field)));
}

/// A problem of an expression under the code that rules have for it.
fn renamed(found: Problem) -> Problem {
    let problem = |code: &'static str, found: Problem| Problem { code, ..found };
    match found.code {
        "policy-syntax" => problem("rule-syntax", found)
            .hint("expressions are CEL, such as `recent.cpa > 1.2 * params.target`"),
        "policy-unknown-field" => problem("rule-unknown-field", found),
        "policy-unknown-function" => problem("rule-unknown-function", found),
        "policy-unknown-word" => problem("rule-unknown-word", found),
        "policy-type" => problem("rule-type", found),
        "policy-literal" => problem("rule-literal", found),
        "policy-message" => problem("rule-message", found),
        "policy-currency" => problem("rule-currency", found),
        "policy-too-costly" => problem("rule-too-costly", found),
        _ => found,
    }
}

/// The parts between `&&` that stand in no bracket, with where each begins. A text with `||` or `?` outside brackets is
/// one part: there `&&` binds closer.
fn clauses(text: &str) -> Vec<(usize, &str)> {
    let (mut depth, mut quote, mut escaped) = (0_i32, None, false);
    let mut cuts = Vec::new();
    let bytes = text.as_bytes();
    for (index, character) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if character == '\\' => escaped = true,
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None => match character {
                '\'' | '"' => quote = Some(character),
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                '?' if depth == 0 => return vec![trimmed(0, text)],
                '|' if depth == 0 && bytes.get(index + 1) == Some(&b'|') => return vec![trimmed(0, text)],
                '&' if depth == 0 && bytes.get(index + 1) == Some(&b'&') => cuts.push(index),
                _ => {}
            },
        }
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for cut in cuts {
        parts.push(trimmed(start, &text[start..cut]));
        start = cut + 2;
    }
    parts.push(trimmed(start, &text[start..]));
    parts
}

/// A part without the space around it, and where it begins then.
fn trimmed(start: usize, part: &str) -> (usize, &str) {
    let begun = part.trim_start();
    (start + (part.len() - begun.len()), begun.trim_end())
}
