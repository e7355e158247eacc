//! Who wrote what a plan changes, as the API server saw them: whoever wrote a change may not approve it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::address::Address;
use adplane_core::field::FieldOwner;
use adplane_core::overlay::{Ended, InForce, STATE};
use adplane_core::plan::document::{DocumentChange, DocumentDrift, DocumentField, PlanDocument};
use adplane_core::plan::{Action, Held, Plan, Reason};
use adplane_manifest::api;
use adplane_manifest::load::DocumentKind;

use super::decide::Standing;
use super::gather::World;
use super::lower::{Wanted, resource_of};
use crate::cache::{Resource, ResourceKey};
use crate::names;

/// Stands for an author whom nobody knows: an older API server stamps none, and what is gone names nobody.
const UNKNOWN: &str = "system:unknown";

/// The authors of what a plan writes, from the resources that an account depends on. `by_cluster`: the cluster writes down
/// who changed what.
pub(super) fn authors(
    wanted: &Wanted,
    resources: &[Arc<Resource>],
    by_cluster: bool,
    document: &PlanDocument,
) -> Vec<String> {
    let objects = wanted.account().into_iter().flat_map(|account| account.objects.values());
    let creatives: BTreeMap<_, _> =
        objects.filter_map(|object| Some((&object.address, object.creative.as_ref()?))).collect();
    let mut found: BTreeSet<String> = BTreeSet::new();
    let mut touched: BTreeSet<ResourceKey> = BTreeSet::new();
    let mut overlays: BTreeSet<ResourceKey> = BTreeSet::new();
    for change in document.changes.iter().filter(|change| change.action.writes()) {
        touched.insert(resource_of(&change.address));
        let namespace = change.address.namespace.as_str();
        if let Some(creative) = creatives.get(&change.address) {
            touched.insert(ResourceKey::new(DocumentKind::Creative, namespace, creative.as_str()));
        }
        overlays.extend(moved_by(change, namespace));
        if takes_back(change, wanted, resources) {
            found.insert(UNKNOWN.to_owned());
        }
    }
    for resource in resources.iter().filter(|resource| touched.contains(&resource.key)) {
        found.extend(stamped(resource, by_cluster));
    }
    for key in overlays {
        match resources.iter().find(|resource| resource.key == key) {
            Some(resource) => found.extend(decided(resource, resources, by_cluster)),
            None => drop(found.insert(UNKNOWN.to_owned())),
        }
    }
    found.into_iter().collect()
}

/// Who decided an override: whoever wrote it or changed anything of it, and, where it names a rule or a pool, whoever wrote
/// that. Which one it was decided for, the operator has written down where nobody else can: one of the same name, or an
/// override that anybody could have written, has an author more, whom nobody knows.
fn decided(resource: &Resource, resources: &[Arc<Resource>], by_cluster: bool) -> Vec<String> {
    let Some(rule) = &resource.links.rule else { return stamped(resource, by_cluster) };
    let by_hand =
        [names::AUTHORS, names::LAST_EDITED_BY].into_iter().any(|name| resource.annotation(name).is_some());
    let mut found = Vec::new();
    if by_hand || resource.deleting.is_some() {
        found.extend(stamped(resource, by_cluster));
    }
    let namespace = Arc::clone(&resource.key.namespace);
    let keys = [DocumentKind::AutomationRule, DocumentKind::Budget]
        .map(|kind| ResourceKey::new(kind, Arc::clone(&namespace), Arc::clone(rule)));
    let decided_for = resource.annotation(names::DECIDED_FOR);
    let is_it = |one: &&Arc<Resource>| keys.contains(&one.key) && decided_for == Some(one.uid.as_str());
    match resources.iter().find(is_it) {
        Some(one) => found.extend(stamped(one, by_cluster)),
        None => found.push(UNKNOWN.to_owned()),
    }
    found
}

/// Who wrote what is not applied yet of a resource; else who wrote it last.
fn stamped(resource: &Resource, by_cluster: bool) -> Vec<String> {
    // A deletion leaves no name, and where no policy writes names an annotation could be anybody's.
    if resource.deleting.is_some() || !by_cluster {
        return vec![UNKNOWN.to_owned()];
    }
    let listed = resource.annotation(names::AUTHORS).or_else(|| resource.annotation(names::LAST_EDITED_BY));
    let mut found = api::authors::read(listed.unwrap_or_default());
    if found.is_empty() {
        found.push(UNKNOWN.to_owned());
    }
    found
}

fn changed(change: &DocumentChange) -> impl Iterator<Item = &DocumentField> {
    change.fields.iter().filter(|field| field.before != field.after)
}

