//! Applies one operation: what every resource shares. What only one resource knows is in `rules`.

use serde_json::{Value, json};

use super::index::is_removed;
use super::references;
use super::request::{Operation, Verb};
use super::target::{Targets, holder, target};
use super::transaction::{Temporary, Transaction};
use crate::google::errors::{ApiError, Path};
use crate::google::resource::{Identity, Resource};
use crate::google::rules::{self, Check};
use crate::google::{mask, names, schema};
use crate::world::Object;

/// Applies an operation; the id of what it touched, or errors.
pub(super) fn operation(
    tx: &mut Transaction<'_>,
    operation: &Operation,
    targets: &mut Targets,
    errors: &mut Vec<ApiError>,
) -> Option<String> {
    if operation.stray_mask {
        errors.push(
            ApiError::new(
                "fieldMaskError",
                "FIELD_MASK_NOT_ALLOWED",
                "The field mask is only allowed on updates.",
            )
            .at(operation.path.at("updateMask")),
        );
        return None;
    }
    match &operation.verb {
        None => {
            errors.push(
                ApiError::new("requestError", "OPERATION_REQUIRED", "An operation must be specified.")
                    .at(operation.path.clone()),
            );
            None
        }
        Some(Verb::Create(object)) => create(tx, operation, object.clone(), errors),
        Some(Verb::Update(object, mask)) => update(tx, operation, object, mask.as_deref(), targets, errors),
        Some(Verb::Remove(name)) => remove(tx, operation, name, targets, errors),
    }
}

fn create(
    tx: &mut Transaction<'_>,
    operation: &Operation,
    mut object: Object,
    errors: &mut Vec<ApiError>,
) -> Option<String> {
    let resource = operation.resource;
    let path = operation.path.at("create");
    let known = errors.len();
    let temporary = temporary_ids(tx, resource, &object, &path, errors);
    object.shift_remove("resourceName");
    references::check_written(resource.fields, &object, &path, errors);
    rules::asset::refuse_temporary(&object, &path, errors);
    references::check_required(resource.fields, &object, &path, errors);
    references::resolve(tx, resource.fields, &mut object, &path, errors);
    if object.get("status").and_then(Value::as_str) == Some("REMOVED") {
        errors.push(
            ApiError::new(
                "operationAccessDeniedError",
                "CREATE_AS_REMOVED_NOT_PERMITTED",
                "Creating an entity in REMOVED state isn't permitted.",
            )
            .at(path.at("status")),
        );
    }
    let mut check = Check::of_create(tx, resource, object, path.clone(), &operation.ignorable_topics, errors);
    rules::check(&mut check);
    let object = check.new;
    let id = if errors.len() == known { insert(tx, resource, object, &path, errors) } else { None };
    let parts: Vec<&str> = id.as_deref().map(|id| id.split('~').collect()).unwrap_or_default();
    for (place, number) in temporary {
        let outcome = match (&id, parts.get(place)) {
            (Some(id), _) if parts.len() == 1 => Temporary::Created(resource.collection, id.clone()),
            (Some(_), Some(part)) => Temporary::Created(last_collection(resource), (*part).to_owned()),
            _ => Temporary::Failed,
        };
        tx.remember(number, outcome);
    }
    id
}

/// What the last part of a joined id names.
fn last_collection(resource: &Resource) -> &'static str {
    if resource.identity == Identity::Ad { "ads" } else { resource.collection }
}

/// The temporary numbers an object is created under, with their place in its id (§2.3).
fn temporary_ids(
    tx: &mut Transaction<'_>,
    resource: &Resource,
    object: &Object,
    path: &Path,
    errors: &mut Vec<ApiError>,
) -> Vec<(usize, i64)> {
    let Some(text) = object.get("resourceName").and_then(Value::as_str).filter(|text| !text.is_empty())
    else {
        return Vec::new();
    };
    let here = path.at("resourceName");
    let Some(name) = names::parse(text)
        .filter(|name| name.collection == resource.collection && name.customer == Some(tx.customer.as_str()))
    else {
        errors.push(references::malformed(text, resource.collection).at(here));
        return Vec::new();
    };
    let parts: Vec<&str> = name.id.split('~').collect();
    if resource.identity == Identity::Number || resource.identity == Identity::Ad {
        let last = parts.len() - 1;
        let Some(number) = names::temporary(parts[last]) else {
            errors.push(
                ApiError::new(
                    "newResourceCreationError",
                    "CANNOT_SET_ID_FOR_CREATE",
                    "Do not set the id field while creating new resources.",
                )
                .trigger(&json!(text))
                .at(here),
            );
            return Vec::new();
        };
        if tx.temporary(number).is_some() {
            errors.push(
                ApiError::new(
                    "newResourceCreationError",
                    "DUPLICATE_TEMP_IDS",
                    "Creating more than one resource with the same temp ID is not allowed.",
                )
                .trigger(&json!(text))
                .at(here),
            );
            return Vec::new();
        }
        return vec![(last, number)];
    }
    // Names made of other ids follow from the fields; a temporary one is accepted and not needed.
    Vec::new()
}

