//! Statuses of resources that no account takes up: a creative that no ad uses, a group whose campaign is not there.

use std::collections::BTreeMap;
use std::sync::Arc;

use adplane_core::diagnostic::Diagnostic;
use adplane_manifest::api::status::{Condition, ResourceStatus};
use adplane_manifest::load::{DocumentKind, from_resources};
use jiff::Timestamp;

use super::conditions::{Found, Reason, Type};
use super::words::{stalled, told};
use crate::account::lower::resource_of;
use crate::cache::{Resource, ResourceKey};

/// The code of references to what is not there.
const DANGLING: &str = "dangling-reference";

/// Statuses of resources of one namespace that no account takes up. `beside` is what they may refer to, whose statuses are
/// written elsewhere.
pub fn unattached(
    resources: &[Arc<Resource>],
    beside: &[Arc<Resource>],
    now: Timestamp,
) -> Vec<(Arc<Resource>, ResourceStatus)> {
    let broken = broken(resources, beside);
    let told = |resource: &Arc<Resource>| {
        let found = found(resource, broken.get(&resource.key));
        (Arc::clone(resource), status(resource, found, now))
    };
    resources.iter().map(told).collect()
}

/// What is wrong, by resource; of several the first.
fn broken(resources: &[Arc<Resource>], beside: &[Arc<Resource>]) -> BTreeMap<ResourceKey, Diagnostic> {
    let all = || resources.iter().chain(beside);
    let labels: BTreeMap<Arc<str>, &ResourceKey> =
        all().map(|resource| (Arc::from(resource.key.to_string()), &resource.key)).collect();
    let documents = all().map(|resource| (Arc::from(resource.key.to_string()), resource.document()));
    let mut loaded = from_resources(documents);
    let lowered = adplane_manifest::lower(&loaded);
    let mut found = std::mem::take(&mut loaded.diagnostics);
    found.extend(lowered.diagnostics);
    let mut broken = BTreeMap::new();
    for diagnostic in found.into_iter().filter(Diagnostic::is_error) {
        let of_origin = diagnostic.origin.as_ref().and_then(|origin| labels.get(&origin.file)).copied();
        let of_address = || diagnostic.address.as_ref().map(resource_of);
        if let Some(key) = of_origin.cloned().or_else(of_address) {
            broken.entry(key).or_insert(diagnostic);
        }
    }
    broken
}

fn found(resource: &Resource, broken: Option<&Diagnostic>) -> Vec<Found> {
    match (broken, resource.key.kind) {
        (Some(problem), _) if problem.code == DANGLING => stalled(Reason::ReferenceInvalid, told(problem)),
        (Some(problem), _) => stalled(Reason::Invalid, told(problem)),
        (None, DocumentKind::NotificationPolicy) => vec![Found::new(Type::Ready, true, Reason::InUse, "")],
        (None, DocumentKind::Creative) => unused("no ad uses it"),
        (None, DocumentKind::Budget) if resource.links.is_pool() => unused("no campaign draws on it"),
        (None, DocumentKind::Policy | DocumentKind::FreezeWindow) => {
            unused("there is no AdAccount in its namespace")
        }
        (None, _) => stalled(Reason::ReferenceInvalid, "what it belongs to has no AdAccount"),
    }
}

fn unused(because: &str) -> Vec<Found> {
    vec![Found::new(Type::Ready, true, Reason::Unused, because)]
}

/// Nothing of it is live, so conditions are all there is to tell.
fn status(resource: &Resource, found: Vec<Found>, now: Timestamp) -> ResourceStatus {
    let former: ResourceStatus = serde_json::from_value(resource.status()).unwrap_or_default();
    let old = former.conditions.unwrap_or_default();
    let mut conditions: Vec<Condition> =
        found.into_iter().map(|found| found.dated(&old, resource.generation, now)).collect();
    conditions.sort_by(|a, b| a.kind.0.cmp(&b.kind.0));
    ResourceStatus {
        conditions: Some(conditions),
        observed_generation: Some(resource.generation),
        ..ResourceStatus::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn resource(kind: DocumentKind, name: &str, spec: &Value) -> Arc<Resource> {
        let object = json!({
            "apiVersion": "adplane.io/v1alpha1", "kind": kind.word(),
            "metadata": { "name": name, "namespace": "shop", "uid": name, "generation": 3 },
            "spec": spec,
        });
        Arc::new(Resource::read(kind, serde_json::from_value(object).unwrap()).unwrap())
    }

    fn creative(name: &str) -> Arc<Resource> {
        let spec = json!({
            "headlines": ["Walk further"], "primaryTexts": ["Light boots."], "callToAction": "LearnMore",
            "landingPage": "https://www.shop.example/boots",
        });
        resource(DocumentKind::Creative, name, &spec)
    }

    /// The conditions of one, each as `Type=status reason: message`.
    fn told_of(one: &Arc<Resource>, beside: &[Arc<Resource>]) -> Vec<String> {
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        let statuses = unattached(std::slice::from_ref(one), beside, now);
        let [(_, status)] = &statuses[..] else { panic!("one status each") };
        assert_eq!(status.observed_generation, Some(3));
        let conditions = status.conditions.iter().flatten();
        conditions
            .map(|condition| {
                let message = condition.message.as_ref().map_or("", |message| &message.0);
                format!("{}={:?} {}: {message}", condition.kind.0, condition.status, condition.reason.0)
            })
            .collect()
    }

    #[test]
    fn what_nobody_uses_is_ready_and_says_so() {
        let window = json!({ "yearly": [{ "from": "12-24", "to": "01-02" }], "reason": "peak season" });
        let window = resource(DocumentKind::FreezeWindow, "peak", &window);
        assert_eq!(told_of(&creative("spring"), &[]), ["Ready=True Unused: no ad uses it"]);
        let told = told_of(&window, &[]);
        assert_eq!(told, ["Ready=True Unused: there is no AdAccount in its namespace"]);
    }

    #[test]
    fn a_group_without_its_campaign_names_the_one_that_is_meant() {
        let campaign = json!({ "account": "meta-eu", "objective": "Sales", "state": "Paused" });
        let beside = [resource(DocumentKind::Campaign, "spring-sale", &campaign)];
        let group = json!({ "campaign": "spring-sail", "state": "Paused", "ads": [] });
        let told = told_of(&resource(DocumentKind::AdGroup, "women", &group), &beside);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("Ready=False ReferenceInvalid: "), "{told:?}");
        assert!(told[1].starts_with("Stalled=True ReferenceInvalid: "), "{told:?}");
        assert!(
            told[0].contains("spring-sail") && told[0].contains("did you mean `spring-sale`?"),
            "{told:?}"
        );
    }

    #[test]
    fn one_that_is_wrong_says_where() {
        let wrong = resource(DocumentKind::NotificationPolicy, "oncall", &json!({ "channels": [] }));
        let told = told_of(&wrong, &[]);
        assert!(told[0].starts_with("Ready=False Invalid: spec.routes: "), "{told:?}");
    }
}
