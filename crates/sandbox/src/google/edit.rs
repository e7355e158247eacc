//! Changes made as a person in the vendor's web screens would: no masks, fields named as on the wire.

use serde_json::{Value, json};

use super::json as strict;
use super::mutate::{Author, Transaction, difference};
use super::resource::{Resource, by_collection};
use super::review;
use super::schema::Field;
use crate::world::{Object, Vendor, World};

/// Changes one object; `null` clears a field, messages are merged, lists replaced whole.
pub(super) fn edit(
    world: &mut World,
    account: &str,
    collection: &str,
    id: &str,
    set: &Object,
    actor: &str,
) -> Result<(), String> {
    let resource = by_collection(collection)
        .filter(|resource| resource.collection != "ads")
        .ok_or_else(|| format!("Google has no collection `{collection}`"))?;
    let values = checked(resource, set)?;
    let now = world.now;
    let World { accounts, next_id, options, .. } = world;
    let stored = accounts
        .get_mut(&Vendor::Google)
        .and_then(|accounts| accounts.get_mut(account))
        .ok_or_else(|| format!("there is no Google account `{account}`"))?;
    let id = full_id(stored, collection, id)
        .ok_or_else(|| format!("account `{account}` has no `{collection}` with id `{id}`"))?;
    let next_id = next_id.entry(Vendor::Google).or_insert(super::seed::FIRST_ID);
    let author = Author { actor: actor.to_owned(), via_api: false };
    let mut tx = Transaction::new(stored, options, next_id, account, now, author);
    let old = tx.get(collection, &id).cloned().unwrap_or_default();
    let mut new = old.clone();
    merge(resource.fields, &values, set, &mut new);
    let (before, after) = difference(&old, &new);
    if after.is_empty() {
        return Ok(());
    }
    let removed = after.get("status") == Some(&json!("REMOVED"));
    tx.changed(collection, &id, if removed { "REMOVE" } else { "UPDATE" }, before, after.clone());
    tx.put(resource.collection, &id, Some(new));
    if after.contains_key("ad") {
        tx.review(&id);
    }
    let kept = tx.keep();
    review::begin(world, account, &kept.reviews);
    Ok(())
}

/// The id as stored: as given, or the one that ends in it (the ad of an `adGroupAds` id), or in a resource name.
fn full_id(account: &crate::world::Account, collection: &str, id: &str) -> Option<String> {
    let id = id.rsplit_once('/').map_or(id, |(_, id)| id);
    let stored = account.collection(collection)?;
    if stored.contains_key(id) {
        return Some(id.to_owned());
    }
    let suffix = format!("~{id}");
    let mut found = stored.keys().filter(|key| key.ends_with(&suffix));
    let first = found.next()?;
    found.next().is_none().then(|| first.clone())
}

/// The values read by schema; read-only ones may be set too, as the vendor's own systems would.
fn checked(resource: &'static Resource, set: &Object) -> Result<Object, String> {
    let mut violations = Vec::new();
    let values = strict::message(resource.fields, &Value::Object(set.clone()), "set", &mut violations);
    match violations.first() {
        None => Ok(values),
        Some(violation) => Err(violation.description.clone()),
    }
}

fn merge(fields: &'static [Field], values: &Object, set: &Object, into: &mut Object) {
    for field in fields {
        let given = set.get(field.name).or_else(|| set.get(&super::schema::snake(field.name)));
        match (given, values.get(field.name)) {
            (Some(Value::Null), _) => {
                into.shift_remove(field.name);
            }
            (Some(Value::Object(set)), Some(Value::Object(values))) if !field.repeated => {
                clear_siblings(fields, field, into);
                let inner = into.entry(field.name).or_insert_with(|| json!({}));
                if let Value::Object(inner) = inner {
                    merge(field.fields(), values, set, inner);
                }
            }
            (Some(_), Some(value)) => {
                clear_siblings(fields, field, into);
                into.insert(field.name.to_owned(), value.clone());
            }
            _ => {}
        }
    }
}

/// Setting one member of a oneof clears the others.
fn clear_siblings(fields: &'static [Field], field: &Field, into: &mut Object) {
    if let Some(group) = field.oneof {
        for other in fields.iter().filter(|other| other.oneof == Some(group) && other.name != field.name) {
            into.shift_remove(other.name);
        }
    }
}
