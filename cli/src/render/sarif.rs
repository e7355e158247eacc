//! SARIF 2.1.0 for code scanning (OASIS, Static Analysis Results Interchange Format).

use std::collections::BTreeSet;

use adplane_core::diagnostic::{Diagnostic, Severity};
use adplane_core::plan::document::{DocumentChange, PlanDocument};
use serde_json::{Value, json};

use super::{json, words};

/// Diagnostics as results.
pub(crate) fn diagnostics(found: &[Diagnostic]) -> String {
    let results: Vec<Value> = found.iter().map(finding).collect();
    log(&results)
}

/// A plan: its diagnostics, and each change as a note where it was written.
pub(crate) fn plan(document: &PlanDocument) -> String {
    let mut results: Vec<Value> = document.diagnostics.iter().map(finding).collect();
    results.extend(document.changes.iter().map(change));
    log(&results)
}

fn log(results: &[Value]) -> String {
    let rules: BTreeSet<&str> = results.iter().filter_map(|result| result["ruleId"].as_str()).collect();
    let rules: Vec<Value> = rules.into_iter().map(|id| json!({ "id": id })).collect();
    json::pretty(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "adplane",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
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
    let mut result = json!({ "ruleId": found.code, "level": level, "message": { "text": text } });
    if let Some(origin) = &found.origin {
        let end = origin.column.saturating_add(found.length.max(1));
        result["locations"] = location(&origin.file, origin.line, origin.column, Some(end));
    }
    result
}

fn change(change: &DocumentChange) -> Value {
    let text = format!("{} {}", change.action, change.address);
    let mut result = json!({
        "ruleId": format!("plan/{}", change.action),
        "level": "note",
        "message": { "text": text },
        "properties": {
            "class": change.class,
            "fields": words::fields(change).map(|field| field.path.as_str()).collect::<Vec<_>>(),
        },
    });
    if let Some(origin) = &change.origin {
        result["locations"] = location(&origin.file, origin.line, origin.column, None);
    }
    result
}

fn location(file: &str, line: u32, column: u32, end: Option<u32>) -> Value {
    let mut region = json!({ "startLine": line, "startColumn": column });
    if let Some(end) = end {
        region["endColumn"] = json!(end);
    }
    json!([{ "physicalLocation": { "artifactLocation": { "uri": file }, "region": region } }])
}
