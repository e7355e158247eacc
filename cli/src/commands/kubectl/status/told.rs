//! What a cluster tells of an account, read leniently: a word of a newer operator must not hide all others.

use adplane_manifest::api::status::{Condition, ConditionStatus, PlanPhase, ResourceStatus};
use kube::api::DynamicObject;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::plan::Read;
use super::super::steer::{SUSPEND, SUSPEND_REASON};
use crate::render::safe;

/// Conditions that are fine when they hold; every other one is a matter for somebody when it does.
const GOOD: [&str; 4] = ["Ready", "Synced", "Reviewed", "Delivering"];

/// An ad account.
#[derive(Debug, Clone, Default)]
pub(super) struct Account {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) platform: String,
    pub(super) suspended: bool,
    pub(super) suspended_because: Option<String>,
    pub(super) status: ResourceStatus,
    /// Plans that wait, or that failed last; newest first.
    pub(super) plans: Vec<Read>,
    /// Objects that were changed on the platform.
    pub(super) drifted: Vec<Item>,
    /// Objects that cannot go on.
    pub(super) held_back: Vec<Item>,
}

/// One object with what is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) object: String,
    pub(super) says: String,
}

impl Account {
    /// Reads an `AdAccount`.
    pub(super) fn read(object: &DynamicObject) -> Self {
        let annotation = |name| object.metadata.annotations.as_ref()?.get(name).cloned();
        Self {
            namespace: object.metadata.namespace.clone().unwrap_or_default(),
            name: object.metadata.name.clone().unwrap_or_default(),
            platform: text(&object.data, "/spec/platform"),
            suspended: annotation(SUSPEND).as_deref() == Some("true"),
            suspended_because: annotation(SUSPEND_REASON),
            status: part(&object.data, "status"),
            ..Self::default()
        }
    }

    /// As people name it.
    pub(super) fn shown(&self, namespaces: bool) -> String {
        if namespaces { format!("{}/{}", self.namespace, self.name) } else { self.name.clone() }
    }

    /// All its conditions.
    pub(super) fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.status.conditions.iter().flatten()
    }

    /// Whether everything wanted is live, as last told.
    pub(super) fn ready(&self) -> Option<&Condition> {
        self.conditions().find(|found| found.kind.0 == "Ready")
    }
}

/// Reads a `Plan`.
pub(super) fn plan(object: &DynamicObject) -> Read {
    Read {
        name: object.metadata.name.clone().unwrap_or_default(),
        spec: part(&object.data, "spec"),
        status: part(&object.data, "status"),
    }
}

/// A part of an object; empty where it cannot be understood.
pub(super) fn part<T: DeserializeOwned + Default>(data: &Value, name: &str) -> T {
    data.get(name).and_then(|part| T::deserialize(part).ok()).unwrap_or_default()
}

/// A text in an object; empty where there is none.
pub(super) fn text(data: &Value, pointer: &str) -> String {
    data.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Whether a condition is a matter for somebody.
pub(super) fn needs_somebody(found: &Condition) -> bool {
    let holds = found.status == ConditionStatus::True;
    if GOOD.contains(&found.kind.0.as_str()) { !holds && found.kind.0 == "Ready" } else { holds }
}

/// Conditions with one reason as one line: `Ready False, ApprovalRequired True: PlanPending: plan-1 waits`.
pub(super) fn lines<'a>(conditions: impl Iterator<Item = &'a Condition>) -> Vec<String> {
    let mut grouped: Vec<(String, Vec<String>)> = Vec::new();
    for found in conditions {
        let stands = format!("{} {:?}", found.kind.0, found.status);
        let message = found.message.as_ref().filter(|message| !message.0.is_empty());
        let message = message.map(|message| format!(": {}", safe::plain(&message.0))).unwrap_or_default();
        let because = format!("{}{message}", found.reason.0);
        match grouped.iter_mut().find(|(known, _)| *known == because) {
            // What people look for first stands first.
            Some((_, group)) if found.kind.0 == "Ready" => group.insert(0, stands),
            Some((_, group)) => group.push(stands),
            None => grouped.push((because, vec![stands])),
        }
    }
    grouped.into_iter().map(|(because, group)| format!("{}: {because}", group.join(", "))).collect()
}

/// Whether somebody's decision is awaited.
pub(super) fn waits(plan: &Read) -> bool {
    matches!(plan.status.phase.unwrap_or_default(), PlanPhase::Pending | PlanPhase::Rejected)
}

/// Whether a plan has run its course and left nothing to do.
pub(super) fn is_over(plan: &Read) -> bool {
    matches!(plan.status.phase, Some(PlanPhase::Applied | PlanPhase::Superseded))
}

/// Whether it failed, wholly or in part.
pub(super) fn failed(plan: &Read) -> bool {
    matches!(plan.status.phase, Some(PlanPhase::Failed | PlanPhase::PartlyApplied))
}
