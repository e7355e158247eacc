//! `Override` resources of rules and pools: made, written anew, removed. The name follows from who decided, object and field,
//! so that whoever was cut off writes the same again.

use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::overlay::{Overlay, Setting};
use adplane_engine::rules::carry::{Effect, Place, replaces, same_decision};
use adplane_manifest::api::API_VERSION;
use adplane_manifest::load::DocumentKind;
use kube::api::{Api, DeleteParams, DynamicObject, Patch, PatchParams, PostParams, Preconditions};
use serde_json::{Value, json};

use super::ReconcileError;
use super::gather::World;
use crate::cache::{Resource, ResourceKey, api_resource};
use crate::context::Context;
use crate::names;
use crate::plans::note;

fn api(context: &Context, world: &World) -> Api<DynamicObject> {
    let kind = api_resource(DocumentKind::Override.word());
    Api::namespaced_with(context.client.clone(), world.key.namespace.as_str(), &kind)
}

fn key(world: &World, overlay: &Overlay) -> ResourceKey {
    ResourceKey::new(DocumentKind::Override, world.key.namespace.as_str(), overlay.name.as_str())
}

/// Why something was not put in force or taken back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// It is about this one alone: the others go on.
    #[error("{0}")]
    Alone(String),
    #[error(transparent)]
    Failed(#[from] ReconcileError),
}

impl Refused {
    /// What the API server says to one object is about that object.
    fn of(doing: &'static str, error: kube::Error) -> Self {
        match error {
            kube::Error::Api(status) if matches!(status.code, 400 | 403 | 409 | 422) => {
                Self::Alone(format!("the cluster refuses its Override: {}", status.message))
            }
            error => Self::Failed(ReconcileError::api(doing)(error)),
        }
    }
}

/// Nothing is written once another replica may have taken over.
pub(crate) fn fenced(context: &Context, world: &World) -> Result<(), ReconcileError> {
    if context.fence.holds(&world.holder) { Ok(()) } else { Err(ReconcileError::Fenced) }
}

/// Brings effects about. First what is new: where this is cut off, what spends least counts, and the rest follows. `went`
/// tells whether anything changed, also where the rest was refused.
pub(crate) async fn bring_about(
    context: &Context,
    world: &World,
    effects: &[Effect],
    went: &mut bool,
) -> Result<(), Refused> {
    for effect in effects {
        let mut written = None;
        if let Effect::Put(overlay) = effect {
            *went |= put(context, world, overlay).await?;
            written = Some(overlay);
        }
        for kept in &world.wanted.desired.overlays.given {
            let is_it = written.is_some_and(|new| new.name == kept.name || same_decision(new, kept));
            if !is_it && replaces(effect, kept, Place::Cluster) {
                remove(context, world, kept).await?;
                *went = true;
            }
        }
    }
    Ok(())
}

/// What the resource of an overlay says.
fn spec(overlay: &Overlay) -> Value {
    let kind = match overlay.object.kind {
        Kind::Ad => "Ad",
        Kind::AdGroup => "AdGroup",
        Kind::Campaign | Kind::Budget => "Campaign",
    };
    let value = match overlay.setting {
        Setting::DailyBudget(amount) => amount.to_string(),
        state @ Setting::State(_) => state.to_string(),
    };
    let mut object = json!({ "kind": kind, "name": overlay.object.name });
    if let Some(ad) = &overlay.object.ad {
        object["ad"] = json!(ad);
    }
    let mut spec = json!({
        "object": object, "field": overlay.setting.path().as_str(), "value": value,
        "rule": overlay.rule, "evidence": overlay.evidence, "expires": overlay.expires.to_string(),
    });
    if let Some(reason) = &overlay.reason {
        spec["reason"] = json!(note(reason));
    }
    spec
}

/// The resource of an overlay; it goes with the rule or pool that decided it.
fn resource(world: &World, overlay: &Overlay) -> Value {
    let mut resource = json!({
        "apiVersion": API_VERSION, "kind": DocumentKind::Override.word(),
        "metadata": {
            "name": overlay.name, "namespace": world.key.namespace,
            "labels": { names::ACCOUNT_LABEL: world.key.name },
        },
        "spec": spec(overlay),
    });
    if let Some(decider) = decider(world, overlay) {
        own(&mut resource, decider);
    }
    resource
}

/// Writes down who decided it, by uid: one that is made anew under the same name is another.
fn own(resource: &mut Value, decider: &Resource) {
    resource["metadata"]["annotations"] = json!({ annotation(names::DECIDED_FOR): decider.uid });
    resource["metadata"]["ownerReferences"] = json!([{
        "apiVersion": API_VERSION, "kind": decider.key.kind.word(), "name": decider.key.name, "uid": decider.uid,
    }]);
}

/// The rule or pool that decided an overlay.
fn decider<'w>(world: &'w World, overlay: &Overlay) -> Option<&'w Arc<Resource>> {
    let name = overlay.rule.as_ref()?;
    let kind = if overlay.pool { DocumentKind::Budget } else { DocumentKind::AutomationRule };
    let key = ResourceKey::new(kind, world.key.namespace.as_str(), name.as_str());
    world.resources.iter().find(|resource| resource.key == key)
}

fn annotation(name: &str) -> String {
    format!("{}{name}", names::PREFIX)
}