fn insert(
    tx: &mut Transaction<'_>,
    resource: &'static Resource,
    mut object: Object,
    path: &Path,
    errors: &mut Vec<ApiError>,
) -> Option<String> {
    if let Some(existing) = rules::existing(tx, resource, &object) {
        return Some(existing);
    }
    let id = identify(tx, resource, &mut object);
    if tx.get(resource.collection, &id).is_some_and(|stored| !is_removed(stored)) {
        if tx.option("google.duplicate_create", "refuse") == "adopt" {
            return Some(id);
        }
        errors.push(rules::already_exists(resource.collection).at(path.clone()));
        return None;
    }
    let mut complete = Object::new();
    complete.insert("resourceName".into(), json!(names::name(&tx.customer, resource.collection, &id)));
    if resource.identity == Identity::Number {
        complete.insert("id".into(), json!(id));
    }
    complete.extend(object);
    tx.changed(resource.collection, &id, "CREATE", Object::new(), complete.clone());
    tx.put(resource.collection, &id, Some(complete));
    match resource.collection {
        "adGroupAds" | "assetGroupAssets" => tx.review(&id),
        "assetGroups" => tx.complete_later(names::name(&tx.customer, resource.collection, &id), path.clone()),
        _ => {}
    }
    Some(id)
}

/// Makes the id of a new object (§2.4, last column).
fn identify(tx: &mut Transaction<'_>, resource: &Resource, object: &mut Object) -> String {
    let reference = |object: &Object, field: &str| {
        names::id_of(object.get(field).and_then(Value::as_str).unwrap_or_default()).to_owned()
    };
    match resource.identity {
        Identity::Number | Identity::Virtual => tx.fresh_id(),
        Identity::Ad => {
            let ad_id = tx.fresh_id();
            if let Some(Value::Object(ad)) = object.get_mut("ad") {
                let mut complete = Object::new();
                complete.insert("resourceName".into(), json!(names::name(&tx.customer, "ads", &ad_id)));
                complete.insert("id".into(), json!(ad_id));
                complete.extend(std::mem::take(ad));
                *ad = complete;
            }
            format!("{}~{ad_id}", reference(object, "adGroup"))
        }
        Identity::Criterion(parent) => {
            let criterion = rules::criterion::id(object);
            if schema::by_json_name(resource.fields, "criterionId").is_some() {
                object.insert("criterionId".into(), json!(criterion));
            }
            match parent {
                Some(parent) => format!("{}~{criterion}", reference(object, parent)),
                None => criterion,
            }
        }
        Identity::Link { parts, typed } => {
            let mut ids: Vec<String> = parts.iter().map(|part| reference(object, part)).collect();
            if typed {
                ids.push(object.get("fieldType").and_then(Value::as_str).unwrap_or_default().to_owned());
            }
            ids.join("~")
        }
    }
}

