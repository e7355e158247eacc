//! Automation rules: documents to compiled rules whose problems point into their expressions.

use adplane_core::diagnostic::Diagnostic;

use super::index::Index;
use crate::load::DocumentKind;

/// Says once that rules and overrides are checked and not acted upon.
pub(super) fn remark(index: &Index<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let count = |kind: DocumentKind, noun: &str| {
        let number = index.of_kind(kind).count();
        let plural = if number == 1 { "" } else { "s" };
        (number > 0).then(|| format!("{number} {noun}{plural}"))
    };
    let counted: Vec<String> =
        [count(DocumentKind::AutomationRule, "automation rule"), count(DocumentKind::Override, "override")]
            .into_iter()
            .flatten()
            .collect();
    if !counted.is_empty() {
        let message = format!("{} checked; they do not act on live accounts yet", counted.join(" and "));
        diagnostics.push(Diagnostic::info("rules-do-not-act", message));
    }
}
