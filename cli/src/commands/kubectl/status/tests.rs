//! What is told of accounts, from objects as a cluster holds them.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::gather::{attach_objects, attach_plans};
use super::*;

fn object(value: Value) -> DynamicObject {
    serde_json::from_value(value).unwrap()
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({
        "type": kind, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": "2026-11-20T10:00:00Z",
    })
}

fn account(name: &str, annotations: &Value, status: &Value) -> Account {
    Account::read(&object(json!({
        "apiVersion": "adplane.io/v1alpha1", "kind": "AdAccount",
        "metadata": {"name": name, "namespace": "growth", "annotations": annotations},
        "spec": {"platform": "Meta"}, "status": status,
    })))
}

fn plan(name: &str, created: &str, phase: &str) -> DynamicObject {
    object(json!({
        "apiVersion": "adplane.io/v1alpha1", "kind": "Plan",
        "metadata": {"name": name, "namespace": "growth", "creationTimestamp": created},
        "spec": {
            "account": "meta-eu", "hash": "sha256:0", "classes": ["edit", "raise"], "changesTotal": 1,
            "summary": {"create": 0, "update": 1, "replace": 0, "delete": 0, "adopt": 0, "release": 0, "blocked": 0},
            "money": {
                "dailyBefore": "120.00 EUR", "dailyAfter": "150.00 EUR", "delta": "30.00 EUR",
                "worstDay": "262.50 EUR",
            },
            "body": {"store": "ConfigMap", "name": name, "chunks": 1},
        },
        "status": {"phase": phase, "missing": ["class raise needs 1 approval, has 0"]},
    }))
}

fn waiting() -> Account {
    let status = json!({
        "conditions": [
            condition("ApprovalRequired", "True", "PlanPending", "plan-new waits for approval"),
            condition("Ready", "False", "PlanPending", "plan-new waits for approval"),
            condition("QuotaLimited", "True", "QuotaExhausted", ""),
            condition("Synced", "False", "PlanPending", ""),
            condition("Stalled", "False", "InSync", ""),
        ],
        "counts": {"objects": 12, "ready": 10, "pending": 2, "drifted": 1, "blocked": 0},
        "plan": {"name": "plan-new", "phase": "Pending"},
    });
    account("meta-eu", &json!({}), &status)
}

#[test]
fn a_plan_that_waits_is_told_with_what_is_missing_and_what_to_type() {
    let mut accounts = [waiting()];
    let found = [
        plan("plan-old", "2026-11-20T08:00:00Z", "Superseded"),
        plan("plan-new", "2026-11-20T10:00:00Z", "Pending"),
        plan("plan-failed", "2026-11-20T07:00:00Z", "Failed"),
    ];
    attach_plans(&mut accounts, &found);
    assert_eq!(
        text(&accounts, false, false),
        "\
ACCOUNT  PLATFORM  READY  WHY          OBJECTS  PENDING  DRIFTED  BLOCKED  PLAN      PHASE
meta-eu  Meta      False  PlanPending  12       2        1        0        plan-new  Pending

meta-eu
  Ready False, ApprovalRequired True: PlanPending: plan-new waits for approval
  QuotaLimited True: QuotaExhausted
  plan-new Pending: edit, raise; 120.00 EUR a day → 150.00 EUR a day (30.00 EUR), worst day 262.50 EUR
    missing: class raise needs 1 approval, has 0
    `kubectl adplane diff plan-new` shows it, `kubectl adplane approve plan-new` approves it
"
    );
}

#[test]
fn one_that_was_named_is_told_whole() {
    let all = text(&[waiting()], true, true);
    assert!(all.contains("\ngrowth/meta-eu\n") && all.contains("  Stalled False: InSync"), "{all}");
}

#[test]
fn an_account_without_trouble_is_a_row_and_nothing_more() {
    let status = json!({"conditions": [condition("Ready", "True", "InSync", "")]});
    let quiet = text(&[account("meta-eu", &json!({}), &status)], false, false);
    assert_eq!(quiet.lines().count(), 2, "{quiet}");
}

#[test]
fn a_pause_and_silence_of_the_operator_are_told() {
    let annotations = json!({"adplane.io/suspend": "true", "adplane.io/suspend-reason": "audit\u{1b}[2J"});
    let told = text(&[account("meta-eu", &annotations, &json!({}))], false, false);
    assert!(told.contains("Unknown  Suspended"), "{told}");
    assert!(told.contains("  paused: audit[U+001B][2J; nothing is written until"), "{told}");
    assert!(told.contains("the operator has not told of it yet"), "{told}");
}

#[test]
fn a_failed_plan_is_told_while_it_is_the_last() {
    let status = json!({"plan": {"name": "plan-b", "phase": "PartlyApplied"}});
    let mut accounts = [account("meta-eu", &json!({}), &status)];
    attach_plans(&mut accounts, &[plan("plan-b", "2026-11-20T10:00:00Z", "PartlyApplied")]);
    let told = text(&accounts, false, false);
    assert!(told.contains("plan-b PartlyApplied") && !told.contains("approves it"), "{told}");
}

#[test]
fn drift_is_found_on_what_belongs_to_the_account() {
    let of = |kind: &str, name: &str, spec: Value, conditions: Value| {
        object(json!({
            "apiVersion": "adplane.io/v1alpha1", "kind": kind,
            "metadata": {"name": name, "namespace": "growth"},
            "spec": spec, "status": {"conditions": conditions},
        }))
    };
    let drifted =
        condition("Drifted", "True", "ChangedOnPlatform", "budget.daily: 20.00 EUR → 25.00 EUR by ana");
    let invalid = condition("Stalled", "True", "Invalid", "");
    let objects = [
        ("Campaign", of("Campaign", "sale", json!({"account": "meta-eu"}), json!([drifted]))),
        ("AdGroup", of("AdGroup", "es", json!({"campaign": "sale"}), json!([invalid]))),
        ("Campaign", of("Campaign", "other", json!({"account": "google-eu"}), json!([drifted]))),
    ];
    let mut accounts = [waiting()];
    attach_objects(&mut accounts, &objects);
    let told = text(&accounts, false, false);
    assert!(told.contains("    campaign/sale: budget.daily: 20.00 EUR → 25.00 EUR by ana\n"), "{told}");
    assert!(told.contains("    adgroup/es: Invalid\n") && !told.contains("other"), "{told}");
}
