//! Whether JSON holds what a row expects of it.

use serde_json::Value;

/// Stands for a key that must not be there, or is null.
const ABSENT: &str = "<absent>";
/// Stands for a key that must be there with any value.
const ANY: &str = "<any>";

/// Why `found` does not hold `expected`; nothing when it does.
///
/// Maps match by subset, lists element by element, texts may begin or end with `*`, numbers match by value.
pub(crate) fn mismatch(expected: &Value, found: Option<&Value>, path: &str) -> Option<String> {
    if expected.as_str() == Some(ABSENT) {
        return found.filter(|found| !found.is_null()).map(|found| format!("{path} is there: {found}"));
    }
    let Some(found) = found else { return Some(format!("{path} is missing, expected {expected}")) };
    if expected.as_str() == Some(ANY) {
        return None;
    }
    let differs = || Some(format!("{path} is {found}, expected {expected}"));
    match (expected, found) {
        (Value::Object(members), Value::Object(_)) => {
            members.iter().find_map(|(key, value)| mismatch(value, found.get(key), &format!("{path}.{key}")))
        }
        (Value::Array(expected), Value::Array(elements)) => {
            if expected.len() != elements.len() {
                return differs();
            }
            let pairs = expected.iter().zip(elements).enumerate();
            let mut problems = pairs.filter_map(|(at, (value, element))| {
                mismatch(value, Some(element), &format!("{path}[{at}]"))
            });
            problems.next()
        }
        (Value::String(pattern), Value::String(text)) if fits(pattern, text) => None,
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => None,
        _ if expected == found => None,
        _ => differs(),
    }
}

/// Whether a text fits a pattern with `*` at its edges.
fn fits(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) if pattern.len() > 1 => text.contains(&pattern[1..pattern.len() - 1]),
        (Some(end), _) => text.ends_with(end),
        (_, Some(start)) => text.starts_with(start),
        (None, None) => pattern == text,
    }
}

/// Fails unless one of `candidates` holds `expected`; names the nearest mismatch of each.
pub(crate) fn any(expected: &Value, candidates: &[Value], what: &str) -> Result<(), String> {
    let problems: Vec<String> =
        candidates.iter().filter_map(|candidate| mismatch(expected, Some(candidate), what)).collect();
    if problems.len() < candidates.len() {
        return Ok(());
    }
    let found = serde_json::to_string_pretty(candidates).unwrap_or_default();
    Err(format!("no {what} holds {expected}\n  {}\nfound: {found}", problems.join("\n  ")))
}
