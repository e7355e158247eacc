//! `Override`: whose field it is, and what cannot be meant.

use adplane_core::diagnostic::Diagnostic;
use adplane_core::value::Value;
use jiff::Timestamp;

use super::index::Index;
use crate::check::nearest;
use crate::check::shape::{self, Shape};
use crate::load::{Document, DocumentKind, Loaded, Written};

/// Checks every override against what it is about.
pub(super) fn check(loaded: &Loaded, index: &Index<'_>, diagnostics: &mut Vec<Diagnostic>) {
    for document in index.of_kind(DocumentKind::Override) {
        instant(document, diagnostics);
        field(document, diagnostics);
        if loaded.complete {
            object(index, document, diagnostics);
        }
    }
}

fn instant(document: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let Some(written) = document.written("expires") else { return };
    let text = written.value.as_text().unwrap_or_default();
    if text.parse::<Timestamp>().is_err() {
        let message = format!("`{text}` is not an instant");
        let found = Diagnostic::error("invalid-date", message).hint("write `\"2026-11-28T00:00:00Z\"`");
        diagnostics.push(document.finding(found, written.place, "expires"));
    }
}

/// The kind whose field is overridden; an ad's fields lie in its ad group.
fn kind(document: &Document) -> DocumentKind {
    match document.text("object.kind") {
        Some("Campaign") => DocumentKind::Campaign,
        _ => DocumentKind::AdGroup,
    }
}

fn field(document: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let Some(written) = document.written("field") else { return };
    let path = written.value.as_text().unwrap_or_default();
    let found = match document.text("object.kind") {
        Some("Ad") => shape::below(shape::ad(), path),
        _ => shape::at_path(kind(document), path),
    };
    if matches!(found, Some(Shape::Scalar(_))) {
        return;
    }
    let message = format!("`{path}` is not a field with one value");
    let found = Diagnostic::error("unknown-field", message)
        .hint("write a path below `spec`, such as `budget.daily`, `bidding.amount` or `state`");
    diagnostics.push(document.finding(found, written.place, "field"));
}

fn object(index: &Index<'_>, document: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let Some(name) = document.written("object.name") else { return };
    match index.follow(document, name, kind(document)) {
        Ok(holder) => ad(document, holder, diagnostics),
        Err(found) => diagnostics.push(*found),
    }
    let Some(rule) = document.written("rule") else { return };
    let is_pool = index.get(DocumentKind::Budget, (document.namespace.as_str(), text(rule))).is_some();
    if !is_pool && let Err(found) = index.follow(document, rule, DocumentKind::AutomationRule) {
        diagnostics.push(*found);
    }
}

fn ad(document: &Document, group: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let Some(written) = document.written("object.ad") else { return };
    let names: Vec<&str> = group
        .children
        .iter()
        .filter_map(|child| child.fields.iter().find(|field| field.path.as_str() == "name"))
        .map(text)
        .collect();
    let wanted = text(written);
    if names.contains(&wanted) {
        return;
    }
    let hint = match nearest(wanted, names.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("its ads are: {}", names.join(", ")),
    };
    let message = format!("AdGroup `{}` has no ad `{wanted}`", group.name);
    let found = Diagnostic::error("dangling-reference", message).hint(hint);
    diagnostics.push(document.finding(found, written.place, "object.ad"));
}

fn text(written: &Written) -> &str {
    Value::as_text(&written.value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::lower::tests::{ACCOUNT, Case};

    const SHOP: &str = "apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {name: sale, namespace: growth}
spec: {account: meta-eu, objective: Sales, budget: {daily: 10 EUR}, targeting: {locations: [ES]}}
---
apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: cut, namespace: growth}
spec:
  scope: {kind: Campaign}
  when: today.spend > money('5 EUR')
  action: {type: notify, message: spending}
";

    fn found(spec: &str) -> Vec<String> {
        let text = format!(
            "apiVersion: adplane.io/v1alpha1\nkind: Override\nmetadata: {{name: one, namespace: growth}}\nspec:\n{spec}"
        );
        let project = "project: shop\n";
        Case::new(&[
            ("adplane.yaml", project),
            ("account.yaml", ACCOUNT),
            ("shop.yaml", SHOP),
            ("one.yaml", &text),
        ])
        .found()
    }

    fn spec(name: &str, field: &str, rule: &str, expires: &str) -> String {
        format!(
            "  object: {{kind: Campaign, name: {name}}}\n  field: {field}\n  value: 8.00 EUR\n  rule: {rule}\n  \
             evidence: sha256:{}\n  expires: \"{expires}\"\n",
            "0".repeat(64)
        )
    }

    #[test]
    fn an_override_names_what_exists() {
        let until = "2026-11-28T00:00:00Z";
        assert_eq!(found(&spec("sale", "budget.daily", "cut", until)), [""; 0]);
        assert_eq!(found(&spec("sail", "budget.daily", "cut", until)), ["sail dangling-reference"]);
        assert_eq!(found(&spec("sale", "budget.dialy", "cut", until)), ["budget.dialy unknown-field"]);
        assert_eq!(found(&spec("sale", "budget", "cut", until)), ["budget unknown-field"]);
        assert_eq!(found(&spec("sale", "budget.daily", "cat", until)), ["cat dangling-reference"]);
        assert_eq!(found(&spec("sale", "budget.daily", "cut", "next week")), ["\"next week\" invalid-date"]);
    }
}
