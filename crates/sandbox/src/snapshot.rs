//! The world as `GET /_sandbox/state` shows it, and back: `{platform: {account: {collection: [objects]}}}`.
//!
//! Objects are in the vendors' own JSON, removed ones included, in order of creation. The account object itself is
//! the one object of the collection that the vendor names it by: `customers`, `adaccounts`, `advertisers`. Change
//! history, tokens and jobs are not part of it.

use serde_json::{Map, Value};

use crate::world::{Account, Collection, Object, Vendor, World};

const VENDORS: [Vendor; 3] = [Vendor::Google, Vendor::Meta, Vendor::Tiktok];

/// What `/_sandbox/state` answers.
pub(crate) fn state(world: &World) -> Value {
    let platforms = VENDORS.into_iter().map(|vendor| {
        let accounts = world.accounts.get(&vendor).into_iter().flatten();
        let accounts =
            accounts.map(|(id, account)| (shown_account(vendor, id), account_state(vendor, account)));
        (name(vendor).to_owned(), Value::Object(accounts.collect()))
    });
    Value::Object(platforms.collect())
}

fn account_state(vendor: Vendor, account: &Account) -> Value {
    let mut collections = Map::new();
    if !account.object.is_empty() {
        let object = Value::Object(account.object.clone());
        collections.insert(account_collection(vendor).to_owned(), Value::Array(vec![object]));
    }
    for (name, objects) in &account.collections {
        let objects = objects.values().cloned().map(Value::Object).collect();
        collections.insert(name.clone(), Value::Array(objects));
    }
    Value::Object(collections)
}

/// Puts what a state names into a world: its collections replace those of the same account and name.
///
/// # Errors
/// Where in the state something does not fit, and why.
pub(crate) fn load(world: &mut World, state: &Value) -> Result<(), String> {
    for (platform, accounts) in members(state, "the state")? {
        let vendor = vendor(platform)?;
        for (account, collections) in members(accounts, platform)? {
            let place = format!("{platform}.{account}");
            load_account(world, vendor, bare_account(vendor, account), members(collections, &place)?)
                .map_err(|problem| format!("{place}: {problem}"))?;
        }
    }
    Ok(())
}

fn load_account(
    world: &mut World,
    vendor: Vendor,
    id: &str,
    collections: &Map<String, Value>,
) -> Result<(), String> {
    let own = account_collection(vendor);
    if world.account(vendor, id).is_none() && !collections.contains_key(own) {
        return Err(format!(
            "the sandbox has no such account, and the state does not describe it under `{own}`"
        ));
    }
    for (name, list) in collections {
        let list = list.as_array().ok_or_else(|| format!("`{name}` is not a list of objects"))?;
        let objects = list.iter().map(Value::as_object).collect::<Option<Vec<_>>>();
        let objects = objects.ok_or_else(|| format!("`{name}` is not a list of objects"))?;
        if name == own {
            let [object] = objects.as_slice() else {
                return Err(format!("`{name}` must hold exactly one object, the account itself"));
            };
            account_of(world, vendor, id).object.clone_from(object);
            continue;
        }
        let mut collection = Collection::new();
        for object in objects {
            let key = key(vendor, name, object).ok_or_else(|| {
                format!("an object in `{name}` has no id that tells it apart: {}", brief(object))
            })?;
            world.skip_ids(vendor, &key);
            collection.insert(key, object.clone());
        }
        account_of(world, vendor, id).collections.insert(name.clone(), collection);
    }
    Ok(())
}

fn account_of<'a>(world: &'a mut World, vendor: Vendor, id: &str) -> &'a mut Account {
    world.accounts.entry(vendor).or_default().entry(id.to_owned()).or_default()
}

/// The id by which an object is stored.
fn key(vendor: Vendor, collection: &str, object: &Object) -> Option<String> {
    match vendor {
        Vendor::Google => {
            let last_part = |name: &str| name.rsplit('/').next().map(str::to_owned);
            let name = object.get("resourceName").and_then(Value::as_str);
            name.and_then(last_part).or_else(|| text(object, "id"))
        }
        Vendor::Meta => text(object, "id"),
        Vendor::Tiktok => tiktok_key(collection, object),
    }
}

/// `smart_plus_ads` are told apart by `smart_plus_ad_id`, `smart_plus_adgroups` by `adgroup_id`, and so on.
fn tiktok_key(collection: &str, object: &Object) -> Option<String> {
    let singular = match collection.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => collection.strip_suffix('s').unwrap_or(collection).to_owned(),
    };
    let plain = singular.strip_prefix("smart_plus_").unwrap_or(&singular);
    text(object, &format!("{singular}_id"))
        .or_else(|| text(object, &format!("{plain}_id")))
        .or_else(|| text(object, "id"))
}

fn text(object: &Object, member: &str) -> Option<String> {
    match object.get(member)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Enough of an object to find it.
fn brief(object: &Object) -> String {
    let text = Value::Object(object.clone()).to_string();
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn members<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>, String> {
    value.as_object().ok_or_else(|| format!("{place} is not an object with members"))
}

/// The platform's word in the control endpoints.
pub(crate) fn name(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Google => "google",
        Vendor::Meta => "meta",
        Vendor::Tiktok => "tiktok",
    }
}

fn vendor(platform: &str) -> Result<Vendor, String> {
    VENDORS
        .into_iter()
        .find(|vendor| name(*vendor) == platform)
        .ok_or_else(|| format!("`{platform}` is not a platform: write `google`, `meta` or `tiktok`"))
}

fn account_collection(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Google => "customers",
        Vendor::Meta => "adaccounts",
        Vendor::Tiktok => "advertisers",
    }
}

/// An account id as people write it for its platform.
pub(crate) fn shown_account(vendor: Vendor, account: &str) -> String {
    match vendor {
        Vendor::Meta => format!("act_{}", bare_account(vendor, account)),
        Vendor::Google | Vendor::Tiktok => account.to_owned(),
    }
}

/// An account id as the world stores it.
pub(crate) fn bare_account(vendor: Vendor, account: &str) -> &str {
    match vendor {
        Vendor::Meta => account.strip_prefix("act_").unwrap_or(account),
        Vendor::Google | Vendor::Tiktok => account,
    }
}

#[cfg(test)]
mod tests;
