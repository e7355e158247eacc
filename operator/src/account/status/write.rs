//! The one writer of statuses: server-side apply under one manager, and only what changed.

use adplane_manifest::api::API_VERSION;
use adplane_manifest::api::status::ResourceStatus;
use futures::StreamExt;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use serde_json::json;

use super::super::ReconcileError;
use crate::cache::{Resource, api_resource};
use crate::context::Context;
use crate::names;

/// Bytes of the largest status.
const LARGEST: usize = 16 * 1024;
/// Writes under way at a time.
const AT_ONCE: usize = 8;

/// Writes the statuses that changed; how many.
///
/// # Errors
/// The first refusal of the API server; the others are still written.
pub async fn write<'a>(
    context: &Context,
    statuses: impl Iterator<Item = (&'a Resource, ResourceStatus)>,
) -> Result<usize, ReconcileError> {
    let changed = statuses.filter_map(|(resource, status)| {
        let status = bounded(status);
        let former: Option<ResourceStatus> = serde_json::from_value(resource.status()).ok();
        (former.as_ref() != Some(&status)).then_some((resource, status))
    });
    // Collected, so that no borrowing closure lives across the wait.
    let writes: Vec<_> =
        changed.map(|(resource, status)| async move { apply(context, resource, &status).await }).collect();
    let writes = futures::stream::iter(writes)
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<Result<(), ReconcileError>>>()
        .await;
    let count = writes.len();
    writes.into_iter().collect::<Result<(), ReconcileError>>()?;
    Ok(count)
}

/// A status that is not larger than one may be.
fn bounded(mut status: ResourceStatus) -> ResourceStatus {
    let size = |status: &ResourceStatus| serde_json::to_vec(status).map_or(0, |bytes| bytes.len());
    while size(&status) > LARGEST {
        // What they delivered is told elsewhere; that they are there is not.
        let measured = status.ads.iter_mut().flatten().rev().find(|ad| ad.last_7d.is_some());
        if let Some(ad) = measured {
            ad.last_7d = None;
            continue;
        }
        let ads = status.ads.get_or_insert_default();
        if ads.pop().is_none() {
            status.ads = None;
            break;
        }
        status.ads_omitted = Some(status.ads_omitted.unwrap_or_default() + 1);
    }
    status
}

async fn apply(
    context: &Context,
    resource: &Resource,
    status: &ResourceStatus,
) -> Result<(), ReconcileError> {
    let kind = resource.key.kind.word();
    let api: Api<DynamicObject> =
        Api::namespaced_with(context.client.clone(), &resource.key.namespace, &api_resource(kind));
    let patch = json!({
        "apiVersion": API_VERSION, "kind": kind,
        // Another object under the same name is not written to.
        "metadata": { "name": resource.key.name, "namespace": resource.key.namespace, "uid": resource.uid },
        "status": status,
    });
    let parameters = PatchParams::apply(names::MANAGER).force();
    match api.patch_status(&resource.key.name, &parameters, &Patch::Apply(&patch)).await {
        Ok(_) => Ok(()),
        // Gone, or replaced by another of its name: there is nothing to tell.
        Err(kube::Error::Api(status)) if status.code == 404 || status.code == 409 => Ok(()),
        Err(kube::Error::Api(status)) if is_final(status.code) => {
            tracing::error!(resource = %resource.key, message = status.message, "the status was refused, and stays as it was");
            Ok(())
        }
        Err(error) => Err(ReconcileError::api("writing a status")(error)),
    }
}

/// Whether writing the same again would be refused again: it is wrong, or larger than the store takes.
fn is_final(code: u16) -> bool {
    matches!(code, 413 | 422)
}

#[cfg(test)]
mod tests {
    use adplane_manifest::api::status::AdStatus;
    use adplane_manifest::api::text::{AdLabel, Note};

    use super::*;

    #[test]
    fn a_status_that_is_too_large_leaves_ads_out_and_counts_them() {
        let ad = AdStatus {
            name: AdLabel("x".repeat(200)),
            reason: Some(Note("y".repeat(300))),
            ..AdStatus::default()
        };
        let status =
            ResourceStatus { ads: Some(vec![ad; 50]), ads_omitted: Some(7), ..ResourceStatus::default() };
        let fits = bounded(status);
        assert!(serde_json::to_vec(&fits).unwrap().len() <= LARGEST);
        let left = fits.ads.unwrap().len();
        assert!(left > 10 && left < 50);
        assert_eq!(fits.ads_omitted, Some(7 + 50 - i64::try_from(left).unwrap()));
    }
}
