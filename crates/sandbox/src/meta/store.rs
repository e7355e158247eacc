//! Objects in the world: finding, adding and changing them, with an index of children and label names.
//!
//! The index lives in the vendor's notes and catches up with the collections before each request, so that a
//! loaded state needs no index of its own.

use serde_json::{Map, Value, json};

use super::errors::GraphError;
use super::kind::{Kind, STORED};
use super::time::AccountClock;
use crate::quota::QuotaMode;
use crate::world::{Account, Change, Object, Vendor, World};

/// The first id that this vendor's objects get: beyond 2^53, as real ones are (§17.20).
const FIRST_ID: u64 = 120_210_000_000_000_001;
/// The user that API writes are attributed to.
pub(super) const API_USER: (&str, &str) = ("10150000000000001", "Sandbox System User");

/// Where an object is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// What it is.
    pub(super) kind: Kind,
    /// The account's digits; empty for what belongs to no account.
    pub(super) account: String,
    /// Its id; an account's with `act_`.
    pub(super) id: String,
}

impl Node {
    /// A node of an account.
    pub(super) fn new(kind: Kind, account: &str, id: &str) -> Self {
        Self { kind, account: account.to_owned(), id: id.to_owned() }
    }

    /// The account itself.
    pub(super) fn account(account: &str) -> Self {
        Self::new(Kind::Account, account, &format!("act_{account}"))
    }
}

/// An account by its digits.
pub(super) fn account<'a>(world: &'a World, digits: &str) -> Option<&'a Account> {
    world.account(Vendor::Meta, digits)
}

/// An account's clock.
pub(super) fn clock(world: &World, digits: &str) -> AccountClock {
    account(world, digits)
        .map_or_else(|| AccountClock::of(&Object::new()), |found| AccountClock::of(&found.object))
}

/// An object of an account.
pub(super) fn object<'a>(world: &'a World, digits: &str, kind: Kind, id: &str) -> Option<&'a Object> {
    account(world, digits)?.get(kind.collection()?, id)
}

/// A text member of an object; empty when it is not there.
pub(super) fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The object that an id stands for.
pub(super) fn locate(world: &World, id: &str) -> Option<Node> {
    let accounts = world.accounts.get(&Vendor::Meta)?;
    if let Some(digits) = id.strip_prefix("act_") {
        return accounts.contains_key(digits).then(|| Node::account(digits));
    }
    if let Some((digits, _)) = id.split_once(':') {
        accounts.get(digits)?.get("adimages", id)?;
        return Some(Node::new(Kind::Image, digits, id));
    }
    for (digits, account) in accounts {
        let holds = |kind: &Kind| kind.collection().is_some_and(|name| account.get(name, id).is_some());
        if let Some(kind) = STORED.into_iter().filter(|kind| *kind != Kind::Image).find(|kind| holds(kind)) {
            return Some(Node::new(kind, digits, id));
        }
    }
    let known =
        |kind: &Kind| kind.note().and_then(|name| note(world, name)).is_some_and(|map| map.contains_key(id));
    let kinds = [Kind::Page, Kind::Pixel, Kind::Audience, Kind::ReportRun];
    kinds.into_iter().find(known).map(|kind| Node::new(kind, "", id))
}

/// A note of this vendor that holds a map.
pub(super) fn note<'a>(world: &'a World, name: &str) -> Option<&'a Map<String, Value>> {
    world.notes.get(&Vendor::Meta)?.get(name)?.as_object()
}

/// A note to write to, made when it does not exist.
pub(super) fn note_mut<'a>(world: &'a mut World, name: &str) -> &'a mut Map<String, Value> {
    let value =
        world.notes.entry(Vendor::Meta).or_default().entry(name.to_owned()).or_insert_with(|| json!({}));
    if !value.is_object() {
        *value = json!({});
    }
    match value {
        Value::Object(map) => map,
        _ => unreachable!("made an object above"),
    }
}

/// A fresh id.
pub(super) fn fresh_id(world: &mut World) -> String {
    world.fresh_id(Vendor::Meta, FIRST_ID)
}

/// Adds an object that came through the API.
pub(super) fn insert(world: &mut World, digits: &str, kind: Kind, id: &str, object: Object) {
    let change = Change {
        at: world.now,
        actor: API_USER.1.to_owned(),
        via_api: true,
        collection: kind.collection().unwrap_or_default().to_owned(),
        id: id.to_owned(),
        operation: "CREATE".to_owned(),
        before: Object::new(),
        after: object.clone(),
    };
    if let (Some(account), Some(collection)) = (world.account_mut(Vendor::Meta, digits), kind.collection()) {
        account.collection_mut(collection).insert(id.to_owned(), object);
        account.history.push(change);
    }
    catch_up(world);
}

/// Who changes an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Author<'a> {
    /// A name.
    pub(super) name: &'a str,
    /// Whether it came through the API.
    pub(super) via_api: bool,
}

/// The author of API writes.
pub(super) const API: Author<'static> = Author { name: API_USER.1, via_api: true };

/// Changes members of an object (`null` removes one), and records what really changed.
pub(super) fn update(world: &mut World, node: &Node, changes: Object, author: Author<'_>) -> bool {
    let now = world.now;
    let stamp = clock(world, &node.account).format(now);
    let Some(account) = world.account_mut(Vendor::Meta, &node.account) else { return false };
    let collection = node.kind.collection();
    let target = match collection {
        Some(name) => account.collection_mut(name).get_mut(&node.id),
        None => Some(&mut account.object),
    };
    let Some(target) = target else { return false };
    let (before, after) = merge(target, changes);
    if after.is_empty() {
        return true;
    }
    let operation =
        if after.get("status").is_some_and(|status| status == "DELETED") { "REMOVE" } else { "UPDATE" };
    if collection.is_some() {
        target.insert("updated_time".to_owned(), Value::String(stamp));
    }
    account.history.push(Change {
        at: now,
        actor: author.name.to_owned(),
        via_api: author.via_api,
        collection: collection.unwrap_or("adaccounts").to_owned(),
        id: node.id.clone(),
        operation: operation.to_owned(),
        before,
        after,
    });
    true
}

