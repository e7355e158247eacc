//! Budgets: one form, on one level.

use std::collections::HashMap;

use adplane_core::diagnostic::Diagnostic;

use super::Key;
use super::index::Index;
use super::object::EXTERNAL_ID;
use crate::load::{Document, DocumentKind, Written};

/// The budget forms a document writes; `observe: false` says nothing, and bounds go with the pool that `ref` names.
fn forms(document: &Document) -> Vec<&Written> {
    let mut forms: Vec<&Written> = Vec::new();
    for written in document.fields.iter().filter(|written| written.path.is_within("budget")) {
        let silent = written.path.as_str() == "budget.observe" && written.value.as_bool() == Some(false);
        let managed = written.path.is_within("budget.managed");
        let again = managed && forms.iter().any(|form| form.path.is_within("budget.managed"));
        let pooled =
            managed && document.kind == DocumentKind::Campaign && document.written("budget.ref").is_some();
        if !silent && !again && !pooled {
            forms.push(written);
        }
    }
    forms
}

/// Whether a document writes a budget, readable or not.
fn has_budget(document: &Document) -> bool {
    !forms(document).is_empty() || document.unreadable.iter().any(|path| path.is_within("budget"))
}

/// Checks every campaign with its ad groups.
pub(super) fn check_levels(index: &Index<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let mut groups: HashMap<Key<'_>, Vec<&Document>> = HashMap::new();
    for group in index.of_kind(DocumentKind::AdGroup) {
        check_forms(group, diagnostics);
        if let Some(campaign) = group.text("campaign") {
            groups.entry((group.namespace.as_str(), campaign)).or_default().push(group);
        }
    }
    for campaign in index.of_kind(DocumentKind::Campaign) {
        check_forms(campaign, diagnostics);
        let groups = groups.get(&campaign.key()).map(Vec::as_slice).unwrap_or_default();
        check_campaign(campaign, groups, diagnostics);
    }
}

fn check_forms(document: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let forms = forms(document);
    if let [first, second, ..] = forms.as_slice() {
        let message = format!("`{}` and `{}` exclude each other", first.path, second.path);
        let found = Diagnostic::error("budget-forms", message).hint("keep exactly one of the budget's forms");
        diagnostics.push(document.finding(found, second.place, second.path.as_str()));
    }
    if document.kind == DocumentKind::AdGroup
        && let Some(shared) = document.written("budget.ref")
    {
        let found =
            Diagnostic::error("budget-level", "a shared budget belongs to the campaign, not to an ad group")
                .hint("move `budget: {ref: ..}` to the campaign");
        diagnostics.push(document.finding(found, shared.place, "budget.ref"));
    }
}

fn check_campaign(campaign: &Document, groups: &[&Document], diagnostics: &mut Vec<Diagnostic>) {
    let (with, without): (Vec<&Document>, Vec<&Document>) =
        groups.iter().partition(|group| has_budget(group));
    if has_budget(campaign) {
        for group in &with {
            if let Some(form) = forms(group).first() {
                let message =
                    format!("campaign `{}` has a budget already, at {}", campaign.name, campaign.origin());
                let found = Diagnostic::error("budget-on-both-levels", message)
                    .hint("keep the budget of the campaign, or those of all its ad groups");
                diagnostics.push(group.finding(found, form.place, form.path.as_str()));
            }
        }
    } else if with.is_empty() {
        let message = format!("neither campaign `{}` nor its ad groups have a budget", campaign.name);
        let found = Diagnostic::error("budget-missing", message).hint(
            "write `budget: {daily: 20.00 EUR}` on the campaign or on every ad group, or `budget: {observe: true}`",
        );
        diagnostics.push(campaign.finding(found, campaign.place, "budget"));
    } else {
        for group in without {
            let names: Vec<String> = with.iter().take(5).map(|group| format!("`{}`", group.name)).collect();
            let message = format!(
                "ad group `{}` has no budget, while {} of campaign `{}` has one",
                group.name,
                names.join(", "),
                campaign.name
            );
            let found = Diagnostic::error("budget-on-some-ad-groups", message)
                .hint("write a budget on every ad group, or one on the campaign instead");
            diagnostics.push(group.finding(found, group.place, "budget"));
        }
    }
    // Dates may stand on the ad groups, where some platforms keep them.
    let all_end = !groups.is_empty() && groups.iter().all(|group| ends(group));
    check_total(campaign, ends(campaign) || all_end, diagnostics);
    for group in groups {
        check_total(group, ends(campaign) || ends(group), diagnostics);
    }
}

fn ends(document: &Document) -> bool {
    document.written("schedule.end").is_some()
        || document.unreadable.iter().any(|path| path.is_within("schedule"))
}

/// A budget over the flight needs the flight's end; what is bound to a live object may leave it unmanaged.
fn check_total(document: &Document, ends: bool, diagnostics: &mut Vec<Diagnostic>) {
    if let Some(total) = document.written("budget.total")
        && !ends
        && !document.annotations.contains_key(EXTERNAL_ID)
    {
        let found = Diagnostic::error("total-without-end", "a total budget needs an end")
            .hint("write `schedule: {end: \"2026-03-31\"}`, or `budget: {daily: ..}`");
        diagnostics.push(document.finding(found, total.place, "budget.total"));
    }
}