/// Puts an overlay in force; whether that changed anything.
pub(crate) async fn put(context: &Context, world: &World, overlay: &Overlay) -> Result<bool, Refused> {
    fenced(context, world)?;
    let wanted: DynamicObject =
        serde_json::from_value(resource(world, overlay)).map_err(ReconcileError::Malformed)?;
    let parameters = PostParams { field_manager: Some(names::MANAGER.to_owned()), ..PostParams::default() };
    let stored = match api(context, world).create(&parameters, &wanted).await {
        Ok(stored) => Some(stored),
        // It is there: as it is, or with what the rule decided before.
        Err(kube::Error::Api(status)) if status.code == 409 => write_anew(context, world, overlay).await?,
        Err(error) => return Err(Refused::of("putting an override in force", error)),
    };
    let Some(stored) = stored else { return Ok(false) };
    tracing::info!(account = %world.key, name = %overlay.name, value = %overlay.setting, by = overlay.rule.as_ref().map(tracing::field::display), "an override was put in force");
    // The watch tells later; until then the next look already knows.
    if let Some(resource) = Resource::read(DocumentKind::Override, stored) {
        context.cache.apply(resource);
    }
    Ok(true)
}

/// Why what is there is not written over: it is somebody's, or not what the decision rests on.
fn not_ours(standing: &Resource, seen: Option<&Resource>, overlay: &Overlay) -> Option<String> {
    let text = |resource: &Resource, member: &str| {
        let document = resource.document();
        document.pointer(&format!("/spec/{member}")).and_then(Value::as_str).map(str::to_owned)
    };
    let name = &standing.key.name;
    let edited = [names::AUTHORS, names::LAST_EDITED_BY].iter().any(|by| standing.annotation(by).is_some());
    let of_rule =
        text(standing, "rule").as_deref() == overlay.rule.as_ref().map(adplane_core::ids::ObjectName::as_str);
    let spec = spec(overlay);
    let about = |member: &str| standing.document().pointer(&format!("/spec/{member}")) == spec.get(member);
    if edited || !of_rule || !about("object") || !about("field") || text(standing, "evidence").is_none() {
        return Some(format!(
            "the Override `{name}` is somebody's own or was edited by hand: delete it, and it goes on"
        ));
    }
    let evidence = text(standing, "evidence");
    let known = evidence == seen.and_then(|seen| text(seen, "evidence"))
        || evidence.as_deref() == overlay.evidence.as_deref();
    (!known).then(|| format!("the Override `{name}` has changed since this was decided"))
}

/// Writes what a rule decided over what it decided before; nothing where it is there as it is wanted.
async fn write_anew(
    context: &Context,
    world: &World,
    overlay: &Overlay,
) -> Result<Option<DynamicObject>, Refused> {
    const DOING: &str = "writing an override anew";
    let api = api(context, world);
    let name = overlay.name.as_str();
    let standing = api.get(name).await.map_err(|error| Refused::of(DOING, error))?;
    let mut wanted = spec(overlay);
    if standing.data.get("spec") == Some(&wanted) {
        return Ok(None);
    }
    let key = key(world, overlay);
    let seen = world.resources.iter().find(|resource| resource.key == key);
    let (uid, version) = (standing.metadata.uid.clone(), standing.metadata.resource_version.clone());
    let read = Resource::read(DocumentKind::Override, standing);
    let not_ours = read.and_then(|standing| not_ours(&standing, seen.map(|seen| &**seen), overlay));
    if let Some(why) = not_ours {
        return Err(Refused::Alone(why));
    }
    // A merge takes out only what it names.
    for optional in ["reason"] {
        if wanted.get(optional).is_none() {
            wanted[optional] = Value::Null;
        }
    }
    let mut patch = json!({ "metadata": { "resourceVersion": version, "uid": uid }, "spec": wanted });
    if let Some(decider) = decider(world, overlay) {
        own(&mut patch, decider);
    }
    let parameters = PatchParams { field_manager: Some(names::MANAGER.to_owned()), ..PatchParams::default() };
    let written = api.patch(name, &parameters, &Patch::Merge(&patch)).await;
    written.map(Some).map_err(|error| Refused::of(DOING, error))
}

/// Removes the resource of an overlay, exactly as it was when that was decided: what somebody changed since is theirs.
pub(crate) async fn remove(context: &Context, world: &World, overlay: &Overlay) -> Result<(), Refused> {
    fenced(context, world)?;
    let key = key(world, overlay);
    let Some(seen) = world.resources.iter().find(|resource| resource.key == key) else { return Ok(()) };
    let exactly = DeleteParams {
        preconditions: Some(Preconditions {
            uid: Some(seen.uid.clone()),
            resource_version: Some(seen.resource_version.clone()),
        }),
        ..DeleteParams::default()
    };
    match api(context, world).delete(&key.name, &exactly).await {
        Ok(_) => {}
        Err(kube::Error::Api(status)) if status.code == 404 => {}
        Err(error) => return Err(Refused::of("removing an override", error)),
    }
    tracing::info!(account = %world.key, name = %overlay.name, "an override was removed");
    context.cache.delete(&key);
    Ok(())
}

/// Whether an override is there, as the API server says.
pub(crate) async fn is_there(
    context: &Context,
    world: &World,
    overlay: &Overlay,
) -> Result<bool, ReconcileError> {
    let found = api(context, world).get_metadata_opt(overlay.name.as_str()).await;
    Ok(found.map_err(ReconcileError::api("looking for an override"))?.is_some())
}

#[cfg(test)]
mod tests;
