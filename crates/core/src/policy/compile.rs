//! From policies as written to policies that can run, every problem with its place in the expression.

use std::collections::BTreeSet;

use compact_str::CompactString;

use super::catalogue::{Catalogue, Variable};
use super::names::Names;
use super::slot::Slot;
use super::source::{PolicySource, RuleSource, Scope, Severity};
use crate::cel::SourceText;
use crate::cel::check::Checker;
use crate::cel::code::Code;
use crate::cel::message::Message;
use crate::cel::parse::parse;
use crate::cel::problem::Problem;
use crate::diagnostic::Diagnostic;
use crate::field::Origin;
use crate::ids::{Namespace, ObjectName};

/// A compiled policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Its namespace: it is about the objects in it and no others.
    pub namespace: Namespace,
    /// Its name.
    pub name: ObjectName,
    /// Which changes it is about.
    pub scope: Scope,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// Where it was written.
    pub origin: Option<Origin>,
}

/// A compiled rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: CompactString,
    /// What happens when it matches.
    pub severity: Severity,
    pub(super) when: Code,
    pub(super) message: Message,
    pub(super) slots: Vec<Slot>,
    pub(super) reads: BTreeSet<Variable>,
    /// Labels by which it asks for a part of the plan's money.
    pub(super) grouped: BTreeSet<CompactString>,
    /// Where its condition was written.
    pub origin: Option<Origin>,
    /// Length of the condition in characters, for a caret.
    pub(super) length: u32,
}

impl Policy {
    /// Namespace, policy and rule, as verdicts name it.
    pub fn rule_name(&self, rule: &Rule) -> String {
        format!("{}/{}/{}", self.namespace, self.name, rule.name)
    }
}

impl Rule {
    /// Whether it looks at the plan as a whole and at no object.
    pub(super) fn is_of_plan(&self) -> bool {
        self.reads.contains(&Variable::Plan)
            && self.reads.iter().all(|variable| matches!(variable, Variable::Plan | Variable::Now))
    }

    /// Whether it can be judged by what the YAML wants alone.
    pub(super) fn needs_no_live_data(&self) -> bool {
        let live = [Variable::Before, Variable::Change, Variable::Plan, Variable::Now];
        !live.iter().any(|variable| self.reads.contains(variable))
    }

    /// Whether it says something of an object that is removed: one without anything afterwards.
    pub(super) fn speaks_of_removals(&self) -> bool {
        self.reads.contains(&Variable::Change)
            || !self.reads.iter().any(|variable| matches!(variable, Variable::After | Variable::Creative))
    }
}

/// Compiles a policy; rules that do not compile are left out, and a diagnostic says so.
pub fn compile(source: &PolicySource, catalogue: &Catalogue) -> (Policy, Vec<Diagnostic>) {
    let mut policy = Policy {
        namespace: source.namespace.clone(),
        name: source.name.clone(),
        scope: source.scope.clone(),
        rules: Vec::new(),
        origin: source.origin.clone(),
    };
    let mut diagnostics = Vec::new();
    for (index, rule) in source.rules.iter().enumerate() {
        let mut found = Vec::new();
        match compile_rule(rule, index, &source.scope, catalogue, &mut found) {
            Some(compiled) if found.is_empty() => policy.rules.push(compiled),
            Some(_) | None => diagnostics.extend(found),
        }
    }
    (policy, diagnostics)
}

fn compile_rule(
    rule: &RuleSource,
    index: usize,
    scope: &Scope,
    catalogue: &Catalogue,
    found: &mut Vec<Diagnostic>,
) -> Option<Rule> {
    let mut checker = Checker::new(Names::new(catalogue, scope));
    let when_field = format!("rules[{index}].when");
    let condition = parse(&rule.when.text)
        .and_then(|node| checker.condition(&node).map_err(|problem| vec![problem]))
        .map_err(|problems| report(problems, &rule.when, &when_field, found))
        .ok();
    // What a message names is not what decides whether the rule speaks of a change.
    let reads = std::mem::take(&mut checker.names.reads);
    let message = Message::compile(&rule.message.text, &mut checker)
        .map_err(|problems| report(problems, &rule.message, &format!("rules[{index}].message"), found))
        .ok();
    Some(Rule {
        name: rule.name.clone(),
        severity: rule.severity,
        when: condition?,
        message: message?,
        slots: checker.slots,
        reads,
        grouped: checker.names.grouped,
        origin: rule.when.origin(0),
        length: u32::try_from(rule.when.text.lines().next().unwrap_or_default().chars().count()).unwrap_or(1),
    })
}

fn report(problems: Vec<Problem>, source: &SourceText, field: &str, into: &mut Vec<Diagnostic>) {
    into.extend(problems.into_iter().map(|problem| problem.in_text(source, field)));
}
