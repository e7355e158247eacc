//! Rules that say something to nobody.

use super::action::Action;
use super::rule::Rule;
use super::source::Mode;
use crate::diagnostic::Diagnostic;
use crate::notify::{EventKind, Match, NotificationPolicy, Severity};

/// Rules that notify, where no route of their namespace can take what they say. In shadow a rule tells nobody anyway.
pub fn unheard(rules: &[Rule], policies: &[NotificationPolicy]) -> Vec<Diagnostic> {
    let notifies = |rule: &&Rule| rule.actions.iter().any(|action| matches!(action, Action::Notify(_)));
    let mute = rules.iter().filter(|rule| rule.mode != Mode::Shadow).filter(notifies);
    let told = mute.filter(|rule| !policies.iter().any(|policy| hears(policy, rule))).map(|rule| {
        let message = format!(
            "rule `{}` has `notify`, and no route of a NotificationPolicy in namespace `{}` takes its `RuleFired`",
            rule.key.name, rule.key.namespace
        );
        Diagnostic::warning("rule-tells-nobody", message).at(rule.origin.as_ref()).hint(
            "write a route with `match: {events: [RuleFired]}`; its severity is `Info`, so `severity: Warning` leaves it out",
        )
    });
    told.collect()
}

fn hears(policy: &NotificationPolicy, rule: &Rule) -> bool {
    let takes = |matches: &Match| {
        (matches.events.is_empty() || matches.events.contains(&EventKind::RuleFired))
            && matches.severity == Severity::Info
            && (matches.kinds.is_empty() || matches.kinds.contains(&rule.scope.kind))
            && (matches.accounts.is_empty()
                || rule.scope.accounts.is_empty()
                || !matches.accounts.is_disjoint(&rule.scope.accounts))
    };
    policy.namespace == rule.key.namespace
        && policy.routes.iter().any(|route| {
            takes(&route.matches) && route.channels.iter().any(|name| policy.channel(name).is_some())
        })
}