/// Puts changes into an object; former and new values of the members that differ.
fn merge(target: &mut Object, changes: Object) -> (Object, Object) {
    let (mut before, mut after) = (Object::new(), Object::new());
    for (name, value) in changes {
        let former = target.get(&name).cloned().unwrap_or(Value::Null);
        if former == value {
            continue;
        }
        if value.is_null() {
            target.shift_remove(&name);
        } else {
            target.insert(name.clone(), value.clone());
        }
        before.insert(name.clone(), former);
        after.insert(name, value);
    }
    (before, after)
}

/// Ids of the ad sets or ads under a parent, oldest first.
pub(super) fn children<'a>(world: &'a World, parent: &str, kind: Kind) -> Vec<&'a str> {
    note(world, child_note(kind))
        .and_then(|map| map.get(parent)?.as_array())
        .map(|ids| ids.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default()
}

/// The id of a label by account and name.
pub(super) fn label_id(world: &World, digits: &str, name: &str) -> Option<String> {
    let id = note(world, "label_names")?.get(&format!("{digits}/{name}"))?.as_str()?;
    object(world, digits, Kind::Label, id).map(|_| id.to_owned())
}

fn child_note(kind: Kind) -> &'static str {
    if kind == Kind::AdSet { "adsets_of" } else { "ads_of" }
}

/// Refuses more campaigns, ad sets or ads than an account holds live (§16); not with quota off.
pub(super) fn check_room(world: &World, digits: &str, kind: Kind) -> Result<(), GraphError> {
    const MOST: usize = 6_000;
    let collection =
        account(world, digits).zip(kind.collection()).and_then(|(found, name)| found.collection(name));
    let Some(all) = collection.filter(|all| all.len() >= MOST && world.quota_mode() != QuotaMode::Off) else {
        return Ok(());
    };
    let live = all.values().filter(|object| !matches!(text(object, "status"), "DELETED" | "ARCHIVED"));
    if live.count() < MOST {
        return Ok(());
    }
    let text = format!(
        "An account can hold {MOST} {} that are not archived.",
        kind.collection().unwrap_or_default()
    );
    Err(GraphError::parameter("name", "Account is full", text))
}

/// Brings the index up to date with what the collections hold.
pub(super) fn catch_up(world: &mut World) {
    let mut fresh = Vec::new();
    for (digits, account) in world.accounts.get(&Vendor::Meta).into_iter().flatten() {
        for kind in [Kind::AdSet, Kind::Ad, Kind::Label] {
            let Some(collection) = kind.collection().and_then(|name| account.collection(name)) else {
                continue;
            };
            let mark = format!("{digits}/{}", kind.collection().unwrap_or_default());
            let known = indexed(world, &mark);
            if known < collection.len() {
                let entries =
                    collection.iter().skip(known).map(|(id, object)| entry(digits, kind, id, object));
                fresh.push((mark, collection.len(), entries.flatten().collect::<Vec<_>>()));
            }
        }
    }
    for (mark, count, entries) in fresh {
        for (name, key, id) in entries {
            index_one(note_mut(world, name), name, key, id);
        }
        note_mut(world, "indexed").insert(mark, json!(count));
    }
}

fn indexed(world: &World, mark: &str) -> usize {
    let count = note(world, "indexed").and_then(|map| map.get(mark)?.as_u64()).unwrap_or(0);
    usize::try_from(count).unwrap_or(0)
}

/// The index entries of an object: note, key, id.
fn entry(digits: &str, kind: Kind, id: &str, object: &Object) -> Vec<(&'static str, String, String)> {
    let id = id.to_owned();
    match kind {
        Kind::AdSet => vec![("adsets_of", text(object, "campaign_id").to_owned(), id)],
        Kind::Ad => vec![
            ("ads_of", text(object, "adset_id").to_owned(), id.clone()),
            ("ads_of", text(object, "campaign_id").to_owned(), id),
        ],
        _ => vec![("label_names", format!("{digits}/{}", text(object, "name")), id)],
    }
}

fn index_one(map: &mut Map<String, Value>, name: &str, key: String, id: String) {
    if name == "label_names" {
        map.insert(key, Value::String(id));
    } else if let Value::Array(ids) = map.entry(key).or_insert_with(|| json!([])) {
        ids.push(Value::String(id));
    }
}

/// Forgets a label: removes it from its collection and from the index.
pub(super) fn remove_label(world: &mut World, digits: &str, id: &str) {
    let Some(account) = world.account_mut(Vendor::Meta, digits) else { return };
    let collection = account.collection_mut("adlabels");
    let Some(label) = collection.shift_remove(id) else { return };
    let count = collection.len();
    for name in ["campaigns", "adsets", "ads", "adcreatives"] {
        for object in account.collection_mut(name).values_mut() {
            if let Some(Value::Array(labels)) = object.get_mut("adlabels") {
                labels.retain(|entry| entry["id"] != id);
            }
        }
    }
    note_mut(world, "label_names").remove(&format!("{digits}/{}", text(&label, "name")));
    note_mut(world, "indexed").insert(format!("{digits}/adlabels"), json!(count));
}
