//! What is wrong with rules that can run: conflicts, conditions that never hold, numbers that come late.

use std::collections::BTreeSet;

use super::action::Action;
use super::domain::{Fate, Idle, idle, settled};
use super::rule::{Expression, Rule};
use super::slot::Slot;
use super::source::Mode;
use crate::cel::code::Code;
use crate::cel::parse::Operator;
use crate::cel::ranges::{Bound, exclude, mirrored};
use crate::diagnostic::Diagnostic;
use crate::metrics::Window;

/// Looks at the rules of a project.
pub fn lint(rules: &[Rule]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in rules {
        found.extend(never(rule));
        // What keeps the whole rule from firing is told as that.
        let parts = rule.when.iter().filter(|part| settled(part) != Some(false)).chain(&rule.release);
        found.extend(parts.flat_map(|part| deciding_nothing(rule, part)));
        found.extend(early(rule));
        found.extend(pull_request(rule));
        found.extend(promoted(rule));
    }
    for (index, rule) in rules.iter().enumerate() {
        for other in &rules[index + 1..] {
            found.extend(conflict(rule, other));
        }
    }
    found
}

/// A comparison of something looked up with a constant.
fn compared(expression: &Expression) -> Option<(&Slot, Operator, Bound)> {
    let Code::Compare(operator, a, b) = &expression.code else { return None };
    let (slot, operator, constant) = match (&**a, &**b) {
        (Code::Load(slot), Code::Constant(constant)) => (*slot, *operator, constant),
        (Code::Constant(constant), Code::Load(slot)) => (*slot, mirrored(*operator), constant),
        _ => return None,
    };
    Some((expression.slots.get(slot)?, operator, Bound::of(constant)?))
}

/// A condition that no object can fulfil, where that can be told.
fn never(rule: &Rule) -> Option<Diagnostic> {
    let told = |why: String| {
        Diagnostic::warning("rule-never-true", format!("rule `{}` can never fire: {why}", rule.key.name))
            .at(rule.origin.as_ref())
            .hint("correct its condition, or remove the rule")
    };
    if let Some(part) = rule.when.iter().find(|part| settled(part) == Some(false)) {
        let because: Vec<String> = idle(part).into_iter().map(|idle| idle.because).collect();
        let because = if because.is_empty() { String::new() } else { format!(": {}", because.join("; ")) };
        return Some(told(format!("`{}` is never true{because}", part.text)));
    }
    for (index, part) in rule.when.iter().enumerate() {
        let Some((slot, operator, bound)) = compared(part) else { continue };
        for other in &rule.when[index + 1..] {
            let Some((other_slot, other_operator, other_bound)) = compared(other) else { continue };
            if slot == other_slot && exclude((operator, &bound), (other_operator, &other_bound)) {
                return Some(told(format!("`{}` and `{}` exclude one another", part.text, other.text)));
            }
        }
    }
    None
}

/// Comparisons that nothing fulfils, or everything, wherever they stand.
fn deciding_nothing(rule: &Rule, part: &Expression) -> Vec<Diagnostic> {
    let told = |Idle { fate, text, because }: Idle| {
        let name = &rule.key.name;
        let found = match fate {
            Fate::Always => Diagnostic::warning(
                "rule-always-true",
                format!("`{text}` of rule `{name}` is true of everything: {because}"),
            ),
            Fate::Never | Fate::HardlyEver | Fate::Unknown => {
                let word = match fate {
                    Fate::HardlyEver => "hardly ever true",
                    Fate::Unknown => "never known",
                    _ => "never true",
                };
                Diagnostic::warning(
                    "rule-never-true",
                    format!("`{text}` of rule `{name}` is {word}: {because}"),
                )
            }
        };
        found
            .at(rule.origin.as_ref())
            .hint("correct the number it compares with, or leave the comparison out")
    };
    idle(part).into_iter().map(told).collect()
}

