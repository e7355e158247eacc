//! Automation rules: documents to compiled rules whose problems point into their expressions.

use adplane_core::diagnostic::Diagnostic;

use super::index::Index;
use crate::load::DocumentKind;

/// Says once that rules are checked and not acted upon.
pub(super) fn remark(index: &Index<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let number = index.of_kind(DocumentKind::AutomationRule).count();
    if number > 0 {
        let plural = if number == 1 { "" } else { "s" };
        let message =
            format!("{number} automation rule{plural} checked; they do not act on live accounts yet");
        diagnostics.push(Diagnostic::info("rules-do-not-act", message));
    }
}