fn update(
    tx: &mut Transaction<'_>,
    operation: &Operation,
    object: &Object,
    mask: Option<&str>,
    targets: &mut Targets,
    errors: &mut Vec<ApiError>,
) -> Option<String> {
    let resource = operation.resource;
    let path = operation.path.at("update");
    let known = errors.len();
    let resource_name = object.get("resourceName").and_then(Value::as_str).unwrap_or_default();
    let found = target(tx, resource, resource_name, &path.at("resourceName"), targets, errors);
    let Some(mask) = mask.filter(|mask| !mask.trim().is_empty()) else {
        errors.push(
            ApiError::new(
                "fieldMaskError",
                "FIELD_MASK_MISSING",
                "The field mask must be provided for update operations.",
            )
            .at(operation.path.at("updateMask")),
        );
        return None;
    };
    let steps = mask::resolve(resource.fields, mask, &operation.path, errors);
    let (id, old) = found?;
    let mut given = object.clone();
    references::resolve(tx, resource.fields, &mut given, &path, errors);
    let mut new = old.clone();
    for path in &steps {
        mask::copy(resource.fields, path, &given, &mut new);
    }
    let touched: Vec<String> = steps.iter().map(|path| mask::dotted(path)).collect();
    refuse_cleared(&steps, &new, &path, errors);
    references::check_enums(resource.fields, &given, &path, errors);
    if new.get("status").and_then(Value::as_str) == Some("REMOVED") {
        errors.push(
            ApiError::new("fieldError", "INVALID_VALUE", "Use the remove operation to remove a resource.")
                .at(path.at("status")),
        );
    }
    let mut check = Check::of_update(tx, resource, &id, (old.clone(), new), touched, path, errors);
    check.topics = &operation.ignorable_topics;
    rules::check(&mut check);
    let new = check.new;
    if errors.len() > known {
        return None;
    }
    store_update(tx, resource, &id, &old, new);
    Some(id)
}

/// Required fields cannot be cleared (§2.5).
fn refuse_cleared(steps: &[mask::Steps], new: &Object, path: &Path, errors: &mut Vec<ApiError>) {
    for steps in steps {
        let cleared = steps.len() == 1 && !new.contains_key(steps[0].name);
        let empty = new.get(steps[0].name).and_then(Value::as_str) == Some("");
        if steps[0].required && (cleared || empty) {
            errors.push(
                ApiError::new("fieldError", "FIELD_CANNOT_BE_CLEARED", "The field cannot be cleared.")
                    .at(path.at(steps[0].name)),
            );
        }
    }
}

fn store_update(tx: &mut Transaction<'_>, resource: &'static Resource, id: &str, old: &Object, new: Object) {
    let (before, after) = difference(old, &new);
    if after.is_empty() {
        return;
    }
    tx.changed(resource.collection, id, "UPDATE", before, after);
    if resource.collection != "ads" {
        tx.put(resource.collection, id, Some(new));
        return;
    }
    if let Some(key) = holder(tx, id)
        && let Some(mut ad_group_ad) = tx.get("adGroupAds", &key).cloned()
    {
        ad_group_ad.insert("ad".into(), Value::Object(new));
        tx.put("adGroupAds", &key, Some(ad_group_ad));
        tx.review(&key);
    }
}

/// The members that differ: former and new values, `null` where absent.
pub(in crate::google) fn difference(old: &Object, new: &Object) -> (Object, Object) {
    let mut before = Object::new();
    let mut after = Object::new();
    let removed = old.keys().filter(|name| !new.contains_key(*name));
    for name in new.keys().chain(removed) {
        let (was, is) = (old.get(name), new.get(name));
        if was != is {
            before.insert(name.clone(), was.cloned().unwrap_or(Value::Null));
            after.insert(name.clone(), is.cloned().unwrap_or(Value::Null));
        }
    }
    (before, after)
}

fn remove(
    tx: &mut Transaction<'_>,
    operation: &Operation,
    name: &str,
    targets: &mut Targets,
    errors: &mut Vec<ApiError>,
) -> Option<String> {
    let resource = operation.resource;
    let path = operation.path.at("remove");
    let (id, object) = target(tx, resource, name, &path, targets, errors)?;
    let known = errors.len();
    rules::check_remove(tx, resource.collection, &id, &object, &path, errors);
    if errors.len() > known {
        return None;
    }
    if resource.collection == "assetGroupAssets" {
        tx.complete_later(rules::text_of(&object, "assetGroup").to_owned(), path.clone());
    }
    take_away(tx, resource, &id, object);
    rules::after_remove(tx, resource.collection, &id);
    Some(id)
}

/// Marks an object REMOVED, or deletes what has no status (§8).
pub(in crate::google) fn take_away(
    tx: &mut Transaction<'_>,
    resource: &'static Resource,
    id: &str,
    object: Object,
) {
    if !resource.keeps_removed() {
        tx.changed(resource.collection, id, "REMOVE", object, Object::new());
        tx.put(resource.collection, id, None);
        return;
    }
    let mut removed = object.clone();
    removed.insert("status".into(), json!("REMOVED"));
    let (before, after) = difference(&object, &removed);
    tx.changed(resource.collection, id, "REMOVE", before, after);
    tx.put(resource.collection, id, Some(removed));
}