/// Conversions of a window that is still running come late: hours after a click, or days.
fn early(rule: &Rule) -> Option<Diagnostic> {
    let running = |window: Window| window.includes_today() || matches!(window, Window::LastHours { .. });
    let late = rule.when.iter().chain(&rule.release).flat_map(|part| &part.slots).find(|slot| {
        slot.figures().iter().any(|figure| figure.needs_conversions())
            && slot.windows().first().is_some_and(|window| short(*window) && running(*window))
    })?;
    let message = format!("`{late}` counts conversions of hours that are just over, and most come later");
    Some(
        Diagnostic::warning("rule-conversions-today", message)
            .at(rule.origin.as_ref())
            .hint("look at settled days, as in `windows: {recent: {days: 7, end: settled}}`"),
    )
}

/// A pull request without a change that it could be about.
fn pull_request(rule: &Rule) -> Option<Diagnostic> {
    let words = |action: &Action<_>| {
        matches!(action, Action::Notify(_) | Action::ProposePr(_) | Action::RunReport(_))
    };
    let proposes = rule.actions.iter().any(|action| matches!(action, Action::ProposePr(_)));
    if !proposes || !rule.actions.iter().all(words) {
        return None;
    }
    let message = "`proposePR` alone only tells people: there is no change for a patch".to_owned();
    Some(
        Diagnostic::warning("rule-only-tells", message)
            .at(rule.origin.as_ref())
            .hint("add the action whose change the pull request is about, or write `notify`"),
    )
}

/// A rule that acts only once it was in shadow for a while.
fn promoted(rule: &Rule) -> Option<Diagnostic> {
    let days = rule.promote.filter(|_| rule.mode == Mode::Act)?.shadow_days;
    let message = format!(
        "rule `{}` acts once it was in shadow on {days} of its days (`promote`), and only records until then",
        rule.key.name
    );
    Some(
        Diagnostic::info("rule-promote", message)
            .at(rule.origin.as_ref())
            .hint("`adplane rules run` counts the days; `adplane explain ADDRESS` tells how many there are"),
    )
}

/// Windows in which the last hours weigh.
fn short(window: Window) -> bool {
    match window {
        Window::Today | Window::LastHours { .. } => true,
        Window::LastDays { days, .. } | Window::Days { days, .. } => days <= 3,
        _ => false,
    }
}

/// Two rules of equal priority that pull one field of one object in two directions.
fn conflict(rule: &Rule, other: &Rule) -> Option<Diagnostic> {
    if rule.key.namespace != other.key.namespace || rule.priority != other.priority || !overlap(rule, other) {
        return None;
    }
    let field = opposite(rule, other)?;
    let message = format!(
        "rules `{}` and `{}` look at the same objects, can change `{field}` in opposite directions, and have the same \
         priority {}",
        rule.key.name, other.key.name, rule.priority
    );
    Some(
        Diagnostic::error("rule-conflict", message)
            .at(other.origin.as_ref())
            .hint("give one of them a higher `priority`, or narrow its scope"),
    )
}

fn overlap(rule: &Rule, other: &Rule) -> bool {
    fn shared<T: Ord>(a: &BTreeSet<T>, b: &BTreeSet<T>) -> bool {
        a.is_empty() || b.is_empty() || !a.is_disjoint(b)
    }
    let (a, b) = (&rule.scope, &other.scope);
    a.kind == b.kind
        && shared(&a.accounts, &b.accounts)
        && shared(&a.platforms, &b.platforms)
        && a.labels.iter().all(|(key, value)| b.labels.get(key).is_none_or(|theirs| theirs == value))
}

/// A field that one may lower and the other may raise.
fn opposite(rule: &Rule, other: &Rule) -> Option<&'static str> {
    rule.actions.iter().filter_map(Action::field).find_map(|(field, lowers)| {
        let against = other.actions.iter().filter_map(Action::field).any(|(theirs, other_lowers)| {
            theirs == field
                && match (lowers, other_lowers) {
                    (Some(a), Some(b)) => a != b,
                    // What depends on the numbers can go either way.
                    _ => field != "creative",
                }
        });
        against.then_some(field)
    })
}
