//! Finds what an operation is about.

use std::collections::HashSet;

use serde_json::json;

use super::index::is_removed;
use super::references;
use super::transaction::Transaction;
use crate::google::errors::{ApiError, Path};
use crate::google::resource::Resource;
use crate::google::{names, rules};
use crate::world::Object;

/// What earlier operations of the request updated or removed: collection and id.
pub(super) type Targets = HashSet<(String, String)>;

/// Finds what an update or a remove is about.
pub(super) fn target(
    tx: &mut Transaction<'_>,
    resource: &Resource,
    text: &str,
    place: &Path,
    targets: &mut Targets,
    errors: &mut Vec<ApiError>,
) -> Option<(String, Object)> {
    if text.is_empty() {
        errors.push(
            ApiError::new("requestError", "RESOURCE_NAME_MISSING", "Resource name is missing.")
                .at(place.clone()),
        );
        return None;
    }
    let name = names::parse(text)
        .filter(|name| name.collection == resource.collection && name.customer == Some(tx.customer.as_str()));
    let Some(name) = name else {
        errors.push(references::malformed(text, resource.collection).at(place.clone()));
        return None;
    };
    let id = references::real_id(tx, resource.collection, name.id);
    let found = id.as_deref().and_then(|id| find(tx, resource, id));
    let (Some(id), Some(object)) = (id, found) else {
        errors.push(references::not_found(text).at(place.clone()));
        return None;
    };
    if is_removed(&object) {
        errors.push(rules::removed(resource.collection).trigger(&json!(text)).at(place.clone()));
        return None;
    }
    if !targets.insert((resource.collection.to_owned(), id.clone()))
        && tx.option("google.repeated_target", "refuse") == "refuse"
    {
        errors.push(
            ApiError::new(
                "mutateError",
                "ID_EXISTS_IN_MULTIPLE_MUTATES",
                "The same resource was found in more than one operation of the request.",
            )
            .trigger(&json!(text))
            .at(place.clone()),
        );
        return None;
    }
    Some((id, object))
}

fn find(tx: &mut Transaction<'_>, resource: &Resource, id: &str) -> Option<Object> {
    if resource.collection == "ads" {
        let holder = holder(tx, id)?;
        return tx.get("adGroupAds", &holder)?.get("ad")?.as_object().cloned();
    }
    tx.get(resource.collection, id).cloned().or_else(|| implicit_device(tx, resource, id))
}

/// An object as its own endpoint shows it; ads live inside their `adGroupAds`.
pub(super) fn stored(tx: &Transaction<'_>, resource: &Resource, id: &str) -> Option<Object> {
    if resource.collection == "ads" {
        return tx.get("adGroupAds", &holder(tx, id)?)?.get("ad")?.as_object().cloned();
    }
    tx.get(resource.collection, id).cloned()
}

/// Device criteria of a campaign exist without being created (§3.9).
fn implicit_device(tx: &Transaction<'_>, resource: &Resource, id: &str) -> Option<Object> {
    let (campaign, criterion) = id.split_once('~').filter(|_| resource.collection == "campaignCriteria")?;
    let device = rules::criterion::implicit_device(criterion)?;
    tx.get("campaigns", campaign).filter(|campaign| !is_removed(campaign))?;
    let object = json!({
        "resourceName": names::name(&tx.customer, resource.collection, id),
        "criterionId": criterion,
        "campaign": names::name(&tx.customer, "campaigns", campaign),
        "status": "ENABLED",
        "negative": false,
        "device": {"type": device},
        "type": "DEVICE",
    });
    object.as_object().cloned()
}

/// The `adGroupAds` id of an ad.
pub(super) fn holder(tx: &Transaction<'_>, ad: &str) -> Option<String> {
    // Most requests change one ad: looking at the ids is cheaper than filing every ad.
    let suffix = format!("~{ad}");
    tx.account.collection("adGroupAds")?.keys().find(|id| id.ends_with(&suffix)).cloned()
}
