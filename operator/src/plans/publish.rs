//! From a plan document to a `Plan` object: small, immutable, named after its hash.

use adplane_core::approval::ApprovalPolicy;
use adplane_core::plan::document::{DocumentChange, PlanDocument};
use adplane_core::plan::{Action, Class};
use adplane_manifest::api::API_VERSION;
use adplane_manifest::api::plan::PlanStatus;
use serde_json::{Value, json};

use super::Body;
use crate::names;

/// Digits of the hash in a plan's name.
const DIGITS: usize = 12;
/// Changes, verdicts and authors that fit into a `Plan`.
const CHANGES: usize = 50;
const VERDICTS: usize = 50;
const AUTHORS: usize = 100;
/// Bytes of the largest spec: a `Plan` has 64 KiB, and watchers keep every one.
const LARGEST: usize = 56 * 1024;
/// Characters of a note.
const NOTE: usize = 300;
/// Fields that a change names.
const FIELDS: usize = 4;

/// The name of a plan.
pub fn name_of(hash: &str) -> String {
    let digits: String = hash.trim_start_matches("sha256:").chars().take(DIGITS).collect();
    format!("plan-{digits}")
}

/// The object of a plan on an account.
pub fn object(
    document: &PlanDocument,
    account: &adplane_core::address::AccountKey,
    store: &str,
    body: &Body,
    unknown_authors: bool,
) -> Value {
    let name = name_of(&document.hash);
    let mut changes: Vec<&DocumentChange> = document.changes.iter().collect();
    // The gravest class first; the order of the document otherwise.
    // Classes are listed lightest first.
    let weight = |change: &DocumentChange| {
        let class = change.class.as_ref();
        document.classes.iter().position(|known| Some(known) == class)
    };
    changes.sort_by_key(|change| std::cmp::Reverse((weight(change), rank(change.action))));
    let shown: Vec<Value> = changes.iter().take(CHANGES).map(|change| change_value(change)).collect();
    let verdicts = document.policy.iter().take(VERDICTS);
    let policy: Vec<Value> = verdicts
        .map(|verdict| json!({ "rule": verdict.rule, "severity": verdict.severity, "message": note(&verdict.message) }))
        .collect();
    let mut spec = json!({
        "account": account.name.as_str(),
        "hash": document.hash,
        "classes": document.classes,
        "summary": {
            "create": document.summary.create, "update": document.summary.update,
            "replace": document.summary.replace, "delete": document.summary.delete,
            "adopt": document.summary.adopt, "release": document.summary.release,
            "blocked": document.summary.blocked,
        },
        "changesTotal": document.changes.len(),
        "body": { "store": store, "name": body.name(), "chunks": body.chunks() },
    });
    let omitted = document.changes.len() - shown.len();
    let authors: Vec<&String> = document.authors.iter().take(AUTHORS).collect();
    let free = authors_may_approve(document.approvals.as_ref(), &document.classes);
    for (key, value, empty) in [
        ("changes", json!(shown), shown.is_empty()),
        ("changesOmitted", json!(omitted), omitted == 0),
        ("authors", json!(authors), authors.is_empty()),
        ("authorsMayApprove", json!(free), free.is_empty()),
        ("unknownAuthors", json!(true), !unknown_authors),
        ("policy", json!(policy), policy.is_empty()),
        ("money", money(document), money(document).is_null()),
    ] {
        if !empty {
            spec[key] = value;
        }
    }
    bound(&mut spec);
    json!({
        "apiVersion": API_VERSION,
        "kind": "Plan",
        "metadata": {
            "name": name,
            "namespace": account.namespace.as_str(),
            "labels": {
                names::ACCOUNT_LABEL: label(account.name.as_str()),
                "app.kubernetes.io/managed-by": names::MANAGER,
            },
        },
        "spec": spec,
    })
}

/// Leaves the least grave changes out until the whole is no larger than a plan may be; the body holds them all.
fn bound(spec: &mut Value) {
    while spec.to_string().len() > LARGEST {
        let Some(changes) = spec.get_mut("changes").and_then(Value::as_array_mut) else { return };
        if changes.pop().is_none() {
            return;
        }
        let omitted = spec.get("changesOmitted").and_then(Value::as_u64).unwrap_or_default();
        spec["changesOmitted"] = json!(omitted + 1);
    }
}

