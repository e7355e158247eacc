//! Letting go of resources: without an operator, a finalizer keeps an object, its namespace and its definition
//! for ever.
//!
//! Letting go never touches a platform, and leaves the markers there: installed again, the operator knows its
//! own. Before everything is let go, a `ConfigMap` tells an operator that still runs not to take hold again; it
//! belongs to the Deployment, so that it goes with the release and does not meet the next one.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Duration;

use adplane_manifest::schema;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::ConfigMap;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use kube::api::{Api, ApiResource, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::core::{GroupVersionKind, PartialObjectMeta};
use kube::{Client, ResourceExt};
use serde_json::json;

use crate::args::Release;

/// Held by every resource with something live.
pub const FINALIZER: &str = "adplane.io/release";
/// Says that the operator is being uninstalled.
pub const UNINSTALL: &str = "adplane-uninstall";

/// Objects read at a time.
const PAGE: u32 = 500;
/// How often everything is looked through: an operator that has not heard yet may take hold once more.
const PASSES: u32 = 30;
const BETWEEN_PASSES: Duration = Duration::from_secs(1);

/// Why resources were not let go.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The cluster refused or did not answer.
    #[error("cannot {doing}: {source}")]
    Cluster {
        /// What was tried.
        doing: String,
        /// Why it failed.
        #[source]
        source: Box<kube::Error>,
    },
    /// Somebody takes hold again and again.
    #[error(
        "{0} resources were taken hold of again: scale the operator down first, with `kubectl scale deployment adplane-operator --replicas=0`"
    )]
    Held(usize),
    /// Stdout could not be written.
    #[error("cannot write to stdout: {0}")]
    Output(#[from] io::Error),
}

fn failed(doing: impl Into<String>) -> impl FnOnce(kube::Error) -> ReleaseError {
    let doing = doing.into();
    move |source| ReleaseError::Cluster { doing, source: Box::new(source) }
}

/// Whether an error is the server's answer with a code.
fn is(error: &kube::Error, code: u16) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == code)
}

/// Lets go of resources, in one namespace or everywhere.
pub async fn release(
    client: &Client,
    operator_namespace: &str,
    arguments: &Release,
    out: &mut (impl Write + Send),
) -> Result<(), ReleaseError> {
    if arguments.all {
        announce(client, operator_namespace, &arguments.deployment).await?;
        writeln!(out, "uninstall announced in namespace {operator_namespace}")?;
    }
    let kinds = kinds();
    let mut told = BTreeSet::new();
    for pass in 1..=PASSES {
        let mut found = 0;
        for kind in &kinds {
            found += release_kind(client, kind, arguments.namespace.as_deref(), &mut told, out).await?;
        }
        // The second look is the proof; in one namespace an operator that runs goes on as it pleases.
        if !arguments.all || found == 0 && pass > 1 {
            writeln!(out, "let go of {} resources; nothing changed on the platforms", told.len())?;
            return Ok(());
        }
        tokio::time::sleep(BETWEEN_PASSES).await;
    }
    Err(ReleaseError::Held(told.len()))
}

/// The kinds that the definitions have.
fn kinds() -> Vec<ApiResource> {
    let resource = |crd: CustomResourceDefinition| {
        let version = crd.spec.versions.iter().find(|version| version.storage)?.name.clone();
        let kind = GroupVersionKind::gvk(&crd.spec.group, &version, &crd.spec.names.kind);
        Some(ApiResource::from_gvk_with_plural(&kind, &crd.spec.names.plural))
    };
    schema::crds().into_iter().filter_map(resource).collect()
}

