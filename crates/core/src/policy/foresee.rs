//! Policies before anything is read: rules that need nothing but what the YAML wants.

use super::compile::Rule;
use super::lookup::Facts;
use super::run::{Court, Docket, Linked};
use super::source::Severity;
use super::world::World;
use crate::desired::{Desired, DesiredObject};
use crate::diagnostic::Diagnostic;
use crate::observed::Observed;
use crate::plan::document::PolicyVerdict;
use crate::plan::{Action, Change};

/// What a plan would say of objects if it made them anew, as far as that can be told offline.
///
/// Objects that are bound to live ones are left out: what they do not name is not known here. Everything found is
/// a warning, since a plan judges only what it changes.
pub fn foresee(desired: &Desired) -> Vec<Diagnostic> {
    let linked = Linked::of(&desired.policies, Rule::needs_no_live_data);
    if linked.is_empty() {
        return Vec::new();
    }
    let objects = desired.accounts.values().flat_map(|account| account.objects.values());
    let changes: Vec<Change> = objects.filter(|object| object.external_id.is_none()).map(created).collect();
    let observed = Observed::default();
    let world = World::new(desired, &observed, &changes);
    let facts = Facts::default();
    let mut court = Court::new(&linked, &facts);
    let mut docket = Docket::default();
    for subject in changes.iter().filter_map(|change| world.subject(change)) {
        court.session(&mut docket, &subject);
    }
    let found = court.close();
    let mut diagnostics: Vec<Diagnostic> = found.verdicts.iter().map(remark).collect();
    diagnostics.extend(found.diagnostics);
    diagnostics
}

fn created(object: &DesiredObject) -> Change {
    Change {
        address: object.address.clone(),
        display_name: object.display_name().to_owned(),
        action: Action::Create,
        class: None,
        id: None,
        superseded: Vec::new(),
        parent: object.parent.clone(),
        parent_id: None,
        budget: object.budget.clone(),
        budget_id: None,
        marker: None,
        fields: Vec::new(),
        reasons: Vec::new(),
        preconditions: Vec::new(),
        origin: object.origin.clone(),
    }
}

fn remark(verdict: &PolicyVerdict) -> Diagnostic {
    let message = format!("policy `{}`: {}", verdict.rule, verdict.message);
    let found = match verdict.severity {
        Severity::Deny => Diagnostic::warning("policy-would-deny", message)
            .hint("a plan that creates or changes it is denied"),
        Severity::RequireApproval => Diagnostic::warning("policy-would-ask", message)
            .hint("a plan that creates or changes it needs an approval of class `exception`"),
        Severity::Warn => Diagnostic::warning("policy-would-warn", message)
            .hint("a plan that creates or changes it says so"),
    };
    let found = found.at(verdict.origin.as_ref());
    match &verdict.address {
        Some(address) => found.on(address),
        None => found,
    }
}
