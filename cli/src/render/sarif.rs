//! SARIF 2.1.0 for code scanning (OASIS, Static Analysis Results Interchange Format).

use std::collections::BTreeMap;
use std::fmt::Write;

use adplane_core::diagnostic::{Diagnostic, Severity};
use adplane_core::field::Origin;
use adplane_core::plan::Action;
use adplane_core::plan::document::{DocumentChange, PlanDocument, PolicyVerdict};
use adplane_core::policy;
use serde_json::{Value, json};

use super::rank::Ranks;
use super::{json, safe, words};

/// Results of one run: code scanning shows no more.
const MOST: usize = 5_000;

/// What is known of a rule besides its name.
const RULES: [(&str, &str); 8] = [
    ("plan/create", "A new object on an advertising platform"),
    ("plan/update", "A live object changes"),
    ("plan/replace", "A new object takes a live one's place"),
    ("plan/delete", "A live object is removed"),
    ("plan/adopt", "A live object becomes the project's"),
    ("plan/release", "A live object is not the project's any more"),
    ("plan/blocked", "Something should change but must not"),
    ("plan/breaks", "A change that breaks something on the platform"),
];

/// Diagnostics as results.
pub(crate) fn diagnostics(found: &[Diagnostic]) -> String {
    let results: Vec<Value> = found.iter().map(finding).collect();
    log(&results)
}

/// A plan: its diagnostics, verdicts of policies, and each change where it was written, the gravest and dearest first.
pub(crate) fn plan(document: &PlanDocument) -> String {
    let mut results: Vec<Value> = document.diagnostics.iter().map(finding).collect();
    results.extend(document.policy.iter().map(verdict));
    let ranks = Ranks::new(document);
    for one in ranks.order(document) {
        results.push(change(one, &ranks));
        results.extend(breaks(one));
        if results.len() >= MOST {
            break;
        }
    }
    results.truncate(MOST);
    log(&results)
}

fn log(results: &[Value]) -> String {
    let known: BTreeMap<&str, &str> = RULES.into_iter().collect();
    let mut names: Vec<&str> = results.iter().filter_map(|result| result["ruleId"].as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let rules: Vec<Value> = names
        .into_iter()
        .map(|id| match known.get(id) {
            Some(text) => json!({ "id": id, "shortDescription": { "text": text } }),
            None => json!({ "id": id }),
        })
        .collect();
    json::pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "adplane",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    }))
}

fn finding(found: &Diagnostic) -> Value {
    let level = match found.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let text = match &found.hint {
        Some(hint) => format!("{}; {hint}", found.message),
        None => found.message.clone(),
    };
    let mut result =
        json!({ "ruleId": found.code, "level": level, "message": { "text": safe::plain(&text) } });
    if let Some(origin) = &found.origin {
        let end = origin.column.saturating_add(found.length.max(1));
        result["locations"] = location(origin, Some(end));
    }
    result
}

fn verdict(found: &PolicyVerdict) -> Value {
    let level = if found.severity == policy::Severity::Warn { "warning" } else { "error" };
    let mut result = json!({
        "ruleId": format!("policy/{}", found.rule),
        "level": level,
        "message": { "text": safe::plain(&found.message) },
    });
    if let Some(origin) = &found.origin {
        result["locations"] = location(origin, None);
    }
    result
}

fn change(change: &DocumentChange, ranks: &Ranks<'_>) -> Value {
    let mut text = format!("{} {}", change.action, change.address);
    if let Some(spend) = ranks.spend(change) {
        text = format!("{text}: {}", words::daily(spend));
    }
    let level = match change.action {
        Action::Blocked => "error",
        _ if ranks.danger(change).is_grave() => "warning",
        _ => "note",
    };
    let mut result = json!({
        "ruleId": format!("plan/{}", change.action),
        "level": level,
        "message": { "text": text },
        "partialFingerprints": { "address/v1": change.address.to_string() },
        "properties": {
            "class": change.class,
            "fields": words::fields(change).map(|field| field.path.as_str()).collect::<Vec<_>>(),
        },
    });
    if let Some(origin) = words::place(change) {
        result["locations"] = location(origin, None);
    }
    result
}

/// What a change breaks, each thing at the line of the field behind it.
fn breaks(change: &DocumentChange) -> impl Iterator<Item = Value> {
    change.breaks.iter().map(|found| {
        let field =
            found.path.as_ref().and_then(|path| change.fields.iter().find(|field| field.path == *path));
        let origin = field.and_then(|field| field.origin.as_ref()).or(change.origin.as_ref());
        let path = found.path.as_ref().map(|path| format!("`{path}` ")).unwrap_or_default();
        let rule = found.rule.as_ref().map(|rule| format!(" ({rule})")).unwrap_or_default();
        let text = format!("{}: {}: {path}{}{rule}", change.address.short(), found.what.words(), found.says);
        let mut result = json!({
            "ruleId": "plan/breaks",
            "level": "warning",
            "message": { "text": safe::plain(&text) },
            "properties": { "what": found.what, "confidence": found.confidence },
        });
        if let Some(origin) = origin {
            result["locations"] = location(origin, None);
        }
        result
    })
}

fn location(origin: &Origin, end: Option<u32>) -> Value {
    let mut region = json!({ "startLine": origin.line, "startColumn": origin.column });
    if let Some(end) = end {
        region["endColumn"] = json!(end);
    }
    let artifact = json!({ "uri": uri(&origin.file) });
    json!([{ "physicalLocation": { "artifactLocation": artifact, "region": region } }])
}

/// A file's name as a relative reference (RFC 3986): slashes stay, everything unusual is encoded.
fn uri(file: &str) -> String {
    let mut out = String::with_capacity(file.len());
    for byte in file.replace('\\', "/").bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_relative_references() {
        assert_eq!(uri("shop/brand.yaml"), "shop/brand.yaml");
        assert_eq!(uri("niños y niñas/a:b.yaml"), "ni%C3%B1os%20y%20ni%C3%B1as/a%3Ab.yaml");
    }
}