/// The overrides that decide what a change writes, in force or over, and rules that are gone.
fn moved_by(change: &DocumentChange, namespace: &str) -> Vec<ResourceKey> {
    let overriding = |by: &InForce| ResourceKey::new(DocumentKind::Override, namespace, by.name.as_str());
    let mut found: Vec<ResourceKey> =
        changed(change).filter_map(|field| field.owner.overlay()).map(overriding).collect();
    for reason in &change.reasons {
        let Reason::Returned(returned) = reason else { continue };
        found.push(overriding(&returned.by));
        let gone = match returned.ended {
            Ended::RuleGone => DocumentKind::AutomationRule,
            Ended::PoolGone => DocumentKind::Budget,
            _ => continue,
        };
        found.extend(returned.by.rule.iter().map(|by| ResourceKey::new(gone, namespace, by.as_str())));
    }
    found
}

/// Whether a field that git lends returns to git's value although nobody edited the object and no override tells why: one was
/// deleted, and that leaves no name.
fn takes_back(change: &DocumentChange, wanted: &Wanted, resources: &[Arc<Resource>]) -> bool {
    let key = resource_of(&change.address);
    let edited =
        resources.iter().any(|resource| resource.key == key && resource.annotation(names::AUTHORS).is_some());
    let told = change.reasons.iter().any(|reason| matches!(reason, Reason::Returned(_)));
    if change.id.is_none() || edited || told {
        return false;
    }
    changed(change).any(|field| match (&field.owner, field.path.as_str()) {
        (FieldOwner::Managed(managed), _) => managed.overlay.is_none(),
        (FieldOwner::Git, STATE) => {
            let runs = field.after.as_ref().is_some_and(|after| after == "Active");
            runs && wanted.desired.object(&change.address).is_some_and(|object| object.rules_may_pause)
        }
        _ => false,
    })
}

/// Whether a plan gives anything back that an override or a rule held which is not there any more.
pub(super) fn gives_back(wanted: &Wanted, resources: &[Arc<Resource>], document: &PlanDocument) -> bool {
    let gone = |reason: &Reason| matches!(reason, Reason::Returned(returned) if matches!(returned.ended, Ended::RuleGone | Ended::PoolGone));
    let mut writes = document.changes.iter().filter(|change| change.action.writes());
    writes.any(|change| change.reasons.iter().any(gone) || takes_back(change, wanted, resources))
}

/// Resources whose accumulated authors can be forgotten, because all that they wrote is live.
pub(super) fn settled_authors(
    world: &World,
    standing: &Standing,
    drift: &[DocumentDrift],
    plan: &Plan,
    held: &Held,
) -> Vec<ResourceKey> {
    if !matches!(standing, Standing::InSync) || !drift.is_empty() {
        return Vec::new();
    }
    let waiting = waiting(world, plan, held);
    world
        .resources
        .iter()
        .filter(|resource| resource.annotation(names::AUTHORS).is_some() && resource.deleting.is_none())
        // Nobody asks who wrote those, and several accounts have them; of a rule or a pool somebody asks whenever it acts.
        .filter(|resource| {
            let kind = resource.key.kind;
            let governs = matches!(kind, DocumentKind::Policy | DocumentKind::FreezeWindow);
            !governs && kind != DocumentKind::AutomationRule && !resource.links.is_pool()
        })
        .filter(|resource| !world.wanted.broken.contains_key(&resource.key))
        .filter(|resource| !waiting.contains(&resource.key))
        .map(|resource| resource.key.clone())
        .collect()
}

/// Resources of which something is not live although nothing is to be written: it is blocked or held, for now.
fn waiting(world: &World, plan: &Plan, held: &Held) -> BTreeSet<ResourceKey> {
    let blocked = plan.changes.iter().filter(|change| change.action != Action::None);
    let blocked: BTreeSet<&Address> =
        blocked.map(|change| &change.address).chain(world.wanted.blocked.keys()).collect();
    let objects = world.wanted.account().into_iter().flat_map(|account| account.objects.values());
    let waits = objects.filter(|object| {
        let address = &object.address;
        blocked.contains(address) || held.object(address)
    });
    let mut found = BTreeSet::new();
    for object in waits {
        found.insert(resource_of(&object.address));
        found.extend(object.budget.as_ref().map(resource_of));
        found.extend(object.creative.as_ref().map(|creative| {
            ResourceKey::new(DocumentKind::Creative, object.address.namespace.as_str(), creative.as_str())
        }));
    }
    found.extend(blocked.into_iter().map(resource_of));
    found
}

#[cfg(test)]
mod tests;
