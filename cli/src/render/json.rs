//! JSON for programs.

use adplane_core::diagnostic::Diagnostic;
use adplane_core::plan::document::PlanDocument;

/// The plan document.
pub(crate) fn plan(document: &PlanDocument) -> String {
    document.to_text()
}

/// Diagnostics as a list.
pub(crate) fn diagnostics(found: &[Diagnostic]) -> String {
    pretty(&found)
}

/// Indented JSON, ending in a line break.
pub(crate) fn pretty(value: &impl serde::Serialize) -> String {
    // Everything rendered here has text keys, so it always serializes.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