/// The classes that authors may approve by the approval policy: admission reads them in the plan, for it sees no policy.
fn authors_may_approve<'a>(policy: Option<&Value>, classes: &'a [Class]) -> Vec<&'a Class> {
    let policy: Option<ApprovalPolicy> =
        policy.and_then(|policy| serde_json::from_value(policy.clone()).ok());
    let Some(policy) = policy else { return Vec::new() };
    let free = |class: &&Class| policy.rule(class).is_some_and(|rule| policy.author_may_approve(rule));
    classes.iter().filter(free).collect()
}

/// A label holds 63 characters; the whole name is in the spec.
fn label(name: &str) -> &str {
    name.get(..63).unwrap_or(name).trim_end_matches(['-', '.'])
}

fn rank(action: Action) -> u8 {
    match action {
        Action::Delete => 6,
        Action::Replace => 5,
        Action::Blocked => 4,
        Action::Create => 3,
        Action::Update => 2,
        Action::Release => 1,
        Action::Adopt | Action::None => 0,
    }
}

fn money(document: &PlanDocument) -> Value {
    let Some(money) = document.money.values().next() else { return Value::Null };
    json!({
        "dailyBefore": money.total.daily_before, "dailyAfter": money.total.daily_after,
        "delta": money.total.delta, "worstDay": money.total.worst_day,
    })
}

fn change_value(change: &DocumentChange) -> Value {
    let mut value = json!({ "address": change.address, "action": change.action });
    if let Some(class) = &change.class {
        value["class"] = json!(class);
    }
    let text = text(change);
    if !text.is_empty() {
        value["text"] = json!(text);
    }
    value
}

/// `budget.daily: 20.00 EUR → 25.00 EUR; state: Paused → Active`.
fn text(change: &DocumentChange) -> String {
    let differing: Vec<_> = change.fields.iter().filter(|field| field.before != field.after).collect();
    let fields: Vec<String> = differing
        .iter()
        .take(FIELDS)
        .map(|field| match change.action {
            Action::Create => format!("{}: {}", field.path, shown(field.after.as_ref())),
            _ => {
                format!("{}: {} → {}", field.path, shown(field.before.as_ref()), shown(field.after.as_ref()))
            }
        })
        .collect();
    let more = differing.len().saturating_sub(FIELDS);
    let more = if more == 0 { String::new() } else { format!("; {more} more") };
    note(&format!("{}{more}", fields.join("; ")))
}

/// A value as people read it in a sentence.
pub fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "nothing".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// A text cut to the length of a note.
pub fn note(text: &str) -> String {
    cut(text, NOTE)
}

/// A text cut to a number of characters.
pub fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(limit - 1).collect();
    short.push('…');
    short
}

/// The patch that makes a plan stand where it stands.
pub fn status_patch(name: &str, namespace: &str, status: &PlanStatus) -> Value {
    json!({
        "apiVersion": API_VERSION,
        "kind": "Plan",
        "metadata": { "name": name, "namespace": namespace },
        "status": status,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_says_which_classes_its_authors_may_approve() {
        let classes: Vec<Class> =
            ["edit", "raise-small", "delete"].iter().map(|word| word.parse().unwrap()).collect();
        let policy = json!({
            "authorMayApprove": true,
            "classes": {
                "edit": {"approvals": 1}, "raise": {"approvals": 2},
                "delete": {"approvals": 1, "authorMayApprove": false},
            },
        });
        let words = |policy: Option<&Value>| -> Vec<String> {
            authors_may_approve(policy, &classes).iter().map(|class| class.word().into_owned()).collect()
        };
        assert_eq!(words(Some(&policy)), ["edit", "raise-small"]);
        assert_eq!(words(Some(&json!({"classes": {"edit": {"approvals": 1}}}))), Vec::<String>::new());
        assert_eq!(words(None), Vec::<String>::new());
        assert_eq!(words(Some(&json!({"authorMayApprove": "yes"}))), Vec::<String>::new());
    }

    #[test]
    fn a_plan_that_is_too_large_leaves_changes_out_and_counts_them() {
        let change = json!({ "address": "x".repeat(1000), "text": "y".repeat(300) });
        let mut spec = json!({ "changes": vec![change; 50], "changesOmitted": 7 });
        bound(&mut spec);
        assert!(spec.to_string().len() <= LARGEST);
        let left = spec["changes"].as_array().unwrap().len() as u64;
        assert!(left > 30 && left < 50, "{left}");
        assert_eq!(spec["changesOmitted"], 7 + 50 - left);
    }
}