/// Tells operators that still run.
async fn announce(client: &Client, namespace: &str, deployment: &str) -> Result<(), ReleaseError> {
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), namespace);
    let owner = match deployments.get_opt(deployment).await {
        Ok(found) => found.and_then(|found| owner(&found)),
        // A role of an older release: the sign then stays until somebody removes it.
        Err(error) if is(&error, 403) => None,
        Err(error) => return Err(failed(format!("read Deployment `{deployment}`"))(error)),
    };
    let sign = ConfigMap {
        metadata: ObjectMeta {
            name: Some(UNINSTALL.to_owned()),
            labels: Some([("app.kubernetes.io/managed-by".to_owned(), "adplane".to_owned())].into()),
            owner_references: owner.map(|owner| vec![owner]),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    };
    let signs: Api<ConfigMap> = Api::namespaced(client.clone(), namespace);
    match signs.create(&PostParams::default(), &sign).await {
        Ok(_) => Ok(()),
        Err(error) if is(&error, 409) => Ok(()),
        Err(error) => {
            Err(failed(format!("create ConfigMap `{UNINSTALL}` in namespace `{namespace}`"))(error))
        }
    }
}

fn owner(deployment: &Deployment) -> Option<OwnerReference> {
    Some(OwnerReference {
        api_version: "apps/v1".into(),
        kind: "Deployment".into(),
        name: deployment.metadata.name.clone()?,
        uid: deployment.metadata.uid.clone()?,
        ..OwnerReference::default()
    })
}

/// Lets go of every object of a kind; returns how many were held.
async fn release_kind(
    client: &Client,
    kind: &ApiResource,
    namespace: Option<&str>,
    told: &mut BTreeSet<String>,
    out: &mut (impl Write + Send),
) -> Result<usize, ReleaseError> {
    let api: Api<DynamicObject> = match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, kind),
        None => Api::all_with(client.clone(), kind),
    };
    let (mut held, mut parameters) = (0, ListParams::default().limit(PAGE));
    loop {
        let page = match api.list_metadata(&parameters).await {
            Ok(page) => page,
            // No such definition: nothing to let go of.
            Err(error) if is(&error, 404) => return Ok(held),
            Err(error) => return Err(failed(format!("list {}", kind.plural))(error)),
        };
        for object in page.items {
            if object.finalizers().iter().any(|name| name == FINALIZER) {
                held += 1;
                if let Some(name) = let_go(client, kind, object).await?
                    && told.insert(format!("{}/{name}", kind.plural))
                {
                    writeln!(out, "{} {name}: let go", kind.plural)?;
                }
            }
        }
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => parameters = parameters.continue_token(&token),
            None => return Ok(held),
        }
    }
}

/// Strikes our finalizer off one object and returns its name; nothing when it is gone, or changed meanwhile
/// and is left to the next pass.
async fn let_go(
    client: &Client,
    kind: &ApiResource,
    object: PartialObjectMeta<DynamicObject>,
) -> Result<Option<String>, ReleaseError> {
    let (name, namespace) = (object.name_any(), object.namespace().unwrap_or_default());
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), &namespace, kind);
    let others: Vec<&String> = object.finalizers().iter().filter(|name| *name != FINALIZER).collect();
    let change = json!({"metadata": {"finalizers": others, "resourceVersion": object.resource_version()}});
    match api.patch_metadata(&name, &PatchParams::default(), &Patch::Merge(&change)).await {
        Ok(_) => Ok(Some(format!("{namespace}/{name}"))),
        Err(error) if is(&error, 404) || is(&error, 409) => Ok(None),
        Err(error) => Err(failed(format!("let go of {} {namespace}/{name}", kind.plural))(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_the_definitions_is_let_go() {
        let plurals: Vec<String> = kinds().into_iter().map(|kind| kind.plural).collect();
        for plural in ["adaccounts", "campaigns", "adgroups", "creatives", "budgets", "plans"] {
            assert!(plurals.iter().any(|found| found == plural), "{plural} in {plurals:?}");
        }
    }

    #[test]
    fn the_sign_belongs_to_the_deployment() {
        let mut deployment = Deployment::default();
        assert_eq!(owner(&deployment), None);
        deployment.metadata.name = Some("adplane-operator".into());
        deployment.metadata.uid = Some("u".into());
        assert_eq!(owner(&deployment).unwrap().uid, "u");
    }
}
