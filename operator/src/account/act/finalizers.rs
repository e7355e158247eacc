//! Finalizers and stamps on resources: patches that fail when the resource changed meanwhile.

use std::sync::{Arc, PoisonError};

use kube::api::{Api, DynamicObject, Patch, PatchParams};
use serde_json::{Value, json};

use super::super::ReconcileError;
use super::super::decide::Decision;
use super::super::gather::World;
use crate::cache::{Resource, ResourceKey, api_resource};
use crate::context::Context;
use crate::events::{Happening, of_resource};
use crate::names;

fn api(context: &Context, resource: &Resource) -> Api<DynamicObject> {
    let kind = api_resource(resource.key.kind.word());
    Api::namespaced_with(context.client.clone(), &resource.key.namespace, &kind)
}

fn find<'w>(world: &'w World, key: &ResourceKey) -> Option<&'w Arc<Resource>> {
    world.resources.iter().find(|resource| resource.key == *key)
}

/// Patches one version of a resource; another version is looked at anew, one that is gone needs nothing.
async fn patch(
    context: &Context,
    resource: &Resource,
    version: &str,
    mut change: Value,
) -> Result<bool, ReconcileError> {
    change["metadata"]["resourceVersion"] = json!(version);
    let parameters = PatchParams { field_manager: Some(names::MANAGER.to_owned()), ..PatchParams::default() };
    match api(context, resource).patch_metadata(&resource.key.name, &parameters, &Patch::Merge(&change)).await
    {
        Ok(_) => Ok(true),
        Err(kube::Error::Api(status)) if status.code == 404 || status.code == 409 => Ok(false),
        Err(error) => Err(ReconcileError::api("patching a resource")(error)),
    }
}

/// Reads which finalizers a resource holds now, ours left out or added.
async fn finalizers(
    context: &Context,
    resource: &Resource,
    with_ours: bool,
) -> Result<Option<(Vec<String>, String)>, ReconcileError> {
    let found = api(context, resource)
        .get_metadata_opt(&resource.key.name)
        .await
        .map_err(ReconcileError::api("reading a resource"))?;
    let Some(found) = found.filter(|found| found.metadata.uid.as_deref() == Some(&resource.uid)) else {
        return Ok(None);
    };
    let mut all = found.metadata.finalizers.unwrap_or_default();
    all.retain(|name| name != names::FINALIZER);
    if with_ours {
        all.push(names::FINALIZER.to_owned());
    }
    Ok(Some((all, found.metadata.resource_version.unwrap_or_default())))
}

/// Lets resources go.
pub(super) async fn let_go(
    context: &Context,
    world: &World,
    decision: &Decision,
) -> Result<(), ReconcileError> {
    for (key, because) in &decision.let_go {
        let Some(resource) = find(world, key) else { continue };
        let Some((left, version)) = finalizers(context, resource, false).await? else { continue };
        context.events.publish(&of_resource(resource), Happening::Released, because).await;
        if patch(context, resource, &version, json!({ "metadata": { "finalizers": left } })).await? {
            tracing::info!(resource = %key, because, "released");
        }
    }
    Ok(())
}

/// Takes hold of resources that have, or will have, something live.
pub(super) async fn take(
    context: &Context,
    world: &World,
    decision: &Decision,
) -> Result<(), ReconcileError> {
    for key in &decision.finalize {
        let Some(resource) = find(world, key) else { continue };
        let Some((all, version)) = finalizers(context, resource, true).await? else { continue };
        let account = format!("{}{}", names::PREFIX, names::ACCOUNT);
        let change = json!({
            "metadata": { "finalizers": all, "annotations": { account: world.key.name.as_str() } },
        });
        patch(context, resource, &version, change).await?;
    }
    Ok(())
}

/// Whether what a resource says is live on every account that uses it: their plans ask who wrote it too. Accounts that other
/// replicas look after are never heard of here, and then authors stay.
fn settled_everywhere(context: &Context, world: &World, resource: &Resource) -> bool {
    let users = context.cache.accounts_of(&resource.key);
    if users.iter().all(|user| *user == world.key) {
        return true;
    }
    let mut settled = context.settled.lock().unwrap_or_else(PoisonError::into_inner);
    let (version, by) = settled.entry(resource.key.clone()).or_default();
    if *version != resource.resource_version {
        version.clone_from(&resource.resource_version);
        by.clear();
    }
    by.insert(world.key.clone());
    let everywhere = users.is_subset(by);
    if everywhere {
        settled.remove(&resource.key);
    }
    everywhere
}

/// Forgets the authors of what is live; an edit meanwhile keeps them.
pub(super) async fn forget_authors(
    context: &Context,
    world: &World,
    decision: &Decision,
) -> Result<(), ReconcileError> {
    for key in &decision.settled_authors {
        let Some(resource) = find(world, key) else { continue };
        if !settled_everywhere(context, world, resource) {
            continue;
        }
        let authors = format!("{}{}", names::PREFIX, names::AUTHORS);
        let change = json!({ "metadata": { "annotations": { authors: null } } });
        patch(context, resource, &resource.resource_version, change).await?;
    }
    Ok(())
}
