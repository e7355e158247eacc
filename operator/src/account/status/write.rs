//! The one writer of statuses: server-side apply under one manager, and only what changed.

use adplane_manifest::api::API_VERSION;
use adplane_manifest::api::status::{AdStatus, Figures, ResourceStatus};
use futures::StreamExt;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use serde::Serialize;
use serde_json::json;

use super::super::ReconcileError;
use crate::cache::{Resource, api_resource};
use crate::context::Context;
use crate::names;

/// Where an ad's status has the figures of a window.
type OfAd = fn(&mut AdStatus) -> &mut Option<Figures>;

/// Bytes of the largest status.
const LARGEST: usize = 16 * 1024;
/// Writes under way at a time.
const AT_ONCE: usize = 8;
/// The figures of an ad, by their names: which go first where there is no room for all.
const AD_WINDOWS: [(&str, OfAd); 4] = [
    ("flight", |ad| &mut ad.flight),
    ("yesterday", |ad| &mut ad.yesterday),
    ("today", |ad| &mut ad.today),
    ("last7d", |ad| &mut ad.last_7d),
];

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

/// A status that is not larger than one may be: figures of ads are left out first, the last ad's first, then ads.
fn bounded(mut status: ResourceStatus) -> ResourceStatus {
    let mut size = length(&status);
    for (key, window) in AD_WINDOWS {
        // What they delivered is told of their group; that they are there is told nowhere else.
        for ad in status.ads.iter_mut().flatten().rev() {
            if size <= LARGEST {
                return status;
            }
            if let Some(figures) = window(ad).take() {
                size -= length(&figures) + format!(",\"{key}\":").len();
            }
        }
    }
    while length(&status) > LARGEST {
        let ads = status.ads.get_or_insert_default();
        if ads.pop().is_none() {
            status.ads = None;
            break;
        }
        status.ads_omitted = Some(status.ads_omitted.unwrap_or_default() + 1);
    }
    status
}

/// Bytes of its JSON.
fn length(value: &impl Serialize) -> usize {
    serde_json::to_vec(value).map_or(0, |bytes| bytes.len())
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
    use adplane_manifest::api::text::{AdLabel, Note, SignedAmount};

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

    #[test]
    fn ads_lose_their_flights_first_and_their_last_week_last() {
        let figures = Figures { spend: Some(SignedAmount("12.00 EUR".to_owned())), ..Figures::default() };
        let ad = AdStatus {
            name: AdLabel("x".repeat(60)),
            reason: Some(Note("y".repeat(200))),
            today: Some(figures.clone()),
            yesterday: Some(figures.clone()),
            last_7d: Some(figures.clone()),
            flight: Some(figures),
            ..AdStatus::default()
        };
        let told = |count: usize| {
            let fits =
                bounded(ResourceStatus { ads: Some(vec![ad.clone(); count]), ..ResourceStatus::default() });
            let size = length(&fits);
            assert!(size <= LARGEST, "{size}");
            assert_eq!(fits.ads_omitted, None, "{count} ads have room");
            let ads = fits.ads.unwrap();
            let of = |window: fn(&AdStatus) -> &Option<Figures>| {
                ads.iter().filter(|ad| window(ad).is_some()).count()
            };
            let windows =
                [of(|ad| &ad.last_7d), of(|ad| &ad.today), of(|ad| &ad.yesterday), of(|ad| &ad.flight)];
            (windows, size)
        };
        assert_eq!(told(20).0, [20; 4], "all have room");
        let (windows, size) = told(42);
        assert_eq!(windows[..3], [42; 3]);
        assert!((1..42).contains(&windows[3]), "{windows:?}");
        assert!(size > LARGEST - 60, "no more is left out than must be: {size}");
        let (windows, _) = told(50);
        assert_eq!((windows[0], windows[3]), (50, 0), "{windows:?}");
    }
}
